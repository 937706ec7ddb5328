/** A pool in a folder of its own, for tests in processes of their own. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { kroncut, mainFile, type Finished } from './kroncut.js';
import { OPEN_MPI_ENVIRONMENT, scrubbedEnvironment } from './launch.js';

export interface Serving {
  readonly child: ChildProcess;
  readonly ready: { readonly address: string; readonly pool: string; readonly remote?: string };
  readonly ended: Promise<{ readonly status: number | null; readonly stderr: string }>;
}

/** The folder of a test, and what was started in it. */
export class PoolFolder {
  readonly folder = mkdtempSync(join(tmpdir(), 'kroncut-pool-test-'));
  readonly pool = join(this.folder, 'pool');
  readonly #servers: ChildProcess[] = [];

  /** Ends the servers and removes the folder. */
  async remove(): Promise<void> {
    for (const child of this.#servers) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGTERM');
      await new Promise((resolve) => child.once('exit', resolve));
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Starts a server, and waits until it is ready. */
  async serve(options: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<Serving> {
    const argv = [mainFile, 'serve', '--force', '--pool', this.pool, '--threads', '1', ...options];
    const child = spawn(process.execPath, argv, {
      env: { ...scrubbedEnvironment(), ...OPEN_MPI_ENVIRONMENT, KRONCUT_TEST_POOL: this.pool, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#servers.push(child);
    const stderr = text(child.stderr);
    const ended = new Promise<{ status: number | null; stderr: string }>((resolve) =>
      child.once('exit', (status) => void stderr.then((said) => resolve({ status, stderr: said }))),
    );
    const line = await new Promise<string>((resolve, reject) => {
      child.stdout.setEncoding('utf8').once('data', resolve);
      void ended.then(({ stderr: said }) => reject(new Error(`serve ended: ${said}`)));
    });
    return { child, ready: JSON.parse(line), ended };
  }

  /** Runs a command in the folder to its end, while this process goes on. */
  run(argv: readonly string[], input = ''): Promise<Finished> {
    const child = spawn(process.execPath, [mainFile, ...argv], {
      cwd: this.folder,
      env: scrubbedEnvironment(),
    });
    child.stdin.end(input);
    const texts = Promise.all([text(child.stdout), text(child.stderr)]);
    return new Promise((resolve) =>
      child.once(
        'exit',
        (status) => void texts.then(([stdout, stderr]) => resolve({ status, stdout, stderr })),
      ),
    );
  }

  submit(argv: readonly string[], options: readonly string[] = ['--wait'], input = ''): Promise<Finished> {
    return this.run(['submit', '--pool', this.pool, ...options, ...argv], input);
  }

  jobs(...argv: readonly string[]): Promise<Finished> {
    return this.run(['jobs', '--pool', this.pool, ...argv]);
  }

  /** Makes a random circuit, and gives the path of its file. */
  circuit(name: string, seed: number, qubits = 9): string {
    const file = join(this.folder, name);
    const options = `--qubits ${qubits} --depth 6 --seed ${seed}`.split(' ');
    const { status, stderr } = kroncut(['generate', 'supremacy', ...options, '-o', file]);
    if (status !== 0) throw new Error(stderr);
    return file;
  }

  /** The distribution that a run directory in the folder holds. */
  full(name: string): Buffer {
    return readFileSync(join(this.folder, name, 'results', 'full.npy'));
  }

  /** Processes of the pool's teams that are alive, launchers among them. */
  teamProcesses(): number[] {
    const { stdout } = spawnSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' });
    const pids = stdout.split('\n').filter((line) => line.includes('team.js'));
    return pids.map((line) => Number.parseInt(line, 10)).filter((pid) => this.#isOwn(pid));
  }

  #isOwn(pid: number): boolean {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`KRONCUT_TEST_POOL=${this.pool}\0`);
    } catch {
      return false;
    }
  }
}

export async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}
