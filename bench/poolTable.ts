/**
 * `npm run bench -- --only pool`: many small jobs through one server and sixteen clients, beside what is aimed at: the time of
 * the pool for each job, how long `jobs` takes while ranks compute, the memory of server and team, and the size of the journal.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connect, openSession, perform } from 'kroncut';
import { generated } from './circuits.js';

const CLIENTS = 16;
const DEFAULT_JOBS = 2000;
const QUICK_JOBS = 200;
/** Calls of `jobs` that are timed, and those that are timed for the work alone. */
const CALLS = 20;
const ALONE = 200;
const AIMS = { overheadMs: 3, latencyMs: 50, growth: 1.1, journalBytes: 10e6 };

const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const SMALL = { command: 'generate', family: 'ghz', options: { qubits: 4 } } as const;
const SMALL_COMMAND = ['generate', 'ghz', '--qubits', '4', '--json'];

interface State {
  readonly queued: number;
  readonly running: number;
  readonly rssBytes: number;
  readonly journalBytes: number;
}

interface Pool {
  readonly child: ChildProcess;
  readonly folder: string;
  readonly socket: string;
}

async function serve(folder: string, threads: number): Promise<Pool> {
  const options = ['serve', '--force', '--pool', folder, '--teams', '1', '--threads', String(threads)];
  const child = spawn(process.execPath, [program, ...options], { stdio: ['ignore', 'pipe', 'ignore'] });
  const line = await new Promise<string>((resolve) =>
    child.stdout.setEncoding('utf8').once('data', (text: string) => resolve(text)),
  );
  const { address }: { address: string } = JSON.parse(line);
  return { child, folder, socket: address.slice('unix:'.length) };
}

async function asked<T>({ socket }: Pool, method: string, place: string, body?: object): Promise<T> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const headers = text === undefined ? {} : { 'content-length': Buffer.byteLength(text) };
    const options = { socketPath: socket, method, path: place, headers, agent: false };
    request(options, (response) => {
      textOf(response).then((answer) => resolve(JSON.parse(answer)), reject);
    })
      .on('error', reject)
      .end(text);
  });
}

function state(pool: Pool): Promise<State> {
  return asked<State>(pool, 'GET', '/pool');
}

/** The processes that the server has started. */
function teamProcesses({ child }: Pool): number[] {
  const { pid = 0 } = child;
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.split(/\s+/).filter(Boolean).map(Number);
}

function teamBytes(pool: Pool): number {
  return teamProcesses(pool).reduce((sum, id) => {
    const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1];
    return sum + 1024 * Number(kilobytes ?? 0);
  }, 0);
}

/** Milliseconds of processor time that a process has had: what else runs on the machine is not in it. */
function processorMsOf(id: number): number {
  const fields = (readFileSync(`/proc/${id}/stat`, 'utf8').split(') ').at(-1) ?? '').split(' ');
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

/** The same of server and team. */
function processorMs(pool: Pool): number {
  return [pool.child.pid ?? 0, ...teamProcesses(pool)].reduce((sum, id) => sum + processorMsOf(id), 0);
}

interface Through {
  readonly seconds: number;
  readonly processorMs: number;
  readonly journalBytes: number;
}

/** Gives so many jobs from all clients, each of which submits one after another, and waits until all have ended. */
async function through(pool: Pool, count: number, work: object, name: string): Promise<Through> {
  let journalBytes = 0;
  const before = processorMs(pool);
  const begin = performance.now();
  const clients = Array.from({ length: CLIENTS }, async (_, client) => {
    for (let job = client; job < count; job += CLIENTS) {
      await asked(pool, 'POST', '/jobs', { id: `${name}-${job}`, client: `client${client}`, work });
    }
  });
  await Promise.all(clients);
  for (let open = 1; open > 0;) {
    const now = await state(pool);
    journalBytes = Math.max(journalBytes, now.journalBytes);
    open = now.queued + now.running;
    if (open > 0) await setTimeout(Math.min(200, open));
  }
  const seconds = (performance.now() - begin) / 1000;
  return { seconds, processorMs: processorMs(pool) - before, journalBytes };
}

/** Seconds that such a job takes where nothing is between. */
async function alone(): Promise<number> {
  await using session = await openSession({ threads: 1 });
  await perform(SMALL, { session });
  const begin = performance.now();
  for (let i = 0; i < ALONE; i += 1) await perform(SMALL, { session });
  return (performance.now() - begin) / 1000 / ALONE;
}

interface Latency {
  readonly listed: number;
  readonly median: number;
  readonly most: number;
  /** Time of processors that the server takes for a call. */
  readonly serverMs: number;
}

/** The slowest and the middle one of some calls of `jobs`, in milliseconds, while a job takes all threads. */
async function latency(pool: Pool, folder: string): Promise<Latency> {
  const connection = await connect(pool.folder);
  const { text: qasm } = generated('supremacy', 24, 8, true);
  const busy = { directory: path.join(folder, 'busy'), maxWidth: 13, timeLimit: 120 };
  const id = await connection.submit({ command: 'cut', circuit: '-', options: busy }, { input: qasm });
  while ((await connection.job(id)).state !== 'running') await setTimeout(20);
  const taken: number[] = [];
  const server = pool.child.pid ?? 0;
  const before = processorMsOf(server);
  let listed = 0;
  for (let call = 0; call < CALLS; call += 1) {
    await setTimeout(50);
    const begin = performance.now();
    listed = (await connection.jobs()).length;
    taken.push(performance.now() - begin);
  }
  const serverMs = (processorMsOf(server) - before) / CALLS;
  await connection.cancel(id);
  taken.sort((a, b) => a - b);
  return { listed, median: taken[CALLS / 2] ?? NaN, most: taken.at(-1) ?? NaN, serverMs };
}

function row(what: string, value: string, share: number): void {
  console.log(`${what.padEnd(46)} ${value.padStart(12)} ${share.toFixed(2).padStart(8)} of what is aimed at`);
}

export async function poolTable(quick: boolean, threads?: number, jobs?: number): Promise<void> {
  const count = jobs ?? (quick ? QUICK_JOBS : DEFAULT_JOBS);
  const folder = await mkdtemp(path.join(os.tmpdir(), 'kroncut-bench-'));
  const pool = await serve(path.join(folder, 'pool'), threads ?? os.availableParallelism());
  try {
    const own = await alone();
    await through(pool, 100, { folder, request: SMALL }, 'first');
    await through(pool, 100, { folder, argv: SMALL_COMMAND }, 'first-command');
    const before = { server: (await state(pool)).rssBytes, team: teamBytes(pool) };
    const requests = await through(pool, count, { folder, request: SMALL }, 'request');
    const middle = { server: (await state(pool)).rssBytes, team: teamBytes(pool) };
    const commands = await through(pool, count, { folder, argv: SMALL_COMMAND }, 'command');
    const after = { server: (await state(pool)).rssBytes, team: teamBytes(pool) };
    const { listed, median, most, serverMs } = await latency(pool, folder);
    console.log(
      `${count} requests and ${count} commands by ${CLIENTS} clients; alone one takes ${(1e3 * own).toFixed(2)} ms`,
    );
    const overhead = ({ seconds }: Through): number => 1e3 * (seconds / count - own);
    for (const [what, taken] of [
      ['request', requests],
      ['command', commands],
    ] as const) {
      row(
        `the pool's time for each ${what}`,
        `${overhead(taken).toFixed(2)} ms`,
        overhead(taken) / AIMS.overheadMs,
      );
    }
    for (const [what, { processorMs: spent }] of [
      ['request', requests],
      ['command', commands],
    ] as const) {
      const each = spent / count - 1e3 * own;
      row(`the same in time of processors for each ${what}`, `${each.toFixed(2)} ms`, each / AIMS.overheadMs);
    }
    row(
      `jobs, ${listed} of them: time of the server`,
      `${serverMs.toFixed(1)} ms`,
      serverMs / AIMS.latencyMs,
    );
    row('jobs while ranks compute, median', `${median.toFixed(1)} ms`, median / AIMS.latencyMs);
    row('jobs while ranks compute, slowest', `${most.toFixed(1)} ms`, most / AIMS.latencyMs);
    const journal = Math.max(requests.journalBytes, commands.journalBytes);
    row('journal at its longest', `${(journal / 1e6).toFixed(2)} MB`, journal / AIMS.journalBytes);
    for (const side of ['server', 'team'] as const) {
      const figures = [before, middle, after].map((at) => (at[side] / 2 ** 20).toFixed(0)).join(', ');
      row(`memory of the ${side}, MiB`, figures, after[side] / middle[side] / AIMS.growth);
    }
  } finally {
    const ended = new Promise((resolve) => pool.child.once('exit', resolve));
    pool.child.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true, force: true });
  }
}
