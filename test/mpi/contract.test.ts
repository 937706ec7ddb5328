import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { launch } from '../support/launch.js';
import type { LauncherName } from '../support/launch.js';
import { requireOrSkip } from '../support/requirements.js';
import type { Requirement } from '../support/requirements.js';

interface Seen {
  readonly place: Readonly<Record<string, unknown>>;
  readonly tasks: readonly number[];
  readonly firstTasks: readonly number[];
  readonly [key: string]: unknown;
}

interface Setting {
  readonly launcher: LauncherName;
  readonly variant: string;
  readonly ranks: number;
  readonly needs?: Requirement;
}

const settings: Setting[] = [
  { launcher: 'none', variant: 'cpu', ranks: 1 },
  { launcher: 'mpi', variant: 'mpi', ranks: 1, needs: 'mpi' },
  ...[2, 3, 4].map((ranks): Setting => ({ launcher: 'mpi', variant: 'mpi', ranks, needs: 'mpi' })),
  ...[2, 3, 4].map((ranks): Setting => ({ launcher: 'mpich', variant: 'mpich', ranks, needs: 'mpich' })),
];

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'kroncut-contract-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

describe('a cluster', () => {
  it.for(settings)('keeps its contract: $launcher, $ranks ranks', async (setting, context) => {
    if (setting.needs !== undefined) requireOrSkip(context, setting.needs);
    const { launcher, variant, ranks } = setting;
    const result = await launch('test/mpi/programs/contract.mjs', [folder], { launcher, variant, ranks });
    expect(result, result.stderr).toMatchObject({ status: 0, rankStatus: upTo(ranks).map(() => 0) });
    const all = upTo(ranks).map((rank): Seen =>
      JSON.parse(readFileSync(path.join(folder, `${rank}.json`), 'utf8')),
    );

    for (const [rank, seen] of all.entries()) {
      expect(seen.place).toEqual({
        rank,
        size: ranks,
        nodeRank: rank,
        nodeSize: ranks,
        node: 0,
        nodes: 1,
        isRoot: rank === 0,
        launcher: launcher === 'none' ? 'none' : 'mpirun',
      });
      expect(seen['agree']).toBe(rank * 10);
      const users = Math.ceil((ranks - (rank % 2)) / 2);
      expect(seen['device']).toEqual({ rank: Math.floor(rank / 2), size: users });
      expect(seen['deviceAgain']).toEqual({ rank, size: ranks });
      expect(seen['unchanged']).toBe(true);
      expect(seen).toMatchObject({
        broadcast: { text: 'ü', list: [1, null] },
        exact: true,
        broadcastUndefined: true,
        broadcastLong: 5000,
        gather: upTo(ranks).map((r) => ({ rank: r })),
        gatherLong: upTo(ranks).map((r) => r * 1700),
        min: upTo(300).map((index) => index + 1 / ranks),
        max: upTo(300).map((index) => index + 1),
        concurrent: [upTo(ranks).map(() => 1), 2],
        onRoot: { from: 0 },
        onRootError: { code: 'input', message: 'bad.qasm:1:1: no', details: { line: 1 } },
        agreeError: { code: 'disk', message: `disk of ${Math.max(0, ranks - 2)}` },
      });
      if (ranks > 1) {
        expect(seen['onRootError']).toMatchObject({ details: { line: 1, rank: 0, everyRank: true } });
        expect(seen['agreeError']).toMatchObject({ details: { rank: ranks - 2 } });
      }
      expect(seen['sum'], 'the same result on every rank').toEqual(all[0]?.['sum']);
    }
    const share = upTo(ranks).reduce((sum, rank) => sum + 1 / (rank + 1), 0);
    const sums = all[0]?.['sum'];
    expect(Array.isArray(sums) && sums.length === 300).toBe(true);
    if (Array.isArray(sums)) {
      sums.forEach((sum: unknown, index) => expect(sum).toBeCloseTo(index * ranks + share, 10));
    }

    const tasks = all.flatMap((seen) => seen.tasks).sort((a, b) => a - b);
    expect(tasks).toEqual(upTo(200));
    for (const round of upTo(70)) {
      const numbers = all.map((seen) => seen.firstTasks[round] ?? -1).sort((a, b) => a - b);
      expect(numbers, `counter ${round}`).toEqual(upTo(ranks));
    }
  });
});
