/** Keeps NVIDIA's Multi-Process Service on a node for the life of a pool. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { KroncutError } from '../../error.js';
import { fileError } from '../../run/files/files.js';
import { onSignal } from '../../signals.js';
import { MPS_CONTROL, mpsEnvironment, mpsFolder, mpsOrderSchema, type MpsClient } from '../protocol/mps.js';

const START_MS = 20_000;
const LOOK_MS = 50;
const CONTROL_MS = 10_000;
/** Seconds that clients have to end by themselves when the service ends. */
const QUIT_SECONDS = 5;
const QUIT_MS = 2000 * QUIT_SECONDS;

/**
 * Starts the service in a folder of this node that begins with `base`, of mode 0700, and ends clients as the server says.
 * Fulfilled when the service has ended, after the end of standard input or a signal; throws `device` where it cannot be started, or
 * ends by itself.
 */
export async function keepMps(base: string): Promise<void> {
  const folder = mpsFolder(base, process.env);
  const own = mpsEnvironment(folder);
  try {
    for (const path of [folder, ...Object.values(own)]) mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    throw fileError(error, folder, 'written');
  }
  const service = new Service({ ...process.env, ...own });
  const lines = createInterface({ input: process.stdin });
  let isTold = false;
  const release = onSignal(() => {
    isTold = true;
    lines.close();
  });
  try {
    await service.started();
    tell({ say: 'ready' });
    const ended = service.ended.then(() => lines.close());
    for await (const line of lines) {
      const { ticket, terminate } = mpsOrderSchema.parse(JSON.parse(line));
      await service.terminate(terminate.filter(({ host }) => host === hostname()));
      tell({ say: 'terminated', ticket });
    }
    // A signal to all processes of a step ends the service, too; one keeper that fails would end the others before they are done.
    if (service.hasEnded && !isTold) throw new KroncutError('device', `${MPS_CONTROL} has ended by itself`);
    await service.quit();
    await ended;
  } finally {
    service.kill();
    release();
    process.stdin.destroy();
    rmSync(folder, { recursive: true, force: true });
  }
}

function tell(report: object): void {
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

class Service {
  readonly ended: Promise<void>;
  hasEnded = false;
  readonly #env: NodeJS.ProcessEnv;
  readonly #child: ChildProcess;
  #failure = '';

  constructor(env: NodeJS.ProcessEnv) {
    this.#env = env;
    this.#child = spawn(MPS_CONTROL, ['-f'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
    this.ended = new Promise((resolve) => {
      const end = (why: string): void => {
        this.#failure = why;
        this.hasEnded = true;
        resolve();
      };
      this.#child.once('error', ({ message }) => end(message));
      this.#child.once('exit', (code, signal) => end(`it ended with ${signal ?? code}`));
    });
  }

  /** Fulfilled once it takes commands. */
  async started(): Promise<void> {
    const end = Date.now() + START_MS;
    while ((await this.#control('get_server_list')) === undefined) {
      if (this.hasEnded || Date.now() > end) {
        const why = this.hasEnded ? this.#failure : 'it does not answer';
        throw new KroncutError('device', `${MPS_CONTROL} cannot be started: ${why}`);
      }
      await setTimeout(LOOK_MS);
    }
  }

  /** Ends clients in good order: one that is killed with work in flight may take others along. */
  async terminate(clients: readonly Pick<MpsClient, 'pid'>[]): Promise<void> {
    if (clients.length === 0) return;
    const meant = new Set(clients.map(({ pid }) => pid));
    await this.#terminateWhere((pid) => meant.has(pid));
  }

  async quit(): Promise<void> {
    await this.#terminateWhere(() => true);
    await this.#control(`quit -t ${QUIT_SECONDS}`);
    await Promise.race([this.ended, setTimeout(QUIT_MS, undefined, { ref: false })]);
    this.kill();
  }

  kill(): void {
    if (!this.hasEnded) this.#child.kill('SIGKILL');
  }

  async #terminateWhere(isMeant: (pid: number) => boolean): Promise<void> {
    for (const server of numbersIn(await this.#control('get_server_list'))) {
      const clients = numbersIn(await this.#control(`get_client_list ${server}`));
      for (const pid of clients.filter(isMeant)) await this.#control(`terminate_client ${server} ${pid}`);
    }
  }

  /** What the control program answers; undefined where it fails. */
  #control(command: string): Promise<string | undefined> {
    return new Promise((resolve) => {
      const child = spawn(MPS_CONTROL, [], {
        env: this.#env,
        stdio: ['pipe', 'pipe', 'ignore'],
        timeout: CONTROL_MS,
      });
      let answer = '';
      child.stdout.setEncoding('utf8').on('data', (part: string) => (answer += part));
      child.stdin.on('error', () => {});
      child.once('error', () => resolve(undefined));
      child.once('close', (code) => resolve(code === 0 ? answer : undefined));
      child.stdin.end(`${command}\n`);
    });
  }
}

function numbersIn(text: string | undefined): number[] {
  return (text ?? '')
    .split(/\s+/)
    .map(Number)
    .filter((number) => number > 0);
}
