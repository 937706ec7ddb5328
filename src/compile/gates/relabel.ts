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
  /** What a `cx` on two places counts for; default 1. */
  readonly costOn?: ((a: number, b: number) => number) | undefined;
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
function bestOrder(
  qubits: number,
  runs: readonly Run[],
  { mayShare, isFree, costOn }: RelabelOptions,
): Order {
  const most = Math.max(2, Math.min(MOST_ORDERS, Math.floor(MOST_WORK / (runs.length * (qubits + 20)))));
  const start: Order = {
    place: Int32Array.from({ length: qubits }, (_, q) => q),
    key: 0,
    cost: 0,
    misplaced: 0,
    exchanged: undefined,
  };
  const cycle = isFree ? 0 : CYCLE_COST;
  let orders: readonly Order[] = [start];
  for (const [number, run] of runs.entries()) {
    const { pair } = run;
    if (pair === undefined) continue;
    const next = nextOrders(orders, run, pair, { mayShare, costOn, cycle });
    // The order of the beginning is possible to the end.
    const home = next.find(({ misplaced }) => misplaced === 0);
    const best = next.slice(0, most);
    if (home !== undefined && !best.includes(home)) best[best.length - 1] = home;
    orders = best.map((chosen) => taken(chosen, number, pair));
  }
  return orders
    .filter(({ misplaced }) => isFree || misplaced === 0)
    .reduce((best, order) => (order.cost < best.cost ? order : best));
}

/** An order that goes on from another one, its places not yet written down: most of them are dropped. */
interface NextOrder extends Pick<Order, 'key' | 'cost' | 'misplaced'> {
  readonly from: Order;
  readonly isExchanged: boolean;
  readonly rank: number;
}

/** What may stand behind a run, the best first. */
function nextOrders(
  orders: readonly Order[],
  { plain, exchanged }: Run,
  [a, b]: readonly [number, number],
  {
    mayShare,
    costOn,
    cycle,
  }: Pick<RelabelOptions, 'mayShare'> & Required<Pick<RelabelOptions, 'costOn'>> & { readonly cycle: number },
): NextOrder[] {
  const next = new Map<number, NextOrder>();
  for (const from of orders) {
    const { key, cost, misplaced, place } = from;
    const [p, q] = [place[a]!, place[b]!];
    if (!mayShare(p, q)) continue;
    const each = costOn === undefined ? 1 : costOn(p, q);
    const there = next.get(key);
    const asItIs = cost + plain * each;
    if (there === undefined || asItIs < there.cost)
      next.set(key, {
        from,
        isExchanged: false,
        key,
        cost: asItIs,
        misplaced,
        rank: asItIs + cycle * misplaced,
      });
    const other = moved(key, a, b, p, q);
    const before = next.get(other);
    const without = cost + exchanged * each;
    if (before !== undefined && before.cost <= without) continue;
    const away = misplaced + isAway(a, q) + isAway(b, p) - isAway(a, p) - isAway(b, q);
    next.set(other, {
      from,
      isExchanged: true,
      key: other,
      cost: without,
      misplaced: away,
      rank: without + cycle * away,
    });
  }
  return [...next.values()].sort((x, y) => x.rank - y.rank || x.misplaced - y.misplaced || x.key - y.key);
}

function taken(
  { from, isExchanged, key, cost, misplaced }: NextOrder,
  run: number,
  [a, b]: readonly [number, number],
): Order {
  if (!isExchanged) return { place: from.place, key, cost, misplaced, exchanged: from.exchanged };
  const place = from.place.slice();
  [place[a], place[b]] = [place[b]!, place[a]!];
  return { place, key, cost, misplaced, exchanged: { run, before: from.exchanged } };
}

function isAway(qubit: number, place: number): number {
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

function moved(key: number, a: number, b: number, p: number, q: number): number {
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
