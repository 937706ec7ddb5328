/**
 * The exact model of the cut problem (CutQC, arXiv:2012.02333, Eq. 4-13, on contracted nodes): y[v,p] places node
 * v in part p, x[e,p] counts edge e where it enters part p from another one.
 */
import type { MipModel } from './highsSolver.js';
import type { CutProblem } from '../problem/cutProblem.js';
import { numberAt, valueAt } from '../../../error.js';

export interface CutMipLimits {
  readonly parts: number;
  readonly maxWidth: number;
  /** Known bounds on the weight of the cuts: only solutions in between are looked for. */
  readonly leastCuts: number;
  readonly mostCuts: number;
}

/** A bound this close to a solution proves it: less than one cut where cuts are counted, else hardly any weight. */
const WHOLE_GAP = 0.999;
const FINE_GAP = 1e-6;

class Rows {
  readonly lower: number[] = [];
  readonly upper: number[] = [];
  readonly start: number[] = [0];
  readonly column: number[] = [];
  readonly value: number[] = [];

  add(lower: number, upper: number, entries: readonly (readonly [number, number])[]): void {
    for (const [column, value] of entries) {
      this.column.push(column);
      this.value.push(value);
    }
    this.lower.push(lower);
    this.upper.push(upper);
    this.start.push(this.column.length);
  }
}

/** The columns: v * parts + p is y[v,p], and those of the edges follow. */
class Columns {
  readonly every: readonly number[];
  readonly count: number;

  constructor(
    private readonly nodes: number,
    edges: number,
    private readonly parts: number,
  ) {
    this.every = Array.from({ length: parts }, (_, part) => part);
    this.count = (nodes + edges) * parts;
  }

  y(node: number, part: number): number {
    return node * this.parts + part;
  }

  x(edge: number, part: number): number {
    return (this.nodes + edge) * this.parts + part;
  }
}

/** The model for at most `parts` parts. Column v * parts + p is y[v,p]. */
export function cutMip(problem: CutProblem, limits: CutMipLimits): MipModel {
  const { nodes, from, weight, unit } = problem;
  const { parts } = limits;
  const columns = new Columns(nodes, from.length, parts);
  const cost = new Float64Array(columns.count);
  weight.forEach((value, edge) => cost.fill(value / unit, columns.x(edge, 0), columns.x(edge + 1, 0)));
  const upper = new Float64Array(columns.count).fill(1);
  const integer = new Int32Array(columns.count);
  integer.fill(1, 0, nodes * parts);
  const rows = new Rows();
  addPlacement(rows, columns, problem, limits);
  for (const part of columns.every) addLimits(rows, columns, problem, limits.maxWidth, part);
  breakSymmetry(rows, columns, problem, parts, upper);
  return {
    cost,
    lower: new Float64Array(columns.count),
    upper,
    integer,
    gap: unit === 1 ? WHOLE_GAP : FINE_GAP,
    rowLower: Float64Array.from(rows.lower),
    rowUpper: Float64Array.from(rows.upper),
    rowStart: Int32Array.from(rows.start),
    column: Int32Array.from(rows.column),
    value: Float64Array.from(rows.value),
  };
}

/** Every node lies in one part, edges between parts are counted, and their weight lies between what is known. */
function addPlacement(
  rows: Rows,
  columns: Columns,
  { nodes, from, to, weight, unit }: CutProblem,
  { leastCuts, mostCuts }: CutMipLimits,
): void {
  const { every } = columns;
  for (let node = 0; node < nodes; node += 1) {
    rows.add(
      1,
      1,
      every.map((part) => [columns.y(node, part), 1]),
    );
  }
  const total: [number, number][] = [];
  for (let edge = 0; edge < from.length; edge += 1) {
    for (const part of every) {
      rows.add(0, Infinity, [
        [columns.x(edge, part), 1],
        [columns.y(valueAt(to, edge), part), -1],
        [columns.y(valueAt(from, edge), part), 1],
      ]);
      total.push([columns.x(edge, part), valueAt(weight, edge) / unit]);
    }
  }
  rows.add(leastCuts / unit, mostCuts / unit, total);
}

/** A part keeps to the width, and to the number of gates where that is limited. */
function addLimits(rows: Rows, columns: Columns, problem: CutProblem, maxWidth: number, part: number): void {
  const width: [number, number][] = [];
  problem.sources.forEach((count, node) => {
    if (count > 0) width.push([columns.y(node, part), count]);
  });
  problem.enters.forEach((enters, edge) => {
    if (enters === 1) width.push([columns.x(edge, part), 1]);
  });
  rows.add(-Infinity, maxWidth, width);
  if (problem.maxLoad < Infinity) addLoad(rows, columns, problem, part);
}

/** Gates of a part: those of its nodes, and those of the edges that it enters uncut; x must tell the truth there. */
function addLoad(
  rows: Rows,
  columns: Columns,
  { nodes, from, to, load, edgeLoad, maxLoad }: CutProblem,
  part: number,
): void {
  const gates: [number, number][] = [];
  const entering = new Int32Array(nodes);
  edgeLoad.forEach((count, edge) => {
    if (count === 0) return;
    const head = valueAt(to, edge);
    entering[head] = valueAt(entering, head) + count;
    gates.push([columns.x(edge, part), -count]);
    rows.add(-Infinity, 0, [
      [columns.x(edge, part), 1],
      [columns.y(head, part), -1],
    ]);
    rows.add(-Infinity, 1, [
      [columns.x(edge, part), 1],
      [columns.y(valueAt(from, edge), part), 1],
    ]);
  });
  load.forEach((count, node) => {
    const all = count + valueAt(entering, node);
    if (all > 0) gates.push([columns.y(node, part), all]);
  });
  rows.add(-Infinity, maxLoad, gates);
}

/**
 * Parts are interchangeable: the j-th node of a fixed order lies in one of the first j + 1 parts, and opens part p only
 * where an earlier one lies in part p - 1.
 */
function breakSymmetry(
  rows: Rows,
  columns: Columns,
  problem: CutProblem,
  parts: number,
  upper: Float64Array,
): void {
  const order = symmetryOrder(problem);
  order.slice(0, parts - 1).forEach((node, j) => {
    for (let part = j + 1; part < parts; part += 1) upper[columns.y(node, part)] = 0;
  });
  order.slice(1, 3 * parts).forEach((node, j) => {
    for (let part = 1; part < parts; part += 1) {
      const earlier = order.slice(0, j + 1).map((other) => [columns.y(other, part - 1), -1] as const);
      rows.add(-Infinity, 0, [[columns.y(node, part), 1], ...earlier]);
    }
  });
}

/** Nodes by falling degree, the lower number first among equals. */
function symmetryOrder({ nodes, start }: CutProblem): number[] {
  const degree = (node: number): number => valueAt(start, node + 1) - valueAt(start, node);
  return Array.from({ length: nodes }, (_, node) => node).sort((a, b) => degree(b) - degree(a) || a - b);
}

/** Parts of the nodes from the values of the columns. */
export function partsFromSolution(values: Float64Array, nodes: number, parts: number): Int32Array {
  return Int32Array.from({ length: nodes }, (_, node) => {
    let best = 0;
    for (let part = 1; part < parts; part += 1) {
      if (numberAt(values, node * parts + part) > numberAt(values, node * parts + best)) best = part;
    }
    return best;
  });
}
