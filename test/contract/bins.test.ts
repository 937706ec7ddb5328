/** Dynamic definition against the distribution summed by hand. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/api/run.js';
import { reconstruct } from '../../src/api/reconstruct.js';
import { generateCircuit } from '../../src/circuit/families/families.js';
import { writeQasm } from '../../src/circuit/qasm/writeQasm.js';
import { outcomeDistribution } from '../support/denseSimulator.js';
import { onLocalRanks } from '../support/localCluster.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kroncut-bins-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function matches(spec: string, index: number): boolean {
  return spec.split('').every((character, i) => {
    const bit = (index >> (spec.length - 1 - i)) & 1;
    return character === '*' || character === String(bit);
  });
}

describe('bins', () => {
  it('divide all outcomes, with their probabilities, and refine the most likely ones', async () => {
    const circuit = generateCircuit('random', { qubits: 7, depth: 2, seed: 9 });
    const text = writeQasm(circuit, 2);
    const exact = outcomeDistribution(circuit);
    const { bins } = await run({ text }, { directory, maxWidth: 4, bins: 2, depth: 5, verify: false });
    // Five rounds replace one bin by four each: 1 + 5 * 3, or fewer where a round has one bit left.
    expect(bins).toHaveLength(16);
    for (const { spec, probability } of bins) {
      const sum = exact.reduce((total, p, index) => total + (matches(spec, index) ? p : 0), 0);
      expect(probability).toBeCloseTo(sum, 12);
    }
    for (const index of exact.keys()) expect(bins.filter(({ spec }) => matches(spec, index))).toHaveLength(1);
    const together = await onLocalRanks(3, (cluster) =>
      reconstruct(directory, { cluster, threads: 1, bins: 2, depth: 5 }),
    );
    for (const result of together) expect(result.bins).toEqual(bins);
  });

  it('find the one outcome of Bernstein-Vazirani, and leave no stale bin', async () => {
    const text = writeQasm(generateCircuit('bv', { qubits: 10 }), 2);
    const { bins } = await run({ text }, { directory, maxWidth: 6, bins: 4, depth: 3, verify: false });
    expect(bins[0]?.spec).toBe('1'.repeat(10));
    expect(bins[0]?.probability).toBeCloseTo(1, 12);
    for (const { probability } of bins.slice(1)) expect(Math.abs(probability)).toBeLessThan(1e-12);
    // Nothing is left to refine once every bit is decided.
    const more = await reconstruct(directory, { bins: 4, depth: 3 });
    expect(more.bins).toEqual(bins);
    await expect(reconstruct(directory, { depth: 3, top: 1 })).rejects.toThrow(
      /depth is the number of rounds/,
    );
    await expect(reconstruct(directory, { bins: 0 })).rejects.toThrow(/bins 0: a whole number from 1 to 16/);
  });
});
