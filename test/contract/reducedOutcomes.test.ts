/** Runs of bit strings that keep no other outcomes: against a dense simulation, and against the tensors of all outcomes. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cut } from '../../src/api/cut.js';
import { withContext } from '../../src/api/context.js';
import { evaluate, evaluateRun } from '../../src/api/evaluate.js';
import { withRun } from '../../src/api/input/openRun.js';
import { reconstruct } from '../../src/api/reconstruct.js';
import { verify } from '../../src/api/verify.js';
import { makeCircuit } from '../../src/circuit/circuit.js';
import { generateCircuit } from '../../src/circuit/families/families.js';
import { writeQasm } from '../../src/circuit/qasm/writeQasm.js';
import type { CutCircuit } from '../../src/cut/model/cutCircuit.js';
import { reducedQuestions } from '../../src/reconstruct/queries/localQueries.js';
import { outcomeDistribution } from '../support/denseSimulator.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kroncut-outcomes-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const bitsOf = (index: number, width: number): string => index.toString(2).padStart(width, '0');

/** Keeps what some bit strings need, and nothing else, as a run of a circuit too large for more does. */
function keepAlone(source: string, probability: readonly string[]): Promise<unknown> {
  return withContext({}, (context) =>
    withRun(context, source, (run) => evaluateRun(run, {}, [{ probability }])),
  );
}

describe('a run of bit strings alone', () => {
  it.each([
    ['both kinds of cuts', {}],
    ['cuts of wires', { wireCutsOnly: true }],
    ['cuts of gates', { gateCutsOnly: true }],
  ] as const)('answers as the dense simulation and the general tensors do, by %s', async (_, kind) => {
    for (const seed of [1, 2, 3, 4]) {
      const { qubits, gates } = generateCircuit('random', { qubits: 6, depth: 2, seed });
      // The last qubit has no gate, and its outcome is 0.
      const circuit = makeCircuit(qubits + 1, gates);
      const text = writeQasm(circuit, 2);
      const distribution = outcomeDistribution(circuit);
      const strings = [0, 5, 44, 63, 64, 127, 17].map((index) => bitsOf(index, qubits + 1));
      const reduced = join(directory, `reduced-${seed}`);
      await cut({ text }, { ...kind, maxWidth: 4, timeLimit: 0.3, directory: reduced });
      await keepAlone(reduced, strings.slice(0, 5));
      const files = await readdir(join(reduced, 'tensors'));
      expect(files.every((name) => /^\d+\.outcomes-/.test(name))).toBe(true);
      // What was not asked at first is added to what is there.
      const { probability } = await reconstruct(reduced, { probability: strings });
      for (const bits of strings) {
        const expected = distribution[Number.parseInt(bits, 2)] ?? Number.NaN;
        expect(Math.abs(Number(probability[bits]) - expected)).toBeLessThan(1e-12);
      }
      expect(await verify(reduced)).toMatchObject({ passed: true, compared: 'answers' });
      await expect(reconstruct(reduced, { top: 1 })).rejects.toThrow(/keeps no outcomes, and answers/);
      await evaluate(reduced);
      const whole = await reconstruct(reduced, { probability: strings });
      for (const bits of strings)
        expect(Math.abs(Number(whole.probability[bits]) - Number(probability[bits]))).toBeLessThan(1e-12);
    }
  });

  it('reads bits that come from some qubits, in any order, the others summed', async () => {
    const text = `OPENQASM 2.0; include "qelib1.inc"; qreg q[4]; creg c[3];
      ry(0.4) q[0]; cx q[0],q[1]; rx(0.7) q[1]; cx q[1],q[2]; ry(1.1) q[2]; cx q[2],q[3]; h q[3];
      measure q[3] -> c[0]; measure q[0] -> c[2];`;
    const strings = ['000', '001', '100', '101', '010'];
    await cut({ text }, { maxWidth: 2, directory });
    await keepAlone(directory, strings);
    const alone = await reconstruct(directory, { probability: strings });
    await evaluate(directory);
    const whole = await reconstruct(directory, { probability: strings });
    for (const bits of strings)
      expect(Number(alone.probability[bits])).toBeCloseTo(Number(whole.probability[bits]), 12);
    expect(alone.probability['010']).toBe(0);
  });
});

/** A circuit whole, with some legs for the sake of their number. */
function whole(outcomes: number, legs: number): CutCircuit {
  const ends = Array.from({ length: legs }, (_, index) => ({ cut: index, qubit: index }));
  const bits = Array.from({ length: outcomes }, (_, bit) => ({ bit, qubit: bit }));
  const subcircuit = { width: outcomes, gates: [], outputs: [], gateEnds: [], wires: [], index: 0 };
  return {
    qubits: outcomes,
    outcomeBits: outcomes,
    zeroBits: [],
    subcircuits: [{ ...subcircuit, inputs: ends, outcomes: bits }],
    cuts: ends.map(({ cut: index }) => ({
      kind: 'wire',
      index,
      qubit: 0,
      from: 0,
      to: 0,
      bonds: [index],
    })),
  };
}

function asked(cutCircuit: CutCircuit, count: number): number {
  return reducedQuestions(cutCircuit, { probability: Array.from({ length: count }, () => '0') }).length;
}

describe('bit strings are kept alone', () => {
  it('only where tensors of all outcomes are large, and those of the strings are not', () => {
    expect(asked(whole(28, 0), 2)).toBe(0);
    expect(asked(whole(30, 0), 2)).toBe(1);
    expect(asked(whole(26, 2), 2)).toBe(1);
    expect(asked(whole(26, 2), 2 ** 21)).toBe(0);
    expect(reducedQuestions(whole(30, 0), { probability: ['0'], top: 3 })).toEqual([]);
  });
});
