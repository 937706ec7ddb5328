// Kills processes of a pool at random moments while jobs run: every job has to end once, with the bits of a run that nobody
// disturbed.
//
//   node scripts/pool-kills.mjs [--kills 200] [--jobs 50] [--ranks 1] [--seed 1]        (npm run pool-kills)
//
// Victims are ranks, launchers and the server; signals are KILL, TERM, USR1, and STOP with KILL after it.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { main, ScriptError } from './shell.mjs';
import { root } from './sources.mjs';

const DIFFERENT = 8;
/** A search that is interrupted, or that comes to its time, may find other cuts, which differ in the last bits. */
const LABELS = '000011111';
const program = path.join(root, 'dist', 'main.js');

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    jobs: { type: 'string', default: '50' },
    ranks: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
  },
});
const folder = mkdtempSync(path.join(tmpdir(), 'kroncut-kills-'));
const pool = path.join(folder, 'pool');
const env = { ...process.env, KRONCUT_TEST_POOL: pool };

let state = Number(values.seed) >>> 0;
/** A random number below 1 (a linear congruence is random enough for moments). */
function random() {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
}
/** @template T @param {readonly T[]} list @returns {T | undefined} */
const oneOf = (list) => list[Math.floor(random() * list.length)];

/** @param {string} name */
const fullOf = (name) => readFileSync(path.join(folder, name, 'results', 'full.npy'));

/** @param {...string} argv */
function kroncut(...argv) {
  const { status, stderr } = spawnSync(process.execPath, [program, ...argv], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status !== 0) throw new ScriptError(`kroncut ${argv.join(' ')}: ${stderr}`);
}

async function serve() {
  const options = ['--teams', '2', '--ranks', values.ranks, '--threads', '1', '--max-crashes', '1000000'];
  const argv = [program, 'serve', '--force', '--pool', pool, ...options];
  const child = spawn(process.execPath, argv, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child;
}

/** Ranks and launchers of the pool's teams. */
function teamProcesses() {
  const { stdout } = spawnSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' });
  const lines = stdout.split('\n').filter((line) => line.includes('team.js'));
  return lines.map((line) => Number.parseInt(line, 10)).filter(isOwn);
}

/** @param {number} pid */
function isOwn(pid) {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`KRONCUT_TEST_POOL=${pool}\0`);
  } catch {
    return false;
  }
}

/** @param {number} pid */
function strike(pid) {
  const signals = oneOf([['SIGKILL'], ['SIGTERM'], ['SIGUSR1'], ['SIGSTOP', 'SIGKILL']]) ?? [];
  try {
    for (const signal of signals) process.kill(pid, signal);
  } catch {
    // It ended just now.
  }
}

/** @typedef {{ id: string, seed: number }} Submitted */

/** @param {{ state: string }} job */
const isOpen = ({ state }) => state === 'queued' || state === 'running';

/** What nobody disturbs. */
function prepare() {
  for (let seed = 0; seed < DIFFERENT; seed += 1) {
    const family = ['supremacy', '--qubits', '9', '--depth', '6', '--seed', String(seed)];
    kroncut('generate', ...family, '-o', `c${seed}.qasm`);
    const options = ['--labels', LABELS, '--full', '--quiet', '--threads', '1'];
    kroncut('run', `c${seed}.qasm`, ...options, '-o', `alone${seed}`);
  }
}

/** Fills the queue once most of it is done. @param {Submitted[]} submitted */
async function refill(submitted) {
  const { connect } = await import(path.join(root, 'dist', 'index.js'));
  const connection = await connect(pool);
  const open = (await connection.jobs()).filter(isOpen).length;
  if (open > Number(values.jobs) / 4) return;
  for (let job = open; job < Number(values.jobs); job += 1) {
    const [seed, id] = [submitted.length % DIFFERENT, `job${submitted.length}`];
    const options = { directory: path.join(folder, id), labels: LABELS, full: true };
    const circuit = path.join(folder, `c${seed}.qasm`);
    await connection.submit({ command: 'run', circuit, options }, { id });
    submitted.push({ id, seed });
  }
}

/** @param {readonly Submitted[]} submitted @returns {Promise<{ attempts: number, faults: string[] }>} */
async function check(submitted) {
  const { connect } = await import(path.join(root, 'dist', 'index.js'));
  const connection = await connect(pool);
  while ((await connection.jobs()).some(isOpen)) await setTimeout(200);
  const { length } = await connection.jobs();
  const faults = length === submitted.length ? [] : [`${length} of ${submitted.length} jobs are there`];
  let attempts = 0;
  for (const { id, seed } of submitted) {
    const { state: end, attempts: of, history } = await connection.job(id);
    attempts += of;
    const ends = history.filter((/** @type {string} */ line) =>
      /Z (?:done|failed|cancelled)\b/.test(line),
    ).length;
    if (end !== 'done' || ends !== 1)
      faults.push(`${id}: ${end}, ended ${ends} times: ${history.join('; ')}`);
    else if (!fullOf(id).equals(fullOf(`alone${seed}`))) faults.push(`${id}: other bits than undisturbed`);
  }
  return { attempts, faults };
}

await main(async () => {
  prepare();
  let server = await serve();
  const begin = Date.now();
  const kills = { teams: 0, server: 0 };
  /** @type {Submitted[]} */
  const submitted = [];
  while (kills.teams + kills.server < Number(values.kills)) {
    await refill(submitted);
    await setTimeout(random() * 1200);
    const victim = random() < 0.2 ? undefined : oneOf(teamProcesses());
    if (victim !== undefined) {
      kills.teams += 1;
      strike(victim);
      continue;
    }
    kills.server += 1;
    const ended = new Promise((resolve) => server.once('exit', resolve));
    strike(server.pid ?? 0);
    await ended;
    server = await serve();
  }
  const { attempts, faults } = await check(submitted);
  server.kill('SIGTERM');
  await new Promise((resolve) => server.once('exit', resolve));
  const left = teamProcesses();
  if (left.length > 0) faults.push(`processes are left: ${left.join(', ')}`);
  const seconds = Math.round((Date.now() - begin) / 1000);
  console.log(
    `${kills.teams} kills of teams and ${kills.server} of the server in ${seconds} s: ` +
      `${submitted.length} jobs, ${attempts} attempts, ${faults.length} faults`,
  );
  for (const fault of faults) console.log(fault);
  if (faults.length === 0) rmSync(folder, { recursive: true, force: true });
  else console.log(`all is kept in ${folder}`);
  return faults.length === 0 ? 0 : 1;
});
