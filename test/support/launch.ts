import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findProgram, repositoryRoot, variantFile } from './requirements.js';

/** The mpirun that belongs to a build variant starts the ranks; `none` starts one process without a launcher. */
export type LauncherName = 'mpi' | 'mpich' | 'none';

export interface LaunchOptions {
  readonly launcher: LauncherName;
  readonly ranks?: number;
  /** Further options of mpirun. */
  readonly launcherArgs?: readonly string[];
  /** Build variant of the addon that the ranks load. */
  readonly variant: string;
  /** Environment on top of a scrubbed one. */
  readonly env?: Readonly<Record<string, string>>;
  /** Everything is killed, and the launch rejects, when it takes longer. Default: 45 s. */
  readonly timeoutMs?: number;
  /** Called as soon as the ranks were started, with the process id of the launcher. */
  readonly onStart?: (pid: number) => void;
  readonly cwd?: string;
}

export interface LaunchResult {
  /** Exit status of the launcher, or of the process itself without one. */
  readonly status: number | null;
  readonly stdout: string;
  /** The launcher's, then that of every rank. */
  readonly stderr: string;
  /** Exit status of every rank (128 + n if signal n ended it); undefined where the rank left none. */
  readonly rankStatus: readonly (number | undefined)[];
}

// Waits for the rank, passing signals on, and writes its exit status and standard error down.
const WRAPPER = `
rank=\${OMPI_COMM_WORLD_RANK:-\${PMI_RANK:-\${SLURM_PROCID:-0}}}
folder=$1
shift
# A launcher that ends may lose what ranks have written last, so each has a file for it.
"$@" 2>"$folder/$rank.err" &
pid=$!
trap 'kill -TERM $pid 2>/dev/null' TERM
trap 'kill -INT $pid 2>/dev/null' INT
trap 'kill -HUP $pid 2>/dev/null' HUP
# MPICH's mpirun tells the others with it that a rank has died.
trap 'kill -USR1 $pid 2>/dev/null' USR1
trap 'kill -USR2 $pid 2>/dev/null' USR2
wait $pid
code=$?
while kill -0 $pid 2>/dev/null; do
  wait $pid
  code=$?
done
echo $code >"$folder/$rank"
exit $code
`;

/** This process's environment without what a launcher around it, or an MPI library in it, may have set. */
export function scrubbedEnvironment(): Record<string, string> {
  const clean: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !/^(OMPI_|PMIX_|PMI|SLURM|HYDI_|MPI_LOCAL|KRONCUT_ADDON)/.test(name))
      clean[name] = value;
  }
  return clean;
}

/** Settings that let Open MPI run as root (in containers) and several ranks share a core without spinning. */
export const OPEN_MPI_ENVIRONMENT = {
  OMPI_ALLOW_RUN_AS_ROOT: '1',
  OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1',
  OMPI_MCA_mpi_yield_when_idle: '1',
  OMPI_MCA_rmaps_base_oversubscribe: '1',
};

const LAUNCHERS: Record<Exclude<LauncherName, 'none'>, readonly string[]> = {
  mpi: ['mpirun'],
  mpich: ['mpirun.mpich', 'mpiexec.mpich', 'mpiexec.hydra'],
};

function launcherCommand(launcher: LauncherName, ranks: number, more: readonly string[]): string[] {
  if (launcher === 'none') return [];
  const names = LAUNCHERS[launcher];
  const program = names.map(findProgram).find((file) => file !== undefined);
  if (program === undefined) throw new Error(`none of ${names.join(', ')} is installed`);
  const version = spawnSync(program, ['--version'], { encoding: 'utf8', env: scrubbedEnvironment() }).stdout;
  return [program, ...(/open ?mpi/i.test(version) ? ['--oversubscribe'] : []), ...more, '-n', String(ranks)];
}

/** `node program args...`, wrapped so that every rank leaves its exit status and its standard error in `folder`. */
export function recordedCommand(folder: string, program: string, args: readonly string[]): string[] {
  const wrapper = path.join(folder, 'rank.sh');
  writeFileSync(wrapper, WRAPPER);
  return ['sh', wrapper, folder, process.execPath, path.resolve(repositoryRoot, program), ...args];
}

/** Exit status of every rank of a `recordedCommand`; undefined where a rank left none. */
export function recordedStatus(folder: string, ranks: number): (number | undefined)[] {
  return Array.from({ length: ranks }, (_, rank) => {
    try {
      // Empty where the launcher killed the wrapper between opening the file and writing it.
      const text = readFileSync(path.join(folder, String(rank)), 'utf8').trim();
      return text === '' ? undefined : Number(text);
    } catch {
      return undefined;
    }
  });
}

/** What every rank of a `recordedCommand` wrote to standard error, in rank order. */
export function recordedErrors(folder: string, ranks: number): string {
  return Array.from({ length: ranks }, (_, rank) => {
    try {
      return readFileSync(path.join(folder, `${rank}.err`), 'utf8');
    } catch {
      return '';
    }
  }).join('');
}

/** Runs `node program args...` on every rank and waits for the end of all. */
export async function launch(
  program: string,
  args: readonly string[],
  options: LaunchOptions,
): Promise<LaunchResult> {
  const ranks = options.ranks ?? 1;
  const addon = variantFile(options.variant);
  if (addon === undefined) throw new Error(`the variant ${options.variant} is not built`);
  const folder = mkdtempSync(path.join(tmpdir(), 'kroncut-launch-'));
  try {
    const command = [
      ...launcherCommand(options.launcher, ranks, options.launcherArgs ?? []),
      ...recordedCommand(folder, program, args),
    ];
    const env = {
      ...scrubbedEnvironment(),
      ...OPEN_MPI_ENVIRONMENT,
      KRONCUT_ADDON: addon,
      ...options.env,
    };
    const outcome = await runToEnd(command, env, options);
    const stderr = outcome.stderr + recordedErrors(folder, ranks);
    return { ...outcome, stderr, rankStatus: recordedStatus(folder, ranks) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runToEnd(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  options: LaunchOptions,
): Promise<Omit<LaunchResult, 'rankStatus'>> {
  const [file = '', ...args] = command;
  // A group of its own, so that nothing is left behind when it has to be killed.
  const child = spawn(file, args, {
    cwd: options.cwd ?? repositoryRoot,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const { pid } = child;
  if (pid !== undefined) options.onStart?.(pid);
  const timeoutMs = options.timeoutMs ?? 45_000;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      if (pid !== undefined) process.kill(-pid, 'SIGKILL');
      reject(new Error(`${command.join(' ')} took longer than ${timeoutMs} ms\n${stdout}\n${stderr}`));
    }, timeoutMs);
    child.once('error', reject);
    child.once('close', (status) => {
      clearTimeout(timer);
      resolve({ status, stdout, stderr });
    });
  });
}
