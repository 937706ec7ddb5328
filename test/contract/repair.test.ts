/** Repaired answers of estimates. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cut } from '../../src/api/cut.js';
import { evaluate } from '../../src/api/evaluate.js';
import type { InMemory } from '../../src/api/input/openRun.js';
import { reconstruct } from '../../src/api/reconstruct.js';
import { run } from '../../src/api/run.js';
import { generateCircuit } from '../../src/circuit/families/families.js';
import { writeQasm } from '../../src/circuit/qasm/writeQasm.js';
import { required } from '../../src/error.js';
import { outcomeDistribution } from '../support/denseSimulator.js';
import { marginalOf } from '../support/distributions.js';
import { onLocalRanks } from '../support/localCluster.js';
import { exactExpectation } from '../support/observables.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kroncut-repair-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const circuit = generateCircuit('random', { qubits: 5, depth: 2, seed: 11 });
const truth = outcomeDistribution(circuit);
const ASKED = { maxWidth: 4, shots: 6000 } as const;
const SUM = 'ZZIII + 0.5*IXIIY - 0.25*IIIIZ';

function variation(found: ArrayLike<number>, wanted: ArrayLike<number> = truth): number {
  return Array.from(found).reduce((sum, value, i) => sum + Math.abs(value - (wanted[i] ?? NaN)), 0) / 2;
}

function sumOf(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0);
}

async function cutOnce(): Promise<InMemory> {
  const made = await cut({ text: writeQasm(circuit, 2) }, { maxWidth: ASKED.maxWidth, seed: 1 });
  return { run: required(made.run, 'a run') };
}

describe('repair', () => {
  it('leaves negative values visible where it is not asked for', async () => {
    const { full } = await run(circuit, { ...ASKED, seed: 1, full: true });
    expect(required(full, 'an answer').min).toBeLessThan(0);
    expect(full).not.toHaveProperty('repair');
  });

  it('nearest: a distribution, no further off than the estimate', async () => {
    const source = await cutOnce();
    for (let seed = 1; seed <= 8; seed += 1) {
      await evaluate(source, { shots: ASKED.shots, seed, force: true });
      const asked = { full: true, marginal: [0, 3], bins: 2 } as const;
      const raw = await reconstruct(source, asked);
      const mended = await reconstruct(source, { ...asked, repair: 'nearest' });
      const values = required(mended.full?.values, 'values');
      expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
      expect(sumOf(values)).toBeCloseTo(1, 12);
      expect(mended.full?.sum).toBeCloseTo(1, 12);
      expect(mended.full?.min).toBe(Math.min(...values));
      expect(mended.full?.repair).toBe('nearest');
      const square = (found: ArrayLike<number>): number =>
        Array.from(found).reduce((sum, value, i) => sum + (value - truth[i]!) ** 2, 0);
      expect(square(values)).toBeLessThanOrEqual(square(required(raw.full?.values, 'values')));
      // What it may be off is said of the estimate.
      expect(mended.full?.expectedTotalVariation).toEqual(raw.full?.expectedTotalVariation);
      const [marginal, before] = [
        required(mended.marginal, 'a marginal'),
        required(raw.marginal, 'a marginal'),
      ];
      expect(Math.min(...marginal.probabilities)).toBeGreaterThanOrEqual(0);
      expect(sumOf(marginal.probabilities)).toBeCloseTo(1, 12);
      expect(marginal.standardError).toEqual(before.standardError);
      for (const [i, interval] of (marginal.interval ?? []).entries()) {
        const [low, high] = required(interval ?? undefined, 'an interval');
        const [under, over] = required(before.interval?.[i] ?? undefined, 'an interval');
        const value = marginal.probabilities[i]!;
        expect(low).toBeCloseTo(Math.min(Math.max(0, under), value), 12);
        expect(high).toBeCloseTo(Math.max(Math.min(1, over), value), 12);
      }
      expect(sumOf(mended.bins.map(({ probability }) => probability))).toBeCloseTo(1, 12);
    }
  });

  it('mlft: tensors that circuits can have, so that answers are less far off on average', async () => {
    const SEEDS = 16;
    let [better, raws, mendeds, squares, mendedSquares] = [0, 0, 0, 0, 0];
    const exact = exactExpectation(circuit, SUM);
    const source = await cutOnce();
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      await evaluate(source, { shots: ASKED.shots, seed, force: true, forExpect: SUM });
      const asked = { full: true, expect: SUM } as const;
      const raw = await reconstruct(source, asked);
      const mended = await reconstruct(source, { ...asked, repair: 'mlft' });
      const [before, after] = [raw, mended].map(({ full }) => variation(required(full?.values, 'values')));
      better += Number(after! < before!);
      raws += before!;
      mendeds += after!;
      squares += (required(raw.expect, 'a value').value - exact) ** 2;
      mendedSquares += (required(mended.expect, 'a value').value - exact) ** 2;
      expect(mended.full?.sum).toBeCloseTo(1, 6);
      expect(mended.expect?.standardError).toBe(raw.expect?.standardError);
      const [low, high] = required(mended.expect?.interval ?? undefined, 'an interval');
      expect(low).toBeLessThanOrEqual(Math.min(mended.expect.value, raw.expect.interval![0]) + 1e-9);
      expect(high).toBeGreaterThanOrEqual(Math.max(mended.expect.value, raw.expect.interval![1]) - 1e-9);
    }
    expect(mendeds).toBeLessThan(raws);
    expect(better).toBeGreaterThan(SEEDS / 2);
    expect(mendedSquares).toBeLessThan(2 * squares);
  });

  it('of a run in files is the same on any number of ranks, and made once', async () => {
    const text = writeQasm(circuit, 2);
    await cut({ text }, { maxWidth: 4, directory });
    await evaluate(directory, { shots: 6000, seed: 3, forExpect: SUM });
    const asked = { repair: 'mlft', full: true, expect: SUM, marginal: [1, 2] } as const;
    const alone = await reconstruct(directory, asked);
    const values = await readFile(join(directory, 'results/full.npy'));
    const registration = join(directory, 'tensors/0.mlft.json');
    const made = await readFile(registration, 'utf8');
    await onLocalRanks(3, (cluster) => reconstruct(directory, { ...asked, cluster, threads: 1 }));
    expect(await readFile(registration, 'utf8')).toBe(made);
    expect((await readFile(join(directory, 'results/full.npy'))).equals(values)).toBe(true);
    const near = { repair: 'nearest', full: true } as const;
    const nearest = await reconstruct(directory, near);
    expect(nearest.full?.min).toBe(0);
    expect(alone.marginal?.repair).toBe('mlft');
    expect(variation(alone.marginal?.probabilities ?? [], marginalOf(truth, [1, 2]))).toBeLessThan(0.2);
    const values2 = await readFile(join(directory, 'results/full.npy'));
    expect(values2.length).toBe(values.length);
    const doubles = new Float64Array(
      values2.buffer.slice(values2.byteOffset + 128, values2.byteOffset + values2.length),
    );
    expect(Math.min(...doubles)).toBe(0);
    expect(sumOf(doubles)).toBeCloseTo(1, 12);
  });

  it('nearest goes where the distribution would, and outcomes that cannot be stay 0', async () => {
    // Outcome bit 1 is of a qubit without gates.
    const text =
      'OPENQASM 2.0; include "qelib1.inc"; qreg q[5]; h q[0]; cx q[0],q[2]; ry(0.4) q[2]; cx q[2],q[3]; cx q[3],q[4];';
    await cut({ text }, { maxWidth: 3, directory });
    await evaluate(directory, { shots: 400, seed: 2 });
    const kept = await reconstruct(directory, { repair: 'nearest', full: true });
    const bytes = await readFile(join(directory, 'results/full.npy'));
    const output = join(directory, 'elsewhere.npy');
    expect((await reconstruct(directory, { repair: 'nearest', full: true, output })).full?.file).toBe(output);
    expect((await readFile(output)).equals(bytes)).toBe(true);
    const stream = new PassThrough();
    const read = buffer(stream);
    await reconstruct(directory, { repair: 'nearest', full: true, stream });
    stream.end();
    expect((await read).equals(bytes)).toBe(true);
    const values = new Float64Array(
      bytes.buffer.slice(bytes.byteOffset + 128, bytes.byteOffset + bytes.length),
    );
    expect(values.length).toBe(32);
    values.forEach((value, index) => {
      if ((index & 2) !== 0) expect(value).toBe(0);
    });
    expect(sumOf(values)).toBeCloseTo(1, 12);
    expect(kept.full?.sum).toBeCloseTo(1, 12);
    // The file is the one that the run says it wrote.
    const { stages }: { stages: { reconstruct: { files: Record<string, { size: number }> } } } = JSON.parse(
      await readFile(join(directory, 'manifest.json'), 'utf8'),
    );
    expect(stages.reconstruct.files['results/full.npy']?.size).toBe(bytes.length);
  });

  it('is refused where nothing can be repaired so', async () => {
    await expect(run(circuit, { maxWidth: 4, marginal: [0], repair: 'nearest' })).rejects.toThrow(
      /are exact; leave it out/,
    );
    await expect(run(circuit, { ...ASKED, top: 3, repair: 'nearest' })).rejects.toThrow(
      /takes all values of a distribution/,
    );
    await expect(run(circuit, { ...ASKED, expect: 'ZIIII', repair: 'nearest' })).rejects.toThrow(
      /--expect|expect/,
    );
  });
});
