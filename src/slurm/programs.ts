/** Slurm's programs, asked by their command lines. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const LIMIT_MS = 20_000;

/** What a program of Slurm prints; undefined where it is not there, fails, or does not answer. */
export async function askSlurm(program: string, ...words: string[]): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(program, words, { timeout: LIMIT_MS });
    return stdout;
  } catch {
    return undefined;
  }
}
