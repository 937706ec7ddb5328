/** Evaluation with noise: as a file and as flags, exact and with shots, in memory, in directories and on ranks, refused and gone on with. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cut } from '../../src/api/cut.js';
import { dryRunEvaluate } from '../../src/api/dryRun.js';
import { evaluate } from '../../src/api/evaluate.js';
import { reconstruct } from '../../src/api/reconstruct.js';
import type { RunOptions } from '../../src/api/options/run.js';
import { run } from '../../src/api/run.js';
import { generateCircuit } from '../../src/circuit/families/families.js';
import { writeQasm } from '../../src/circuit/qasm/writeQasm.js';
import { required } from '../../src/error.js';
import { readNoiseModel, type NoiseModel } from '../../src/subexperiments/noise/noiseModel.js';
import { outcomeDistribution } from '../support/denseSimulator.js';
import { onLocalRanks } from '../support/localCluster.js';
import { noisyFrequencies } from '../support/noisyReference.js';
import { exactExpectation } from '../support/observables.js';

let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kroncut-noise-'));
  file = `${directory}.noise.json`;
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
  await rm(file, { force: true });
});

const circuit = generateCircuit('random', { qubits: 4, depth: 2, seed: 11 });
const text = writeQasm(circuit, 2);
const SUM = 'ZZII + 0.5*IXIY - 0.25*IIIZ';
const CUT = { maxWidth: 3, seed: 5 } as const;
const NOISE: NoiseModel = {
  version: 1,
  depolarizing: { oneQubit: 0.01, twoQubit: 0.03 },
  relaxation: { t1: 100, t2: 120, times: { oneQubit: 0.1, twoQubit: 1 } },
  readout: { probMeas1Prep0: 0.02, probMeas0Prep1: 0.05 },
};

function writeNoise(model: unknown): Promise<void> {
  return writeFile(file, JSON.stringify(model));
}

describe('noise', () => {
  it('without a cut is that of the circuit', async () => {
    const { readout: _, ...faithful } = NOISE;
    await writeNoise(faithful);
    const { full } = await run({ text }, { noise: file, full: true });
    const steps = circuit.gates.map((gate) => ({ kind: 'gate' as const, gate }));
    const whole = { qubits: 4, steps, recorded: 0, outcomes: [0, 1, 2, 3] };
    const expected = noisyFrequencies(whole, [0, 1, 2, 3], faithful);
    const values = required(full?.values, 'the distribution');
    for (const [i, value] of expected.entries()) expect(values[i]).toBeCloseTo(value, 12);
  });

  it('answers without error bars and without shots, the same in memory and on ranks', async () => {
    await writeNoise(NOISE);
    const alone = await run({ text }, { ...CUT, noise: file, probability: ['0000'], expect: SUM });
    expect(alone.expect).toMatchObject({ data: 'exact', standardError: 0 });
    const exact = exactExpectation(circuit, SUM);
    expect(Math.abs(required(alone.expect, 'a value').value - exact)).toBeGreaterThan(0.01);
    await cut({ text }, { ...CUT, directory });
    await onLocalRanks(3, (cluster) => evaluate(directory, { noise: file, cluster, threads: 1 }));
    const { probability, expect: sum } = await reconstruct(directory, { probability: ['0000'], expect: SUM });
    expect(Number(probability?.['0000'])).toBeCloseTo(Number(alone.probability?.['0000']), 12);
    expect(sum?.value).toBeCloseTo(required(alone.expect, 'a value').value, 12);
  });

  it('of readout alone is undone by its inverse, exactly without shots and within error bars with them', async () => {
    const asked = { ...CUT, probability: ['0000', '1011'], expect: SUM } as const;
    const exact = outcomeDistribution(circuit);
    const errs = { readoutError: [0.05, 0.1] } as const;
    const wrong = await run({ text }, { ...asked, ...errs });
    expect(Math.abs(Number(wrong.probability?.['0000']) - required(exact[0], 'p'))).toBeGreaterThan(1e-3);
    const undone = await run({ text }, { ...asked, ...errs, mitigate: 'readout' });
    expect(Number(undone.probability?.['0000'])).toBeCloseTo(required(exact[0], 'p'), 12);
    expect(undone.expect?.value).toBeCloseTo(exactExpectation(circuit, SUM), 12);
    const drawn = await run({ text }, { ...asked, ...errs, mitigate: 'readout', shots: 300_000 });
    const { value, standardError } = required(drawn.expect, 'a value');
    expect(standardError).toBeGreaterThan(0);
    expect(Math.abs(value - exactExpectation(circuit, SUM))).toBeLessThan(
      4.5 * required(standardError ?? undefined, 'an error'),
    );
    const biased = await run({ text }, { ...asked, ...errs, shots: 300_000 });
    const far = Math.abs(required(biased.expect, 'a value').value - exactExpectation(circuit, SUM));
    expect(far).toBeGreaterThan(4.5 * required(biased.expect?.standardError ?? undefined, 'an error'));
    // The inverse makes what shots weigh larger.
    expect(standardError).toBeGreaterThan(required(biased.expect?.standardError ?? undefined, 'an error'));
  });

  it('leaves shots to be divided by what an observable needs, or to be as many as a standard error takes', async () => {
    await writeNoise(NOISE);
    const asked = { ...CUT, noise: file, expect: SUM } as const;
    const exact = required((await run({ text }, asked)).expect, 'a value').value;
    const found = async (
      shots: Pick<RunOptions, 'shots' | 'allocation' | 'standardError'>,
    ): Promise<number> => {
      const { expect: sum } = await run({ text }, { ...asked, ...shots });
      const error = required(sum?.standardError ?? undefined, 'an error');
      expect(Math.abs(required(sum, 'a value').value - exact)).toBeLessThan(4.5 * error);
      return error;
    };
    const even = await found({ shots: 50_000 });
    expect(await found({ shots: 50_000, allocation: 'query' })).toBeLessThan(even);
    const aimed = await found({ standardError: 0.03 });
    expect(aimed).toBeGreaterThan(0.024);
    expect(aimed).toBeLessThan(0.036);
  });

  it('is drawn once: what is there is gone on with, another model is refused', async () => {
    await writeNoise(NOISE);
    await cut({ text }, { ...CUT, directory });
    const options = { noise: file, shots: 5000, seed: 3, mitigate: 'readout' } as const;
    const first = await evaluate(directory, options);
    expect(first.evaluated).toBe(first.subcircuits);
    expect(await evaluate(directory, options)).toMatchObject({ evaluated: 0 });
    expect(await evaluate(directory)).toMatchObject({ evaluated: 0 });
    const counts = join(directory, 'subexperiments', '0.npy');
    const before = await readFile(counts);
    await writeFile(counts, 'changed');
    expect(await evaluate(directory)).toMatchObject({ evaluated: 1 });
    expect(await readFile(counts)).toEqual(before);
    // Bases that nobody planned for are read as wrongly, and undone as well.
    const { expect: sum } = await reconstruct(directory, { expect: SUM });
    expect(sum?.standardError).toBeGreaterThan(0);
    await expect(evaluate(directory, { ...options, mitigate: undefined })).rejects.toThrow(
      /is evaluated with 5000 shots \(even\), seed 3 under noise [0-9a-f]{8}, readout mitigated, not with 5000 shots \(even\), seed 3 under noise [0-9a-f]{8};/,
    );
    await writeNoise({ ...NOISE, depolarizing: { oneQubit: 0.01, twoQubit: 0.04 } });
    await expect(evaluate(directory, options)).rejects.toThrow(/under noise .* force to replace it/);
    expect(await evaluate(directory, { ...options, force: true })).toMatchObject({ reused: 0 });
  });

  it('on wide subcircuits is for shots, whose draws do not depend on ranks and threads', async () => {
    const wide = { text: writeQasm(generateCircuit('hwea', { qubits: 14, depth: 1 }), 2) };
    await writeNoise(NOISE);
    await cut(wide, { directory });
    await expect(evaluate(directory, { noise: file })).rejects.toThrow(
      /subcircuit 0 has 14 qubits, and exact frequencies under noise are for at most 12; give shots, or cut into pieces of at most 12 by maxWidth/,
    );
    const options = { noise: file, shots: 300, seed: 3 };
    const { total } = await dryRunEvaluate(directory, options);
    expect(total.memoryBytes).toBeGreaterThan(9 * 2 ** 18);
    await evaluate(directory, { ...options, threads: 1 });
    const counts = join(directory, 'subexperiments', '0.npy');
    const before = await readFile(counts);
    await onLocalRanks(2, (cluster) => evaluate(directory, { ...options, force: true, cluster, threads: 3 }));
    expect(await readFile(counts)).toEqual(before);
  });

  it.each([
    [
      { noise: 'x.json', readoutError: [0.1] },
      /noise and readoutError both say what noise there is; leave one out/,
    ],
    [{ mitigate: 'readout' }, /mitigate needs noise or readoutError/],
    [
      { depolarizing: [0.1, 0.1], mitigate: 'readout' },
      /has nothing to undo: the noise model has no "readout"/,
    ],
    [
      { readoutError: [0.5], mitigate: 'readout' },
      /reads 1 of 0 with probability 0.5 and 0 of 1 with 0.5 tells nothing/,
    ],
    [{ readoutError: [1.5] }, /readoutError: a list of 1 to 2 probabilities is needed/],
  ] as const)('is refused where it makes no sense: %j', async (options, message) => {
    await cut({ text }, { ...CUT, directory });
    await expect(evaluate(directory, options)).rejects.toThrow(message);
  });
});

describe('a noise file', () => {
  it.each([
    ['{', /noise.json:1:2: not JSON/],
    ['[]', /noise.json: the noise model has to be an object/],
    ['{}', /noise.json: "version" has to be 1/],
    ['{ "version": 1, "readot": 1 }', /noise.json: the noise model has a key "readot" that is not known/],
    [
      '{ "version": 1, "depolarizing": { "oneQubit": 0.1 } }',
      /"depolarizing.twoQubit" has to be a number, and is missing/,
    ],
    [
      '{ "version": 1, "depolarizing": { "oneQubit": 2, "twoQubit": 0 } }',
      /"depolarizing.oneQubit" has to be at most 1/,
    ],
    [
      '{ "version": 1, "relaxation": { "t1": 1, "t2": 3, "times": { "oneQubit": 0, "twoQubit": 0 } } }',
      /"relaxation.t2" 3 is more than twice t1 1/,
    ],
    [
      '{ "version": 1, "relaxation": { "t1": 0, "t2": 3, "times": { "oneQubit": 0, "twoQubit": 0 } } }',
      /"relaxation.t1" has to be more than 0/,
    ],
    ['{ "version": 1, "qubits": { "one": {} } }', /"qubits.one" has to be the number of a qubit/],
    [
      '{ "version": 1, "qubits": { "1": { "t1": 3 } } }',
      /"qubits.1" has a t1 or t2, but there is no "relaxation"/,
    ],
  ])('%s is refused', (model, message) => {
    expect(() => readNoiseModel(model, 'noise.json')).toThrow(message);
  });
});
