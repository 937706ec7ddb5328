import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { repositoryRoot } from './requirements.js';

export interface CommandResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running one-machine cluster of `slurm/test-cluster.sh`: nodes n1, n2, ... with 4 CPUs and 2 pretended GPUs each. */
export interface SlurmCluster {
  /** Runs a command of Slurm (or any other) that talks to this cluster, and waits for it. */
  run(command: string, args: readonly string[], options?: RunOptions): Promise<CommandResult>;
  /** State of a job, such as `RUNNING`, `COMPLETED`, `CANCELLED`. */
  jobState(job: string): string;
  /** Waits until `predicate` holds of the job's state, and returns that state. */
  waitForJob(job: string, predicate: (state: string) => boolean): Promise<string>;
  stop(): void;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutSeconds?: number;
}

/** This process's environment without what a launcher may have put there. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(
    ([name]) => !/^(OMPI_|PMIX_|PMI_|SLURM_|CUDA_VISIBLE)/.test(name),
  );
  return Object.fromEntries(entries);
}

/** Starts a cluster in a folder of its own. `port` is the first of a few that must be free: one for each node, and two. */
export function startSlurmCluster(port: number, nodes = 2): SlurmCluster {
  // Unix sockets have short names: not below a long TMPDIR.
  const folder = mkdtempSync(path.join(tmpdir().length < 30 ? tmpdir() : '/tmp', 'kroncut-slurm-'));
  const script = path.join(repositoryRoot, 'slurm', 'test-cluster.sh');
  const environment = {
    ...cleanEnvironment(),
    CLUSTER_DIR: folder,
    CLUSTER_PORT: String(port),
    CLUSTER_NODES: String(nodes),
  };
  const control = (verb: string): void => {
    const result = spawnSync('bash', [script, verb], { env: environment, encoding: 'utf8', stdio: 'pipe' });
    if (result.status !== 0) throw new Error(`test-cluster.sh ${verb}: ${result.stderr}`);
  };
  const env = { ...cleanEnvironment(), SLURM_CONF: path.join(folder, 'slurm.conf') };
  try {
    control('start');
  } catch (error) {
    control('stop');
    throw error;
  }

  const run: SlurmCluster['run'] = (command, args, options = {}) =>
    new Promise((resolve, reject) => {
      const child = spawn(command, args, {
        cwd: options.cwd ?? repositoryRoot,
        env: { ...env, ...options.env },
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: (options.timeoutSeconds ?? 50) * 1000,
      });
      let stdout = '';
      let stderr = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
      child.once('error', reject);
      child.once('close', (status) => resolve({ status, stdout, stderr }));
    });

  const jobState: SlurmCluster['jobState'] = (job) => {
    const result = spawnSync('scontrol', ['show', 'job', job], { env, encoding: 'utf8' });
    return /JobState=(\w+)/.exec(result.stdout)?.[1] ?? 'UNKNOWN';
  };

  return {
    run,
    jobState,
    waitForJob: async (job, predicate) => {
      const deadline = Date.now() + 50_000;
      for (;;) {
        const state = jobState(job);
        if (predicate(state)) return state;
        if (Date.now() > deadline) throw new Error(`job ${job} is still ${state}`);
        await new Promise((resolve) => {
          setTimeout(resolve, 100);
        });
      }
    },
    stop: () => {
      control('stop');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
