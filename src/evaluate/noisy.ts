/**
 * Evaluation with a noise model: the frequencies of all subexperiments from density matrices, or draws of them from
 * trajectories where subcircuits are wide; linear inversion makes tensors of these, as of what a device counts.
 */
import { setImmediate } from 'node:timers/promises';
import { Random } from '../circuit/random.js';
import type { CutCircuit } from '../cut/model/cutCircuit.js';
import { required, numberAt } from '../error.js';
import type { Precision } from '../native/addon.js';
import { compute, throwIfAborted } from '../run/context.js';
import { sha256 } from '../run/files/fileHash.js';
import { addCounts, makeCounts, type Counts } from '../run/tensors/counts.js';
import { dualTransforms } from '../subexperiments/counts.js';
import type { NoiseModel } from '../subexperiments/noise/noiseModel.js';
import {
  bitsOf,
  confuse,
  confusedDuals,
  mitigate,
  mitigatedDuals,
  readoutOf,
  requireInvertible,
} from '../subexperiments/noise/readout.js';
import { cutEndsOf } from '../subexperiments/subexperiments.js';
import { gatherBlock } from '../subexperiments/transform.js';
import { countedTensor, writeTensor } from './countedTensor.js';
import { drawCounts } from './draw.js';
import type { Evaluator } from './evaluator.js';
import { blocksOf, subexperimentsIn, type BlockSettings } from './noisyBlocks.js';
import { noisyProgram, type NoisyWork } from './noisyProgram.js';
import { isWide, noisyTasks } from './noisyTasks.js';
import { drawIdentity, shotsOfTensor, TURN, type SamplingPlan } from './sampled.js';
import { bindSubcircuit, tensorKey } from './tasks.js';
import { drawTrajectories } from './trajectories.js';

export interface NoisyPlan {
  readonly noise: NoiseModel;
  /** Whether the inverse of how bits are read is applied. */
  readonly mitigated: boolean;
  /** Null for exact frequencies. */
  readonly sampling: SamplingPlan | null;
}

export function noisyEvaluator(
  cut: CutCircuit,
  precision: Precision,
  threads: number,
  { noise, mitigated, sampling }: NoisyPlan,
): Evaluator {
  return {
    key: (named) => {
      const exact = tensorKey(bindSubcircuit(cut, named.subcircuit), precision);
      const drawn = sampling === null ? null : drawIdentity(sampling, named);
      return sha256(JSON.stringify([exact, noise, mitigated, drawn]));
    },
    tasks: (named) => noisyTasks(cut, threads, named, sampling),
    async evaluate(context, named, file, onWork) {
      const begin = performance.now();
      const { name, subcircuit } = named;
      const ends = cutEndsOf(cut, subcircuit);
      const readout = readoutOf(noise, subcircuit, ends);
      if (mitigated) requireInvertible(readout);
      const work = { context, name, subcircuit, ends, noise, readout, onWork };
      const secondsSince = (): number => (performance.now() - begin) / 1000;
      if (sampling !== null) {
        const drawn = await countsOf(work, sampling.seed, shotsOfTensor(sampling, named));
        const counts = mitigated ? { ...drawn, readout } : drawn;
        const tensor = await countedTensor(cut, subcircuit, counts, precision, file);
        return { ...tensor, seconds: secondsSince(), uncertainty: { data: 'sampled' } };
      }
      const values = await exactTensor(work, mitigated);
      const kept = precision === 'double' ? values : Float32Array.from(values);
      if (file === undefined) return { seconds: secondsSince(), values: kept };
      await writeTensor(file, kept, subcircuit.outcomes.length);
      return { seconds: secondsSince() };
    },
  };
}

/** The tensor of exact frequencies under noise. */
async function exactTensor(work: NoisyWork, mitigated: boolean): Promise<Float64Array> {
  const { subcircuit, ends, readout } = work;
  const plain = dualTransforms(ends, [0]);
  const duals = confusedDuals(mitigated ? mitigatedDuals(plain, readout) : plain, readout);
  let tensor: Float64Array | undefined;
  for await (const { settings, block } of blocks(work)) {
    const told = gatherBlock(block, duals, settings, 2 ** subcircuit.outcomes.length);
    if (tensor === undefined) tensor = told;
    else for (const [i, value] of told.entries()) tensor[i] = tensor[i]! + value;
  }
  const values = required(tensor, 'a block of subexperiments');
  // Outcome bits are the lowest of an index, whatever the ends' axes are.
  confuse(values, readout.outcomes);
  if (mitigated) mitigate(values, readout.outcomes);
  return values;
}

function countsOf(work: NoisyWork, seed: number, rounds: readonly Float64Array[]): Promise<Counts> {
  const wide = isWide(work.subcircuit, work.ends);
  return wide ? drawTrajectories(work, seed, rounds) : drawDensities(work, seed, rounds);
}

async function drawDensities(
  work: NoisyWork,
  seed: number,
  rounds: readonly Float64Array[],
): Promise<Counts> {
  const { context, name, subcircuit, ends, readout } = work;
  const each = rounds.map((): Map<number, number>[] => []);
  let turn = performance.now();
  for await (const { settings, block } of blocks(work)) {
    const all = subexperimentsIn(block, subcircuit.outcomes.length, ends, settings);
    for (const { subexperiment, frequencies } of all) {
      confuse(frequencies, bitsOf(readout, ends, subexperiment));
      for (const [round, shots] of rounds.entries()) {
        const random = new Random(seed, `shots ${name} ${subexperiment} ${round}`);
        const counts = drawCounts(frequencies, numberAt(shots, subexperiment), random);
        required(each[round], 'a round')[subexperiment] = counts;
      }
      if (performance.now() - turn < TURN) continue;
      await setImmediate();
      throwIfAborted(context.signal);
      turn = performance.now();
    }
  }
  return each.map((round) => makeCounts(round)).reduce(addCounts);
}

/** Blocks of frequencies, one after another. */
async function* blocks({
  context,
  subcircuit,
  ends,
  noise,
  onWork,
}: NoisyWork): AsyncGenerator<{ readonly settings: BlockSettings; readonly block: Float64Array }> {
  const all = blocksOf(subcircuit, ends);
  for (const [i, settings] of all.entries()) {
    const program = noisyProgram(subcircuit, ends, noise, settings);
    const block = await compute(
      context,
      (options) => context.native.noisyFrequencies(program, options),
      (fraction) => onWork((i + fraction) / all.length),
    );
    yield { settings, block };
  }
}
