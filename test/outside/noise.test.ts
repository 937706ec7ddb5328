/** Noise as Qiskit Aer has it: of a circuit to rounding, and of exported subexperiments within error bars. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { exportSubexperiments } from '../../src/api/exportSubexperiments.js';
import { evaluate } from '../../src/api/evaluate.js';
import { importCounts } from '../../src/api/importCounts.js';
import { reconstruct } from '../../src/api/reconstruct.js';
import { run } from '../../src/api/run.js';
import { makeCircuit } from '../../src/circuit/circuit.js';
import { gateOf } from '../../src/circuit/gates.js';
import { writeQasm } from '../../src/circuit/qasm/writeQasm.js';
import { required } from '../../src/error.js';
import type { NoiseModel } from '../../src/subexperiments/noise/noiseModel.js';
import { around, cutCases } from '../support/cutCases.js';
import { cutCase } from '../support/cutRuns.js';
import { python } from '../support/otherPrograms.js';
import { requireOrSkip } from '../support/requirements.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'kroncut-noise-aer-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach((context) => requireOrSkip(context, 'python'));

function write(name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

const SUM = 'ZZII + 0.5*IZIZ - 0.25*IIIZ + ZZZZ';

describe('noise', () => {
  it('of a circuit is that of Qiskit Aer to rounding', async () => {
    const model: NoiseModel = {
      version: 1,
      depolarizing: { oneQubit: 0.01, twoQubit: 0.05, gates: { h: 0.03, cz: 0 } },
      relaxation: { t1: 50, t2: 60, times: { oneQubit: 1, twoQubit: 5, gates: { rz: 0 } } },
      qubits: { 1: { t1: 20, t2: 40 }, 3: { t2: 90 } },
    };
    const noise = write('circuit.json', JSON.stringify(model));
    const gates = [gateOf('h', [0]), gateOf('cz', [1, 2]), gateOf('rz', [3], 0.4), gateOf('swap', [0, 3])];
    const { gates: before } = around(gates, 5);
    const text = writeQasm(makeCircuit(4, before), 2);
    const expected: unknown = JSON.parse(python('noise.py', 'exact', noise, write('circuit.qasm', text)));
    const { full } = await run({ text }, { noise, full: true });
    const values = [...required(full?.values, 'the distribution')];
    if (!Array.isArray(expected)) throw new Error('no list of probabilities');
    expect(values.length).toBe(expected.length);
    for (const [i, value] of values.entries()) expect(value).toBeCloseTo(Number(expected[i]), 9);
  }, 120_000);

  // One-qubit gates of an export are made into one where they meet, so only others err here.
  it.each(cutCases.filter(({ name }) => name === 'cut wires' || name === 'a cut cx'))(
    'of exported subexperiments of $name, run on Aer and imported, is that of an evaluation',
    async (one) => {
      const model: NoiseModel = {
        version: 1,
        depolarizing: { oneQubit: 0, twoQubit: 0.08 },
        readout: { probMeas1Prep0: 0.03, probMeas0Prep1: 0.08 },
      };
      const name = one.name.replaceAll(' ', '-');
      const noise = write(`${name}.json`, JSON.stringify(model));
      const [ours, theirs] = ['ours', 'theirs'].map((side) => path.join(folder, `${name}-${side}`));
      if (ours === undefined || theirs === undefined) throw new Error('two folders');
      await cutCase(one, ours);
      await evaluate(ours, { noise });
      const { expect: exact } = await reconstruct(ours, { expect: SUM });
      await cutCase(one, theirs);
      const output = path.join(folder, `${name}-export`);
      await exportSubexperiments(theirs, { output, format: 'qasm2', shots: 200_000 });
      const results = path.join(folder, `${name}-counts.json`);
      python('noise.py', 'run', noise, output, results, '7');
      await importCounts(theirs, [results]);
      const { expect: measured } = await reconstruct(theirs, { expect: SUM });
      const { value, standardError } = required(measured, 'an answer');
      const error = required(standardError ?? undefined, 'a standard error');
      expect(error).toBeGreaterThan(0);
      expect(Math.abs(value - required(exact, 'an answer').value)).toBeLessThan(4.5 * error);
      // Without noise the answer would be far from that.
      await evaluate(ours, { force: true });
      const { expect: quiet } = await reconstruct(ours, { expect: SUM });
      expect(Math.abs(value - required(quiet, 'an answer').value)).toBeGreaterThan(4.5 * error);
    },
    300_000,
  );
});
