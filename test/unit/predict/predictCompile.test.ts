import { describe, expect, it } from 'vitest';
import { circuitOptions } from '../../../src/api/compile.js';
import { generate } from '../../../src/api/generate.js';
import { readQasm } from '../../../src/circuit/qasm/readQasm.js';
import { allRounds } from '../../../src/compile/rounds.js';
import { predictCompile, type CompileTime } from '../../../src/predict/predictCompile.js';
import { KroncutError } from '../../../src/error.js';
import { testContext } from '../../support/context.js';
import type { CompileOptions } from '../../../src/api/options/compile.js';

const predicted = (qubits: number, options: CompileOptions, changes = {}): Promise<CompileTime> =>
  predictCompile(
    testContext(changes),
    readQasm(generate('qft', { qubits }).qasm),
    circuitOptions(options, 'u3-cx'),
    'test',
  );

describe('the time that compiling takes', () => {
  it('is that of all rounds, learned from a piece of the circuit', async () => {
    for (const blockSize of [3, 4]) {
      const { seconds, rounds, compiledShare } = await predicted(12, { blockSize, synthesis: 'off' });
      expect(rounds.map(({ blockSize: size, stage, number }) => [size, stage, number])).toEqual(
        allRounds({ blockSize, rounds: 2 }).map(({ blockSize: size, stage, number }) => [
          size,
          stage,
          number,
        ]),
      );
      // No four qubits of this circuit have more cx than any unitary takes.
      const busy = rounds.filter(({ stage }) => stage !== 'ceiling');
      expect(busy.every((round) => round.seconds > 0 && round.blocks > 0)).toBe(true);
      const sum = rounds.reduce((total, round) => total + round.seconds, 0);
      // What the first calls take more comes on top.
      expect(seconds).toBeGreaterThanOrEqual(sum);
      expect(seconds).toBeLessThan(sum + 10);
      expect(compiledShare).toBeGreaterThan(0);
      expect(compiledShare).toBeLessThanOrEqual(1);
    }
  });

  it('of blocks that are large, or that do not fit, is predicted without a try', async () => {
    const large = await predicted(9, { blockSize: 9 });
    expect(large.compiledShare).toBe(0);
    expect(large.seconds).toBeGreaterThan((await predicted(4, { blockSize: 4 })).seconds);
    expect((await predicted(4, { blockSize: 3 }, { memory: 1000 })).compiledShare).toBe(0);
  });

  it('of a circuit without blocks is nothing, and whoever asks can give up', async () => {
    const none = await predictCompile(
      testContext(),
      readQasm('OPENQASM 2.0; qreg q[3];'),
      circuitOptions({}, 'u3-cx'),
      'test',
    );
    expect(none.rounds.every(({ blocks }) => blocks === 0)).toBe(true);
    expect(none.seconds).toBeLessThan(1);
    await expect(predicted(6, {}, { signal: AbortSignal.abort() })).rejects.toBeInstanceOf(KroncutError);
  });
});
