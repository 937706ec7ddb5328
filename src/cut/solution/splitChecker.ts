/** Checks what a bound by windows rests on; shares no code with what finds it. */
import { KroncutError } from '../../error.js';

/** What a bound rests on: windows of parts of a partition, each with the weights that it counts and its own bound. */
export interface SplitCertificate {
  readonly part: Int32Array;
  /** Weights in windows are these times as large. */
  readonly scale: number;
  readonly windows: readonly WeighedWindow[];
}

/** `edges` are those of the problem, in the order of the window's. */
export interface WeighedWindow {
  readonly parts: readonly [number, number];
  readonly nodes: readonly number[];
  readonly edges: readonly number[];
  readonly weight: Float64Array;
  readonly bound: number;
}

/** Edges between nodes, and what cutting each weighs. */
interface WeighedGraph {
  readonly from: ArrayLike<number>;
  readonly to: ArrayLike<number>;
  readonly weight: ArrayLike<number>;
}

/**
 * Throws `internal` where windows count more of an edge than it weighs, an edge that leaves their nodes, or none of the
 * bounds that `lower` adds up.
 */
export function checkSplit(problem: WeighedGraph, { scale, windows }: SplitCertificate, lower: number): void {
  const counted = new Map<number, number>();
  let sum = 0;
  for (const { nodes, edges, weight, bound } of windows) {
    const inside = new Set(nodes);
    const seen = new Set<number>();
    edges.forEach((edge, i) => {
      const own = weight[i] ?? Number.NaN;
      const within = inside.has(problem.from[edge] ?? -1) && inside.has(problem.to[edge] ?? -1);
      if (!within || seen.has(edge) || !(own >= 0)) throw wrong(`edge ${edge} is none of its window`);
      seen.add(edge);
      counted.set(edge, (counted.get(edge) ?? 0) + own);
    });
    sum += bound;
  }
  for (const [edge, total] of counted) {
    if (total > scale * (problem.weight[edge] ?? 0)) throw wrong(`edge ${edge} counts more than it weighs`);
  }
  if (sum <= scale * (lower - 1)) throw wrong(`the windows add up to less than ${lower}`);
}

function wrong(what: string): KroncutError {
  return new KroncutError('internal', `a bound on cuts is wrong: ${what}`);
}
