/**
 * Least weight of a cut problem by eliminating its nodes one after another: exact for any size where the graph is thin
 * (chains, rings, trees, ladders), by dynamic programming over a tree decomposition (Bodlaender 1988). A table holds, for
 * every way in which the nodes around an eliminated region can share parts, and every width that these parts have in the
 * region, the least weight cut inside. The number of parts is not limited; with a limit the answer is a lower bound.
 */
import type { CutProblem } from '../problem/cutProblem.js';
import type { Candidate } from '../problem/candidate.js';
import type { Pace } from '../../../run/resources/pace.js';
import { renumber } from '../problem/placement.js';
import { required, numberAt, valueAt } from '../../../error.js';

/** Most nodes that are looked at together. */
const LARGEST_BAG = 8;
/** Combinations of table entries after which a problem counts as too thick. */
const MOST_WORK = 40_000_000;
/** Entries that others are compared with, where more than two widths count. */
const MOST_COMPARED = 400;

interface Entry {
  readonly weight: number;
  /** Width of each block so far, by eliminated nodes. */
  readonly widths: readonly number[];
  /** Block of the eliminated node among those of its bag, and the entries that this one was made of. */
  readonly blocks: readonly number[];
  readonly sources: readonly { readonly table: Table; readonly entry: Entry }[];
}

interface Table {
  /** The node that was eliminated, and those around it at that time. */
  readonly node: number;
  readonly around: readonly number[];
  /** By the blocks of `around` (a restricted growth string), then by widths. */
  readonly entries: Map<string, Map<string, Entry>>;
}

/**
 * The partition of least weight into any number of parts, or undefined where the graph is too thick. `atMost`: a weight
 * that is known to be possible.
 */
export async function eliminate(
  problem: CutProblem,
  maxWidth: number,
  pace: Pace,
  atMost = Infinity,
): Promise<Candidate | undefined> {
  const order = eliminationOrder(problem);
  if (order === undefined) return undefined;
  const tables = new Set<Table>();
  const limits: Limits = { maxWidth, atMost, work: 0 };
  let root: Table | undefined;
  const weights = edgeList(problem);
  const gone = new Set<number>();
  for (const { node, around } of order) {
    const bag = [node, ...around];
    const joined = [...tables].filter((table) => table.around.includes(node));
    const entries: Table['entries'] = new Map();
    for (const blocks of growthStrings(bag.length)) {
      let partial: Sum[] = [{ ...ownContribution(problem, weights, bag, blocks, gone), sources: [] }];
      for (const table of joined) {
        const inBag = table.around.map((other) =>
          required(blocks[bag.indexOf(other)], 'the block of a node'),
        );
        const next = withTable(partial, table, inBag, limits);
        if (limits.work > MOST_WORK || pace.over) return undefined;
        partial = undominated(next, maxWidth);
      }
      await pace.breathe();
      keepBest(
        entries,
        partial.filter(({ weight }) => weight <= atMost),
        blocks,
        maxWidth,
      );
    }
    for (const table of joined) tables.delete(table);
    root = { node, around, entries };
    tables.add(root);
    gone.add(node);
  }
  const last = root?.entries.get('')?.get('');
  if (root === undefined || last === undefined) return undefined;
  const part = assign(problem.nodes, root, last);
  return { part, cuts: last.weight, parts: part.reduce((most, name) => Math.max(most, name + 1), 0) };
}

/** What some of the tables that are joined add up to. */
type Sum = Pick<Entry, 'weight' | 'widths' | 'sources'>;

interface Limits {
  readonly maxWidth: number;
  readonly atMost: number;
  /** Combinations that were looked at so far. */
  work: number;
}

/** Each sum with each entry of a table whose nodes lie in these blocks. */
function withTable(
  partial: readonly Sum[],
  table: Table,
  inBlocks: readonly number[],
  limits: Limits,
): Sum[] {
  const { names, key } = canonical(inBlocks);
  const next: Sum[] = [];
  for (const { weight, widths, sources } of partial) {
    for (const entry of table.entries.get(key)?.values() ?? []) {
      limits.work += 1;
      if (weight + entry.weight > limits.atMost) continue;
      const sum = widths.slice();
      entry.widths.forEach((width, i) => {
        const block = required(names[i], 'the block of a width');
        sum[block] = required(sum[block], 'the width of a block') + width;
      });
      if (sum.some((width) => width > limits.maxWidth)) continue;
      next.push({ weight: weight + entry.weight, widths: sum, sources: [...sources, { table, entry }] });
    }
  }
  return next;
}

interface Neighbour {
  readonly node: number;
  readonly weight: number;
  /** Wires from and to the neighbour. */
  readonly entering: number;
  readonly leaving: number;
}

/** Neighbours of every node, parallel edges together. */
function edgeList({ nodes, from, to, weight, enters }: CutProblem): Map<number, Neighbour>[] {
  const lists = Array.from({ length: nodes }, () => new Map<number, Neighbour>());
  from.forEach((a, edge) => {
    const b = valueAt(to, edge);
    const wire = valueAt(enters, edge);
    for (const [node, other, entering] of [
      [a, b, 0],
      [b, a, wire],
    ] as const) {
      const known = lists[node]?.get(other);
      lists[node]?.set(other, {
        node: other,
        weight: (known?.weight ?? 0) + (weight[edge] ?? 0),
        entering: (known?.entering ?? 0) + entering,
        leaving: (known?.leaving ?? 0) + wire - entering,
      });
    }
  });
  return lists;
}

/** What the first node of a bag adds: its qubits, and the edges to nodes that are not eliminated yet. */
function ownContribution(
  { sources }: CutProblem,
  edges: readonly ReadonlyMap<number, Neighbour>[],
  bag: readonly number[],
  blocks: readonly number[],
  gone: ReadonlySet<number>,
): { weight: number; widths: number[] } {
  const [node = 0] = bag;
  const widths = Array.from({ length: Math.max(...blocks) + 1 }, () => 0);
  const own = valueAt(blocks, 0);
  widths[own] = valueAt(sources, node);
  let weight = 0;
  for (const edge of edges[node]?.values() ?? []) {
    if (gone.has(edge.node)) continue;
    const block = valueAt(blocks, bag.indexOf(edge.node));
    if (block === own) continue;
    weight += edge.weight;
    widths[own] = valueAt(widths, own) + edge.entering;
    widths[block] = valueAt(widths, block) + edge.leaving;
  }
  return { weight, widths };
}

/** Entries, by weight, that no other one beats in weight and all widths at once; nearly so where there are very many. */
function undominated<T extends { readonly weight: number; readonly widths: readonly number[] }>(
  list: readonly T[],
  maxWidth: number,
): T[] {
  const [first] = list;
  if (first === undefined || list.length === 1) return [...list];
  const sorted = list.toSorted((a, b) => a.weight - b.weight || before(a.widths, b.widths));
  const beaten = first.widths.length <= 2 ? staircase(maxWidth) : compared();
  return sorted.filter(({ widths }) => !beaten(widths));
}

function before(a: readonly number[], b: readonly number[]): number {
  const place = a.findIndex((width, i) => width !== b[i]);
  return (a[place] ?? 0) - (b[place] ?? 0);
}

/** Tells for at most two widths after another whether earlier ones were no larger. */
function staircase(maxWidth: number): (widths: readonly number[]) => boolean {
  // least[x]: least second width so far where the first was x or less.
  const least = new Float64Array(maxWidth + 1).fill(Infinity);
  return ([x = 0, y = 0]) => {
    if (numberAt(least, x) <= y) return true;
    for (let i = x; i <= maxWidth && numberAt(least, i) > y; i += 1) least[i] = y;
    return false;
  };
}

/** The same for any number of widths. */
function compared(): (widths: readonly number[]) => boolean {
  const kept: (readonly number[])[] = [];
  return (widths) => {
    if (kept.some((other) => other.every((width, i) => width <= (widths[i] ?? 0)))) return true;
    if (kept.length < MOST_COMPARED) kept.push(widths);
    return false;
  };
}

/** Takes the eliminated node out of the blocks: a block that it leaves empty is a part that is complete. */
function keepBest(
  entries: Table['entries'],
  partial: readonly Sum[],
  blocks: readonly number[],
  maxWidth: number,
): void {
  const { names, key } = canonical(blocks.slice(1));
  const known = entries.get(key) ?? new Map<string, Entry>();
  for (const { weight, widths, sources } of partial) {
    if (widths.some((width) => width > maxWidth)) continue;
    const left = names.map((block) => valueAt(widths, block));
    const place = left.join(' ');
    const before = known.get(place);
    if (before === undefined || weight < before.weight) {
      known.set(place, { weight, widths: left, blocks, sources });
    }
  }
  const kept = undominated([...known.values()], maxWidth);
  entries.set(key, new Map(kept.map((entry) => [entry.widths.join(' '), entry])));
}

/** Block names in order of appearance: the old name of each new one, and the growth string as a key. */
function canonical(blocks: readonly number[]): { names: number[]; key: string } {
  const names: number[] = [];
  const key = blocks.map((block) => {
    if (!names.includes(block)) names.push(block);
    return names.indexOf(block);
  });
  return { names, key: key.join(' ') };
}

/** All partitions of n items as restricted growth strings. */
function growthStrings(count: number): number[][] {
  let strings: number[][] = [[]];
  for (let i = 0; i < count; i += 1) {
    strings = strings.flatMap((prefix) => {
      const next = prefix.length === 0 ? 0 : Math.max(...prefix) + 1;
      return Array.from({ length: next + 1 }, (_, block) => [...prefix, block]);
    });
  }
  return strings;
}

/**
 * Nodes by least degree in what is left, the first one of several, with their neighbours then; undefined where a bag gets
 * too large.
 */
function eliminationOrder(
  problem: CutProblem,
): { readonly node: number; readonly around: readonly number[] }[] | undefined {
  const near = Array.from({ length: problem.nodes }, () => new Set<number>());
  problem.from.forEach((a, edge) => {
    const b = valueAt(problem.to, edge);
    near[a]?.add(b);
    near[b]?.add(a);
  });
  const gone = new Uint8Array(problem.nodes);
  // No node before first[d] has degree d.
  const first = new Int32Array(LARGEST_BAG);
  const next = (): number | undefined => {
    for (let degree = 0; degree < LARGEST_BAG; degree += 1) {
      for (let node = valueAt(first, degree); node < problem.nodes; node += 1) {
        first[degree] = node;
        if (gone[node] === 0 && near[node]?.size === degree) return node;
      }
    }
    return undefined;
  };
  const order: { node: number; around: number[] }[] = [];
  while (order.length < problem.nodes) {
    const node = next();
    if (node === undefined) return undefined;
    const around = [...(near[node] ?? [])].sort((a, b) => a - b);
    gone[node] = 1;
    for (const a of around) {
      near[a]?.delete(node);
      for (const b of around) if (a !== b) near[a]?.add(b);
    }
    for (const a of around) {
      const degree = near[a]?.size ?? 0;
      if (degree < LARGEST_BAG) first[degree] = Math.min(valueAt(first, degree), a);
    }
    order.push({ node, around });
  }
  return order;
}

/** Parts of all nodes, from the node that was eliminated last back to the first. */
function assign(nodes: number, root: Table, last: Entry): Int32Array {
  const part = new Int32Array(nodes).fill(-1);
  let used = 0;
  const stack: { table: Table; entry: Entry }[] = [{ table: root, entry: last }];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { table, entry } = top;
    const own = entry.blocks[0];
    const mate = table.around.find((_, i) => entry.blocks[i + 1] === own);
    part[table.node] = mate === undefined ? used++ : valueAt(part, mate);
    stack.push(...entry.sources);
  }
  return renumber(part);
}
