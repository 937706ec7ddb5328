import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { launch } from '../support/launch.js';
import type { LauncherName, LaunchResult } from '../support/launch.js';
import { repositoryRoot, requireOrSkip } from '../support/requirements.js';

const PROGRAM = 'test/process/programs/failure.mjs';
const RANKS = 3;

/**
 * Without its option, MPICH's mpirun kills all ranks by itself as soon as one has gone, so that their exit codes say
 * nothing about us.
 */
const KEEP_SURVIVORS = { mpi: [], mpich: ['-disable-auto-cleanup'], none: [] };

async function endOf(
  launcher: LauncherName,
  how: string,
  victim: number,
  others: string,
): Promise<LaunchResult> {
  return launch(PROGRAM, [how, String(victim), others], {
    launcher,
    variant: launcher,
    ranks: RANKS,
    launcherArgs: KEEP_SURVIVORS[launcher],
    env: { KRONCUT_MPI_TIMEOUT: '4' },
  });
}

interface End {
  readonly how: string;
  readonly victim?: number;
  readonly others?: 'wait' | 'work' | 'library';
  /** Exit code of the rank that fails. */
  readonly code: number;
  readonly message: RegExp;
}

/** Ends whose rank leaves on purpose: the others wait for a signal of their own. */
const SIGNALLED = new Set(['sigterm', 'sigusr1', 'sighup']);

const LOST = 'its connection closed without a goodbye';

const ends: End[] = [
  { how: 'throw', code: 1, message: /rank 1 on node \S+ failed: thrown in a timer; rank 0 ends too/ },
  { how: 'reject', code: 1, message: /rank 1 on node \S+ failed: rejected by nobody; rank 0 ends too/ },
  { how: 'error', code: 4, message: /rank 1 on node \S+ failed: the disk is full; rank 0 ends too/ },
  { how: 'error', victim: 2, others: 'work', code: 4, message: /kroncut: rank 2: the disk is full/ },
  { how: 'exit1', code: 1, message: /rank 1 on node \S+ failed: it exited with code 1; rank 0 ends too/ },
  { how: 'exit1', victim: 0, code: 1, message: /rank 0 on node \S+ failed: .*; rank [12] ends too/ },
  { how: 'exit0', code: 5, message: /rank 1: it exited with code 0 before the other ranks were done/ },
  {
    how: 'sigkill',
    code: 137,
    message: new RegExp(`rank 1 on node \\S+ was lost: ${LOST}.*; rank 0 ends too`),
  },
  { how: 'sigkill', victim: 0, code: 137, message: new RegExp(`rank 0 on node \\S+ was lost: ${LOST}`) },
  { how: 'sigkill', others: 'work', code: 137, message: /rank 1 on node \S+ was lost/ },
  { how: 'sigkill', others: 'library', code: 137, message: /rank 1 on node \S+ was lost/ },
  { how: 'throw', others: 'library', code: 1, message: /rank 1 on node \S+ failed: thrown in a timer/ },
  { how: 'sigsegv', code: 139, message: /rank 1 on node \S+ was lost/ },
  { how: 'sigterm', code: 143, message: /rank 1 on node \S+ was interrupted: SIGTERM; rank 0 ends too/ },
  { how: 'sigusr1', code: 138, message: /rank 1 on node \S+ was interrupted: SIGUSR1; rank 0 ends too/ },
  { how: 'sighup', others: 'library', code: 129, message: /rank 1 on node \S+ was interrupted: SIGHUP/ },
];

// When mpirun signals and kills the survivors is its affair: on a busy machine it may come before they have spoken.
describe.each(['mpi', 'mpich'] as const)('ranks under the mpirun of %s', { retry: 2 }, (launcher) => {
  it.for(ends.map((end) => ({ victim: 1, others: 'wait', ...end })))(
    'end together: $how, rank $victim, others $others',
    async (end, context) => {
      requireOrSkip(context, launcher);
      const { victim } = end;
      const result = await endOf(launcher, end.how, victim, end.others);
      const expected = Array.from({ length: RANKS }, (_, rank) => (rank === victim ? end.code : 5));
      // MPICH's mpirun sends the survivors SIGUSR1, which may come before the word of the others: 138 is then right.
      const isOwn = launcher === 'mpich' && SIGNALLED.has(end.how);
      const status = result.rankStatus.map((code, rank) =>
        isOwn && rank !== victim && code === 138 ? 5 : code,
      );
      expect(status, result.stderr).toEqual(expected);
      // It is rank 0 that speaks, unless that signal has ended it.
      const speaks = !isOwn || result.rankStatus[0] !== 138;
      expect(result.stderr).toMatch(speaks ? end.message : /interrupted/);
    },
  );

  it('report an error that all of them throw once, and end with its exit code', async (context) => {
    requireOrSkip(context, launcher);
    const result = await endOf(launcher, 'agreed', 2, 'wait');
    expect(result.status, result.stderr).toBe(2);
    // Once one rank has exited, mpirun may end the others before they do.
    for (const status of result.rankStatus) expect([2, 143, undefined]).toContain(status);
    expect(result.stderr.match(/bell\.qasm:3:1: no such gate/g)).toHaveLength(1);
  });

  it('end with 0 when nothing fails', async (context) => {
    requireOrSkip(context, launcher);
    const result = await endOf(launcher, 'none', 1, 'wait');
    expect(result, result.stderr).toMatchObject({ status: 0, rankStatus: [0, 0, 0], stderr: '' });
  });

  it.for(['early0', 'early1', 'earlyKill'])(
    'do not wait for ever for one that never starts MPI: %s',
    async (how, context) => {
      requireOrSkip(context, launcher);
      const result = await endOf(launcher, how, 1, 'wait');
      const survivors = [result.rankStatus[0], result.rankStatus[2]];
      expect(result.status, result.stderr).not.toBe(0);
      // Open MPI's mpirun notices by itself, and says so; it may end the ranks before they listen or can say anything.
      const endings = launcher === 'mpi' ? [5, 143, undefined] : [5];
      expect(endings, result.stderr).toEqual(expect.arrayContaining(survivors));
      expect(result.stderr).toMatch(
        launcher === 'mpi'
          ? /MPI did not start within 4 s|mpirun ended the ranks|mpirun detected that one or more processes exited/
          : /MPI did not start within 4 s: the launcher started 3 ranks \(PMI_SIZE=3\)/,
      );
    },
  );
});

describe('a launcher that does not fit', () => {
  it.for([
    { launcher: 'mpich', variant: 'mpi', message: /PMI_SIZE=3\), but MPI \(.*\) says rank 0 of 1/ },
    { launcher: 'mpi', variant: 'mpich', message: /_SIZE=3\), but MPI \(MPICH .*\) says rank 0 of 1/ },
  ] as const)(
    'is named: $variant build under the mpirun of $launcher',
    async ({ launcher, variant, message }, context) => {
      requireOrSkip(context, 'mpi');
      requireOrSkip(context, 'mpich');
      const result = await launch(PROGRAM, ['none'], { launcher, variant, ranks: RANKS });
      expect(result.rankStatus[0], result.stderr).toBe(5);
      expect(result.status).not.toBe(0);
      expect(result.stderr).toMatch(message);
      expect(result.stderr.match(/do not fit together/g)).toHaveLength(1);
    },
  );

  it('is named: a build without MPI under mpirun', async (context) => {
    requireOrSkip(context, 'mpi');
    const result = await launch(PROGRAM, ['none'], { launcher: 'mpi', variant: 'cpu', ranks: RANKS });
    expect(result.status, result.stderr).not.toBe(0);
    expect(result.rankStatus[0]).toBe(5);
    expect(result.stderr).toMatch(/started 3 ranks \(\w+_SIZE=3\), but this build of the addon has no MPI/);
  });
});

describe('without a side channel', () => {
  const env = {
    NODE_OPTIONS: `--import=${path.join(repositoryRoot, 'test/process/programs/noSockets.mjs')}`,
  };

  it.for(['exit1', 'exitBlocked'])('MPI ends the ranks, after one warning: %s', async (how, context) => {
    requireOrSkip(context, 'mpi');
    const result = await launch(PROGRAM, [how, '1'], { launcher: 'mpi', variant: 'mpi', ranks: RANKS, env });
    expect(result.rankStatus[1], result.stderr).toBe(1);
    expect(result.rankStatus).not.toContain(0);
    expect(result.stderr.match(/warning: rank \d has no side channel to the others/g)).toHaveLength(1);
  });

  it('ranks that do not fail end with 0', async (context) => {
    requireOrSkip(context, 'mpi');
    const result = await launch(PROGRAM, ['none'], { launcher: 'mpi', variant: 'mpi', ranks: RANKS, env });
    expect(result, result.stderr).toMatchObject({ status: 0, rankStatus: [0, 0, 0] });
  });
});

describe('one process', () => {
  it('ends with 143 after SIGTERM, and saves before', async () => {
    const result = await launch(PROGRAM, ['sigterm', '0'], { launcher: 'none', variant: 'cpu' });
    expect(result, result.stderr).toMatchObject({ status: 143, rankStatus: [143] });
    expect(result.stderr).toContain('interrupted by SIGTERM');
  });

  it('ends with the exit code of its error', async () => {
    const result = await launch(PROGRAM, ['error', '0'], { launcher: 'none', variant: 'cpu' });
    expect(result).toMatchObject({ status: 4, stderr: 'kroncut: the disk is full\n' });
  });
});
