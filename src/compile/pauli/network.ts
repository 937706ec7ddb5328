/**
 * Turns about products of Paulis as controlled Paulis that bring each of them to one qubit: the greedy networks of de
 * Brugiere and Martiel 2024 (arXiv:2404.03280), which for products of Z alone are parity networks (Amy, Azimzadeh and
 * Mosca 2018, arXiv:1712.01859). Every step shortens one of the turns that may come next and have fewest letters, and
 * of all such steps it is the one that does most for those behind.
 */
import { letterOf } from './localClifford.js';
import { CONTROLLED_PAULIS, FIRST, IMAGES, SECOND, TURNED, type Products } from './products.js';
import type { Work } from './regionMemory.js';
import type { Step } from './frameSearch.js';
import type { Turn } from './sequence.js';

export interface NetworkOptions {
  readonly pairs: readonly (readonly [number, number])[];
  /** Most steps. */
  readonly most: number;
  /** Where there is none left it ends without an answer. */
  readonly work: Work;
  /** What a letter less is worth in a turn that one more must come before. */
  readonly ahead: number;
  /** What a letter less is worth in the frame. */
  readonly behind: number;
}

export type NetworkStep = Turn | ({ readonly kind: 'step' } & Step);

/** The first rows of `products` are turns in their order, the others a frame; it is left as the steps make it. */
export function networkSteps(
  products: Products,
  angles: readonly number[],
  options: NetworkOptions,
): NetworkStep[] | undefined {
  const order = new TurnOrder(products, angles.length);
  const steps: NetworkStep[] = [];
  let left = options.most;
  for (;;) {
    steps.push(...finished(products, angles, order));
    const front = order.front();
    if (front.length === 0) return steps;
    const step = bestStep(products, front, order.weights(options), options);
    if (step === undefined || left === 0 || options.work.left <= 0) return undefined;
    options.work.left -= options.pairs.length * (products.rows + LOOKS) + angles.length ** 2;
    left -= 1;
    products.conjugate(step.a, step.b, step.number);
    steps.push({ kind: 'step', ...step });
  }
}

/** Turns that may come next and are on one qubit, until there are none. */
function finished(products: Products, angles: readonly number[], order: TurnOrder): Turn[] {
  const turns: Turn[] = [];
  for (let again = true; again;) {
    again = false;
    for (const row of order.front()) {
      if (products.size(row) !== 1) continue;
      const a = products.first(row);
      const angle = products.signs[row] === 1 ? -angles[row]! : angles[row]!;
      turns.push({ kind: 'turn', a, p: letterOf(products.at(row, a) - 1), angle });
      order.take(row);
      again = true;
    }
  }
  return turns;
}

/** Which turns must come before which: those before that do not commute with them. */
class TurnOrder {
  private readonly after: number[][];
  /** Turns before each that are not taken. */
  private readonly waits: Int32Array;
  private readonly taken: Uint8Array;

  constructor(
    private readonly products: Products,
    private readonly count: number,
  ) {
    this.after = Array.from({ length: count }, () => []);
    this.waits = new Int32Array(count);
    this.taken = new Uint8Array(count);
    for (let row = 0; row < count; row += 1) {
      for (let other = 0; other < row; other += 1) {
        if (products.commute(other, row)) continue;
        this.waits[row]! += 1;
        this.after[other]!.push(row);
      }
    }
  }

  front(): number[] {
    const found: number[] = [];
    for (let row = 0; row < this.count; row += 1)
      if (this.taken[row] === 0 && this.waits[row] === 0) found.push(row);
    return found;
  }

  take(row: number): void {
    this.taken[row] = 1;
    for (const later of this.after[row]!) this.waits[later]! -= 1;
  }

  /** What a letter less is worth, for each row. */
  weights({ ahead, behind }: Pick<NetworkOptions, 'ahead' | 'behind'>): Float64Array {
    const weights = new Float64Array(this.products.rows).fill(behind);
    const depth = new Int32Array(this.count);
    for (let row = 0; row < this.count; row += 1) {
      weights[row] = 0;
      if (this.taken[row] === 1) continue;
      weights[row] = ahead ** depth[row]!;
      for (const later of this.after[row]!) depth[later] = Math.max(depth[later]!, depth[row]! + 1);
    }
    return weights;
  }
}

function bestStep(
  products: Products,
  front: readonly number[],
  weights: Float64Array,
  { pairs }: NetworkOptions,
): Step | undefined {
  const sizes = front.map((row) => products.size(row));
  const least = Math.min(...sizes);
  const shortest = front.filter((_, i) => sizes[i] === least);
  let best: Step | undefined;
  let most = -Infinity;
  /** By the letters on two qubits: what a letter less is worth in all rows that have them, and whether a shortest has. */
  const worth = new Float64Array(16);
  const wanted = new Uint8Array(16);
  for (const [a, b] of pairs) {
    const first = products.letters.subarray(a * products.rows);
    const second = products.letters.subarray(b * products.rows);
    wanted.fill(0);
    for (const row of shortest) wanted[first[row]! | (second[row]! << SECOND)] = 1;
    worth.fill(0);
    for (let row = 0; row < weights.length; row += 1)
      worth[first[row]! | (second[row]! << SECOND)]! += weights[row]!;
    for (let number = 0; number < CONTROLLED_PAULIS; number += 1) {
      const images = IMAGES[number]!;
      let [gain, isShorter] = [0, false];
      for (let both = 1; both < 16; both += 1) {
        const less = LETTERS[both]! - LETTERS[images[both]!]!;
        gain += worth[both]! * less;
        if (less > 0 && wanted[both] === 1) isShorter = true;
      }
      if (isShorter && gain > most) [best, most] = [{ a, b, number }, gain];
    }
  }
  return best;
}

/** Looks at each pair beside its rows: all controlled Paulis, for all letters. */
const LOOKS = 9 * 15;

/** Letters that are none of the identity, by the letters of both qubits. */
const LETTERS = Uint8Array.from(
  { length: 2 * TURNED },
  (_, both) => ((both & FIRST) === 0 ? 0 : 1) + (((both >> SECOND) & FIRST) === 0 ? 0 : 1),
);
