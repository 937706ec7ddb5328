/**
 * Predicted time of evaluating a cut circuit and putting its distribution together again. With in / out wire ends,
 * c outcomes, G gates and width w a subcircuit costs 2^in * G * 2^w amplitude updates (its isometry),
 * 2^c * 4^(in+out) * (in+out) additions (to Pauli components), and a file of 2^c * 4^(in+out) values; each pairwise
 * contraction costs 2^(outcomes) * 4^(bonds open or contracted) multiply-adds and passes its operands and its result through memory;
 * the last one is the product 2^n * k, whose 2^n values are written. Rates and formulas are those of src/run/.
 */
import { evaluationBytes } from '../../circuit/simulationMemory.js';
import { evaluationSeconds, movingSeconds, PASSES } from '../../run/resources/costs.js';
import type { Calibration, Rates } from '../../run/calibration.js';
import { DEFAULT_RATES } from '../../run/resources/rates.js';
import type { CutCircuit } from './cutCircuit.js';
import { required, numberAt, valueAt } from '../../error.js';

/**
 * Rates of a rank, and how much of the answer is priced. Without a calibration they are those of a two-core server
 * processor on every machine: the cuts that are found must not depend on where they are looked for.
 */
export interface CostConstants extends Rates {
  /** Outcome bits of the largest answer that is priced in full; wider circuits are asked for marginals. */
  readonly outcomeBits: number;
  /** Terms of the expectation value that alone is asked for, so that no outcome is kept; undefined: all are. */
  readonly terms?: number | undefined;
}

export const DEFAULT_COSTS: CostConstants = { ...DEFAULT_RATES, outcomeBits: 30 };

/** The costs by which cuts are found, of a rank with these rates. */
export function costConstants({ rates }: Pick<Calibration, 'rates'>): CostConstants {
  return { ...DEFAULT_COSTS, ...rates };
}

/** Contractions share most of their work: those of more terms are priced as so many. */
const MOST_CONTRACTIONS = 64;

/** What the price of a subcircuit depends on. */
export interface SubcircuitShape {
  readonly gates: number;
  readonly width: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly outcomes: number;
}

/** Predicted seconds by stage. */
export interface PredictedCost {
  /** Computing the tensors, and storing them. */
  readonly evaluate: number;
  /** Of that, storing alone, which threads and ranks do not divide. */
  readonly store: number;
  readonly reconstruct: number;
  readonly total: number;
}

/** Subcircuits up to this number are ordered exactly, by dynamic programming over subsets. */
const EXACT_ORDER = 7;

export function shapesOf(cut: CutCircuit): SubcircuitShape[] {
  return cut.subcircuits.map(({ gates, width, inputs, outputs, gateEnds, outcomes }) => {
    // The qubits that number the terms of a cut gate double the state and leave as wires do.
    const branches = gateEnds.reduce(
      (sum, { cut: number }) => sum + required(cut.cuts[number], `cut ${number}`).bonds.length,
      0,
    );
    return {
      gates: gates.length + gateEnds.length,
      width: width + branches,
      inputs: inputs.length,
      outputs: outputs.length + branches,
      outcomes: outcomes.length,
    };
  });
}

/** Peak bytes of evaluating a subcircuit in double precision. */
export function shapeBytes({ width, inputs, outputs, outcomes }: SubcircuitShape, threads: number): number {
  return evaluationBytes({ stateBits: inputs + width, legs: inputs + outputs, outcomes }, 'double', threads);
}

/** Predicted cost of a cut circuit in seconds. */
export function predictCost(cut: CutCircuit, constants: CostConstants = DEFAULT_COSTS): PredictedCost {
  const bonds = cut.cuts.flatMap(({ from, to, bonds: labels }) => labels.map(() => [from, to] as const));
  return predictShapes(shapesOf(cut), bonds, constants);
}

/** The same from the shapes of the subcircuits and the pairs of subcircuits that each cut joins. */
export function predictShapes(
  shapes: readonly SubcircuitShape[],
  bonds: readonly (readonly [number, number])[],
  constants: CostConstants,
): PredictedCost {
  const { terms } = constants;
  let [compute, store, outcomes, opened] = [0, 0, 0, 0];
  for (const { gates, width, inputs, outputs, outcomes: all } of shapes) {
    const legs = inputs + outputs;
    const own = terms === undefined ? all : 0;
    const shape = { gates, stateBits: inputs + width, legs, outcomes: own, strings: terms };
    const seconds = evaluationSeconds(shape, constants);
    compute += seconds.compute;
    store += seconds.store;
    outcomes += own;
    opened += 2 ** (own + 2 * legs);
  }
  const reconstruct =
    constants.value * 2 ** Math.min(outcomes, constants.outcomeBits) +
    movingSeconds((PASSES.opened + PASSES.operand) * opened, constants) +
    constants.call * Math.max(0, 2 * shapes.length - 1) +
    Math.min(terms ?? 1, MOST_CONTRACTIONS) * contraction(shapes, bonds, constants);
  const evaluate = compute + store;
  return { evaluate, store, reconstruct, total: evaluate + reconstruct };
}

/** Seconds of the best (up to seven tensors) or a greedy order of pairwise contractions, their operands aside. */
function contraction(
  shapes: readonly SubcircuitShape[],
  bonds: readonly (readonly [number, number])[],
  constants: CostConstants,
): number {
  const count = shapes.length;
  const shared = new Float64Array(count * count);
  for (const [a, b] of bonds) {
    if (a === b) continue;
    shared[a * count + b] = numberAt(shared, a * count + b) + 1;
    shared[b * count + a] = numberAt(shared, b * count + a) + 1;
  }
  const bits = shapes.map((shape) => (constants.terms === undefined ? shape.outcomes : 0));
  const work: Work = (outcomes, open, contracted, last) => {
    const size = 2 ** (Math.min(outcomes, constants.outcomeBits) + 2 * open);
    const moved = last ? 0 : movingSeconds((PASSES.result + PASSES.operand) * size, constants);
    return constants.multiplyAdd * size * 4 ** contracted + moved;
  };
  return count <= EXACT_ORDER
    ? exactOrder(count, bits, shared, work)
    : greedyOrder(count, bits, shared, work);
}

/** Seconds of a contraction by the outcome bits and the open bonds of its result, and the bonds it sums over. */
type Work = (outcomes: number, open: number, contracted: number, last: boolean) => number;

function exactOrder(count: number, bits: readonly number[], shared: Float64Array, work: Work): number {
  const full = 1 << count;
  const inside = new Float64Array(full);
  const degree = new Float64Array(full);
  const outcomes = new Float64Array(full);
  for (let set = 1; set < full; set += 1) {
    const low = 31 - Math.clz32(set & -set);
    const rest = set & (set - 1);
    let toRest = 0;
    let all = 0;
    for (let other = 0; other < count; other += 1) {
      const edges = numberAt(shared, low * count + other);
      all += edges;
      if ((rest >> other) & 1) toRest += edges;
    }
    inside[set] = numberAt(inside, rest) + toRest;
    degree[set] = numberAt(degree, rest) + all;
    outcomes[set] = numberAt(outcomes, rest) + valueAt(bits, low);
  }
  const open = (set: number): number => numberAt(degree, set) - 2 * numberAt(inside, set);
  const best = new Float64Array(full);
  for (let set = 1; set < full; set += 1) {
    if ((set & (set - 1)) === 0) continue;
    let least = Infinity;
    for (let half = (set - 1) & set; half > (set ^ half); half = (half - 1) & set) {
      const other = set ^ half;
      const contracted = numberAt(inside, set) - numberAt(inside, half) - numberAt(inside, other);
      const own = work(numberAt(outcomes, set), open(set), contracted, set === full - 1);
      const cost = numberAt(best, half) + numberAt(best, other) + own;
      least = Math.min(least, cost);
    }
    best[set] = least;
  }
  return numberAt(best, full - 1);
}

/** Pairs that share bonds are contracted, the one of the smallest result first; then what is left, smallest first. */
function greedyOrder(count: number, bits: readonly number[], shared: Float64Array, work: Work): number {
  const size = Float64Array.from(bits);
  const degree = new Float64Array(count);
  const between = bits.map((_, a) => {
    const near = new Map<number, number>();
    for (let b = 0; b < count; b += 1) {
      const bonds = numberAt(shared, a * count + b);
      if (bonds === 0) continue;
      near.set(b, bonds);
      degree[a] = numberAt(degree, a) + bonds;
    }
    return near;
  });
  const alive = new Set(bits.keys());
  let total = 0;
  while (alive.size > 1) {
    const [a, b] = cheapestPair(alive, size, degree, between);
    const contracted = between[a]?.get(b) ?? 0;
    const open = numberAt(degree, a) + numberAt(degree, b) - 2 * contracted;
    total += work(numberAt(size, a) + numberAt(size, b), open, contracted, alive.size === 2);
    for (const [c, bonds] of between[b] ?? []) {
      between[c]?.delete(b);
      if (c === a) continue;
      const joined = bonds + (between[a]?.get(c) ?? 0);
      between[a]?.set(c, joined);
      between[c]?.set(a, joined);
    }
    size[a] = numberAt(size, a) + numberAt(size, b);
    degree[a] = open;
    alive.delete(b);
  }
  return total;
}

function cheapestPair(
  alive: ReadonlySet<number>,
  size: Float64Array,
  degree: Float64Array,
  between: readonly ReadonlyMap<number, number>[],
): readonly [number, number] {
  let least = Infinity;
  let pair: readonly [number, number] | undefined;
  for (const a of alive) {
    for (const [b, contracted] of between[a] ?? []) {
      if (b < a) continue;
      const exponent =
        numberAt(size, a) + numberAt(size, b) + 2 * (numberAt(degree, a) + numberAt(degree, b) - contracted);
      // Among equally cheap pairs prefer those that close bonds.
      const rank = exponent - contracted / 1024;
      if (rank >= least) continue;
      least = rank;
      pair = [a, b];
    }
  }
  if (pair !== undefined) return pair;
  const [a = 0, b = 0] = [...alive].sort((x, y) => numberAt(size, x) - numberAt(size, y) || x - y);
  return [Math.min(a, b), Math.max(a, b)];
}
