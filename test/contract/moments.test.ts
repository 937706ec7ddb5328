/** Moments of distributions against sums over all outcomes, alone and on several ranks. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reconstruct } from '../../src/api/reconstruct.js';
import { run } from '../../src/api/run.js';
import { generateCircuit } from '../../src/circuit/families/families.js';
import { writeQasm } from '../../src/circuit/qasm/writeQasm.js';
import { outcomeDistribution } from '../support/denseSimulator.js';
import { onLocalRanks } from '../support/localCluster.js';
import { npyBytes } from '../support/npy.js';
import { entropy } from '../support/runs.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kroncut-moments-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const circuit = generateCircuit('supremacy', { qubits: 12, seed: 4 });
const exact = outcomeDistribution(circuit);

async function weightsFile(values: Float64Array, type: 'float64' | 'float32' = 'float64'): Promise<string> {
  const file = join(directory, 'weights.npy');
  await writeFile(file, npyBytes(values, type));
  return file;
}

describe('moments', () => {
  it('are the sums over all outcomes, found with the top outcomes in one pass, alike on all ranks', async () => {
    const other = outcomeDistribution(generateCircuit('supremacy', { qubits: 12, seed: 5 }));
    const crossEntropy = await weightsFile(other);
    const queries = { moments: true, crossEntropy, top: 3 };
    const text = writeQasm(circuit, 2);
    const result = await run({ text }, { directory, maxWidth: 9, ...queries, verify: false });
    expect(result.full).toBeUndefined();
    const { moments, top } = result;
    expect(moments?.sum).toBeCloseTo(1, 12);
    expect(moments?.max).toBeCloseTo(Math.max(...exact), 13);
    expect(moments?.min).toBeCloseTo(Math.min(...exact), 13);
    expect(moments?.entropy).toBeCloseTo(entropy(exact), 11);
    expect(moments?.collision).toBeCloseTo(
      exact.reduce((sum, q) => sum + q * q, 0),
      13,
    );
    const cross = other.reduce((sum, p, i) => sum - (p > 0 ? p * Math.log(exact[i] ?? 0) : 0), 0);
    expect(moments?.crossEntropy).toBeCloseTo(cross, 10);
    expect(moments?.crossEntropyMissing).toEqual({ count: 0, weight: 0 });
    expect(top?.outcomes[0]?.probability).toBe(moments?.max);
    for (const size of [2, 3]) {
      const all = await onLocalRanks(size, (cluster) =>
        reconstruct(directory, { cluster, threads: 1, ...queries }),
      );
      for (const answer of all) expect(answer).toEqual({ moments, top });
    }
    const withFile = await reconstruct(directory, { ...queries, full: true });
    expect(withFile.moments).toEqual(moments);
    expect(withFile.full).toMatchObject({ sum: moments?.sum, min: moments?.min, max: moments?.max });
  });

  it('count outcomes that are 0 by construction, and say where a cross entropy is infinite', async () => {
    const text = 'OPENQASM 2.0; include "qelib1.inc"; qreg q[4]; ry(0.7) q[0]; cx q[0],q[2];';
    const uniform = new Float64Array(16).fill(1 / 16);
    const crossEntropy = await weightsFile(uniform, 'float32');
    const { moments } = await run({ text }, { directory, moments: true, crossEntropy, verify: false });
    const p = Math.cos(0.35) ** 2;
    expect(moments).toMatchObject({ min: 0, crossEntropy: null });
    expect(moments?.crossEntropyMissing?.weight).toBeCloseTo(14 / 16, 12);
    expect(moments?.crossEntropyMissing?.count).toBe(14);
    expect(moments?.entropy).toBeCloseTo(-p * Math.log(p) - (1 - p) * Math.log(1 - p), 12);
    const alone = await reconstruct(directory, { moments: true });
    expect(alone.moments).toMatchObject({ min: 0, sum: moments?.sum });
    expect(alone.moments).not.toHaveProperty('crossEntropy');
  });

  it('refuse a cross entropy with what is no distribution of the circuit', async () => {
    const text = writeQasm(generateCircuit('ghz', { qubits: 4 }), 2);
    await run({ text }, { directory, maxWidth: 3, moments: true, verify: false });
    await expect(reconstruct(directory, { crossEntropy: 'a.npy', top: 1 })).rejects.toThrow(
      /crossEntropy is one of the numbers of moments/,
    );
    await expect(
      reconstruct(directory, { moments: true, crossEntropy: join(directory, 'none.npy') }),
    ).rejects.toMatchObject({ code: 'input' });
    const short = await weightsFile(new Float64Array(8));
    await expect(reconstruct(directory, { moments: true, crossEntropy: short })).rejects.toThrow(
      /weights\.npy/,
    );
    const broken = await weightsFile(new Float64Array(16).fill(Number.NaN));
    await expect(reconstruct(directory, { moments: true, crossEntropy: broken })).rejects.toThrow(
      /not finite, among outcomes 0 to/,
    );
  });
});
