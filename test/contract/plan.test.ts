/** What `reconstruct --explain` and `--plan` say of a run. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cut } from '../../src/api/cut.js';
import { evaluate } from '../../src/api/evaluate.js';
import { planReconstruct } from '../../src/api/explainReconstruct.js';
import { reconstruct } from '../../src/api/reconstruct.js';
import { generateCircuit } from '../../src/circuit/families/families.js';
import { writeQasm } from '../../src/circuit/qasm/writeQasm.js';
import { kroncut } from '../support/kroncut.js';
import { onLocalRanks } from '../support/localCluster.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kroncut-plan-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** Four subcircuits of five qubits in a chain. */
async function cutChain(): Promise<void> {
  const text = writeQasm(generateCircuit('hwea', { qubits: 20, depth: 1 }), 2);
  await cut({ text }, { directory, labels: 'AAAAABBBBBCCCCCDDDDD' });
}

describe('explanations', () => {
  it('name the tree, its operations and those of the naive sum, and what the query took', async () => {
    await cutChain();
    await evaluate(directory);
    const plain = await reconstruct(directory, { top: 3, marginal: [0, 19] });
    const { explanation, ...answers } = await reconstruct(directory, {
      top: 3,
      marginal: [0, 19],
      explain: true,
    });
    expect(answers).toEqual(plain);
    expect(explanation?.contractions.map(({ query }) => query)).toEqual(['top', 'marginal']);
    for (const contraction of explanation?.contractions ?? []) {
      const { steps, tree, flops, naiveFlops, naiveRatio, predictedSeconds, seconds } = contraction;
      expect(steps).toHaveLength(3);
      for (const part of ['subcircuit 0', 'subcircuit 1', 'subcircuit 2', 'subcircuit 3']) {
        expect(tree).toContain(part);
      }
      expect(flops).toBe(2 * steps.reduce((sum, { multiplyAdds }) => sum + multiplyAdds, 0));
      expect(naiveRatio).toBeCloseTo(naiveFlops / flops, 9);
      expect(predictedSeconds).toBeGreaterThan(0);
      expect(seconds).toBeGreaterThan(0);
    }
    // Three bonds: 64 Pauli strings, each of 2^10 + 2^15 + 2^20 products and 2^20 additions.
    const [top] = explanation?.contractions ?? [];
    expect(top?.naiveFlops).toBe(64 * (2 ** 10 + 2 ** 15 + 2 * 2 ** 20));
    expect(top?.bondProduct).toBe(4);
  });

  it('are the same on all ranks', async () => {
    await cutChain();
    await evaluate(directory);
    const results = await onLocalRanks(2, (cluster) =>
      reconstruct(directory, { cluster, threads: 1, top: 1, explain: true }),
    );
    expect(results[1]?.explanation).toEqual(results[0]?.explanation);
    expect(results[0]?.explanation?.traffic.messageBytes).toBeGreaterThan(0);
  });
});

describe('plans', () => {
  it('need a cut only, and get faster with ranks as long as there are parts of the answer', async () => {
    await cutChain();
    const plan = await planReconstruct(directory, { full: true, ranks: 100_000, deviceMemory: 80e9 });
    expect(plan).toMatchObject({ plan: true, ranks: 100_000, busyRanks: 256 });
    expect(plan.scaling[0]).toMatchObject({ ranks: 1, speedup: 1, efficiency: 1, busyRanks: 1 });
    expect(plan.scaling.at(-1)).toMatchObject({ ranks: 100_000 });
    for (const { seconds, sharedSeconds, ranks, speedup } of plan.scaling) {
      expect(sharedSeconds).toBeLessThan(seconds);
      expect(speedup).toBeLessThanOrEqual(ranks);
    }
    expect(plan.traffic.writeBytes).toBeGreaterThan(8 * 2 ** 20);
    expect(plan.memoryBytes).toBeLessThan(80e9);
    const tensors = 8 * (4 * 2 ** 5 + 16 * 2 ** 5 + 16 * 2 ** 5 + 4 * 2 ** 5);
    expect(plan.traffic.readBytes).toBe(100_000 * tensors);
  });

  it('keep to the memory of the device', async () => {
    await cutChain();
    const free = await planReconstruct(directory, { full: true });
    const tight = await planReconstruct(directory, { full: true, deviceMemory: free.memoryBytes / 4 });
    expect(tight.memoryBytes).toBeLessThanOrEqual(free.memoryBytes / 4);
    expect(tight.contractions[0]?.slices).toBeGreaterThan(1);
    await expect(planReconstruct(directory, { full: true, deviceMemory: 100 })).rejects.toMatchObject({
      code: 'memory',
    });
    await expect(planReconstruct(directory, { full: true, ranks: 0 })).rejects.toThrow(/ranks 0/);
  });

  it('are printed, and refused without sense', async () => {
    await cutChain();
    const text = kroncut(['reconstruct', directory, '--plan', '--ranks', '4', '--quiet']);
    expect(text).toMatchObject({ status: 0, stderr: '' });
    expect(text.stdout).toMatch(/speed-up/);
    expect(text.stdout).toMatch(/On 4 ranks: .* of memory on each/);
    const json: unknown = JSON.parse(
      kroncut(['reconstruct', directory, '--plan', '--ranks', '4', '--top', '2', '--json']).stdout,
    );
    expect(json).toMatchObject({ plan: true, ranks: 4, contractions: [{ query: 'top' }] });
    const lonely = kroncut(['reconstruct', directory, '--top', '1', '--ranks', '4']);
    expect(lonely.status).toBe(2);
    expect(lonely.stderr).toMatch(/--ranks belongs to --plan/);
  });
});
