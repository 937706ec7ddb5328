/**
 * Swaps, and what is one but for fewer `cx`, pushed through a circuit: behind a run of gates on two qubits these may have
 * exchanged their places, where the run with the swap taken out of it needs fewer `cx` (a swap none in place of three, an iswap
 * one in place of two), and what comes later is on the other's place. Places that are exchanged twice are as they were.
 */
import type { Gate } from '../../circuit/circuit.js';
import { gateOf } from '../../circuit/gates.js';
import { valueAt } from '../../error.js';
import { consolidatedGates, cxCounts, pairUnitary } from './consolidate.js';
import { mergeOneQubit, type Merged } from './merge.js';
import { identityOf, onPlaces } from './permutation.js';
import { pairRuns, type PairRun } from './pairRuns.js';
import { distanceAngle, unitaryDistance } from './unitary.js';

export interface Relabelled extends Merged {
  /** Place, behind the result, of what the gates leave on each qubit. */
  readonly permutation: readonly number[];
}

export interface RelabelOptions {
  /** Whether a gate may be on two places. */
  readonly mayShare: (a: number, b: number) => boolean;
  /** Whether places may be exchanged at the end. */
  readonly isFree: boolean;
}

/** Orders of places that are looked at side by side, at most; fewer where the circuit is long and wide. */
const MOST_ORDERS = 128;
const MOST_WORK = 5e7;
/** What a cycle of exchanged places counts for, in `cx`, where all must be back at the end. */
const CYCLE_COST = 1;

interface Run extends PairRun {
  readonly plain: number;
  readonly exchanged: number;
}

/** Places of all qubits after some runs, the runs whose qubits were exchanged, and the `cx` so far. */
interface Order {
  readonly place: Int32Array;
  readonly key: number;
  readonly cost: number;
  readonly misplaced: number;
  readonly exchanged: Exchanged | undefined;
}

interface Exchanged {
  readonly run: number;
  readonly before: Exchanged | undefined;
}

/** `u3` and `cx` with fewer `cx`; undefined where exchanging places saves none. */
export function relabelSwaps(
  qubits: number,
  gates: readonly Gate[],
  options: RelabelOptions,
): Relabelled | undefined {
  const runs = pairRuns(gates).map(costOf);
  if (!runs.some(({ plain, exchanged }) => exchanged < plain)) return undefined;
  const best = bestOrder(qubits, runs, options);
  if (best.exchanged === undefined) return undefined;
  const chosen = new Set<number>();
  for (let at: Exchanged | undefined = best.exchanged; at !== undefined; at = at.before) chosen.add(at.run);
  return written(qubits, runs, chosen);
}

function costOf(run: PairRun): Run {
  const { pair, gates } = run;
  if (pair === undefined) return { ...run, plain: 0, exchanged: 0 };
  const before = cxIn(gates);
  // A cx and a swap are two cx.
  if (before === 1) return { ...run, plain: 1, exchanged: 2 };
  const { plain, exchanged } = cxCounts(pairUnitary(gates, pair));
  return { ...run, plain: Math.min(plain, before), exchanged };
}

/** The order with the fewest `cx` of those that are found: run after run, the best so far go on. */
function bestOrder(qubits: number, runs: readonly Run[], { mayShare, isFree }: RelabelOptions): Order {
  const most = Math.max(2, Math.min(MOST_ORDERS, Math.floor(MOST_WORK / (runs.length * (qubits + 20)))));
  const start: Order = {
    place: Int32Array.from({ length: qubits }, (_, q) => q),
    key: 0,
    cost: 0,
    misplaced: 0,
    exchanged: undefined,
  };
  const rank = ({ cost, misplaced }: Order): number => cost + (isFree ? 0 : CYCLE_COST * misplaced);
  let orders: readonly Order[] = [start];
  for (const [number, { pair, plain, exchanged }] of runs.entries()) {
    if (pair === undefined) continue;
    const [a, b] = pair;
    const next = new Map<number, Order>();
    const offer = (order: Order): void => {
      const other = next.get(order.key);
      if (other === undefined || order.cost < other.cost) next.set(order.key, order);
    };
    for (const order of orders) {
      const [p, q] = [order.place[a]!, order.place[b]!];
      if (!mayShare(p, q)) continue;
      offer({ ...order, cost: order.cost + plain });
      const key = moved(order.key, [a, b], [p, q]);
      const there = next.get(key);
      const cost = order.cost + exchanged;
      if (there !== undefined && there.cost <= cost) continue;
      const place = order.place.slice();
      place[a] = q;
      place[b] = p;
      const misplaced = order.misplaced + away(a, q) + away(b, p) - away(a, p) - away(b, q);
      offer({ place, key, cost, misplaced, exchanged: { run: number, before: order.exchanged } });
    }
    orders = [...next.values()].sort(
      (x, y) => rank(x) - rank(y) || x.misplaced - y.misplaced || x.key - y.key,
    );
    // The order of the beginning is possible to the end.
    const home = orders.find(({ misplaced }) => misplaced === 0);
    orders = orders.slice(0, most);
    if (home !== undefined && !orders.includes(home)) orders = [...orders.slice(0, -1), home];
  }
  return orders
    .filter(({ misplaced }) => isFree || misplaced === 0)
    .reduce((best, order) => (order.cost < best.cost ? order : best));
}

function away(qubit: number, place: number): number {
  return qubit === place ? 0 : 1;
}

/** The gates on their places, runs on exchanged ones without the swap. */
function written(qubits: number, runs: readonly Run[], exchanged: ReadonlySet<number>): Relabelled {
  const place = identityOf(qubits);
  const gates: Gate[] = [];
  let angle = 0;
  for (const [number, run] of runs.entries()) {
    const { pair } = run;
    const isExchanged = exchanged.has(number);
    if (pair === undefined || (!isExchanged && run.plain >= cxIn(run.gates))) {
      gates.push(...onPlaces(run.gates, place));
      continue;
    }
    const [a, b] = pair;
    const swap = isExchanged ? [gateOf('swap', [a, b])] : [];
    const unitary = pairUnitary([...run.gates, ...swap], pair);
    const made = consolidatedGates(unitary, pair);
    angle += distanceAngle(unitaryDistance(pairUnitary(made, pair), unitary));
    gates.push(...onPlaces(made, place));
    if (isExchanged) [place[a], place[b]] = [valueAt(place, b), valueAt(place, a)];
  }
  const merged = mergeOneQubit(gates);
  return { gates: merged.gates, angle: angle + merged.angle, permutation: place };
}

function cxIn(gates: readonly Gate[]): number {
  return gates.filter(({ qubits }) => qubits.length === 2).length;
}

/** A sum of marks of a qubit on a place, each; equal orders have equal sums, others do not but by a rare chance. */
const MODULUS = 2 ** 51;

function moved(key: number, [a, b]: readonly [number, number], [p, q]: readonly [number, number]): number {
  const sum = key - mark(a, p) - mark(b, q) + mark(a, q) + mark(b, p);
  return ((sum % MODULUS) + MODULUS) % MODULUS;
}

function mark(qubit: number, place: number): number {
  return mixed(qubit, place, 1) * 2 ** 19 + (mixed(qubit, place, 2) >>> 13);
}

/** 32 bits that look random (the finalizer of MurmurHash3). */
function mixed(qubit: number, place: number, salt: number): number {
  let x = Math.imul(qubit, 0x9e3779b1) ^ Math.imul(place + salt, 0x85ebca77);
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}
