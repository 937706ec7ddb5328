/**
 * Bisection of a graph on several levels: nodes that heavy edges join are contracted until few are left (Karypis and
 * Kumar, SIAM J. Sci. Comput. 20, 359 (1998)), these are divided by growing one half from a random node, and on the way
 * back every level is improved by moves of single nodes, of which a run is taken back to where it was best (Fiduccia and
 * Mattheyses, DAC 1982).
 */
/** Node v has the neighbours `neighbours[start[v]]` to `neighbours[start[v + 1] - 1]`, each joined by so much weight. */
export interface Graph {
  /** How much a node counts for the balance. */
  readonly sizes: Int32Array;
  readonly start: Int32Array;
  readonly neighbours: Int32Array;
  readonly weights: Float64Array;
}

/** Nodes of the coarsest level. */
const COARSEST = 24;
/** A level that keeps more than this share of its nodes is the last one. */
const LEAST_SHRINKING = 0.95;
/** Halves that are grown on the coarsest level. */
const STARTS = 6;
const MOST_ROUNDS = 8;
/** Moves in a row that bring nothing, after which a round ends, and as a share of the nodes where that is more. */
const IDLE_MOVES = 24;
const IDLE_SHARE = 1 / 16;

export interface BisectionRule {
  /** Share of the sizes that the larger half has at most, between 1/2 and 1. */
  readonly share: number;
  readonly random: () => number;
  /** Told the steps that were taken. */
  readonly spend: (steps: number) => void;
}

/** The half of each node, 0 or 1; both have some wherever there are two nodes. */
export function bisect(graph: Graph, rule: BisectionRule): Uint8Array {
  const levels: { readonly graph: Graph; readonly coarseOf: Int32Array }[] = [];
  let coarse = graph;
  while (coarse.sizes.length > COARSEST) {
    const coarseOf = matching(coarse, rule);
    const next = contracted(coarse, coarseOf);
    if (next.sizes.length > LEAST_SHRINKING * coarse.sizes.length) break;
    levels.push({ graph: coarse, coarseOf });
    coarse = next;
  }
  let side = firstHalves(coarse, rule);
  for (const { graph: fine, coarseOf } of levels.toReversed()) {
    const halves = side;
    side = Uint8Array.from(coarseOf, (node) => halves[node]!);
    refine(fine, side, rule);
  }
  return side;
}

/** Weight of the edges between the halves. */
export function cutWeight({ start, neighbours, weights }: Graph, side: Uint8Array): number {
  let sum = 0;
  for (let node = 0; node < side.length; node += 1) {
    if (side[node] === 1) continue;
    for (let at = start[node]!; at < start[node + 1]!; at += 1) {
      if (side[neighbours[at]!] === 1) sum += weights[at]!;
    }
  }
  return sum;
}

function totalOf(sizes: Int32Array): number {
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Sizes that a half may have at most: one node less than all at least. */
function mostOf({ sizes }: Graph, { share }: BisectionRule): number {
  const total = totalOf(sizes);
  return Math.min(total - 1, Math.max(Math.ceil(share * total), Math.ceil(total / 2)));
}

function shuffled(count: number, random: () => number): Int32Array {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/** Pairs each node with the free neighbour that most weight for its size joins it to; the number of each node's pair. */
function matching(
  { sizes, start, neighbours, weights }: Graph,
  { random, spend }: BisectionRule,
): Int32Array {
  const count = sizes.length;
  spend(count + neighbours.length);
  // Pairs stay small beside a half, so that halves can be balanced.
  const most = Math.max(2, (3 * totalOf(sizes)) / (2 * COARSEST));
  const pair = new Int32Array(count).fill(-1);
  let pairs = 0;
  for (const node of shuffled(count, random)) {
    if (pair[node] !== -1) continue;
    let [chosen, highest] = [-1, 0];
    for (let at = start[node]!; at < start[node + 1]!; at += 1) {
      const other = neighbours[at]!;
      if (pair[other] !== -1 || sizes[node]! + sizes[other]! > most) continue;
      const score = weights[at]! / (sizes[node]! * sizes[other]!);
      if (score > highest) [chosen, highest] = [other, score];
    }
    pair[node] = pairs;
    if (chosen >= 0) pair[chosen] = pairs;
    pairs += 1;
  }
  return pair;
}

/** The graph whose nodes are those of `coarseOf`; edges between the same two are one. */
function contracted({ sizes, start, neighbours, weights }: Graph, coarseOf: Int32Array): Graph {
  const count = coarseOf.reduce((most, node) => Math.max(most, node + 1), 0);
  const inside: number[][] = Array.from({ length: count }, () => []);
  const sums = new Int32Array(count);
  coarseOf.forEach((node, fine) => {
    inside[node]!.push(fine);
    sums[node]! += sizes[fine]!;
  });
  const begin = new Int32Array(count + 1);
  const [ends, joined]: [number[], number[]] = [[], []];
  // Where the edge to a node is that was seen already.
  const placeOf = new Int32Array(count).fill(-1);
  for (let node = 0; node < count; node += 1) {
    const first = ends.length;
    for (const fine of inside[node]!) {
      for (let at = start[fine]!; at < start[fine + 1]!; at += 1) {
        const other = coarseOf[neighbours[at]!]!;
        if (other === node) continue;
        if (placeOf[other]! >= first) joined[placeOf[other]!]! += weights[at]!;
        else {
          placeOf[other] = ends.length;
          ends.push(other);
          joined.push(weights[at]!);
        }
      }
    }
    begin[node + 1] = ends.length;
  }
  return {
    sizes: sums,
    start: begin,
    neighbours: Int32Array.from(ends),
    weights: Float64Array.from(joined),
  };
}

/** Of some halves that were grown and improved, those with the least between them. */
function firstHalves(graph: Graph, rule: BisectionRule): Uint8Array {
  let best: Uint8Array = new Uint8Array(graph.sizes.length);
  let least = Infinity;
  for (let start = 0; start < STARTS; start += 1) {
    const side = grown(graph, rule);
    refine(graph, side, rule);
    const weight = cutWeight(graph, side);
    if (weight < least) [best, least] = [side, weight];
  }
  return best;
}

/** Half 1 grows from a random node, by the one that adds least between the halves, to a random size. */
function grown(graph: Graph, rule: BisectionRule): Uint8Array {
  const { sizes, start, neighbours, weights } = graph;
  const { random, spend } = rule;
  const total = totalOf(sizes);
  const most = mostOf(graph, rule);
  const wanted = total - most + random() * (2 * most - total);
  const side = new Uint8Array(sizes.length);
  const gains = Float64Array.from(sizes, (_, node) => -degreeOf(graph, node));
  let size = 0;
  let next = Math.floor(random() * sizes.length);
  while (next >= 0) {
    spend(sizes.length);
    side[next] = 1;
    size += sizes[next]!;
    for (let at = start[next]!; at < start[next + 1]!; at += 1) gains[neighbours[at]!]! += 2 * weights[at]!;
    next = -1;
    if (size >= wanted) break;
    for (let node = 0; node < sizes.length; node += 1) {
      if (side[node] === 1 || size + sizes[node]! > most) continue;
      if (next < 0 || gains[node]! > gains[next]!) next = node;
    }
  }
  return side;
}

function degreeOf({ start, weights }: Graph, node: number): number {
  let sum = 0;
  for (let at = start[node]!; at < start[node + 1]!; at += 1) sum += weights[at]!;
  return sum;
}

/** Moves nodes, each once a round, and takes back what came after the least weight, until a round brings nothing. */
function refine(graph: Graph, side: Uint8Array, rule: BisectionRule): void {
  for (let round = 0; round < MOST_ROUNDS; round += 1) if (!refineOnce(graph, side, rule)) break;
}

function refineOnce(graph: Graph, side: Uint8Array, rule: BisectionRule): boolean {
  const { sizes, start, neighbours, weights } = graph;
  const count = sizes.length;
  const most = mostOf(graph, rule);
  const held: [number, number] = [0, 0];
  const gains = new Float64Array(count);
  for (let node = 0; node < count; node += 1) {
    held[side[node] === 1 ? 1 : 0] += sizes[node]!;
    for (let at = start[node]!; at < start[node + 1]!; at += 1) {
      gains[node]! += side[neighbours[at]!] === side[node] ? -weights[at]! : weights[at]!;
    }
  }
  const locked = new Uint8Array(count);
  const moved: number[] = [];
  let [sum, best, kept] = [0, 0, 0];
  const idle = Math.max(IDLE_MOVES, IDLE_SHARE * count);
  while (moved.length - kept < idle) {
    rule.spend(count);
    const node = bestMove(
      gains,
      locked,
      (each) => held[side[each] === 1 ? 0 : 1] + sizes[each]! <= most,
      rule,
    );
    if (node < 0) break;
    sum += gains[node]!;
    turn(node);
    locked[node] = 1;
    moved.push(node);
    if (sum > best + 1e-9) [best, kept] = [sum, moved.length];
  }
  for (const node of moved.splice(kept)) side[node]! ^= 1;
  return kept > 0;

  function turn(node: number): void {
    const from = side[node]!;
    held[from === 1 ? 1 : 0] -= sizes[node]!;
    held[from === 1 ? 0 : 1] += sizes[node]!;
    side[node] = from ^ 1;
    gains[node] = -gains[node]!;
    for (let at = start[node]!; at < start[node + 1]!; at += 1) {
      const other = neighbours[at]!;
      gains[other]! += (side[other] === from ? 2 : -2) * weights[at]!;
    }
  }
}

/** The free node that gains most, from a random place on, so that chance decides among equals; -1 where there is none. */
function bestMove(
  gains: Float64Array,
  locked: Uint8Array,
  fits: (node: number) => boolean,
  { random }: BisectionRule,
): number {
  const count = gains.length;
  const first = Math.floor(random() * count);
  let best = -1;
  for (let i = 0; i < count; i += 1) {
    const node = first + i < count ? first + i : first + i - count;
    if (locked[node] === 1 || (best >= 0 && gains[node]! <= gains[best]!)) continue;
    if (fits(node)) best = node;
  }
  return best;
}
