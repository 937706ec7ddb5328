/** The server's hold on NVIDIA's Multi-Process Service: a keeper on each node of the pool. */
import { randomBytes } from 'node:crypto';
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KroncutError } from '../../error.js';
import { MPS_CONTROL, mpsEnvironment, mpsFolder, mpsReportSchema, type MpsClient } from '../protocol/mps.js';
import { Lines } from '../protocol/teamMessages.js';
import { keeperCommand, type Machine } from './launch.js';
import { hasProgram } from './programs.js';
import { optionName } from '../../options/optionName.js';

/** Bytes of the path of the service's folder for pipes: its sockets have names of up to 20 more. */
const LONGEST_PIPE = 80;
const START_MS = 60_000;
const TERMINATE_MS = 15_000;
const END_MS = 30_000;

export interface MpsEvents {
  /** A keeper has ended by itself; teams cannot go on. */
  readonly onFailure: (error: KroncutError) => void;
  readonly onRemark: (line: string) => void;
}

export class Mps {
  /** What the folders of the service begin with. */
  readonly base: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #nodes: number;
  readonly #lines = new Lines();
  readonly #ended: Promise<void>;
  #ready = 0;
  #closing = false;
  #hasEnded = false;
  #lastWords = '';
  #ticket = 0;
  /** Keepers that have yet to answer, and who waits. */
  readonly #waiting = new Map<number, { left: number; readonly done: () => void }>();
  #onReady: () => void = () => {};

  private constructor(machine: Machine, base: string, events: MpsEvents) {
    this.base = base;
    this.#nodes = machine.launcher === 'srun' ? machine.nodes : 1;
    const { file, args, env } = keeperCommand(machine, base, process.env);
    this.#child = spawn(file, args, { env, detached: true, stdio: 'pipe' });
    this.#child.stdout.setEncoding('utf8').on('data', (part: string) => this.#hear(part));
    this.#child.stderr.setEncoding('utf8').on('data', (part: string) => {
      this.#lastWords = (this.#lastWords + part).slice(-500);
      for (const line of part.trimEnd().split('\n')) events.onRemark(`MPS: ${line}`);
    });
    this.#child.stdin.on('error', () => {});
    this.#ended = new Promise((resolve) => {
      const end = (): void => {
        if (this.#hasEnded) return;
        this.#hasEnded = true;
        // A service that outlives its keeper would hold the pipes, and the GPUs.
        this.#kill();
        for (const stream of [this.#child.stdin, this.#child.stdout, this.#child.stderr]) stream.destroy();
        rmSync(mpsFolder(base, process.env), { recursive: true, force: true });
        for (const { done } of this.#waiting.values()) done();
        this.#onReady();
        resolve();
        if (!this.#closing && this.#ready === this.#nodes) events.onFailure(this.#failure());
      };
      this.#child.once('error', end);
      this.#child.once('exit', () => setImmediate(end));
    });
  }

  /** Throws `usage` where the control program is not there or no folder is short enough, `device` where it does not start. */
  static async start(machine: Machine, events: MpsEvents): Promise<Mps> {
    if (!hasProgram(MPS_CONTROL, process.env)) {
      throw new KroncutError(
        'usage',
        `${optionName('mps')}: there is no program ${MPS_CONTROL} here; load the CUDA module of the site, or leave ${optionName('mps')} out`,
      );
    }
    const mps = new Mps(machine, baseFolder(), events);
    await mps.#untilReady();
    return mps;
  }

  /** Ends processes as clients of the service, before they are killed. Fulfilled when that is done, or cannot be. */
  async terminate(clients: readonly MpsClient[]): Promise<void> {
    if (this.#hasEnded || clients.length === 0) return;
    const ticket = (this.#ticket += 1);
    const done = new Promise<void>((resolve) => {
      this.#waiting.set(ticket, { left: this.#nodes, done: resolve });
    });
    this.#child.stdin.write(
      `${JSON.stringify({ ticket, terminate: clients.map(({ pid, host }) => ({ pid, host })) })}\n`,
    );
    await within(done, TERMINATE_MS);
    this.#waiting.delete(ticket);
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#child.stdin.end();
    await within(this.#ended, END_MS);
    if (!this.#hasEnded) this.#kill();
  }

  /** Kills the keeper, or its launcher, with all of its group. */
  #kill(): void {
    try {
      if (this.#child.pid !== undefined) process.kill(-this.#child.pid, 'SIGKILL');
    } catch {
      // They are gone.
    }
  }

  async #untilReady(): Promise<void> {
    await within(new Promise<void>((resolve) => (this.#onReady = resolve)), START_MS);
    if (this.#ready === this.#nodes && !this.#hasEnded) return;
    await this.close();
    throw this.#failure();
  }

  #failure(): KroncutError {
    const said = this.#lastWords.trim().split('\n').at(-1) ?? '';
    return new KroncutError(
      'device',
      `the Multi-Process Service is not there on all nodes: ${said || 'no answer'}`,
    );
  }

  #hear(part: string): void {
    for (const line of this.#lines.add(part)) {
      const report = mpsReportSchema.safeParse(parsed(line)).data;
      if (report?.say === 'ready') {
        this.#ready += 1;
        if (this.#ready === this.#nodes) this.#onReady();
      } else if (report !== undefined) {
        const waiting = this.#waiting.get(report.ticket);
        if (waiting !== undefined && (waiting.left -= 1) === 0) waiting.done();
      }
    }
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

async function within(promise: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([promise, late]);
  clearTimeout(timer);
}

/** On a disk of each node: not below a folder that nodes share, and short enough for sockets. */
function baseFolder(): string {
  const name = `kroncut-mps-${randomBytes(4).toString('hex')}`;
  for (const parent of [tmpdir(), '/tmp']) {
    const base = join(parent, name);
    const { CUDA_MPS_PIPE_DIRECTORY: pipe = '' } = mpsEnvironment(
      mpsFolder(base, { SLURMD_NODENAME: 'n'.repeat(20) }),
    );
    if (Buffer.byteLength(pipe) <= LONGEST_PIPE) return base;
  }
  throw new KroncutError(
    'usage',
    '--mps: no folder is short enough for sockets; let TMPDIR name a shorter one',
  );
}
