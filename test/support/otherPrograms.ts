/** Other programs' readers and writers of OpenQASM, through Python. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { pythonFile, repositoryRoot } from './requirements.js';

/** Runs a program of `test/outside/programs/`, and gives what it prints. */
export function python(program: string, ...args: readonly string[]): string {
  const file = path.join(repositoryRoot, 'test', 'outside', 'programs', program);
  const { status, stdout, stderr, error } = spawnSync(pythonFile, [file, ...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  });
  if (status !== 0)
    throw new Error(`${program} ${args.join(' ')} failed: ${error?.message ?? stdout + stderr}`);
  return stdout;
}

/** 1 - |Tr(a^dagger b)| / 2^n of matrices that are row-major and complex interleaved. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return 1;
  let [re, im] = [0, 0];
  for (let i = 0; i < a.length; i += 2) {
    re += a[i]! * b[i]! + a[i + 1]! * b[i + 1]!;
    im += a[i]! * b[i + 1]! - a[i + 1]! * b[i]!;
  }
  return 1 - Math.hypot(re, im) / Math.sqrt(a.length / 2);
}
