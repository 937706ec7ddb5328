/** The built program in a folder of its own, under conditions that are the same on every machine. */
import { spawn } from 'node:child_process';
import { mainFile, type Finished } from '../support/kroncut.js';
import { scrubbedEnvironment } from '../support/launch.js';
import { variantFile } from '../support/requirements.js';

export interface Step {
  /** Arguments, separated by spaces; single quotes keep an argument together. */
  readonly command: string;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs one command in `folder`, to which its paths are relative, so that messages name no folder of this machine. The
 * build is the one that every machine has, and memory, on which plans depend, is given.
 */
export function execute(folder: string, { command, input = '', env = {} }: Step): Promise<Finished> {
  const addon = variantFile('cpu');
  if (addon === undefined) throw new Error('the variant cpu of the addon is not built; run npm run build');
  const { KRONCUT_DEBUG: _, KRONCUT_RATES: __, ...inherited } = scrubbedEnvironment();
  const child = spawn(process.execPath, [mainFile, ...splitCommand(command)], {
    cwd: folder,
    env: { ...inherited, KRONCUT_ADDON: addon, KRONCUT_MEMORY: String(2 ** 31), ...env },
    stdio: 'pipe',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  // A command that refuses its arguments does not read its input.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, stdout, stderr }));
  });
}

/** Runs a command that must succeed and be silent but for its answer, and returns that. */
export async function answer(folder: string, step: Step): Promise<string> {
  const { status, stdout, stderr } = await execute(folder, step);
  if (status !== 0 || stderr !== '') {
    throw new Error(`kroncut ${step.command} ended with ${status ?? 'a signal'}: ${stderr}`);
  }
  return stdout;
}

/** All results of `work`, two at a time, in the order of `items`. */
export async function twoAtATime<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [i, item] of queue) results[i] = await work(item);
  };
  await Promise.all([worker(), worker()]);
  return results;
}

function splitCommand(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|\S+/g)].map(([word, quoted]) => quoted ?? word);
}
