/**
 * The tensors of a network one after another, so that everything before a tensor is a vector over the bonds that lead
 * from there onwards: the *frontier*. Values are held here, not behind handles.
 */
import type { BitAction } from '../../native/addon.js';
import { compute, type Context } from '../../run/context.js';
import type { NetworkMember, TensorNetwork } from '../network/tensorNetwork.js';
import { required, numberAt, valueAt } from '../../error.js';

/** One tensor of a chain. Its outcomes are numbered by its bits, lowest first. */
export interface Link {
  readonly bits: readonly number[];
  readonly outcomes: number;
  /** Extents of what passes by, comes in and goes out. The frontier before it has pass * in values, after it pass * out. */
  readonly pass: number;
  readonly in: number;
  readonly out: number;
  /** Where value (passing, incoming) stands in the frontier before this link, row-major. */
  readonly gather: Int32Array;
  /** [in][out][outcomes]. */
  readonly values: Float64Array;
}

/** Starts that are tried for the order. */
const STARTS = 8;

/** An order of the tensors of a network, and what going along it takes. */
export interface ChainPlan {
  readonly steps: readonly ChainStep[];
  /** Values that are held at most, and multiply-adds of taking one vector along. */
  readonly values: number;
  readonly work: number;
}

interface ChainStep {
  readonly member: NetworkMember;
  /** Labels of the frontier before, and of the part of it that passes by, comes in, and what goes out. */
  readonly frontier: readonly number[];
  readonly pass: readonly number[];
  readonly into: readonly number[];
  readonly out: readonly number[];
}

/** Puts the tensors in an order whose widest frontier is small. */
export function planChain(network: TensorNetwork): ChainPlan {
  const { members } = network;
  const labels = members.map(openBonds);
  const extent = (list: readonly number[]): number =>
    list.reduce((product, bond) => product * network.extent(bond), 1);
  const steps: ChainStep[] = [];
  let frontier: number[] = [];
  let [held, largest, work] = [0, 0, 0];
  for (const index of orderOf(labels, extent)) {
    const member = members[index];
    const own = labels[index] ?? [];
    if (member === undefined) continue;
    const into = own.filter((label) => frontier.includes(label));
    const out = own.filter((label) => !frontier.includes(label));
    const pass = frontier.filter((label) => !own.includes(label));
    steps.push({ member, frontier, pass, into, out });
    const outcomes = 2 ** member.bits.length;
    held += extent(own) * outcomes;
    largest = Math.max(largest, extent(own) * outcomes, extent([...pass, ...out]) * outcomes);
    work += extent([...frontier, ...out]) * outcomes;
    frontier = [...pass, ...out];
  }
  // Beside all tensors one is on its way here, and one makes vectors, whose bounds are as large at most.
  return { steps, values: held + 3 * largest, work };
}

/** Reads the values of all tensors of a chain. */
export async function openChain(
  context: Context,
  { steps }: ChainPlan,
  extentOf: (label: number) => number,
): Promise<Link[]> {
  const extent = (list: readonly number[]): number =>
    list.reduce((product, bond) => product * extentOf(bond), 1);
  const chain: Link[] = [];
  for (const { member, frontier, pass, into, out } of steps) {
    chain.push({
      bits: member.bits,
      outcomes: 2 ** member.bits.length,
      pass: extent(pass),
      in: extent(into),
      out: extent(out),
      gather: permutation(frontier, [...pass, ...into], extentOf),
      values: await valuesOf(context, member, [...into, ...out], extentOf),
    });
  }
  return chain;
}

/** Labels that lead to other tensors. */
function openBonds({ bonds }: NetworkMember): number[] {
  return bonds.filter((bond) => bonds.indexOf(bond) === bonds.lastIndexOf(bond));
}

/** Greedy: next is the tensor that leaves the smallest frontier; the best of a few starts. */
function orderOf(
  labels: readonly (readonly number[])[],
  extent: (list: readonly number[]) => number,
): number[] {
  const byDegree = labels
    .map((list, index) => ({ index, degree: list.length }))
    .sort((a, b) => a.degree - b.degree || a.index - b.index);
  let best: { order: number[]; widest: number } | undefined;
  for (const { index: start } of byDegree.slice(0, STARTS)) {
    const left = new Set(labels.keys());
    const order: number[] = [];
    let frontier: number[] = [];
    let widest = 1;
    while (left.size > 0) {
      let next = { index: -1, frontier, size: Infinity };
      for (const index of order.length === 0 ? [start] : left) {
        const own = labels[index] ?? [];
        const after = [
          ...frontier.filter((label) => !own.includes(label)),
          ...own.filter((label) => !frontier.includes(label)),
        ];
        if (extent(after) < next.size) next = { index, frontier: after, size: extent(after) };
      }
      left.delete(next.index);
      order.push(next.index);
      frontier = next.frontier;
      widest = Math.max(widest, next.size);
    }
    if (best === undefined || widest < best.widest) best = { order, widest };
  }
  return best?.order ?? [];
}

/** For each index over the labels `to`, row-major, the index over the same labels in the order `from`. */
function permutation(
  from: readonly number[],
  to: readonly number[],
  extent: (label: number) => number,
): Int32Array {
  const strides = new Map<number, number>();
  let stride = 1;
  for (const label of from.toReversed()) {
    strides.set(label, stride);
    stride *= extent(label);
  }
  const indices = new Int32Array(stride);
  let repeat = stride;
  for (const label of to) {
    const own = extent(label);
    repeat /= own;
    for (let i = 0; i < stride; i += 1) {
      const digit = Math.floor(i / repeat) % own;
      indices[i] = valueAt(indices, i) + digit * required(strides.get(label), `bond ${label}`);
    }
  }
  return indices;
}

/** All values of a tensor, its bonds in the order `order`, bits last. */
async function valuesOf(
  context: Context,
  member: NetworkMember,
  order: readonly number[],
  extent: (label: number) => number,
): Promise<Float64Array> {
  const { native } = context;
  const source = await member.open();
  const traced = new Set(member.bonds).size < member.bonds.length;
  const keep = member.bits.map((): BitAction => 'keep');
  const tensor = traced
    ? await compute(context, (options) => native.reduceTensor(source, keep, options))
    : source;
  const bonds = native.tensorInfo(tensor).bonds.map(({ label }) => label);
  const rows = permutation(bonds, order, extent);
  const length = 2 ** member.bits.length;
  const values = new Float64Array(rows.length * length);
  for (const [row, stored] of rows.entries()) {
    values.set(native.readTensor(tensor, stored * length, length), row * length);
  }
  return values;
}

/** [frontier after the link][outcomes]: what a vector over the frontier before it becomes for each outcome. */
export function advance(link: Link, vector: Float64Array): Float64Array {
  const length = link.out * link.outcomes;
  const result = new Float64Array(link.pass * length);
  for (let p = 0; p < link.pass; p += 1) {
    const to = result.subarray(p * length, (p + 1) * length);
    const rows: Float64Array[] = [];
    const factors: number[] = [];
    for (let i = 0; i < link.in; i += 1) {
      const factor = numberAt(vector, valueAt(link.gather, p * link.in + i));
      if (factor === 0) continue;
      rows.push(link.values.subarray(i * length, (i + 1) * length));
      factors.push(factor);
    }
    addRows(to, rows, factors);
  }
  return result;
}

/** Adds weighed rows, in their order; four at a time, since getting them from memory is what takes time. */
function addRows(to: Float64Array, rows: readonly Float64Array[], factors: readonly number[]): void {
  const nothing = new Float64Array(0);
  let r = 0;
  for (; r + 4 <= rows.length; r += 4) {
    const [a = nothing, b = nothing, c = nothing, d = nothing] = rows.slice(r, r + 4);
    const [f = 0, g = 0, h = 0, i = 0] = factors.slice(r, r + 4);
    for (let k = 0; k < to.length; k += 1)
      to[k] = (to[k] ?? 0) + f * (a[k] ?? 0) + g * (b[k] ?? 0) + h * (c[k] ?? 0) + i * (d[k] ?? 0);
  }
  for (; r < rows.length; r += 1) {
    const [row = nothing, factor = 0] = [rows[r], factors[r]];
    for (let k = 0; k < to.length; k += 1) to[k] = (to[k] ?? 0) + factor * (row[k] ?? 0);
  }
}

/** Multiply-adds of `advance`. */
export function advanceWork({ pass, in: into, out, outcomes }: Link): number {
  return pass * into * out * outcomes;
}
