/**
 * A lower bound on all cuts by cost splitting (Lagrangian decomposition; Guignard and Kim, Math. Programming 39 (1987)):
 * each pair of neighbouring parts of a known answer is a window, and what lies within a part has its weight divided
 * among the windows that the part is in. Any partition of the problem, restricted to a window, is one that keeps to the
 * width there; so the least weights of all windows add up to at most that of the whole. Shares move towards windows
 * that fall short, from those that do not.
 */
import type { CutProblem } from '../problem/cutProblem.js';
import type { SplitCertificate, WeighedWindow } from '../../solution/splitChecker.js';
import { windowBound, type Window, type Work } from './windowBound.js';

export interface SplitBound {
  readonly lower: number;
  readonly certificate: SplitCertificate;
}

type Problem = Pick<CutProblem, 'nodes' | 'sources' | 'from' | 'to' | 'weight' | 'unit'>;

/** Weights that are small whole numbers are divided without much loss. */
const SCALE = 5040;
const COARSE_UNIT = 1024;
/** Rounds in which shares are changed, and the factor by which those of windows that fall short grow. */
const ROUNDS = 6;
const GROWTH = 1.5;

/** Shares of a part add up to 1 but for their rounding. */
const ROUNDED_DOWN = 1 - 1e-12;

/** What of a partition is neighbours: pairs that are too wide together, and the weight between them. */
interface Link {
  readonly parts: readonly [number, number];
  readonly weight: number;
  /** For each of the two parts, what share of its weight counts here. */
  share: [number, number];
}

/** The best bound that so much work finds; undefined where no window has any. */
export async function splitBound(
  problem: Problem,
  part: Int32Array,
  maxWidth: number,
  work: Work,
): Promise<SplitBound | undefined> {
  const links = linksOf(problem, part, maxWidth);
  if (links.length === 0) return undefined;
  const scale = problem.unit < COARSE_UNIT ? SCALE : 1;
  const members = membersOf(problem, part);
  let best: SplitBound | undefined;
  for (let round = 0; round < ROUNDS && work.left > 0 && !work.pace.over; round += 1) {
    // Windows that are alike have the same bound.
    const known = new Map<string, number>();
    const windows: WeighedWindow[] = [];
    for (const link of links) {
      await work.pace.breathe();
      const plain = weighed(problem, members, link, scale);
      const local = localWindow(problem, plain);
      const key = keyOf(local);
      const bound = known.get(key) ?? (await windowBound(local, maxWidth, scale * link.weight, work)) ?? 0;
      known.set(key, bound);
      windows.push({ ...plain, bound });
    }
    const sum = windows.reduce((total, { bound }) => total + bound, 0);
    const lower = Math.ceil(sum / scale - 1e-9);
    if (best === undefined || lower > best.lower) best = { lower, certificate: { part, scale, windows } };
    const short = windows.map(({ bound }, i) => bound < scale * (links[i]?.weight ?? 0));
    if (!short.includes(true)) break;
    if (!reshare(links, short)) break;
  }
  return best;
}

function linksOf({ sources, from, to, weight }: Problem, part: Int32Array, maxWidth: number): Link[] {
  const width = new Map<number, number>();
  part.forEach((own, node) => width.set(own, (width.get(own) ?? 0) + (sources[node] ?? 0)));
  const found = new Map<string, { parts: readonly [number, number]; weight: number }>();
  for (let edge = 0; edge < from.length; edge += 1) {
    const [a = 0, b = 0] = [part[from[edge] ?? 0], part[to[edge] ?? 0]];
    if (a === b || (width.get(a) ?? 0) + (width.get(b) ?? 0) <= maxWidth) continue;
    const parts = [Math.min(a, b), Math.max(a, b)] as const;
    const known = found.get(parts.join(' '));
    found.set(parts.join(' '), { parts, weight: (known?.weight ?? 0) + (weight[edge] ?? 0) });
  }
  const degree = new Map<number, number>();
  for (const { parts } of found.values())
    for (const own of parts) degree.set(own, (degree.get(own) ?? 0) + 1);
  return [...found.values()].map(({ parts, weight: between }) => ({
    parts,
    weight: between,
    share: [1 / (degree.get(parts[0]) ?? 1), 1 / (degree.get(parts[1]) ?? 1)],
  }));
}

/** Gives windows that fall short more of the parts that they have in common with others; false where none can have more. */
function reshare(links: readonly Link[], short: readonly boolean[]): boolean {
  const total = new Map<number, number>();
  for (const [i, { parts, share }] of links.entries()) {
    for (const side of [0, 1] as const) {
      const own = parts[side];
      total.set(own, (total.get(own) ?? 0) + share[side] * (short[i] === true ? GROWTH : 1));
    }
  }
  let changed = false;
  for (const [i, link] of links.entries()) {
    const next = ([0, 1] as const).map((side) => {
      const grown = link.share[side] * (short[i] === true ? GROWTH : 1);
      return grown / (total.get(link.parts[side]) ?? 1);
    });
    const [first = 0, second = 0] = next;
    changed ||= Math.abs(first - link.share[0]) + Math.abs(second - link.share[1]) > 1e-6;
    link.share = [first, second];
  }
  return changed;
}

interface Members {
  readonly nodes: ReadonlyMap<number, readonly number[]>;
  /** Edges within a part, by part, and between two, by both. */
  readonly edges: ReadonlyMap<string, readonly number[]>;
}

function membersOf({ from, to }: Problem, part: Int32Array): Members {
  const nodes = new Map<number, number[]>();
  part.forEach((own, node) => {
    const list = nodes.get(own);
    if (list === undefined) nodes.set(own, [node]);
    else list.push(node);
  });
  const edges = new Map<string, number[]>();
  for (let edge = 0; edge < from.length; edge += 1) {
    const [a = 0, b = 0] = [part[from[edge] ?? 0], part[to[edge] ?? 0]];
    const key = `${Math.min(a, b)} ${Math.max(a, b)}`;
    const list = edges.get(key);
    if (list === undefined) edges.set(key, [edge]);
    else list.push(edge);
  }
  return { nodes, edges };
}

function weighed(
  { weight }: Problem,
  { nodes, edges }: Members,
  { parts, share }: Link,
  scale: number,
): Omit<WeighedWindow, 'bound'> {
  const [a, b] = parts;
  const own = [`${a} ${a}`, `${b} ${b}`, `${a} ${b}`].flatMap((key) => edges.get(key) ?? []);
  const counts = [`${a} ${a}`, `${b} ${b}`].map((key) => edges.get(key)?.length ?? 0);
  const weights = Float64Array.from(own, (edge, i) => {
    const side = i < (counts[0] ?? 0) ? 0 : i < (counts[0] ?? 0) + (counts[1] ?? 0) ? 1 : 2;
    // Rounded down, so that shares never add up to more than there is.
    const whole = scale * (weight[edge] ?? 0);
    return side === 2 ? whole : Math.floor(whole * (share[side] ?? 0) * ROUNDED_DOWN);
  });
  return { parts, nodes: parts.flatMap((name) => nodes.get(name) ?? []), edges: own, weight: weights };
}

function localWindow(
  { sources, from, to }: Problem,
  { nodes, edges, weight }: Omit<WeighedWindow, 'bound'>,
): Window {
  const local = new Map(nodes.map((node, i) => [node, i]));
  const at = (ends: Int32Array) => Int32Array.from(edges, (edge) => local.get(ends[edge] ?? 0) ?? -1);
  return {
    nodes: nodes.length,
    sources: Int32Array.from(nodes, (node) => sources[node] ?? 0),
    from: at(from),
    to: at(to),
    weight,
  };
}

function keyOf({ nodes, sources, from, to, weight }: Window): string {
  return [nodes, sources, from, to, weight].map(String).join(';');
}
