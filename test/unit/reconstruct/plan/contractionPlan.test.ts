import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EXACT_TENSORS } from '../../../../src/reconstruct/plan/exactTree.js';
import { explainPlan, formatExplanation, naiveFlops } from '../../../../src/reconstruct/plan/explainPlan.js';
import {
  planContraction,
  type ContractionPlan,
  type TensorShape,
} from '../../../../src/reconstruct/plan/contractionPlan.js';

const extent = (): number => 4;

/** A random network: bonds join random pairs, bits are dealt out. */
function network(most: number): fc.Arbitrary<TensorShape[]> {
  return fc
    .record({
      bits: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 2, maxLength: most }),
      pairs: fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 8 }),
    })
    .map(({ bits, pairs }) => {
      const bonds: number[][] = bits.map(() => []);
      pairs.forEach(([a, b], label) => {
        const from = a % bits.length;
        const to = (from + 1 + (b % (bits.length - 1))) % bits.length;
        bonds[from]?.push(label);
        bonds[to]?.push(label);
      });
      let next = 0;
      return bits.map((count, i) => ({
        bonds: bonds[i] ?? [],
        bits: Array.from({ length: count }, () => next++),
      }));
    });
}

function orderOf(shapes: readonly TensorShape[]): number[] {
  return shapes.flatMap(({ bits }) => bits).sort((a, b) => a - b);
}

/** Least price over all binary trees, by trying every pair again and again. */
function bruteForce(shapes: readonly TensorShape[]): number {
  const best = (alive: readonly { bonds: readonly number[]; bits: number }[]): number => {
    if (alive.length < 2) return 0;
    let least = Infinity;
    for (let i = 0; i < alive.length; i += 1) {
      for (let j = i + 1; j < alive.length; j += 1) {
        const a = alive[i]!;
        const b = alive[j]!;
        const shared = a.bonds.filter((bond) => b.bonds.includes(bond));
        const bonds = [...a.bonds, ...b.bonds].filter((bond) => !shared.includes(bond));
        const result = { bonds, bits: a.bits + b.bits };
        const values = 4 ** bonds.length * 2 ** result.bits;
        const written = alive.length === 2 ? 0 : 64 * values;
        const rest = alive.filter((_, k) => k !== i && k !== j);
        least = Math.min(least, values * 4 ** shared.length + written + best([...rest, result]));
      }
    }
    return least;
  };
  return best(shapes.map(({ bonds, bits }) => ({ bonds, bits: bits.length })));
}

function price(plan: ContractionPlan): number {
  return plan.multiplyAdds + plan.steps.reduce((sum, { size }) => sum + 64 * size, 0);
}

describe('contraction planning', () => {
  it('finds the cheapest order of small networks', () => {
    fc.assert(
      fc.property(network(5), (shapes) => {
        const plan = planContraction(shapes, orderOf(shapes), Infinity, extent);
        expect(price(plan)).toBeCloseTo(bruteForce(shapes), 3);
        expect(plan.sliceBits).toBe(0);
      }),
      { numRuns: 150 },
    );
  });

  it('uses every tensor once and ends with one product, whatever the size of the network', () => {
    fc.assert(
      fc.property(network(EXACT_TENSORS + 6), (shapes) => {
        const plan = planContraction(shapes, orderOf(shapes), Infinity, extent);
        const used = plan.steps.flatMap(({ left, right }) => [left, right]);
        used.push(plan.left ?? -1, plan.right ?? -1);
        const made = plan.steps.map(({ result }) => result);
        expect(made).toEqual(made.map((_, i) => shapes.length + i));
        expect([...used].sort((a, b) => a - b)).toEqual(
          Array.from({ length: shapes.length + made.length }, (_, i) => i),
        );
        for (const step of plan.steps) expect(Math.max(step.left, step.right)).toBeLessThan(step.result);
      }),
      { numRuns: 60 },
    );
  });

  it('splits a chain where the fewest bonds cross', () => {
    // Two bonds between the first two tensors, one between the others.
    const shapes = [
      { bonds: [0, 1], bits: [0, 1, 2, 3, 4, 5, 6, 7, 8] },
      { bonds: [0, 1, 2], bits: [9, 10, 11, 12] },
      { bonds: [2], bits: [13, 14, 15, 16, 17, 18, 19, 20] },
    ];
    const plan = planContraction(shapes, orderOf(shapes), Infinity, extent);
    expect(plan.inner).toBe(4);
    expect(plan.steps).toHaveLength(1);
  });

  it('fixes high answer bits where operands do not fit, and only as many as needed', () => {
    const shapes = [
      { bonds: [0], bits: Array.from({ length: 10 }, (_, i) => i) },
      { bonds: [0, 1], bits: Array.from({ length: 10 }, (_, i) => 10 + i) },
      { bonds: [1], bits: Array.from({ length: 10 }, (_, i) => 20 + i) },
    ];
    const free = planContraction(shapes, orderOf(shapes), Infinity, extent);
    const tight = planContraction(shapes, orderOf(shapes), free.peakBytes / 8, extent);
    expect(free.sliceBits).toBe(0);
    expect(tight.sliceBits).toBeGreaterThan(0);
    expect(tight.peakBytes).toBeLessThanOrEqual(free.peakBytes / 8);
    const enough = planContraction(shapes, orderOf(shapes), tight.peakBytes, extent);
    expect(enough.sliceBits).toBe(tight.sliceBits);
  });

  it('counts the copies that a product makes of its operands and of its result', () => {
    const shapes = [
      { bonds: [0], bits: [0, 1, 2, 3] },
      { bonds: [0, 1], bits: [4, 5, 6, 7] },
      { bonds: [1], bits: [8, 9, 10, 11] },
    ];
    const plan = planContraction(shapes, orderOf(shapes), Infinity, extent);
    expect(plan.steps.map(({ size }) => size)).toEqual([4 * 2 ** 8]);
    const operands = 4 * 2 ** 4 + 4 * 4 * 2 ** 4;
    expect(plan.peakBytes).toBe(8 * (2 * operands + 2 * 4 * 2 ** 8));
  });

  it('leaves room for what is open beside the operands', () => {
    const shapes = [
      { bonds: [0], bits: [0, 1, 2, 3, 4] },
      { bonds: [0], bits: [5, 6, 7, 8, 9] },
    ];
    const { peakBytes } = planContraction(shapes, orderOf(shapes), Infinity, extent);
    const fits = planContraction(shapes, orderOf(shapes), peakBytes + 1000, extent, 1000);
    expect(fits).toMatchObject({ sliceBits: 0, peakBytes: peakBytes + 1000 });
    expect(planContraction(shapes, orderOf(shapes), peakBytes + 999, extent, 1000).sliceBits).toBe(1);
    expect(() => planContraction(shapes, orderOf(shapes), 1000, extent, 1000)).toThrowError(
      /even one outcome at a time, but 1000 B are available$/,
    );
  });

  it('refuses with the figure where even one outcome at a time does not fit', () => {
    const bonds = [0, 1, 2, 3, 4];
    const shapes = [
      { bonds, bits: [0] },
      { bonds, bits: [1] },
    ];
    expect(() => planContraction(shapes, [0, 1], 1024, extent)).toThrowError(/needs .* KiB of memory/);
  });

  it('refuses at once where a tensor alone is too large, however many bonds there are', () => {
    const bonds = Array.from({ length: 2000 }, (_, i) => i);
    const shapes = [
      { bonds, bits: [0] },
      { bonds, bits: [1] },
    ];
    expect(() => planContraction(shapes, [0, 1], 1e12, extent)).toThrowError(
      /at least above 1e308 B of memory/,
    );
  });

  it('counts the operations of the sum over Pauli strings', () => {
    // Two vectors of 2 and 4 values, one bond: four Kronecker products of 8 values, each added to the answer.
    expect(naiveFlops([{ bits: 1 }, { bits: 2 }], 1, 3)).toBe(4 * (8 + 8));
    // Three vectors: products of 4 and then of 16 values.
    expect(naiveFlops([{ bits: 1 }, { bits: 1 }, { bits: 2 }], 2, 4)).toBe(16 * (4 + 16 + 16));
  });

  it('counts once what all slices share, and keeps it', () => {
    // Only the last tensor has bits that slices fix.
    const shapes = [
      { bonds: [0], bits: [0, 1, 2, 3] },
      { bonds: [0, 1], bits: [4, 5, 6, 7] },
      { bonds: [1], bits: Array.from({ length: 12 }, (_, i) => 8 + i) },
    ];
    const free = planContraction(shapes, orderOf(shapes), Infinity, extent);
    const tight = planContraction(shapes, orderOf(shapes), free.peakBytes / 4, extent);
    expect(tight.sliceBits).toBeGreaterThan(0);
    const once = tight.steps.filter(({ repeated }) => !repeated);
    const again = tight.steps.filter(({ repeated }) => repeated);
    const before =
      once.reduce((sum, step) => sum + step.multiplyAdds, 0) +
      again.reduce((sum, step) => sum + step.multiplyAdds, 0) * 2 ** tight.sliceBits;
    expect(once.length).toBeGreaterThan(0);
    expect(tight.multiplyAdds).toBe(before + 2 ** 20 * tight.inner);
  });

  it('explains itself', () => {
    const shapes = [
      { bonds: [0], bits: [0] },
      { bonds: [0, 1], bits: [1] },
      { bonds: [1], bits: [2] },
    ];
    const plan = planContraction(shapes, [0, 1, 2], Infinity, extent);
    const network = { names: ['a', 'b', 'c'], members: shapes.map(() => ({ bits: 1 })), bonds: 2 };
    const chosen = { query: 'top', what: 'all outcomes', times: 3, predictedSeconds: 0.25 };
    const explanation = explainPlan(plan, network, chosen);
    expect(explanation).toMatchObject({ ...chosen, bondProduct: 4, outcomeBits: 3, slices: 1 });
    expect(explanation.flops).toBe(2 * plan.multiplyAdds);
    expect(explanation.naiveRatio).toBeCloseTo(explanation.naiveFlops / explanation.flops, 12);
    expect(explanation.tree).toMatch(/^[abc] x \([abc] x [abc]\)$|^\([abc] x [abc]\) x [abc]$/);
    const text = formatExplanation(explanation);
    expect(text[0]).toBe('all outcomes, 3 times:');
    expect(text.at(-3)).toContain('bond product 4');
    expect(text.join(' ')).toMatch(/t0 = [abc] x [abc]/);
    expect(text.at(-1)).toContain('predicted time 250 ms');
  });
});
