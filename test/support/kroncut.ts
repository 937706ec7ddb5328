/** The program in a process of its own. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { scrubbedEnvironment } from './launch.js';
import { repositoryRoot } from './requirements.js';

export const mainFile = path.join(repositoryRoot, 'dist', 'main.js');

/** The commands, in the order of the help. */
export const COMMANDS = [
  'run',
  'cut',
  'evaluate',
  'subexperiments',
  'export',
  'import',
  'reconstruct',
  'verify',
  'report',
  'compile',
  'synthesize',
  'generate',
  'info',
] as const;

/** Commands of the pool, which run in one process and start ranks or talk to those that do. */
export const POOL_COMMANDS = ['serve', 'submit', 'jobs'] as const;

export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface KroncutOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Commands that are for clusters, and run in one process. */
export const CLUSTER_COMMANDS = ['slurm'] as const;

/** Runs `kroncut ...argv` to its end. Fails where `dist/` was not built, as `npm test` does first. */
export function kroncut(argv: readonly string[], options: KroncutOptions = {}): Finished {
  if (!existsSync(mainFile)) throw new Error(`${mainFile} is absent; run npm run build`);
  const { status, stdout, stderr } = spawnSync(process.execPath, [mainFile, ...argv], {
    encoding: 'utf8',
    input: options.input ?? '',
    env: { ...scrubbedEnvironment(), ...options.env },
    timeout: 60_000,
    maxBuffer: 2 ** 28,
  });
  return { status, stdout, stderr };
}

/** Starts `kroncut ...argv` and signals it once `when` holds. */
export async function kroncutInterrupted(
  argv: readonly string[],
  signal: NodeJS.Signals,
  when: () => boolean,
): Promise<Finished & { readonly signal: NodeJS.Signals | null }> {
  const child = spawn(process.execPath, [mainFile, ...argv], {
    env: scrubbedEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const timer = setInterval(() => {
    if (when()) child.kill(signal);
  }, 1);
  return new Promise((resolve) => {
    child.on('close', (status, ended) => {
      clearInterval(timer);
      resolve({ status, signal: ended, stdout, stderr });
    });
  });
}
