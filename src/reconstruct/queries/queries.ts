/**
 * The queries of `reconstruct`, each a choice of one action per outcome bit. Outcome bits that are 0 by
 * construction never enter a contraction, except where the full distribution is written. The functions expect queries
 * that `checkQueries` has passed.
 */
import type { CutCircuit } from '../../cut/model/cutCircuit.js';
import { KroncutError } from '../../error.js';
import type { Precision } from '../../native/addon.js';
import type { Context } from '../../run/context.js';
import { contractNetwork, MAX_ANSWER_BITS } from '../engine/contractNetwork.js';
import { parsePauliSum } from './pauliSum.js';
import type { BondShrinking } from '../network/bondShrinking.js';
import { keepQuery, type AnswerError, type TensorNetwork } from '../network/tensorNetwork.js';

/** What is asked of a run; several questions may be asked at once. */
export interface Queries {
  /** Writes the whole distribution to `results/full.npy`. */
  readonly full?: boolean | undefined;
  /** The distribution of these outcome bits; bit 0 of the index is the first named. */
  readonly marginal?: readonly number[] | undefined;
  /** The most likely outcomes. */
  readonly top?: number | undefined;
  /** Multiply-adds that the search for `top` may take where the distribution is too large to stream; default 5e9. */
  readonly topWork?: number | undefined;
  /** Sum, least and greatest value, entropy and collision probability of the distribution. */
  readonly moments?: boolean | undefined;
  /** With `moments`: a .npy file of a distribution over all outcomes, for its cross entropy with the answer. */
  readonly crossEntropy?: string | undefined;
  /** Probabilities of these bit strings, bit 0 last. */
  readonly probability?: readonly string[] | undefined;
  /** Expectation value of a sum of Pauli strings, as `parsePauliSum` reads it; it speaks of qubits. */
  readonly expect?: string | undefined;
  /** Gives the value of every term of `expect` too. */
  readonly terms?: boolean | undefined;
  /** Writes this many samples of the distribution to `results/samples.txt`, or `.npy`. */
  readonly samples?: number | undefined;
  /** `text`, the default: a bit string a line; `npy`: an array of uint64, for up to 64 outcome bits. */
  readonly samplesFormat?: SamplesFormat | undefined;
  /** Dynamic definition: bits that become active in a round, and the number of rounds (default 1). */
  readonly bins?: number | undefined;
  readonly depth?: number | undefined;
  /** Seed of the samples; default 0. */
  readonly seed?: number | undefined;
  /**
   * How far bonds may shrink to their rank: each time that they do, no value changes by more than this share of the
   * largest value that the tensors could give. Default 1e-13, which is rounding (and, between tensors in single
   * precision, what these are rounded by); 0 turns it off.
   */
  readonly bondTolerance?: number | undefined;
  /**
   * Bytes of the distribution's file after which its progress is noted; a job that was killed goes on from there. Default
   * 1 GiB.
   */
  readonly checkpointBytes?: number | undefined;
}

/** True where no query is asked; options of queries alone are none. */
export function asksNothing(queries: Queries): boolean {
  return !asksWidely(queries) && queries.marginal === undefined && queries.expect === undefined;
}

/** True where a query is asked that depends on the whole circuit. */
export function asksWidely({ full, moments, top, probability, samples, bins }: Queries): boolean {
  return (
    full === true ||
    moments === true ||
    [top, probability, samples, bins].some((query) => query !== undefined)
  );
}

/** Bins of the distribution: a bit string each, bit 0 last, `*` where both values are merged. */
export type BinsResult = readonly { readonly spec: string; readonly probability: number }[];

export interface ExpectResult extends AnswerError {
  readonly value: number;
  /** Value of each string without its coefficient, where asked for. */
  readonly terms?: readonly {
    readonly pauli: string;
    readonly coefficient: number;
    readonly value: number;
  }[];
}

export interface FullResult {
  /** Relative to the run directory; `-` where it went to a stream. */
  readonly file: string;
  readonly qubits: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  readonly bonds: BondShrinking;
}

export interface MarginalResult {
  readonly qubits: readonly number[];
  /** Index bit i is outcome bit `qubits[i]`. */
  readonly probabilities: readonly number[];
}

export interface TopResult {
  /** True where no outcome that is not listed has a larger probability. */
  readonly proven: boolean;
  /**
   * True where values are below zero by more than rounding: what is listed are then the largest values of
   * quasi-probabilities, which prove nothing about the distribution behind them.
   */
  readonly quasi?: boolean;
  /** No outcome that is not listed has a probability above this. */
  readonly bound: number;
  readonly outcomes: readonly { readonly bits: string; readonly probability: number }[];
  readonly bonds: BondShrinking;
  /** Multiply-adds that a search took, and its limit; absent where all outcomes were looked at. */
  readonly search?: { readonly work: number; readonly limit: number };
}

/** Logarithms are natural; q is the distribution. Values below zero count as zero in both entropies. */
export interface MomentsResult {
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  /** -sum of q ln q. */
  readonly entropy: number;
  /** Sum of q^2: the probability that two samples agree. */
  readonly collision: number;
  /** How many values are below zero, and their sum. */
  readonly negatives: number;
  readonly negativeSum: number;
  /** -sum of p ln q, p being the given distribution; null where a real part of p is on outcomes with q <= 0. */
  readonly crossEntropy?: number | null;
  /** Outcomes with p > 0 and q <= 0, which the cross entropy leaves out, and the sum of their p. */
  readonly crossEntropyMissing?: { readonly count: number; readonly weight: number };
  readonly bonds: BondShrinking;
}

/** Probability by bit string, bit 0 last. */
export type ProbabilityResult = Readonly<Record<string, number>>;

export const FULL_FILE = 'results/full.npy';
/** Longest header of a .npy file of one axis, in bytes. */
const HEADER_BYTES = 128;
/** Marginals go into JSON; larger ones are a job for `--full`. */
const MAX_MARGINAL_BITS = 20;
const MAX_TOP = 1_000_000;
const MAX_SAMPLES = 1_000_000;
/** Bins go into JSON. */
const MAX_ACTIVE_BITS = 16;
const MAX_DEPTH = 10_000;

export type SamplesFormat = 'text' | 'npy';

export const SAMPLES_FILES: Readonly<Record<SamplesFormat, string>> = {
  text: 'results/samples.txt',
  npy: 'results/samples.npy',
};
/** Bits of an entry of the array. */
const MOST_ARRAY_BITS = 64;

export interface SamplesResult {
  /** One bit string a line, bit 0 last, or numbers whose bit i is outcome bit i; relative to the run directory. */
  readonly file: string;
  readonly count: number;
}

/** What a query is asked of. */
export interface QuerySource {
  readonly directory: string;
  readonly cutCircuit: CutCircuit;
  readonly network: TensorNetwork;
  /** Storage of the distribution's file. */
  readonly precision: Precision;
  /** See `Queries.bondTolerance`. */
  readonly bondTolerance?: number | undefined;
  /** See `Queries.checkpointBytes`. */
  readonly checkpointBytes?: number | undefined;
  /** Names the contents of the tensors; a distribution that was begun with others is not gone on with. */
  readonly tensors?: string | undefined;
}

export type Report = (fraction: number) => void;

/** Throws `usage`, before anything is computed, for a query that this circuit cannot be asked. */
export function checkQueries(
  cut: Pick<CutCircuit, 'qubits' | 'outcomeBits' | 'zeroBits'>,
  queries: Queries,
): void {
  const {
    full,
    top,
    marginal,
    probability,
    expect,
    terms,
    samples,
    bins,
    depth,
    bondTolerance,
    topWork,
    checkpointBytes,
  } = queries;
  if (checkpointBytes !== undefined && !(checkpointBytes > 0)) {
    throw new KroncutError(
      'usage',
      `--checkpoint ${checkpointBytes}: a number of bytes above 0 is needed, such as 1e9`,
    );
  }
  if (bondTolerance !== undefined && !(bondTolerance >= 0 && bondTolerance < 1)) {
    throw new KroncutError(
      'usage',
      `--bond-tolerance ${bondTolerance}: a number from 0 to below 1 is needed`,
    );
  }
  if (full === true) requireStreamable(cut.outcomeBits, '--full');
  if (queries.moments === true) requireStreamable(liveBits(cut).length, '--moments');
  if (queries.crossEntropy !== undefined) {
    requireStreamable(cut.outcomeBits, '--cross-entropy');
    if (queries.moments !== true) {
      throw new KroncutError('usage', '--cross-entropy is one of the numbers of --moments; give that too');
    }
  }
  if (top !== undefined) {
    if (!Number.isInteger(top) || top < 1 || top > MAX_TOP) {
      throw new KroncutError('usage', `--top ${top}: a whole number from 1 to ${MAX_TOP} is needed`);
    }
  }
  if (topWork !== undefined && !(topWork >= 0)) {
    throw new KroncutError('usage', `--top-work ${topWork}: a number, 0 or more, is needed`);
  }
  if (topWork !== undefined && top === undefined) {
    throw new KroncutError('usage', '--top-work limits the search of --top; give that too');
  }
  if (marginal !== undefined) checkMarginal(marginal, cut.outcomeBits);
  if (probability !== undefined) checkBitStrings(probability, cut.outcomeBits);
  for (const [option, value, most] of [
    ['--samples', samples, MAX_SAMPLES],
    ['--bins', bins, MAX_ACTIVE_BITS],
    ['--depth', depth, MAX_DEPTH],
  ] as const) {
    if (value !== undefined && (!Number.isInteger(value) || value < 1 || value > most)) {
      throw new KroncutError('usage', `${option} ${value}: a whole number from 1 to ${most} is needed`);
    }
  }
  if (queries.samplesFormat !== undefined && samples === undefined) {
    throw new KroncutError('usage', '--samples-format belongs to --samples; give that too');
  }
  if (queries.samplesFormat === 'npy' && cut.outcomeBits > MOST_ARRAY_BITS) {
    throw new KroncutError(
      'usage',
      `--samples-format npy: an array of uint64 holds ${MOST_ARRAY_BITS} outcome bits, and the circuit has ${cut.outcomeBits}; use text`,
    );
  }
  if (checkpointBytes !== undefined && full !== true) {
    throw new KroncutError('usage', '--checkpoint notes the progress of --full; give that too');
  }
  if (depth !== undefined && bins === undefined) {
    throw new KroncutError('usage', '--depth is the number of rounds of --bins; give that too');
  }
  if (expect !== undefined) parsePauliSum(expect, cut.qubits);
  else if (terms === true)
    throw new KroncutError('usage', '--terms lists the terms of --expect; give that too');
}

/** Distributions of more live bits are searched, and not streamed, for their most likely outcomes. */
const MOST_STREAMED_BITS = 36;

/** True where the most likely outcomes are searched for: nothing else has the distribution stream by. */
export function searchesTop(
  cut: Pick<CutCircuit, 'outcomeBits' | 'zeroBits'>,
  { full, moments, top }: Queries,
): boolean {
  if (top === undefined || full === true || moments === true) return false;
  return liveBits(cut).length > MOST_STREAMED_BITS;
}

/** Outcome bits that are not 0 by construction, ascending. */
export function liveBits(cut: Pick<CutCircuit, 'outcomeBits' | 'zeroBits'>): number[] {
  const zero = new Set(cut.zeroBits);
  return Array.from({ length: cut.outcomeBits }, (_, bit) => bit).filter((bit) => !zero.has(bit));
}

/** Bytes of `results/full.npy`. */
export function fullBytes(outcomeBits: number, precision: Precision): number {
  return 2 ** outcomeBits * (precision === 'double' ? 8 : 4) + HEADER_BYTES;
}

/** Collective: the distribution of some outcome bits, bit 0 of the index being the first named. */
export async function marginalDistribution(
  context: Context,
  source: QuerySource,
  qubits: readonly number[],
  onWork?: Report,
): Promise<MarginalResult> {
  const { zeroBits } = source.cutCircuit;
  const live = qubits.filter((bit) => !zeroBits.includes(bit));
  const { values } = await contractNetwork(
    context,
    source.network,
    keepQuery(live, source.bondTolerance),
    { values: true },
    onWork,
  );
  const probabilities = Array.from({ length: 2 ** qubits.length }, () => 0);
  for (const [index, value] of values.entries()) {
    let target = 0;
    for (const [i, bit] of live.entries()) if ((index >> i) & 1) target += 2 ** qubits.indexOf(bit);
    probabilities[target] = value;
  }
  return { qubits, probabilities };
}

export function checkMarginal(qubits: readonly number[], outcomeBits: number): void {
  for (const [i, bit] of qubits.entries()) {
    if (!Number.isInteger(bit) || bit < 0 || bit >= outcomeBits) {
      throw new KroncutError(
        'usage',
        `--marginal: there is no outcome bit ${bit}; the circuit has outcome bits 0 to ${outcomeBits - 1}`,
      );
    }
    if (qubits.indexOf(bit) !== i) throw new KroncutError('usage', `--marginal: bit ${bit} is named twice`);
  }
  if (qubits.length > MAX_MARGINAL_BITS) {
    throw new KroncutError(
      'usage',
      `--marginal names ${qubits.length} bits, and at most ${MAX_MARGINAL_BITS} are listed; use --full for more`,
    );
  }
}

function checkBitStrings(strings: readonly string[], outcomeBits: number): void {
  for (const bits of strings) {
    if (bits.length !== outcomeBits || /[^01]/.test(bits)) {
      throw new KroncutError(
        'usage',
        `--probability ${bits === '' ? "''" : bits}: a string of ${outcomeBits} characters 0 and 1 is needed, bit 0 last`,
      );
    }
  }
}

function requireStreamable(bits: number, option: string): void {
  if (bits <= MAX_ANSWER_BITS) return;
  throw new KroncutError(
    'usage',
    `${option} would go through 2^${bits} outcomes, and at most 2^${MAX_ANSWER_BITS} can be streamed; ` +
      'ask for --marginal or --probability instead',
  );
}
