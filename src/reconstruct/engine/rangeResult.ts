/**
 * What the ranks find in their ranges of an answer, and how these parts become one: sums are kept per slice and added
 * in slice order, so that the result does not depend on the number of ranks.
 */
import type { BondShrinking, InnerShrinking } from '../network/bondShrinking.js';
import type { Comparison, EntropySums, ProductResult } from '../../native/addon.js';

export interface Moments {
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

export interface RankedOutcome {
  /** Index of the answer. */
  readonly index: bigint;
  readonly value: number;
}

/** Sums over all outcomes; see `Comparison`. */
export interface ComparisonSums {
  readonly maxAbsError: number;
  readonly squaredError: number;
  readonly squaredReference: number;
  readonly chiSquared: number;
  readonly fidelity: number;
  readonly crossEntropy: number;
  readonly missing: number;
}

/** Sums over all outcomes; see `EntropySums`. Those that need weights are 0 without them. */
export interface Entropies {
  readonly entropy: number;
  readonly collision: number;
  readonly negativeSum: number;
  readonly negatives: number;
  readonly crossEntropy: number;
  readonly missingWeight: number;
  readonly missing: number;
}

/** The same on every rank, but for `array`. */
export interface ContractionResult {
  readonly top: readonly RankedOutcome[];
  readonly moments: Moments;
  readonly values: Float64Array;
  readonly compare: ComparisonSums;
  readonly entropies: Entropies;
  readonly bonds: BondShrinking;
  /** Of an answer that went to a file: hashes of its blocks, see `hashBlocks`. */
  readonly blocks: string;
  /** On the root: all values in the precision that they are stored in, where an array was asked for. */
  readonly array?: Float64Array | Float32Array;
}

/** What one rank found. */
export interface RangeResult {
  top: RankedOutcome[];
  sliceSums: number[];
  /** Infinity and -Infinity of no values. */
  min: number;
  max: number;
  values: number[];
  bonds: { used: number; errorBound: number };
  blocks: string;
  compare: {
    maxAbsError: number;
    squaredError: number[];
    squaredReference: number[];
    chiSquared: number[];
    fidelity: number[];
    crossEntropy: number[];
    missing: number;
  };
  entropies: {
    entropy: number[];
    collision: number[];
    negativeSum: number[];
    negatives: number;
    crossEntropy: number[];
    missingWeight: number[];
    missing: number;
  };
}

export function emptyResult(): RangeResult {
  return {
    top: [],
    sliceSums: [],
    min: Infinity,
    max: -Infinity,
    values: [],
    bonds: { used: 0, errorBound: 0 },
    blocks: '',
    compare: {
      maxAbsError: 0,
      squaredError: [],
      squaredReference: [],
      chiSquared: [],
      fidelity: [],
      crossEntropy: [],
      missing: 0,
    },
    entropies: {
      entropy: [],
      collision: [],
      negativeSum: [],
      negatives: 0,
      crossEntropy: [],
      missingWeight: [],
      missing: 0,
    },
  };
}

export function addProduct(result: RangeResult, product: ProductResult, offset: number, top: number): void {
  const { bonds, moments, values, compare, entropy } = product;
  result.bonds.used = Math.max(result.bonds.used, bonds.after);
  result.bonds.errorBound = Math.max(result.bonds.errorBound, bonds.errorBound);
  if (product.top !== undefined) {
    const found = Array.from(product.top.indices, (index, i) => ({
      index: index + BigInt(offset),
      value: product.top?.values[i] ?? 0,
    }));
    result.top = largest([...result.top, ...found], top);
  }
  if (moments !== undefined) {
    append(result.sliceSums, moments.sliceSums);
    result.min = Math.min(result.min, moments.min);
    result.max = Math.max(result.max, moments.max);
  }
  if (values !== undefined) append(result.values, values);
  if (compare !== undefined) addComparison(result.compare, compare);
  if (entropy !== undefined) addEntropies(result.entropies, entropy);
}

function addEntropies(sums: RangeResult['entropies'], found: EntropySums): void {
  append(sums.entropy, found.entropy);
  append(sums.collision, found.collision);
  append(sums.negativeSum, found.negativeSum);
  sums.negatives += found.negatives;
  append(sums.crossEntropy, found.crossEntropy);
  append(sums.missingWeight, found.missingWeight);
  sums.missing += found.missing;
}

function addComparison(sums: RangeResult['compare'], found: Comparison): void {
  sums.maxAbsError = Math.max(sums.maxAbsError, found.maxAbsError);
  append(sums.squaredError, found.squaredError);
  append(sums.squaredReference, found.squaredReference);
  append(sums.chiSquared, found.chiSquared);
  append(sums.fidelity, found.fidelity);
  append(sums.crossEntropy, found.crossEntropy);
  sums.missing += found.missing;
}

function append(target: number[], values: Float64Array): void {
  for (const value of values) target.push(value);
}

/** The `count` largest, ties by smaller index. */
function largest(entries: readonly RankedOutcome[], count: number): RankedOutcome[] {
  return entries.toSorted((a, b) => b.value - a.value || (a.index < b.index ? -1 : 1)).slice(0, count);
}

/** Brings the largest values of several parts together in the first, before they travel. */
export function joinTops(parts: readonly RangeResult[], top: number): void {
  const [first, ...rest] = parts;
  if (first === undefined || rest.length === 0) return;
  first.top = largest(
    parts.flatMap((part) => part.top),
    top,
  );
  for (const part of rest) part.top = [];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

export function merge(
  parts: readonly RangeResult[],
  top: number,
  planned: number,
  inner?: InnerShrinking,
): ContractionResult {
  const all = (pick: (part: RangeResult) => readonly number[]): number[] => parts.flatMap(pick);
  const compare = parts.map((part) => part.compare);
  return {
    top: largest(
      parts.flatMap((part) => part.top),
      top,
    ),
    moments: {
      sum: sum(all((part) => part.sliceSums)),
      min: parts.reduce((least, { min }) => Math.min(least, min), Infinity),
      max: parts.reduce((most, { max }) => Math.max(most, max), -Infinity),
    },
    values: Float64Array.from(all((part) => part.values)),
    bonds: {
      planned,
      used: Math.max(0, ...parts.map(({ bonds }) => bonds.used)),
      errorBound: Math.max(0, ...parts.map(({ bonds }) => bonds.errorBound)) + (inner?.errorBound ?? 0),
      ...(inner === undefined ? {} : { inner }),
    },
    blocks: parts.map(({ blocks }) => blocks).join(''),
    compare: {
      maxAbsError: Math.max(0, ...compare.map(({ maxAbsError }) => maxAbsError)),
      squaredError: sum(compare.flatMap(({ squaredError }) => squaredError)),
      squaredReference: sum(compare.flatMap(({ squaredReference }) => squaredReference)),
      chiSquared: sum(compare.flatMap(({ chiSquared }) => chiSquared)),
      fidelity: sum(compare.flatMap(({ fidelity }) => fidelity)),
      crossEntropy: sum(compare.flatMap(({ crossEntropy }) => crossEntropy)),
      missing: sum(compare.map(({ missing }) => missing)),
    },
    entropies: {
      entropy: sum(all((part) => part.entropies.entropy)),
      collision: sum(all((part) => part.entropies.collision)),
      negativeSum: sum(all((part) => part.entropies.negativeSum)),
      negatives: sum(parts.map(({ entropies }) => entropies.negatives)),
      crossEntropy: sum(all((part) => part.entropies.crossEntropy)),
      missingWeight: sum(all((part) => part.entropies.missingWeight)),
      missing: sum(parts.map(({ entropies }) => entropies.missing)),
    },
  };
}
