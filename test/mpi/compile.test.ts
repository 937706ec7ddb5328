import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
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
function kroncut(launcher: LauncherName, ranks: number, args: readonly string[]): ReturnType<typeof launch> {
  const variant = launcher === 'none' ? 'cpu' : launcher;
  return launch('dist/main.js', [...args], { launcher, variant, ranks });
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
      ['after', 'before', 'blocks', 'distance', 'errorBound', 'seconds'].toSorted(),
    );
    expect(readFileSync(output('both.qasm'), 'utf8')).toBe(readFileSync(output('alone.qasm'), 'utf8'));
    const kept = (name: string): string[] =>
      readdirSync(path.join(output(`${name}.qasm.work`), 'blocks')).toSorted();
    expect(kept('both')).toEqual(kept('alone'));
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
