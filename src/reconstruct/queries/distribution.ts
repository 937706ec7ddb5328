/**
 * Questions to the whole distribution, all answered while it streams by once: the file of all values, the most likely
 * outcomes, and moments.
 */
import { createHash } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import type { TensorHandle } from '../../native/addon.js';
import { invoke } from '../../native/invoke.js';
import { compute, type Context, type Precision } from '../../run/context.js';
import { exists, fileError, makeFolder } from '../../run/files.js';
import { requireDisk, requireMemory } from '../../run/resources.js';
import { Checkpoints } from '../engine/checkpoints.js';
import { rankBytes } from '../network/bondRanks.js';
import { contractNetwork, planQuery, shrinkingFits, type Consumers } from '../engine/contractNetwork.js';
import { BOND_TOLERANCE } from '../network/bondShrinking.js';
import {
  FULL_FILE,
  fullBytes,
  liveBits,
  type FullResult,
  type MomentsResult,
  type QuerySource,
  type Report,
  type TopResult,
} from './queries.js';
import type { ContractionResult } from '../engine/rangeResult.js';
import { streamAnswer } from '../engine/streamAnswer.js';
import {
  keepQuery,
  openBytes,
  withZeroBits,
  type Query,
  type TensorNetwork,
} from '../network/tensorNetwork.js';

/** What is asked; see `Queries`. */
export interface Asked {
  readonly full?: boolean | undefined;
  readonly top?: number | undefined;
  readonly moments?: boolean | undefined;
  readonly crossEntropy?: string | undefined;
  /** Where `full` goes, as .npy, in place of its file. */
  readonly stream?: Writable | undefined;
}

export interface DistributionResult {
  readonly full?: FullResult;
  readonly top?: TopResult;
  readonly moments?: MomentsResult;
}

/**
 * What may be missing from the weights of a cross entropy as noise: such outcomes have a probability of 0 but for
 * rounding.
 */
const ROUNDING: Readonly<Record<Precision, number>> = { double: 1e-10, single: 1e-5 };

/**
 * Collective: answers what is asked in one pass. `results/full.npy` is written by all ranks and gets its name when it
 * is complete.
 */
export async function streamDistribution(
  context: Context,
  source: QuerySource,
  asked: Asked,
  onWork?: Report,
): Promise<DistributionResult> {
  const { native } = context;
  const { cutCircuit } = source;
  const { outcomeBits, zeroBits } = cutCircuit;
  // A file holds the bits that are 0 by construction too.
  const whole = asked.full === true || asked.crossEntropy !== undefined;
  const order = whole ? Array.from({ length: outcomeBits }, (_, bit) => bit) : liveBits(cutCircuit);
  const network = whole ? withZeroBits(native, source.network, zeroBits) : source.network;
  const weights = await openWeights(context, outcomeBits, asked.crossEntropy);
  const query = keepQuery(order, source.bondTolerance);
  const contract = (target: Pick<Consumers, 'file' | 'checkpoints'>): Promise<ContractionResult> => {
    const consumers: Consumers = {
      ...target,
      ...(asked.top === undefined ? {} : { top: asked.top }),
      // The least value tells probabilities from quasi-probabilities.
      moments: true,
      ...(asked.moments === true ? { entropy: weights === undefined ? {} : { weights } } : {}),
    };
    if (asked.full === true && asked.stream !== undefined) {
      return streamAnswer(context, network, query, consumers, asked.stream, source.precision, onWork);
    }
    return contractNetwork(context, network, query, consumers, onWork);
  };
  const toFile = asked.full === true && asked.stream === undefined;
  const question = (): Promise<string> => questionKey(context, source, network, query, asked);
  const result = toFile ? await writeFull(context, source, question, contract) : await contract({});
  const { moments, bonds } = result;
  return {
    ...(asked.full === true
      ? { full: { file: toFile ? FULL_FILE : '-', qubits: outcomeBits, ...moments, bonds } }
      : {}),
    ...(asked.top === undefined ? {} : { top: topResult(result, order, outcomeBits, asked.top, source) }),
    ...(asked.moments === true
      ? {
          moments: momentsResult(result, weights !== undefined, outcomeBits > order.length, source.precision),
        }
      : {}),
  };
}

/** Bytes of the file between checkpoints: few enough to lose, and enough for a file of their own. */
const CHECKPOINT_BYTES = 2 ** 30;

/**
 * Collective. A file that is larger than what lies between two checkpoints is kept when the work ends early, with notes
 * on what it holds, and the same question goes on from there, on any number of ranks.
 */
async function writeFull(
  context: Context,
  { directory, cutCircuit: { outcomeBits }, precision, checkpointBytes = CHECKPOINT_BYTES }: QuerySource,
  question: () => Promise<string>,
  contract: (target: Pick<Consumers, 'file' | 'checkpoints'>) => Promise<ContractionResult>,
): Promise<ContractionResult> {
  const { cluster, native } = context;
  const final = join(directory, FULL_FILE);
  const valueBytes = precision === 'double' ? 8 : 4;
  const partSize = 2 ** Math.max(0, Math.floor(Math.log2(checkpointBytes / valueBytes)));
  const restartable = 2 ** outcomeBits > partSize;
  const partial = `${final}.${restartable ? 'unfinished' : 'partial'}`;
  const folder = join(directory, 'results', 'full.parts');
  const key = await cluster.onRoot(() => (restartable ? question() : ''));
  const checkpoints = new Checkpoints(folder, key, partSize);
  await cluster.onRoot(async () => {
    await makeFolder(join(directory, 'results'));
    await rm(final, { force: true });
    if (restartable && (await exists(partial)) && (await checkpoints.load()).length > 0) return;
    await checkpoints.clear();
    await rm(partial, { force: true });
    await requireDisk(fullBytes(outcomeBits, precision), directory, 'the full distribution');
    await invoke(native, () => native.createArrayFile(partial, 2 ** outcomeBits, precision));
  });
  try {
    const result = await contract({ file: partial, ...(restartable ? { checkpoints } : {}) });
    await cluster.onRoot(async () => {
      await invoke(native, () => native.publishFile(partial, final));
      await checkpoints.clear();
    });
    return result;
  } catch (error) {
    if (cluster.isRoot) {
      const keep = restartable && (await checkpoints.load()).length > 0;
      if (!keep) await rm(partial, { force: true });
    }
    throw error;
  }
}

/** Names a question with all that the values of its answer, and what is found in them, depend on. */
async function questionKey(
  { native, memory }: Context,
  { tensors, precision, bondTolerance }: QuerySource,
  network: TensorNetwork,
  query: Query,
  { top, moments, crossEntropy }: Asked,
): Promise<string> {
  const weights = crossEntropy === undefined ? undefined : await stat(crossEntropy);
  const plan = planQuery(network, query, memory);
  const { simd, version } = native.buildInfo();
  const content = {
    tensors,
    precision,
    bondTolerance,
    order: query.order,
    top,
    moments,
    weights: weights === undefined ? null : [crossEntropy, weights.size, weights.mtimeMs],
    plan,
    shrinks: shrinkingFits(plan, memory),
    ranks: rankBytes(network) <= memory,
    simd,
    version,
  };
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

/** Collective: the distribution of a cross entropy; a file in double precision stays on disk. */
async function openWeights(
  context: Context,
  outcomeBits: number,
  file: string | undefined,
): Promise<TensorHandle | undefined> {
  if (file === undefined) return undefined;
  return context.cluster.agree(async () => {
    const doubles = openBytes(2 ** outcomeBits, 'single');
    let bytes: number;
    try {
      bytes = (await stat(file)).size;
    } catch (error) {
      throw fileError(error, file, 'read');
    }
    if (bytes < doubles) {
      requireMemory(
        doubles,
        context.memory,
        `${file}, which is not in double precision,`,
        'store it in double precision',
      );
    }
    const bits = Array.from({ length: outcomeBits }, (_, bit) => bit);
    return compute(context, () => context.native.openTensor(file, [], bits));
  });
}

function momentsResult(
  { moments: { sum, min, max }, entropies, bonds }: ContractionResult,
  weighed: boolean,
  zeros: boolean,
  precision: Precision,
): MomentsResult {
  const { entropy, collision, negatives, negativeSum, crossEntropy, missing, missingWeight } = entropies;
  return {
    sum,
    // Outcomes that no contraction sees have probability 0.
    min: zeros ? Math.min(min, 0) : min,
    max: zeros ? Math.max(max, 0) : max,
    entropy,
    collision,
    negatives,
    negativeSum,
    ...(weighed
      ? {
          crossEntropy: missingWeight > ROUNDING[precision] ? null : crossEntropy,
          crossEntropyMissing: { count: missing, weight: missingWeight },
        }
      : {}),
    bonds,
  };
}

function topResult(
  { top: found, bonds, moments }: ContractionResult,
  order: readonly number[],
  outcomeBits: number,
  count: number,
  { bondTolerance = BOND_TOLERANCE, precision }: Pick<QuerySource, 'bondTolerance' | 'precision'>,
): TopResult {
  const outcomes = found.map(({ index, value }) => ({
    bits: bitString(index, order, outcomeBits),
    probability: value,
  }));
  // Everything was looked at: what is not listed is at most the last of the list, and 0 where all is listed.
  const last = found.length < count ? 0 : (outcomes.at(-1)?.probability ?? 0);
  // Values that are off by more than rounding may be in another order than the true ones.
  const exact = bondTolerance <= BOND_TOLERANCE || bonds.errorBound === 0;
  const bound = exact ? last : last + bonds.errorBound;
  // What bonds between tensors lose by rounding stands for nothing that could be seen in a value.
  const off = exact ? bonds.errorBound - (bonds.inner?.errorBound ?? 0) : bonds.errorBound;
  const quasi = moments.min < -Math.max(ROUNDING[precision] * moments.max, off);
  return { proven: exact && !quasi, ...(quasi ? { quasi } : {}), bound, outcomes, bonds };
}

/** The outcome with index `index` over the bits `order`, other bits 0; bit 0 last. */
function bitString(index: bigint, order: readonly number[], outcomeBits: number): string {
  const bits = Array.from({ length: outcomeBits }, () => '0');
  for (const [i, bit] of order.entries()) {
    if ((index >> BigInt(i)) & 1n) bits[outcomeBits - 1 - bit] = '1';
  }
  return bits.join('');
}
