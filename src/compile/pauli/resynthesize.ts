/** Operations written anew from what they do: turns about products of Paulis, then a Clifford operation. */
import { carrying, conjugate, letterOf, X, Z, type LocalClifford } from './localClifford.js';
import type { QubitPair } from './exchanges.js';
import { frameSteps, type FrameOptions, type Step } from './frameSearch.js';
import type { Work } from './regionMemory.js';
import { networkSteps } from './network.js';
import { numberOf, Products } from './products.js';
import { countPairs, type Operation, type Pair } from './sequence.js';

export interface Rewriting {
  readonly operations: readonly Operation[];
  /** Behind them, on each qubit. */
  readonly cliffords: readonly LocalClifford[];
  /** Then, in this order, two qubits change places. */
  readonly exchanges: readonly QubitPair[];
  /** `cx`, with three for each exchange of places. */
  readonly cx: number;
}

export interface Effort {
  /** Beam of the search for the Clifford operation. */
  readonly beam: number;
  readonly work: Work;
}

/** Values of a letter less in turns behind, and in the frame, that are tried one after another. */
const TRIED: readonly { readonly ahead: number; readonly behind: number }[] = [
  { ahead: 0.5, behind: 0.02 },
  { ahead: 0.8, behind: 0.05 },
  { ahead: 0.3, behind: 0.2 },
];

/**
 * The same as operations of so many qubits with fewer controlled Paulis, each exchange of places counting three; undefined
 * where none is found.
 */
export function resynthesized(
  qubits: number,
  operations: readonly Operation[],
  pairs: readonly QubitPair[],
  { beam, work }: Effort,
): Rewriting | undefined {
  const { products, angles } = productsOf(qubits, operations);
  let most = countPairs(operations) - 1;
  let best: Rewriting | undefined;
  for (const values of TRIED) {
    const rest = products.copy();
    const network = networkSteps(rest, angles, { pairs, most, work, ...values });
    if (network === undefined) continue;
    const made = network.map((step) => (step.kind === 'turn' ? step : pairOf(step)));
    const done = countPairs(made);
    const end = frameRewriting(rest.from(angles.length), { pairs, most: most - done, beam, work });
    if (end !== undefined) {
      best = { ...end, operations: [...made, ...end.operations], cx: done + end.cx };
      most = best.cx - 1;
    }
    if (angles.length === 0) break;
  }
  return best;
}

/** A Clifford operation by the rows that Z and X of each qubit come from, which are changed. */
export function frameRewriting(frame: Products, options: FrameOptions): Rewriting | undefined {
  const found = frameSteps(frame, options);
  if (found === undefined) return undefined;
  const { steps, places, exchanges, cx } = found;
  for (const { a, b, number } of steps) frame.conjugate(a, b, number);
  return { operations: steps.map(pairOf), cliffords: cliffordsOf(frame, places), exchanges, cx };
}

/** What operations do, as turns about products of Paulis (the first rows), then a frame: Z and X of each qubit. */
function productsOf(
  qubits: number,
  operations: readonly Operation[],
): { readonly products: Products; readonly angles: number[] } {
  const turns = operations.filter(({ kind }) => kind === 'turn').length;
  const products = new Products(qubits, turns + 2 * qubits);
  for (let q = 0; q < qubits; q += 1) {
    products.set(turns + 2 * q, q, Z + 1);
    products.set(turns + 2 * q + 1, q, X + 1);
  }
  const angles: number[] = [];
  // From the last to the first: what is behind a controlled Pauli is taken to its front.
  let row = turns;
  for (const operation of operations.toReversed()) {
    if (operation.kind === 'turn') {
      row -= 1;
      products.set(row, operation.a, operation.p + 1);
      angles[row] = operation.angle;
    } else {
      products.conjugate(operation.a, operation.b, numberOf(operation.p, operation.q), row);
    }
  }
  return { products, angles };
}

function pairOf({ a, b, number }: Step): Pair {
  return { kind: 'pair', a, b, p: letterOf(Math.floor(number / 3)), q: letterOf(number % 3) };
}

/** The Clifford operation on each place whose rows say what Z and X behind it come from. */
function cliffordsOf(frame: Products, places: readonly number[]): LocalClifford[] {
  const cliffords: LocalClifford[] = places.map(() => 0);
  for (const [i, place] of places.entries()) {
    const signed = (row: number): number => frame.at(row, place) - 1 + 3 * frame.signs[row]!;
    const [z, x] = [signed(2 * i), signed(2 * i + 1)];
    cliffords[place] = carrying(z, Z).find((clifford) => conjugate(clifford, X) === x)!;
  }
  return cliffords;
}
