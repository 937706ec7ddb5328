/** A distribution that was begun and not finished goes on from what is on disk. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cut } from '../../src/api/cut.js';
import { evaluate } from '../../src/api/evaluate.js';
import { reconstruct, type ReconstructResult } from '../../src/api/reconstruct.js';
import { verify } from '../../src/api/verify.js';
import { generateCircuit } from '../../src/circuit/families/families.js';
import { writeQasm } from '../../src/circuit/qasm/writeQasm.js';
import { loadAddon } from '../../src/native/load.js';
import { isIntact } from '../../src/run/files/files.js';
import { parseManifest } from '../../src/run/directory/manifest.js';
import { kroncut, kroncutInterrupted } from '../support/kroncut.js';
import { onLocalRanks } from '../support/localCluster.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kroncut-restart-'));
  const text = writeQasm(generateCircuit('hwea', { qubits: 16, depth: 2, seed: 1 }), 2);
  await cut({ text }, { directory, labels: 'AAAAABBBBBBCCCCC' });
  await evaluate(directory);
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const SIZE = 2 ** 16;
/** Bytes of a slice, the least that is noted: there are sixteen. */
const CHECKPOINT = 8 * 2 ** 12;
const asked = { full: true, top: 5, moments: true, checkpointBytes: CHECKPOINT };

function at(name: string): string {
  return join(directory, 'results', name);
}

function partsOnDisk(): string[] {
  return existsSync(at('full.parts')) ? readdirSync(at('full.parts')) : [];
}

/** Flips a bit of a file. */
function change(file: string, position: number): void {
  const content = readFileSync(file);
  content[position] = (content[position] ?? 0) ^ 4;
  writeFileSync(file, content);
}

/** Ends a job once it has done a share of its work. */
async function interrupted(share: number): Promise<void> {
  const controller = new AbortController();
  const onProgress = ({ done, total }: { done: number; total: number }): void => {
    if (done / total > share) controller.abort();
  };
  const job = reconstruct(directory, { ...asked, threads: 1, signal: controller.signal, onProgress });
  await expect(job).rejects.toMatchObject({ code: 'cancelled' });
}

/** The answer without checkpoints, and the bytes of its file. */
async function uninterrupted(): Promise<{ answer: ReconstructResult; bytes: Buffer }> {
  const answer = await reconstruct(directory, { ...asked, checkpointBytes: undefined });
  const bytes = readFileSync(at('full.npy'));
  await rm(at('full.npy'));
  return { answer, bytes };
}

describe('a distribution that was not finished', () => {
  it('goes on where it stopped, on any number of ranks, with the same answer', async () => {
    const { answer, bytes } = await uninterrupted();
    for (const ranks of [1, 3]) {
      await interrupted(0.4);
      expect(existsSync(at('full.npy'))).toBe(false);
      expect(existsSync(at('full.npy.unfinished'))).toBe(true);
      const finished = partsOnDisk().length * 2 ** 12;
      expect(finished).toBeGreaterThan(0);
      expect(finished).toBeLessThan(SIZE);
      // Other commands leave it alone.
      await reconstruct(directory, { marginal: [0] });
      const streamed = vi.spyOn(loadAddon().addon, 'streamPrepared');
      const answers = await onLocalRanks(ranks, (cluster) =>
        reconstruct(directory, { ...asked, cluster, threads: 1 }),
      );
      const again = streamed.mock.calls.reduce((sum, [, { begin, end }]) => sum + end - begin, 0);
      streamed.mockRestore();
      expect(again).toBe(SIZE - finished);
      for (const found of answers) expect(found).toEqual(answer);
      expect(readFileSync(at('full.npy')).equals(bytes)).toBe(true);
      expect(existsSync(at('full.npy.unfinished'))).toBe(false);
      expect(partsOnDisk()).toEqual([]);
      await rm(at('full.npy'));
    }
  });

  it('is begun anew for another question', async () => {
    await interrupted(0.4);
    const { top } = await reconstruct(directory, { ...asked, top: 3 });
    const { top: five } = await reconstruct(directory, asked);
    expect(top?.outcomes).toEqual(five?.outcomes.slice(0, 3));
    expect(top?.outcomes).toHaveLength(3);
    await interrupted(0.4);
    const parts = partsOnDisk().length;
    await evaluate(directory, { force: true });
    expect(parts).toBeGreaterThan(0);
    expect(partsOnDisk()).toEqual([]);
  });

  it('is not believed where anything of it was changed', async () => {
    const { answer, bytes } = await uninterrupted();
    const header = bytes.length - 8 * SIZE;
    const changes: ((parts: readonly string[]) => void)[] = [
      () => change(at('full.npy.unfinished'), 20),
      () => change(at('full.npy.unfinished'), header),
      () => change(at('full.npy.unfinished'), header + 8 * 2 ** 12 + 77),
      ([one = '', two = '']) => copyFileSync(join(at('full.parts'), one), join(at('full.parts'), two)),
      ([one = '']) => {
        rmSync(join(at('full.parts'), one));
        mkdirSync(join(at('full.parts'), one));
      },
      ...[0.1, 0.3, 0.5, 0.7, 0.9].map((where) => ([part = '']: readonly string[]) => {
        const file = join(at('full.parts'), part);
        change(file, Math.floor(where * readFileSync(file).length));
      }),
    ];
    for (const damage of changes) {
      await interrupted(0.4);
      damage(partsOnDisk());
      expect(await reconstruct(directory, asked)).toEqual(answer);
      expect(readFileSync(at('full.npy')).equals(bytes)).toBe(true);
      await rm(at('full.npy'));
    }
  });

  it('goes on after kill -9', async () => {
    const { bytes } = await uninterrupted();
    const argv = [
      'reconstruct',
      directory,
      '--full',
      '--top',
      '5',
      '--moments',
      '--checkpoint',
      `${CHECKPOINT}`,
    ];
    const killed = await kroncutInterrupted(argv, 'SIGKILL', () => partsOnDisk().length > 2);
    if (killed.signal === 'SIGKILL') expect(existsSync(at('full.npy'))).toBe(false);
    expect(kroncut([...argv, '--quiet'])).toMatchObject({ status: 0, stderr: '' });
    expect(readFileSync(at('full.npy')).equals(bytes)).toBe(true);
    expect(partsOnDisk()).toEqual([]);
  });

  it('notes nothing where the file is smaller than what lies between two checkpoints', async () => {
    const { answer, bytes } = await uninterrupted();
    expect(await reconstruct(directory, { ...asked, checkpointBytes: 8 * SIZE })).toEqual(answer);
    expect(readFileSync(at('full.npy')).equals(bytes)).toBe(true);
    await expect(reconstruct(directory, { ...asked, checkpointBytes: 0 })).rejects.toThrow(
      /checkpointBytes 0/,
    );
    await expect(reconstruct(directory, { top: 1, checkpointBytes: 8 })).rejects.toThrow(/progress of full/);
  });
});

it('a distribution above 64 MiB is hashed while it is written, and refused where a byte of it changed', async () => {
  const text = writeQasm(generateCircuit('hwea', { qubits: 23, depth: 1, seed: 1 }), 2);
  const large = join(directory, 'large');
  await cut({ text }, { directory: large, labels: 'A'.repeat(12) + 'B'.repeat(11) });
  await evaluate(large);
  await reconstruct(large, { full: true });
  const file = join(large, 'results/full.npy');
  const { stages } = parseManifest(readFileSync(join(large, 'manifest.json'), 'utf8'), large);
  const record = stages.reconstruct?.files['results/full.npy'];
  expect(record).toMatchObject({ size: 2 ** 26 + 128, blocks: { head: 128, bytes: 2 ** 18 } });
  expect(record !== undefined && (await isIntact(file, record))).toBe(true);
  expect(await verify(large)).toMatchObject({ passed: true, compared: 'results/full.npy' });
  const handle = await open(file, 'r+');
  await handle.write(Buffer.from([1]), 0, 1, 33_333_333);
  await handle.close();
  await expect(verify(large)).rejects.toThrow(/full\.npy is not what reconstruct wrote/);
});
