/** Queries of any small network against sums over all its values, for probabilities and quasi-probabilities. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CutCircuit } from '../../../../src/cut/model/cutCircuit.js';
import { dynamicDefinition } from '../../../../src/reconstruct/queries/answers/binsAnswer.js';
import { expectation } from '../../../../src/reconstruct/queries/answers/expectationAnswer.js';
import { bitStringProbabilities } from '../../../../src/reconstruct/queries/answers/probabilityAnswer.js';
import { contractNetwork } from '../../../../src/reconstruct/engine/contractNetwork.js';
import type { QuerySource } from '../../../../src/reconstruct/queries/query.js';
import { drawSamples } from '../../../../src/reconstruct/queries/answers/samplesAnswer.js';
import { keepQuery } from '../../../../src/reconstruct/network/tensorNetwork.js';
import { testContext } from '../../../support/context.js';
import { denseAnswer, networkOf } from '../../../support/denseNetwork.js';
import { answersOf } from '../../../support/inquiry.js';
import { networkWith, numbers } from '../../../support/networks.js';

interface Case {
  readonly source: QuerySource;
  readonly bits: number;
  /** All values; bit i of the index is outcome bit i. */
  readonly dense: Float64Array;
  readonly seed: number;
}

const context = testContext();

/** A network of up to four tensors; with `negative` some of its values are below zero. */
function makeCase(
  sizes: readonly number[],
  pairs: readonly (readonly [number, number])[],
  seed: number,
  negative: boolean,
): Case {
  const next = numbers(seed);
  const value = negative ? () => next() + 0.6 : () => Math.abs(next());
  const { members, bits } = networkWith(sizes, pairs, value);
  const order = Array.from({ length: bits }, (_, bit) => bit);
  const cutCircuit: CutCircuit = { qubits: bits, outcomeBits: bits, zeroBits: [], cuts: [], subcircuits: [] };
  const network = networkOf(context.native, members);
  const source = { directory: '.', cutCircuit, network, precision: 'double' } as const;
  return { source, bits, dense: denseAnswer(members, keepQuery(order)), seed };
}

const cases = fc
  .tuple(
    fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 4 }),
    fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 3 }),
    fc.nat(),
    fc.boolean(),
  )
  .map(([sizes, pairs, seed, negative]) => makeCase(sizes, pairs, seed, negative));

function scaleOf(dense: Float64Array): number {
  return Math.max(1, ...dense.map(Math.abs)) * dense.length;
}

describe('queries of any small network', () => {
  it('bins are sums over their outcomes, share all outcomes, and refine the likeliest', async () => {
    const settings = fc.tuple(cases, fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 5 }));
    await fc.assert(
      fc.asyncProperty(settings, async ([{ source, bits, dense }, active, depth]) => {
        fc.pre(bits > 0);
        const bins = await dynamicDefinition(context, source, active, depth);
        const belongs = (spec: string, index: number): boolean =>
          spec.split('').every((c, i) => c === '*' || c === String((index >> (bits - 1 - i)) & 1));
        for (const { spec, probability } of bins) {
          const sum = dense.reduce((total, p, index) => total + (belongs(spec, index) ? p : 0), 0);
          expect(Math.abs(probability - sum)).toBeLessThan(1e-12 * scaleOf(dense));
        }
        for (const index of dense.keys()) {
          expect(bins.filter(({ spec }) => belongs(spec, index))).toHaveLength(1);
        }
        expect(bins.map(({ probability }) => probability)).toEqual(
          bins.map(({ probability }) => probability).toSorted((a, b) => b - a),
        );
      }),
      { numRuns: 200 },
    );
  });

  it('probabilities and expectation values are entries and signed sums', async () => {
    await fc.assert(
      fc.asyncProperty(fc.tuple(cases, fc.nat()), async ([{ source, bits, dense }, choice]) => {
        const indices = [0, dense.length - 1, choice % dense.length];
        const strings = indices.map((index) => (bits === 0 ? '' : index.toString(2).padStart(bits, '0')));
        const found = await bitStringProbabilities(context, source, strings);
        for (const [i, index] of indices.entries()) {
          const difference = (found[strings[i] ?? ''] ?? NaN) - (dense[index] ?? NaN);
          expect(Math.abs(difference)).toBeLessThan(1e-12 * scaleOf(dense));
        }
        const masks = [0, choice % dense.length, dense.length - 1];
        const terms = masks.map((mask, i) => ({ coefficient: i - 0.5, paulis: [], text: String(mask) }));
        const networks = masks.map((mask) => ({
          members: source.network.members,
          weighed: new Set(Array.from({ length: bits }, (_, bit) => bit).filter((bit) => (mask >> bit) & 1)),
        }));
        const { value, terms: listed = [] } = await expectation(context, source, terms, networks, true);
        let total = 0;
        for (const [i, mask] of masks.entries()) {
          const sum = dense.reduce((all, p, index) => all + p * sign(index & mask), 0);
          expect(Math.abs((listed[i]?.value ?? NaN) - sum)).toBeLessThan(1e-12 * scaleOf(dense));
          total += (i - 0.5) * sum;
        }
        expect(Math.abs(value - total)).toBeLessThan(1e-11 * scaleOf(dense));
      }),
      { numRuns: 200 },
    );
  });

  it('entropies leave out what is below zero, and say how much that is', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ source, bits, dense, seed }) => {
        const order = Array.from({ length: bits }, (_, bit) => bit);
        const next = numbers(seed + 1);
        const weights = Float64Array.from(dense, () => next());
        const tensor = context.native.createTensor([], order, weights);
        const asked = { moments: true, entropy: { weights: tensor } };
        const query = keepQuery(order, 0);
        const { values, entropies } = await contractNetwork(context, source.network, query, {
          ...asked,
          values: true,
        });
        const sum = (term: (q: number, p: number) => number): number =>
          values.reduce((total, q, i) => total + term(q, Math.max(0, weights[i] ?? 0)), 0);
        const near = 1e-11 * scaleOf(dense) ** 2;
        expect(Math.abs(entropies.entropy - sum((q) => q * log(q)))).toBeLessThan(near);
        expect(Math.abs(entropies.collision - sum((q) => q * q))).toBeLessThan(near);
        expect(Math.abs(entropies.negativeSum - sum((q) => Math.min(q, 0)))).toBeLessThan(near);
        expect(entropies.negatives).toBe(sum((q) => (q < 0 ? 1 : 0)));
        expect(Math.abs(entropies.crossEntropy - sum((q, p) => p * log(q)))).toBeLessThan(near);
        expect(entropies.missing).toBe(sum((q, p) => (p > 0 && q <= 0 ? 1 : 0)));
        expect(Math.abs(entropies.missingWeight - sum((q, p) => (q <= 0 ? p : 0)))).toBeLessThan(near);
      }),
      { numRuns: 150 },
    );
  });

  it('the most likely outcomes are no proof where values are below zero', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ source, dense }) => {
        const { top } = await answersOf(context, source, { top: 3 });
        const [least, most] = [Math.min(...dense), Math.max(...dense)];
        if (least < -1e-9 * Math.abs(most)) {
          expect(top).toMatchObject({ proven: false, quasi: true });
        } else {
          expect(top?.proven).toBe(true);
          expect(top).not.toHaveProperty('quasi');
        }
        const largest = [...dense].sort((a, b) => b - a).slice(0, 3);
        for (const [i, { probability }] of (top?.outcomes ?? []).entries()) {
          expect(Math.abs(probability - (largest[i] ?? 0))).toBeLessThan(1e-12 * scaleOf(dense));
        }
      }),
      { numRuns: 100 },
    );
  });

  it('samples pass a chi-squared test against the exact distribution', async () => {
    let [worst, tested] = [0, 0];
    for (let seed = 1; seed <= 40; seed += 1) {
      const next = numbers(seed);
      const pick = (most: number): number => Math.floor(((next() + 1) / 2) * most);
      const sizes = Array.from({ length: 1 + pick(4) }, () => 1 + pick(2));
      const pairs = Array.from({ length: pick(4) }, (): [number, number] => [pick(4), pick(4)]);
      const { source, dense } = makeCase(sizes, pairs, seed, false);
      const total = dense.reduce((sum, p) => sum + p, 0);
      const count = 2000;
      const seen = new Float64Array(dense.length);
      for (const ones of await drawSamples(context, source.network, seed, 0, count)) {
        const index = [...ones].reduce((sum, bit) => sum + 2 ** bit, 0);
        seen[index] = (seen[index] ?? 0) + 1;
      }
      // Outcomes that are expected less than five times count as one, as the test asks for.
      const cells: { expected: number; seen: number }[] = [];
      const rare = { expected: 0, seen: 0 };
      for (const [i, p] of dense.entries()) {
        const expected = (count * p) / total;
        if (expected >= 5) {
          cells.push({ expected, seen: seen[i] ?? 0 });
        } else {
          rare.expected += expected;
          rare.seen += seen[i] ?? 0;
        }
      }
      if (rare.expected >= 5) cells.push(rare);
      if (rare.expected < 1e-9) expect(rare.seen).toBe(0);
      if (cells.length < 2) continue;
      const squared = cells.reduce((sum, cell) => sum + (cell.seen - cell.expected) ** 2 / cell.expected, 0);
      // In standard deviations of the distribution with so many degrees of freedom.
      const freedom = cells.length - 1;
      worst = Math.max(worst, (squared - freedom) / Math.sqrt(2 * freedom));
      tested += 1;
    }
    expect(tested).toBeGreaterThan(30);
    expect(worst).toBeLessThan(5);
  });
});

/** -ln q, and 0 where that is not defined. */
function log(q: number): number {
  return q > 0 ? -Math.log(q) : 0;
}

/** (-1) to the number of ones. */
function sign(mask: number): number {
  let result = 1;
  for (let rest = mask; rest > 0; rest &= rest - 1) result = -result;
  return result;
}
