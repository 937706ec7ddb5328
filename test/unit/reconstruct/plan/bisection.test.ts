import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bisect, cutWeight, type Graph } from '../../../../src/reconstruct/plan/bisection.js';
import { randomNumbers } from '../../../../src/run/resources/pace.js';

type Edge = readonly [a: number, b: number, weight: number];

function graphOf(nodes: number, edges: readonly Edge[]): Graph {
  const rows = Array.from({ length: nodes }, () => new Map<number, number>());
  for (const [a, b, weight] of edges) {
    rows[a]?.set(b, (rows[a].get(b) ?? 0) + weight);
    rows[b]?.set(a, (rows[b].get(a) ?? 0) + weight);
  }
  const start = new Int32Array(nodes + 1);
  rows.forEach((row, node) => (start[node + 1] = (start[node] ?? 0) + row.size));
  return {
    sizes: new Int32Array(nodes).fill(1),
    start,
    neighbours: Int32Array.from(rows.flatMap((row) => [...row.keys()])),
    weights: Float64Array.from(rows.flatMap((row) => [...row.values()])),
  };
}

const between = (edges: readonly Edge[], half: (node: number) => number | undefined): number =>
  edges.reduce((sum, [a, b, weight]) => sum + (half(a) === half(b) ? 0 : weight), 0);

function graphs(fewest: number, most: number): fc.Arbitrary<{ nodes: number; edges: Edge[] }> {
  return fc.integer({ min: fewest, max: most }).chain((nodes) =>
    fc
      .array(fc.tuple(fc.nat(nodes - 1), fc.nat(nodes - 1), fc.integer({ min: 1, max: 3 })), {
        minLength: nodes,
        maxLength: 3 * nodes,
      })
      .map((edges) => ({ nodes, edges: edges.filter(([a, b]) => a !== b) })),
  );
}

const rule = (share: number, seed: number) => {
  let steps = 0;
  return {
    share,
    random: randomNumbers(seed),
    spend: (more: number) => {
      steps += more;
    },
    steps: () => steps,
  };
};

/** The least weight between two halves of which neither has more than `most` nodes. */
function leastBetween(nodes: number, edges: readonly Edge[], most: number): number {
  let least = Infinity;
  for (let halves = 0; halves < 2 ** nodes; halves += 1) {
    const ones = Array.from({ length: nodes }, (_, node) => (halves >> node) & 1);
    const size = ones.reduce((sum, one) => sum + one, 0);
    if (Math.max(size, nodes - size) <= most)
      least = Math.min(
        least,
        between(edges, (node) => ones[node]),
      );
  }
  return least;
}

describe('bisection', () => {
  it('gives two halves within the balance, and knows what lies between them', () => {
    fc.assert(
      fc.property(
        graphs(2, 90),
        fc.double({ min: 0.5, max: 0.95, noNaN: true }),
        ({ nodes, edges }, share) => {
          const graph = graphOf(nodes, edges);
          const used = rule(share, 1);
          const side = bisect(graph, used);
          const ones = side.reduce((sum, half) => sum + half, 0);
          expect(side).toHaveLength(nodes);
          expect(Math.min(ones, nodes - ones)).toBeGreaterThan(0);
          expect(Math.max(ones, nodes - ones)).toBeLessThanOrEqual(
            Math.ceil(Math.max(share * nodes, nodes / 2)),
          );
          expect(cutWeight(graph, side)).toBe(between(edges, (node) => side[node]));
          expect(used.steps()).toBeGreaterThan(0);
          expect(bisect(graph, rule(share, 1))).toEqual(side);
        },
      ),
    );
  });

  it('is the best one of small graphs at some seed, and never better', () => {
    fc.assert(
      fc.property(graphs(4, 10), ({ nodes, edges }) => {
        const graph = graphOf(nodes, edges);
        const found = Array.from({ length: 10 }, (_, seed) =>
          cutWeight(graph, bisect(graph, rule(0.6, seed))),
        );
        expect(Math.min(...found)).toBe(
          leastBetween(nodes, edges, Math.ceil(Math.max(0.6 * nodes, nodes / 2))),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('parts two grids that one edge joins, on several levels', () => {
    const side = 12;
    const edges: Edge[] = [[5, side * side + 7, 1]];
    for (const first of [0, side * side]) {
      for (let at = 0; at < side * side; at += 1) {
        if ((at + 1) % side !== 0) edges.push([first + at, first + at + 1, 1]);
        if (at + side < side * side) edges.push([first + at, first + at + side, 1]);
      }
    }
    const graph = graphOf(2 * side * side, edges);
    expect(cutWeight(graph, bisect(graph, rule(0.55, 2)))).toBe(1);
  });
});
