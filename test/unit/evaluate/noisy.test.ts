/** Noise against Kraus sums, against exact tensors without noise, and trajectories against density matrices. */
import { describe, expect, it } from 'vitest';
import type { CutCircuit, Subcircuit } from '../../../src/cut/model/cutCircuit.js';
import { buildCutCircuit } from '../../../src/cut/solution/buildCutCircuit.js';
import { required } from '../../../src/error.js';
import type { Evaluator } from '../../../src/evaluate/evaluator.js';
import { exactEvaluator } from '../../../src/evaluate/exact.js';
import { noisyEvaluator } from '../../../src/evaluate/noisy.js';
import { blocksOf, subexperimentsIn } from '../../../src/evaluate/noisyBlocks.js';
import { noisyProgram } from '../../../src/evaluate/noisyProgram.js';
import { drawTrajectories } from '../../../src/evaluate/trajectories.js';
import { compute } from '../../../src/run/context.js';
import { countsOf, type Counts } from '../../../src/run/tensors/counts.js';
import type { NoiseModel } from '../../../src/subexperiments/noise/noiseModel.js';
import { bitsOf, confuse, readoutOf } from '../../../src/subexperiments/noise/readout.js';
import { subexperimentCircuit } from '../../../src/subexperiments/subexperimentCircuit.js';
import { cutEndsOf, subexperimentCount } from '../../../src/subexperiments/subexperiments.js';
import { testContext } from '../../support/context.js';
import { cutCases, type CutCase } from '../../support/cutCases.js';
import { noisyFrequencies } from '../../support/noisyReference.js';

const context = testContext();

const NOISE: NoiseModel = {
  version: 1,
  depolarizing: { oneQubit: 0.01, twoQubit: 0.05, gates: { cx: 0.08 } },
  relaxation: { t1: 100, t2: 80, times: { oneQubit: 1, twoQubit: 7, gates: { u3: 2 } } },
  readout: { probMeas1Prep0: 0.02, probMeas0Prep1: 0.06 },
  qubits: { 1: { t1: 40, readout: { probMeas1Prep0: 0.1, probMeas0Prep1: 0 } }, 2: { t2: 190 } },
};
const READOUT_ALONE: NoiseModel = { version: 1, readout: required(NOISE.readout, 'readout') };
const QUIET: NoiseModel = {
  version: 1,
  depolarizing: { oneQubit: 0, twoQubit: 0 },
  relaxation: { t1: 100, t2: 80, times: { oneQubit: 0, twoQubit: 0 } },
  readout: { probMeas1Prep0: 0, probMeas0Prep1: 0 },
};

function cutOf({ circuit, parts, joint }: CutCase): CutCircuit {
  return buildCutCircuit(circuit, parts, { joint: joint ?? false });
}

async function valuesOf(evaluator: Evaluator, subcircuit: Subcircuit): Promise<Float64Array> {
  const named = { name: String(subcircuit.index), subcircuit };
  const { values } = await evaluator.evaluate(context, named, undefined, () => {});
  return Float64Array.from(required(values, 'values'));
}

/** All subexperiments of a subcircuit from density matrices, in blocks of at most so many numbers. */
async function allFrequencies(
  cut: CutCircuit,
  subcircuit: Subcircuit,
  noise: NoiseModel,
  most?: number,
): Promise<Map<number, Float64Array>> {
  const ends = cutEndsOf(cut, subcircuit);
  const found = new Map<number, Float64Array>();
  for (const settings of blocksOf(subcircuit, ends, most)) {
    const program = noisyProgram(subcircuit, ends, noise, settings);
    const block = await compute(context, (options) => context.native.noisyFrequencies(program, options));
    const all = subexperimentsIn(block, subcircuit.outcomes.length, ends, settings);
    for (const { subexperiment, frequencies } of all) found.set(subexperiment, frequencies);
  }
  return found;
}

function mostDifference(a: Float64Array, b: Float64Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? NaN))), 0);
}

describe('noise from density matrices', () => {
  it.each(cutCases)('on $name is that of Kraus sums, whatever the blocks', async (one) => {
    const cut = cutOf(one);
    for (const subcircuit of cut.subcircuits) {
      const ends = cutEndsOf(cut, subcircuit);
      const [whole, split] = [
        await allFrequencies(cut, subcircuit, NOISE),
        await allFrequencies(cut, subcircuit, NOISE, 40),
      ];
      expect(whole.size).toBe(subexperimentCount(ends));
      for (const [subexperiment, frequencies] of whole) {
        const circuit = subexperimentCircuit(subcircuit, ends, subexperiment);
        const expected = noisyFrequencies(circuit, subcircuit.wires, NOISE);
        expect(mostDifference(frequencies, expected)).toBeLessThan(1e-12);
        expect(mostDifference(required(split.get(subexperiment), 'one'), expected)).toBeLessThan(1e-12);
      }
    }
  });

  it.each(cutCases)('on $name gives the exact tensor where there is none', async (one) => {
    const cut = cutOf(one);
    const exact = exactEvaluator(cut, 'double', 1);
    const quiet = noisyEvaluator(cut, 'double', 1, { noise: QUIET, mitigated: false, sampling: null });
    for (const subcircuit of cut.subcircuits) {
      const [values, expected] = [await valuesOf(quiet, subcircuit), await valuesOf(exact, subcircuit)];
      expect(mostDifference(values, expected)).toBeLessThan(1e-12);
    }
  });

  it.each(cutCases)('on $name leaves nothing of readout errors where these are undone', async (one) => {
    const cut = cutOf(one);
    const exact = exactEvaluator(cut, 'double', 1);
    const noise = {
      ...READOUT_ALONE,
      qubits: { 1: { readout: { probMeas1Prep0: 0.1, probMeas0Prep1: 0.2 } } },
    };
    const plan = { noise, sampling: null };
    const [errs, undone] = [false, true].map((mitigated) =>
      noisyEvaluator(cut, 'double', 1, { ...plan, mitigated }),
    );
    for (const subcircuit of cut.subcircuits) {
      const expected = await valuesOf(exact, subcircuit);
      const differences = [errs, undone].map(async (evaluator) =>
        mostDifference(await valuesOf(required(evaluator, 'an evaluator'), subcircuit), expected),
      );
      const [with_, without] = await Promise.all(differences);
      expect(with_).toBeGreaterThan(0.01);
      expect(without).toBeLessThan(1e-12);
    }
  });
});

/** Pearson's statistic over outcomes that are expected often enough, in deviations from what it should be. */
function deviation(counts: Counts, subexperiment: number, frequencies: Float64Array): number {
  const shots = counts.shots[subexperiment] ?? 0;
  const seen = countsOf(counts, subexperiment);
  let [sum, cells] = [0, 0];
  for (const [outcome, frequency] of frequencies.entries()) {
    const expected = shots * frequency;
    if (expected < 5) continue;
    sum += ((seen.get(outcome) ?? 0) - expected) ** 2 / expected;
    cells += 1;
  }
  return (sum - cells) / Math.sqrt(2 * cells);
}

describe('trajectories', () => {
  it.each(cutCases.filter((_, i) => i !== 4))(
    'on $name have the frequencies of density matrices',
    async (one) => {
      const cut = cutOf(one);
      for (const subcircuit of cut.subcircuits) {
        const ends = cutEndsOf(cut, subcircuit);
        const readout = readoutOf(NOISE, subcircuit, ends);
        const count = subexperimentCount(ends);
        const rounds = [new Float64Array(count).fill(300), new Float64Array(count).fill(1200)];
        const draws = async (threads: number): Promise<Counts> => {
          const own = { ...context, threads };
          const work = { context: own, name: '0', subcircuit, ends, noise: NOISE, readout, onWork: () => {} };
          return drawTrajectories(work, 3, rounds);
        };
        const counts = await draws(2);
        expect(await draws(1)).toEqual(counts);
        expect([...counts.shots]).toEqual(Array.from(counts.shots, () => 1500));
        let sum = 0;
        for (const [subexperiment, frequencies] of await allFrequencies(cut, subcircuit, NOISE)) {
          confuse(frequencies, bitsOf(readout, ends, subexperiment));
          const own = deviation(counts, subexperiment, frequencies);
          expect(own).toBeLessThan(6);
          sum += own;
        }
        expect(Math.abs(sum) / Math.sqrt(count)).toBeLessThan(4.5);
      }
    },
  );
});
