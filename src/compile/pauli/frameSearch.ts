/**
 * Clifford operations as few controlled Paulis. The operation C is known by C^dagger P C of every qubit's X and Z. With
 * the ranks of what each of these pairs is on each qubit (0, 1 or 2, which turns of single qubits do not change), it is done
 * where every qubit has one place of rank 2. A beam of the best so far goes there, by the logarithms of the sums of ranks of
 * rows and columns (de Brugiere et al. 2021, arXiv:2104.00934, for cx; Webster et al. 2025, arXiv:2503.14660).
 */
import { exchangesFor, type QubitPair } from './exchanges.js';
import type { Work } from './regionMemory.js';
import { CONTROLLED_PAULIS, FIRST, IMAGES, SECOND, type Products } from './products.js';

/** C(P, Q) with P on a and Q on b, by its number. */
export interface Step {
  readonly a: number;
  readonly b: number;
  readonly number: number;
}

export interface FrameOptions {
  /** Pairs of qubits that a step may be on. */
  readonly pairs: readonly QubitPair[];
  /** Most `cx`. */
  readonly most: number;
  /** How many are kept after each step. */
  readonly beam: number;
  /** Where there is none left the search ends with what it has. */
  readonly work: Work;
}

/** Rows 2i and 2i + 1 from `begin` on are what Z and X of qubit i come from. */
interface Node {
  readonly frame: Products;
  readonly cost: number;
  readonly last: { readonly step: Step; readonly before: Node } | undefined;
}

/** `cx` that an exchange of two places takes. */
const EXCHANGE = 3;

export interface FrameSteps {
  readonly steps: Step[];
  /** Behind them: for each qubit the one on which its rows are, and what brings them home. */
  readonly places: readonly number[];
  readonly exchanges: readonly QubitPair[];
  /** `cx` of both. */
  readonly cx: number;
}

/** Steps until each pair of rows is on one qubit, the fewest with exchanges that are found; undefined where none are. */
export function frameSteps(
  start: Products,
  { pairs, most, beam, work }: FrameOptions,
): FrameSteps | undefined {
  const done = costOfDone(start.qubits);
  let nodes: Node[] = [{ frame: start, cost: costOf(start), last: undefined }];
  let best: { node: Node; places: number[]; exchanges: QubitPair[]; cx: number } | undefined;
  for (let steps = 0; ; steps += 1) {
    for (const node of nodes) {
      if (node.cost > done) continue;
      const places = placesOf(node.frame);
      const exchanges = exchangesFor(places, pairs);
      if (exchanges === undefined) continue;
      const cx = steps + EXCHANGE * exchanges.length;
      if (cx <= most && (best === undefined || cx < best.cx)) best = { node, places, exchanges, cx };
    }
    if (steps >= Math.min(most, (best?.cx ?? Infinity) - 1)) break;
    if (work.left <= 0) break;
    work.left -= LOOKS * nodes.length * pairs.length * start.qubits;
    nodes = nextNodes(nodes, pairs, beam);
    if (nodes.length === 0) break;
  }
  if (best === undefined) return undefined;
  const steps: Step[] = [];
  for (let { last } = best.node; last !== undefined; last = last.before.last) steps.push(last.step);
  return { steps: steps.toReversed(), places: best.places, exchanges: best.exchanges, cx: best.cx };
}

interface Offer {
  readonly cost: number;
  readonly step: Step;
  readonly before: Node;
}

/** Looks at each pair of each qubit: all controlled Paulis, each several. */
const LOOKS = 4 * CONTROLLED_PAULIS;

/** Offers for each node that is kept: several may come to the same. */
const OFFERS_EACH = 4;

function nextNodes(nodes: readonly Node[], pairs: FrameOptions['pairs'], beam: number): Node[] {
  const offers: Offer[] = [];
  let limit = Infinity;
  const most = OFFERS_EACH * beam;
  for (const before of nodes) {
    const ranks = ranksOf(before.frame);
    for (const [a, b] of pairs) {
      for (let number = 0; number < CONTROLLED_PAULIS; number += 1) {
        const cost = costAfter(before, ranks, a, b, number);
        if (cost >= limit) continue;
        offers.push({ cost, step: { a, b, number }, before });
        if (offers.length < 4 * most) continue;
        limit = cutTo(offers, most);
      }
    }
  }
  cutTo(offers, most);
  const found: Node[] = [];
  const seen = new Set<number>();
  for (const { cost, step, before } of offers) {
    if (found.length >= beam) break;
    const frame = before.frame.copy();
    frame.conjugate(step.a, step.b, step.number);
    const key = keyOf(frame);
    if (seen.has(key)) continue;
    seen.add(key);
    found.push({ frame, cost, last: { step, before } });
  }
  return found;
}

/** Keeps the cheapest, in their order; above what is returned none is among them. */
function cutTo(offers: Offer[], most: number): number {
  offers.sort((x, y) => x.cost - y.cost);
  offers.length = Math.min(offers.length, most);
  return offers.length < most ? Infinity : offers[most - 1]!.cost;
}

/** Sums of ranks by qubits whose rows they are, and by the qubits that they are on. */
interface Ranks {
  readonly rows: Float64Array;
  readonly columns: Float64Array;
}

function rank(first: number, second: number): number {
  if (first === 0 && second === 0) return 0;
  return first === 0 || second === 0 || first === second ? 1 : 2;
}

/** By first | second << 2. */
const RANKS = Uint8Array.from({ length: 16 }, (_, both) => rank(both & FIRST, both >> SECOND));

function ranksOf(frame: Products): Ranks {
  const { qubits } = frame;
  const [rows, columns] = [new Float64Array(qubits), new Float64Array(qubits)];
  for (let q = 0; q < qubits; q += 1) {
    for (let i = 0; i < qubits; i += 1) {
      const r = RANKS[frame.at(2 * i, q) | (frame.at(2 * i + 1, q) << SECOND)]!;
      rows[i]! += r;
      columns[q]! += r;
    }
  }
  return { rows, columns };
}

function costOf(frame: Products): number {
  const { rows, columns } = ranksOf(frame);
  return [...rows, ...columns].reduce((sum, value) => sum + Math.log(value), 0);
}

function costAfter(node: Node, ranks: Ranks, a: number, b: number, number: number): number {
  const { frame } = node;
  const { letters } = frame;
  const images = IMAGES[number]!;
  // The product of what logarithms are taken of.
  let factor = 1;
  let onA = 0;
  let onB = 0;
  for (let i = 0; i < frame.qubits; i += 1) {
    const first = a * frame.rows + 2 * i;
    const second = b * frame.rows + 2 * i;
    const z = letters[first]! | (letters[second]! << SECOND);
    const x = letters[first + 1]! | (letters[second + 1]! << SECOND);
    if ((z | x) === 0) continue;
    const newZ = images[z]!;
    const newX = images[x]!;
    const ra = RANKS[(newZ & FIRST) | ((newX & FIRST) << SECOND)]!;
    const rb = RANKS[((newZ >> SECOND) & FIRST) | (newX & (FIRST << SECOND))]!;
    const old =
      RANKS[(z & FIRST) | ((x & FIRST) << SECOND)]! + RANKS[(z >> SECOND) | (x & (FIRST << SECOND))]!;
    const before = ranks.rows[i]!;
    if (ra + rb !== old) factor *= (before + ra + rb - old) / before;
    onA += ra;
    onB += rb;
  }
  return node.cost + Math.log((factor * onA * onB) / (ranks.columns[a]! * ranks.columns[b]!));
}

/** What turns of single qubits do not change, which of the letters of a column are equal, as one number (FNV-1a). */
function keyOf({ qubits, rows, letters }: Products): number {
  let key = 0x811c9dc5;
  const names = new Uint8Array(4);
  for (let q = 0; q < qubits; q += 1) {
    names.fill(0);
    let known = 0;
    for (let i = q * rows; i < (q + 1) * rows; i += 1) {
      const letter = letters[i]!;
      if (letter !== 0 && names[letter] === 0) names[letter] = known += 1;
      key = Math.imul(key ^ names[letter]!, 0x01000193);
    }
  }
  return key >>> 0;
}

/** A little above the cost of what is done. */
function costOfDone(qubits: number): number {
  return 2 * qubits * Math.log(2) + 1e-6;
}

/** For each qubit the one on which its rows are, of a frame in which they are on one each. */
function placesOf(frame: Products): number[] {
  return Array.from({ length: frame.qubits }, (_, i) => frame.first(2 * i));
}
