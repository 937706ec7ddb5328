/**
 * Upper bounds on what the rest of a chain of tensors can make of a vector over a frontier. A value of the distribution
 * is the product e . R of the vector e of a prefix of outcomes and the vector R of the outcomes that follow.
 *
 * - *sum*: where the distribution holds true probabilities, no entry is larger than their sum, e . S.
 * - *max*: |e . R| is at most the sum of |e . a_i| max |b_i . R| for any bases with sum a_i b_i^T = 1; the maxima are
 *   found backwards, tensor by tensor. Pauli components as they are give one such bound. Another takes the bases of
 *   the singular value decomposition of the matrix of all e . R, from the Gram matrices of all e and all R: a
 *   distribution that is a product there has one component, and the bound is exact.
 */
import { identity, multiply, symmetricEigen, transpose } from './symmetricEigen.js';
import { advance, advanceWork, type Link } from './tensorChain.js';
import { numberAt, valueAt } from '../../error.js';

/** What is known of the rest behind a frontier. */
export interface Frontier {
  readonly size: number;
  /** Sum of R over all outcomes of the rest. */
  readonly sums: Float64Array;
  /** Largest magnitudes of R, and of b_i . R; the bases a_i are the columns of `bases`. */
  readonly largest: Float64Array;
  readonly gauge?: {
    readonly bases: Float64Array;
    readonly largest: Float64Array;
    /** What the bases miss of 1 by rounding, times `largest`. */
    readonly rounding: Float64Array;
  };
}

/** Frontiers up to this size get bases of their own. */
const WIDEST_GAUGE = 64;
/** Multiply-adds that bases of one frontier may take. */
const GAUGE_WORK = 1e9;
/** Directions that no prefix uses are kept at this weight, so that bases can be inverted. */
const LEAST_WEIGHT = 1e-12;

/**
 * Frontier k lies before link k; the last one behind all of them. Bases are found as long as they take no more than
 * `work` multiply-adds in all; what all of it took is returned, too.
 */
export function frontiersOf(
  chain: readonly Link[],
  work: number,
): { readonly frontiers: Frontier[]; readonly work: number } {
  const grams = chain.map(memberGram);
  const before = gramsBefore(chain, grams);
  let rest: Frontier = { size: 1, sums: Float64Array.of(1), largest: Float64Array.of(1) };
  let gram: Float64Array | undefined = Float64Array.of(1);
  const frontiers = [rest];
  let [taken, spent] = [0, 0];
  for (const [k, link] of [...chain.entries()].toReversed()) {
    gram = gramOfRest(link, grams[k], gram);
    const own = gaugeWork(link, rest);
    const affords = own <= Math.min(GAUGE_WORK, work - spent);
    const next = frontierBefore(link, rest, affords ? before[k] : undefined, gram);
    if (next.gauge !== undefined) spent += own;
    taken += next.size * boundWork({ ...rest, size: link.out }, link.outcomes);
    rest = next;
    frontiers.push(rest);
  }
  return { frontiers: frontiers.toReversed(), work: taken + spent };
}

/** Multiply-adds of the bases of the frontier before a link. */
function gaugeWork(link: Link, rest: Frontier): number {
  return link.pass * link.in * (advanceWork(link) + boundWork(rest, link.outcomes));
}

/** Upper bounds on |v . R| for each column of `vectors`, [frontier][count]. */
export function largestBounds(frontier: Frontier, vectors: Float64Array, count: number): Float64Array {
  const { size, gauge } = frontier;
  const plain = weighedMagnitudes(vectors, frontier.largest, count);
  if (gauge === undefined) return plain;
  const bounds = weighedMagnitudes(vectors, gauge.rounding, count);
  const component = new Float64Array(count);
  const components = gauge.largest.length;
  for (let i = 0; i < components; i += 1) {
    const weight = numberAt(gauge.largest, i);
    if (weight === 0) continue;
    component.fill(0);
    for (let c = 0; c < size; c += 1) {
      const factor = numberAt(gauge.bases, c * components + i);
      if (factor === 0) continue;
      const row = vectors.subarray(c * count, (c + 1) * count);
      for (let y = 0; y < count; y += 1) component[y] = numberAt(component, y) + factor * numberAt(row, y);
    }
    for (let y = 0; y < count; y += 1)
      bounds[y] = numberAt(bounds, y) + weight * Math.abs(numberAt(component, y));
  }
  for (let y = 0; y < count; y += 1) bounds[y] = Math.min(numberAt(bounds, y), numberAt(plain, y));
  return bounds;
}

/** v . S for each column. */
export function sumBounds(frontier: Frontier, vectors: Float64Array, count: number): Float64Array {
  const bounds = new Float64Array(count);
  for (let c = 0; c < frontier.size; c += 1) {
    const factor = numberAt(frontier.sums, c);
    const row = vectors.subarray(c * count, (c + 1) * count);
    for (let y = 0; y < count; y += 1) bounds[y] = numberAt(bounds, y) + factor * numberAt(row, y);
  }
  return bounds;
}

/** Multiply-adds of both for `count` columns. */
export function boundWork({ size, gauge }: Pick<Frontier, 'size' | 'gauge'>, count: number): number {
  return count * size * (gauge === undefined ? 2 : 3 + gauge.largest.length);
}

function weighedMagnitudes(vectors: Float64Array, weights: Float64Array, count: number): Float64Array {
  const result = new Float64Array(count);
  for (const [c, weight] of weights.entries()) {
    if (weight === 0) continue;
    const row = vectors.subarray(c * count, (c + 1) * count);
    for (let y = 0; y < count; y += 1) result[y] = numberAt(result, y) + weight * Math.abs(numberAt(row, y));
  }
  return result;
}

function frontierBefore(
  link: Link,
  rest: Frontier,
  before: Float64Array | undefined,
  gram: Float64Array | undefined,
): Frontier {
  const size = link.pass * link.in;
  const sums = new Float64Array(size);
  const largest = new Float64Array(size);
  for (let p = 0; p < link.pass; p += 1) {
    // Of a unit vector nothing but its own part of the frontier is left.
    const part = partOf(rest, p * link.out, link.out);
    for (let i = 0; i < link.in; i += 1) {
      const b = valueAt(link.gather, p * link.in + i);
      const length = link.out * link.outcomes;
      const vectors = link.values.subarray(i * length, (i + 1) * length);
      sums[b] = sumBounds(part, vectors, link.outcomes).reduce((total, value) => total + value, 0);
      largest[b] = maximum(largestBounds(part, vectors, link.outcomes));
    }
  }
  if (size === 1 || before === undefined || gram === undefined) {
    return { size, sums, largest };
  }
  const { bases, inverse } = singularBases(before, gram, size);
  const inGauge = new Float64Array(size);
  for (let i = 0; i < size; i += 1) {
    const vectors = advance(link, inverse.slice(i * size, (i + 1) * size));
    inGauge[i] = maximum(largestBounds(rest, vectors, link.outcomes));
  }
  const product = multiply(bases, inverse, size);
  const rounding = new Float64Array(size);
  for (let i = 0; i < size * size; i += 1) {
    const [row, column] = [Math.floor(i / size), i % size];
    const missing = Math.abs((row === column ? 1 : 0) - numberAt(product, i));
    rounding[row] = numberAt(rounding, row) + missing * numberAt(largest, column);
  }
  return { size, sums, largest, gauge: { bases, largest: inGauge, rounding } };
}

/** The entries of a frontier from `begin`, as a frontier of their own. */
function partOf({ sums, largest, gauge, size }: Frontier, begin: number, length: number): Frontier {
  const end = begin + length;
  const part = { size: length, sums: sums.subarray(begin, end), largest: largest.subarray(begin, end) };
  if (gauge === undefined) return part;
  const { bases, rounding } = gauge;
  return {
    ...part,
    gauge: {
      ...gauge,
      bases: bases.subarray(begin * size, end * size),
      rounding: rounding.subarray(begin, end),
    },
  };
}

/** Bases a_i (columns) and b_i (rows of `inverse`) in which the matrix of all e . R is diagonal. */
function singularBases(
  before: Float64Array,
  gram: Float64Array,
  n: number,
): { bases: Float64Array; inverse: Float64Array } {
  const { values, vectors } = symmetricEigen(before, n);
  const least = LEAST_WEIGHT * Math.max(...values);
  const roots = values.map((value) => Math.sqrt(Math.max(value, least)));
  const scaled = vectors.map((value, i) => value * numberAt(roots, i % n));
  const shared = multiply(transpose(scaled, n), multiply(gram, scaled, n), n);
  const turn = symmetricEigen(shared, n).vectors;
  const unscaled = vectors.map((value, i) => value / (roots[i % n] ?? 1));
  return {
    bases: multiply(unscaled, turn, n),
    inverse: multiply(transpose(turn, n), transpose(scaled, n), n),
  };
}

/** Sums over the outcomes of a tensor of products of two entries: [in * out][in * out]; undefined where too large. */
function memberGram(link: Link): Float64Array | undefined {
  const { outcomes, values } = link;
  const rows = link.in * link.out;
  if (rows > WIDEST_GAUGE || rows * rows * outcomes > GAUGE_WORK) return undefined;
  const gram = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i += 1) {
    const first = values.subarray(i * outcomes, (i + 1) * outcomes);
    for (let j = 0; j <= i; j += 1) {
      const second = values.subarray(j * outcomes, (j + 1) * outcomes);
      let sum = 0;
      for (let y = 0; y < outcomes; y += 1) sum += numberAt(first, y) * numberAt(second, y);
      gram[i * rows + j] = sum;
      gram[j * rows + i] = sum;
    }
  }
  return gram;
}

/** Gram matrices of all vectors e over each frontier; the identity stands in for one that is too wide to know. */
function gramsBefore(
  chain: readonly Link[],
  grams: readonly (Float64Array | undefined)[],
): (Float64Array | undefined)[] {
  let before: Float64Array | undefined = Float64Array.of(1);
  return chain.map((link, k) => {
    const size = link.pass * link.in;
    const known: Float64Array | undefined = before ?? (size <= WIDEST_GAUGE ? identity(size) : undefined);
    before = pushGram(link, grams[k], known, 'forwards');
    return known;
  });
}

function gramOfRest(
  link: Link,
  gram: Float64Array | undefined,
  rest: Float64Array | undefined,
): Float64Array | undefined {
  return pushGram(link, gram, rest, 'backwards');
}

/** Takes a Gram matrix over one frontier of a link to the other; undefined where that is too large or not known. */
function pushGram(
  link: Link,
  gram: Float64Array | undefined,
  from: Float64Array | undefined,
  direction: 'forwards' | 'backwards',
): Float64Array | undefined {
  const { pass, out } = link;
  const into = link.in;
  const [before, after] = [pass * into, pass * out];
  if (gram === undefined || from === undefined || Math.max(before, after) > WIDEST_GAUGE) return undefined;
  const forwards = direction === 'forwards';
  const size = forwards ? after : before;
  const result = new Float64Array(size * size);
  const rows = into * out;
  let most = 0;
  for (let p = 0; p < pass; p += 1) {
    for (let q = 0; q < pass; q += 1) {
      for (let i = 0; i < into; i += 1) {
        for (let j = 0; j < into; j += 1) {
          const first = valueAt(link.gather, p * into + i);
          const second = valueAt(link.gather, q * into + j);
          for (let o = 0; o < out; o += 1) {
            for (let r = 0; r < out; r += 1) {
              const weight = numberAt(gram, (i * out + o) * rows + j * out + r);
              const inner = first * before + second;
              const outer = (p * out + o) * after + q * out + r;
              const [source, target] = forwards ? [inner, outer] : [outer, inner];
              result[target] = numberAt(result, target) + weight * numberAt(from, source);
            }
          }
        }
      }
    }
  }
  for (const value of result) most = Math.max(most, Math.abs(value));
  // Only directions matter, and products of many tensors would leave the range of numbers.
  return most > 0 ? result.map((value) => value / most) : undefined;
}

function maximum(values: Float64Array): number {
  let most = 0;
  for (const value of values) most = Math.max(most, value);
  return most;
}
