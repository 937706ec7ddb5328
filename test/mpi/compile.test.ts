import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { launch, type LauncherName } from '../support/launch.js';
import { requireOrSkip } from '../support/requirements.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'kroncut-compile-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the program on some ranks. */
function kroncut(
  launcher: LauncherName,
  ranks: number,
  args: readonly string[],
  onStart?: (pid: number) => void,
): ReturnType<typeof launch> {
  const variant = launcher === 'none' ? 'cpu' : launcher;
  return launch('dist/main.js', [...args], { launcher, variant, ranks, ...(onStart && { onStart }) });
}

/** One block that is predicted to be worth the work of all ranks. */
async function oneBlock(): Promise<{ readonly args: readonly string[]; readonly text: string }> {
  const circuit = path.join(folder, 'in.qasm');
  const family = ['random', '--qubits', '4', '--depth', '10', '--seed', '3'];
  const made = await kroncut('none', 1, ['generate', ...family, '-o', circuit]);
  expect(made, made.stderr).toMatchObject({ status: 0 });
  const size = ['--block-size', '4', '--multistarts', '2', '--rounds', '1', '--threads', '1', '--quiet'];
  const args = ['compile', circuit, ...size];
  const output = path.join(folder, 'alone.qasm');
  const dry = await kroncut('none', 1, [...args, '-o', output, '--dry-run', '--json']);
  expect(JSON.parse(dry.stdout).total.seconds).toBeGreaterThan(0.3);
  const alone = await kroncut('none', 1, [...args, '-o', output]);
  expect(alone, alone.stderr).toMatchObject({ status: 0 });
  return { args, text: readFileSync(output, 'utf8') };
}

/** Keys of the blocks that ranks have kept, each once. */
function keysIn(folder: string): string[] {
  const lines = readdirSync(folder).flatMap((name) =>
    readFileSync(path.join(folder, name), 'utf8').split('\n'),
  );
  return [...new Set(lines.map((line) => line.split(' ')[0] ?? ''))].toSorted();
}

describe('compile under mpirun', () => {
  it('writes the same circuit as alone, once', async (context) => {
    requireOrSkip(context, 'mpi');
    const circuit = path.join(folder, 'in.qasm');
    const made = await kroncut('none', 1, [
      'generate',
      'supremacy',
      '--qubits',
      '9',
      '--depth',
      '8',
      '-o',
      circuit,
    ]);
    expect(made, made.stderr).toMatchObject({ status: 0 });
    const output = (name: string): string => path.join(folder, name);
    const args = ['compile', circuit, '--multistarts', '2', '--json', '--threads', '1'];
    const alone = await kroncut('none', 1, [...args, '-o', output('alone.qasm')]);
    const both = await kroncut('mpi', 3, [...args, '-o', output('both.qasm')]);
    expect(alone, alone.stderr).toMatchObject({ status: 0 });
    expect(both, both.stderr).toMatchObject({ status: 0, rankStatus: [0, 0, 0] });
    const reports = [alone, both].map(({ stdout }): Record<string, unknown> => JSON.parse(stdout));
    const [first, second] = reports.map(({ seconds: _seconds, ...report }) => report);
    expect(second).toEqual(first);
    expect(Object.keys(reports[0] ?? {}).toSorted()).toEqual(
      [
        'after',
        'before',
        'blockSize',
        'blocks',
        'distance',
        'errorBound',
        'permutation',
        'seconds',
        'unexhausted',
        'withheld',
      ].toSorted(),
    );
    expect(readFileSync(output('both.qasm'), 'utf8')).toBe(readFileSync(output('alone.qasm'), 'utf8'));
    const kept = (name: string): string[] => keysIn(path.join(output(`${name}.qasm.work`), 'blocks'));
    expect(kept('both')).toEqual(kept('alone'));
  });

  it.for(['mpi', 'mpich'] as const)(
    '%s: tries the deletions of one block on all ranks, with the same answer',
    async (launcher, context) => {
      requireOrSkip(context, launcher);
      const { args, text } = await oneBlock();
      for (const ranks of [2, 3]) {
        const output = path.join(folder, `${ranks}.qasm`);
        const result = await kroncut(launcher, ranks, [...args, '-o', output]);
        expect(result, result.stderr).toMatchObject({ status: 0 });
        expect(readFileSync(output, 'utf8')).toBe(text);
      }
    },
  );

  it('goes on from the blocks that a job of other ranks has left when it was ended', async (context) => {
    requireOrSkip(context, 'mpi');
    const circuit = path.join(folder, 'in.qasm');
    const family = ['supremacy', '--qubits', '12', '--depth', '8'];
    await kroncut('none', 1, ['generate', ...family, '-o', circuit]);
    const args = ['compile', circuit, '--multistarts', '2', '--threads', '1', '--quiet', '--json'];
    const output = (name: string): string => path.join(folder, `${name}.qasm`);
    const blocks = (name: string): string => path.join(`${output(name)}.work`, 'blocks');
    const alone = await kroncut('none', 1, [...args, '-o', output('alone')]);
    expect(alone, alone.stderr).toMatchObject({ status: 0 });
    // Ended as soon as a block is there; where all are by then, there is nothing left to do, which is as well.
    await kroncut('mpi', 3, [...args, '-o', output('both')], (pid) => {
      const timer = setInterval(() => {
        if (!existsSync(blocks('both')) || readdirSync(blocks('both')).length === 0) return;
        clearInterval(timer);
        process.kill(pid, 'SIGTERM');
      }, 5);
    });
    const again = await kroncut('mpi', 2, [...args, '-o', output('both')]);
    expect(again, again.stderr).toMatchObject({ status: 0 });
    expect(readFileSync(output('both'), 'utf8')).toBe(readFileSync(output('alone'), 'utf8'));
    expect(keysIn(blocks('both'))).toEqual(keysIn(blocks('alone')));
  });

  it('refuses a wrong block size once, on all ranks', async (context) => {
    requireOrSkip(context, 'mpi');
    const circuit = path.join(folder, 'in.qasm');
    await kroncut('none', 1, ['generate', 'ghz', '--qubits', '4', '-o', circuit]);
    const refused = await kroncut('mpi', 2, [
      'compile',
      circuit,
      '-o',
      path.join(folder, 'out.qasm'),
      '-b',
      '20',
    ]);
    expect(refused.rankStatus).toEqual([2, 2]);
    expect(refused.stderr.match(/--block-size 20: a block has 2 to 12 qubits/g)).toHaveLength(1);
    expect(readdirSync(folder)).toEqual(['in.qasm']);
  });
});
