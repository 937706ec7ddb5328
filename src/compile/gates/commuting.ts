/**
 * Gates that commute in the order that takes the fewest layers of two-qubit gates. On each qubit, what stands there falls
 * into groups whose members commute with one another; groups keep their order, members go as they come.
 */
import type { Gate } from '../../circuit/circuit.js';
import { gateOf } from '../../circuit/gates.js';
import { Random } from '../../circuit/random.js';
import { required } from '../../error.js';
import { isBetter } from './figures.js';
import { pairRuns } from './pairRuns.js';
import { denseUnitary } from './unitary.js';

/** Gates that stay together: those of a pair from the first on both qubits to the last, or some on one qubit. */
interface Piece {
  readonly qubits: readonly number[];
  readonly gates: readonly Gate[];
  /** Two-qubit gates. */
  readonly length: number;
}

/** Orders that are tried, the last ones where there is time: pieces of all of them together. */
const MOST_ORDERS = 24;
const MOST_TRIED = 20000;
/** With more pieces, looking through those that may come next takes too long. */
const MOST_PIECES = 10000;

/** The same gates in the order of time with the fewest layers of all that are tried. */
export function inFewerLayers(qubits: number, gates: readonly Gate[]): readonly Gate[] {
  const pieces = piecesOf(gates);
  if (pieces.length > MOST_PIECES) return gates;
  const plan = grouped(qubits, pieces);
  const given = layersAfter(qubits, pieces);
  const behind = layersBehind(pieces, plan.groups);
  const random = new Random(0, 'orders of layers');
  const shuffled = (): number[] => pieces.map(() => random.next());
  const orders = [
    listed(pieces, { ...plan, behind }, { preferred: pieces.map((_, i) => i), isByRest: false }),
    listed(pieces, { ...plan, behind }, { preferred: given, isByRest: false }),
    listed(pieces, { ...plan, behind }, { preferred: given, isByRest: true }),
  ];
  while (orders.length < MOST_ORDERS && orders.length * pieces.length < MOST_TRIED)
    orders.push(listed(pieces, { ...plan, behind }, { preferred: shuffled(), isByRest: true }));
  const best = orders.reduce((a, b) => (b.layers < a.layers ? b : a));
  return best.order.flatMap((piece) => required(pieces[piece], 'a piece').gates);
}

function piecesOf(gates: readonly Gate[]): Piece[] {
  return pairRuns(gates).flatMap(({ pair, gates: run }): Piece[] => {
    if (pair === undefined) return run.map(single);
    const inside = run.slice(run.findIndex(isTwo), run.findLastIndex(isTwo) + 1);
    return [
      ...run.slice(0, run.findIndex(isTwo)).map(single),
      { qubits: pair, gates: inside, length: inside.filter(isTwo).length },
      ...run.slice(run.findLastIndex(isTwo) + 1).map(single),
    ];
  });
}

function single(gate: Gate): Piece {
  return { qubits: gate.qubits, gates: [gate], length: 0 };
}

function isTwo({ qubits }: Gate): boolean {
  return qubits.length === 2;
}

/** Pieces of each group on each qubit, and for each piece the number of its group on each of its qubits. */
interface Groups {
  readonly groups: readonly (readonly (readonly number[])[])[];
  readonly groupOf: readonly (readonly number[])[];
}

/** What has the same letter on a qubit is one group there: each of its members is diagonal in the same basis. */
function grouped(qubits: number, pieces: readonly Piece[]): Groups {
  const groups: number[][][] = Array.from({ length: qubits }, () => []);
  const letters: (string | undefined)[] = Array.from({ length: qubits });
  const groupOf = pieces.map((piece, number) =>
    piece.qubits.map((q) => {
      const letter = letterOn(piece, q);
      const there = groups[q]!;
      const last = there.at(-1);
      if (last !== undefined && letter !== undefined && letter === letters[q]) last.push(number);
      else there.push([number]);
      letters[q] = letter;
      return there.length - 1;
    }),
  );
  return { groups, groupOf };
}

const ROUNDING = 1e-10;

/** The Pauli gate on a qubit of a piece that commutes with it, if there is one. */
function letterOn({ qubits, gates }: Piece, qubit: number): string | undefined {
  const place = (q: number): number => qubits.indexOf(q);
  const own = gates.map((gate) => ({ ...gate, qubits: gate.qubits.map(place) }));
  return ['z', 'x', 'y'].find((name) => {
    const letter = gateOf(name, [place(qubit)]);
    const [before, behind] = [
      [letter, ...own],
      [...own, letter],
    ].map((all) => denseUnitary(qubits.length, all));
    return before!.every((value, i) => Math.abs(value - behind![i]!) < ROUNDING);
  });
}

/** Layers from each piece on to the end, in the order given; negative, so that the most comes first. */
function layersAfter(qubits: number, pieces: readonly Piece[]): number[] {
  const after = new Float64Array(qubits);
  const result: number[] = [];
  for (const [back, piece] of pieces.toReversed().entries()) {
    const end = piece.length + Math.max(...piece.qubits.map((q) => after[q]!));
    for (const q of piece.qubits) after[q] = end;
    result[pieces.length - 1 - back] = -end;
  }
  return result;
}

/** Least number of layers behind each group of each qubit: members of a group share a qubit, and stand one after another. */
function layersBehind(pieces: readonly Piece[], groups: Groups['groups']): Float64Array[] {
  const behind = groups.map((list) => new Float64Array(list.length));
  const place = groups.map((list) => list.length - 1);
  const left = groups.map((list) => list.at(-1)?.length ?? 0);
  /** Of the group under way on each qubit: work of its members so far, and the longest that stands behind one and with it. */
  const work = new Float64Array(groups.length);
  const longest = new Float64Array(groups.length);
  for (const { qubits, length } of pieces.toReversed()) {
    const after = qubits.reduce((most, q) => Math.max(most, behind[q]![place[q]!]!), 0);
    for (const q of qubits) {
      work[q]! += length;
      longest[q] = Math.max(longest[q]!, length + after);
      left[q]! -= 1;
      if (left[q]! > 0 || place[q] === 0) continue;
      const all = Math.max(longest[q], behind[q]![place[q]!]! + work[q]!);
      place[q]! -= 1;
      behind[q]![place[q]!] = all;
      left[q] = groups[q]?.[place[q]!]?.length ?? 0;
      work[q] = longest[q] = 0;
    }
  }
  return behind;
}

interface Preference {
  /** Less is preferred. */
  readonly preferred: readonly number[];
  /** Whether what is left on a qubit counts more than that. */
  readonly isByRest: boolean;
}

/** Pieces one after another: of those that may come next, the one that can begin first, and among these the preferred one. */
function listed(
  pieces: readonly Piece[],
  { groupOf, groups, behind }: Groups & { readonly behind: readonly Float64Array[] },
  { preferred, isByRest }: Preference,
): { readonly order: readonly number[]; readonly layers: number } {
  const qubits = groups.length;
  const ready = new Float64Array(qubits);
  const current = new Int32Array(qubits);
  const left = groups.map((list) => list[0]?.length ?? 0);
  const rest = new Float64Array(qubits);
  const open = new Set<number>();
  const openGroup = (q: number): void => {
    const members = groups[q]?.[current[q]!] ?? [];
    rest[q] = members.reduce((sum, i) => sum + pieces[i]!.length, behind[q]![current[q]!] ?? 0);
    for (const i of members)
      if (pieces[i]!.qubits.every((other, at) => groupOf[i]![at] === current[other])) open.add(i);
  };
  for (let q = 0; q < qubits; q += 1) openGroup(q);
  const figuresOf = (i: number): readonly number[] => {
    const on = pieces[i]!.qubits.map((q) => rest[q]!);
    const begin = Math.max(...pieces[i]!.qubits.map((q) => ready[q]!));
    const first = pieces[i]!.length === 0 ? -1 : begin;
    return isByRest
      ? [first, -Math.max(...on), -on.reduce((a, b) => a + b), preferred[i]!]
      : [first, preferred[i]!, i];
  };
  const order: number[] = [];
  while (open.size > 0) {
    let best: { readonly i: number; readonly figures: readonly number[] } | undefined;
    for (const i of open) {
      const figures = figuresOf(i);
      if (best === undefined || isBetter(figures, best.figures)) best = { i, figures };
    }
    const { i } = required(best, 'a piece that may come next');
    open.delete(i);
    order.push(i);
    const { qubits: on, length } = pieces[i]!;
    const end = Math.max(...on.map((q) => ready[q]!)) + length;
    for (const q of on) {
      // What takes no time does not hold up the others on its qubit.
      ready[q] = end;
      rest[q]! -= length;
      left[q]! -= 1;
      if (left[q]! > 0) continue;
      current[q]! += 1;
      left[q] = groups[q]?.[current[q]!]?.length ?? 0;
      openGroup(q);
    }
  }
  return { order, layers: Math.max(0, ...ready) };
}
