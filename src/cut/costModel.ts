/**
 * Predicted time of evaluating a cut circuit and putting its distribution together again. With in / out wire ends,
 * c outcomes, G gates and width w a subcircuit costs 2^in * G * 2^w amplitude updates (its isometry) and
 * 2^c * 4^(in+out) * (in+out) additions (to Pauli components); each pairwise contraction costs
 * 2^(outcomes) * 4^(bonds open or contracted) multiply-adds, the last of which is the product 2^n * k; then 2^n
 * values are written.
 */
import { evaluationBytes } from '../circuit/simulationMemory.js';
import { DEFAULT_RATES } from '../run/rates.js';
import type { CutCircuit } from './cutCircuit.js';

/**
 * Seconds per unit of work. The defaults are those of a two-core server processor, on every machine: the cuts that are
 * found must not depend on where they are looked for.
 */
export interface CostConstants {
  /** One gate on one complex amplitude. */
  readonly amplitude: number;
  /** One addition of the change to the Pauli basis. */
  readonly addition: number;
  /** One multiply-add of a contraction. */
  readonly product: number;
  /** One value of the distribution, written to memory. */
  readonly output: number;
  /** Fixed cost of one subcircuit: scheduling and files. */
  readonly subcircuit: number;
  /** Outcome bits of the largest answer that is priced in full; wider circuits are asked for marginals. */
  readonly outcomeBits: number;
}

export const DEFAULT_COSTS: CostConstants = {
  amplitude: 3e-10,
  addition: 3e-10,
  product: DEFAULT_RATES.multiplyAdd,
  output: DEFAULT_RATES.value,
  subcircuit: 1e-4,
  outcomeBits: 30,
};

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
  readonly evaluate: number;
  readonly reconstruct: number;
  readonly total: number;
}

/** Subcircuits up to this number are ordered exactly, by dynamic programming over subsets. */
const EXACT_ORDER = 7;

export function shapesOf(cut: CutCircuit): SubcircuitShape[] {
  return cut.subcircuits.map(({ gates, width, inputs, outputs, gateEnds, outcomes }) => {
    // The qubits that number the terms of a cut gate double the state and leave as wires do.
    const branches = gateEnds.reduce(
      (sum, { cut: number }) => sum + (cut.cuts[number]?.bonds.length ?? 0),
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
  let evaluate = 0;
  let outcomes = 0;
  for (const shape of shapes) {
    const ends = shape.inputs + shape.outputs;
    evaluate +=
      constants.subcircuit +
      constants.amplitude * shape.gates * 2 ** (shape.inputs + shape.width) +
      constants.addition * ends * 2 ** (shape.outcomes + 2 * ends);
    outcomes += shape.outcomes;
  }
  const output = constants.output * 2 ** Math.min(outcomes, constants.outcomeBits);
  const reconstruct = constants.product * contraction(shapes, bonds, constants.outcomeBits) + output;
  return { evaluate, reconstruct, total: evaluate + reconstruct };
}

/** Multiply-adds of the best (up to seven tensors) or a greedy order of pairwise contractions. */
function contraction(
  shapes: readonly SubcircuitShape[],
  bonds: readonly (readonly [number, number])[],
  outcomeBits: number,
): number {
  const count = shapes.length;
  const shared = new Float64Array(count * count);
  for (const [a, b] of bonds) {
    if (a === b) continue;
    shared[a * count + b] = (shared[a * count + b] ?? 0) + 1;
    shared[b * count + a] = (shared[b * count + a] ?? 0) + 1;
  }
  const bits = shapes.map((shape) => shape.outcomes);
  const work = (outcomes: number, legs: number): number => 2 ** (Math.min(outcomes, outcomeBits) + 2 * legs);
  return count <= EXACT_ORDER
    ? exactOrder(count, bits, shared, work)
    : greedyOrder(count, bits, shared, work);
}

type Work = (outcomes: number, legs: number) => number;

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
      const edges = shared[low * count + other] ?? 0;
      all += edges;
      if ((rest >> other) & 1) toRest += edges;
    }
    inside[set] = (inside[rest] ?? 0) + toRest;
    degree[set] = (degree[rest] ?? 0) + all;
    outcomes[set] = (outcomes[rest] ?? 0) + (bits[low] ?? 0);
  }
  const open = (set: number): number => (degree[set] ?? 0) - 2 * (inside[set] ?? 0);
  const best = new Float64Array(full);
  for (let set = 1; set < full; set += 1) {
    if ((set & (set - 1)) === 0) continue;
    let least = Infinity;
    for (let half = (set - 1) & set; half > (set ^ half); half = (half - 1) & set) {
      const other = set ^ half;
      const contracted = (inside[set] ?? 0) - (inside[half] ?? 0) - (inside[other] ?? 0);
      const cost = (best[half] ?? 0) + (best[other] ?? 0) + work(outcomes[set] ?? 0, open(set) + contracted);
      least = Math.min(least, cost);
    }
    best[set] = least;
  }
  return best[full - 1] ?? 0;
}

function greedyOrder(count: number, bits: readonly number[], shared: Float64Array, work: Work): number {
  const alive = Array.from({ length: count }, (_, i) => i);
  const between = Float64Array.from(shared);
  const size = Float64Array.from(bits);
  const degree = alive.map((a) => alive.reduce((sum, b) => sum + (shared[a * count + b] ?? 0), 0));
  let total = 0;
  while (alive.length > 1) {
    let least = Infinity;
    let pair: readonly [number, number] = [0, 1];
    for (let i = 0; i < alive.length; i += 1) {
      for (let j = i + 1; j < alive.length; j += 1) {
        const a = alive[i] ?? 0;
        const b = alive[j] ?? 0;
        const contracted = between[a * count + b] ?? 0;
        const exponent =
          (size[a] ?? 0) + (size[b] ?? 0) + 2 * ((degree[a] ?? 0) + (degree[b] ?? 0) - contracted);
        // Among equally cheap pairs prefer those that close bonds.
        const rank = exponent - contracted / 1024;
        if (rank < least) {
          least = rank;
          pair = [i, j];
        }
      }
    }
    const [i, j] = pair;
    const a = alive[i] ?? 0;
    const b = alive[j] ?? 0;
    const contracted = between[a * count + b] ?? 0;
    total += work((size[a] ?? 0) + (size[b] ?? 0), (degree[a] ?? 0) + (degree[b] ?? 0) - contracted);
    for (const c of alive) {
      const joined = (between[a * count + c] ?? 0) + (between[b * count + c] ?? 0);
      between[a * count + c] = joined;
      between[c * count + a] = joined;
    }
    size[a] = (size[a] ?? 0) + (size[b] ?? 0);
    degree[a] = (degree[a] ?? 0) + (degree[b] ?? 0) - 2 * contracted;
    alive.splice(j, 1);
  }
  return total;
}
