import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { dryRunReconstruct } from '../../src/api/dryRun.js';
import { evaluate } from '../../src/api/evaluate.js';
import { reconstruct } from '../../src/api/reconstruct.js';
import { run } from '../../src/api/run.js';
import { openSession } from '../../src/api/session/session.js';
import { verify } from '../../src/api/verify.js';
import { everyQuery, rotatedChain } from '../support/chains.js';
import { mainFile } from '../support/kroncut.js';
import { onLocalRanks } from '../support/localCluster.js';
import { scrubbedEnvironment } from '../support/launch.js';

/** Who may write anywhere, as tests often may, is refused by the lock. */
const refusing = vi.hoisted(() => ({ now: false }));
vi.mock(import('../../src/run/directory/lock.js'), async (original) => {
  const actual = await original();
  const { fileError } = await import('../../src/run/files/files.js');
  const refused = (folder: string): never => {
    const error = Object.assign(new Error('read-only'), { code: 'EROFS' });
    throw fileError(error, join(folder, actual.LOCK_FILE), 'written');
  };
  return {
    ...actual,
    acquireLock: async (folder, options) =>
      refusing.now ? refused(folder) : actual.acquireLock(folder, options),
  };
});

const QUBITS = 9;
const TEXT = rotatedChain(QUBITS);
const QUERIES = everyQuery(QUBITS);
const COMMON = { threads: 1, device: 'cpu' } as const;

let folder: string;
let directory: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kroncut-read-only-'));
  directory = join(folder, 'run');
  await run({ text: TEXT }, { directory, labels: 'AAABBBCCC', top: 1, ...COMMON });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Everything that a folder holds, with what changes when it is written. */
function contents(path: string): [string, number, number][] {
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .map((name) => {
      const { size, mtimeMs } = statSync(join(path, name));
      return [name, size, mtimeMs];
    });
}

async function readOnly<T>(body: () => Promise<T>, path = directory): Promise<T> {
  const before = contents(path);
  refusing.now = true;
  try {
    return await body();
  } finally {
    refusing.now = false;
    expect(contents(path)).toEqual(before);
  }
}

describe('a run directory that cannot be written', () => {
  it.each([1, 3])('answers every query as another one does, to the last bit, on %i ranks', async (size) => {
    const output = join(folder, `full${size}.npy`);
    const found = await readOnly(() =>
      onLocalRanks(size, async (cluster) => {
        const session = await openSession({ cluster, ...COMMON });
        return reconstruct(directory, { ...QUERIES, full: true, output, session });
      }),
    );
    const copy = join(folder, `copy${size}`);
    cpSync(directory, copy, { recursive: true });
    const { samples, full, ...expected } = await reconstruct(copy, { ...QUERIES, full: true, ...COMMON });
    const lines = readFileSync(join(copy, 'results/samples.txt'), 'utf8').trimEnd().split('\n');
    for (const answer of found) {
      expect(answer).toEqual({
        ...expected,
        full: { ...full, file: output },
        samples: { count: samples?.count, data: 'exact', values: lines },
      });
    }
    expect(readFileSync(output).equals(readFileSync(join(copy, 'results/full.npy')))).toBe(true);
    expect(readdirSync(folder).filter((name) => name.startsWith(`full${size}`))).toEqual([`full${size}.npy`]);
  });

  it('is asked more, where it keeps no outcomes', async () => {
    const reduced = join(folder, 'reduced');
    const { text, ...options } = { text: TEXT, labels: 'AAABBBCCC', directory: reduced, ...COMMON };
    await run({ text }, { ...options, expect: QUERIES.expect, verify: false });
    const asked = { expect: 'Z0 Z4 - X8', marginal: [3, 1], ...COMMON };
    const found = await readOnly(() => reconstruct(reduced, asked), reduced);
    expect(found).toEqual(await reconstruct(reduced, asked));
    await readOnly(async () => {
      expect(await verify(reduced, COMMON)).toMatchObject({ passed: true, compared: 'answers' });
    }, reduced);
  });

  it('is verified, and says what its answers would take', async () => {
    await readOnly(async () => {
      expect(await verify(directory, COMMON)).toMatchObject({ passed: true });
      expect(await verify(directory, { partial: true, ...COMMON })).toMatchObject({ passed: true });
      expect(await dryRunReconstruct(directory, { full: true, ...COMMON })).toMatchObject({ dryRun: true });
    });
  });

  it('says where else the files of an answer could go, and changes nothing', async () => {
    await readOnly(async () => {
      await expect(reconstruct(directory, { full: true, ...COMMON })).rejects.toThrow(
        `${directory} cannot be written; output FILE says where the distribution of full goes`,
      );
      const asked = { samples: 3, samplesFormat: 'npy', ...COMMON } as const;
      await expect(reconstruct(directory, asked)).rejects.toThrow('samplesFormat npy:');
      await expect(evaluate(directory, COMMON)).rejects.toThrow(/lock\.json cannot be written/);
    });
  });
});

it('output says where the distribution goes, of a run that can be written too', async () => {
  const output = join(folder, 'deep', 'p.npy');
  const { full } = await reconstruct(directory, { full: true, output, ...COMMON });
  expect(full?.file).toBe(output);
  const { full: kept } = await reconstruct(directory, { full: true, ...COMMON });
  expect(kept?.file).toBe('results/full.npy');
  expect(readFileSync(output).equals(readFileSync(join(directory, 'results/full.npy')))).toBe(true);
  await expect(reconstruct(directory, { top: 1, output, ...COMMON })).rejects.toThrow(
    'output says where full goes; give that too',
  );
  await expect(
    reconstruct(directory, { full: true, output, stream: process.stderr, ...COMMON }),
  ).rejects.toThrow('output and stream both say where the distribution goes');
});

it('output may be a link, which stays, or a pipe', async () => {
  const link = join(folder, 'link.npy');
  const pipe = join(folder, 'pipe');
  symlinkSync('behind.npy', link);
  execFileSync('mkfifo', [pipe]);
  await reconstruct(directory, { full: true, output: link, ...COMMON });
  const expected = readFileSync(join(folder, 'behind.npy'));
  const reader = spawn('cat', [pipe], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [read] = await Promise.all([
    buffer(reader.stdout),
    onLocalRanks(2, async (cluster) => {
      const session = await openSession({ cluster, ...COMMON });
      return reconstruct(directory, { full: true, output: pipe, session });
    }),
  ]);
  expect(read.equals(expected)).toBe(true);
  expect([lstatSync(link).isSymbolicLink(), lstatSync(pipe).isFIFO()]).toEqual([true, true]);
});

it('the system that lets nobody write is answered alike', (context) => {
  const own = process.getuid?.() ?? 0;
  // Whoever is root may write everywhere, and becomes somebody else.
  const other = own === 0 ? { uid: 65534, gid: 65534 } : {};
  const kroncut = (...argv: string[]): ReturnType<typeof spawnSync> =>
    spawnSync(process.execPath, [mainFile, ...argv], {
      ...other,
      env: scrubbedEnvironment(),
      encoding: 'utf8',
    });
  if (kroncut('--version').status !== 0) context.skip('another user cannot read the program');
  chmodSync(folder, 0o755);
  const theirs = join(folder, 'theirs');
  cpSync(directory, theirs, { recursive: true });
  const top: unknown = JSON.parse(readFileSync(join(theirs, 'results/top.json'), 'utf8'));
  chmodSync(theirs, 0o555);
  try {
    const answered = kroncut('reconstruct', theirs, '--top', '1', '--json');
    expect(answered).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(String(answered.stdout)).top).toEqual(top);
    const refused = kroncut('reconstruct', theirs, '--full');
    expect(refused).toMatchObject({ status: 2 });
    expect(refused.stderr).toBe(
      `kroncut: ${theirs} cannot be written; --output FILE says where the distribution of --full goes\n`,
    );
  } finally {
    chmodSync(theirs, 0o755);
  }
});
