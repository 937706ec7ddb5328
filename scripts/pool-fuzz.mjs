// Requests to a pool that no client would make, drawn from a seed: the server has to go on, and must neither grow nor write
// anywhere but in its folder.
//
//   node scripts/pool-fuzz.mjs [--count 100000] [--seed 1]        (npm run pool-fuzz)
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { attackPool } from './pool-attack.mjs';
import { main } from './shell.mjs';
import { root } from './sources.mjs';

const { values } = parseArgs({
  options: { count: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
});
const count = Number(values.count);
/** What the server takes is looked at so many times; the first third warms it. */
const LOOKS = 30;
const MOST_GROWTH = 1.25;
/** Of its heap, in MiB: what leaks would fill it. */
const HEAP = 96;
const OWN_FILES = /^pool\/(?:journal|log|log\.old|access\.json|key|lock\.json|texts\/[0-9a-f]{64})$/;

/** @param {number} pid */
function footprint(pid) {
  const bytes = 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  return { bytes, files: readdirSync(`/proc/${pid}/fd`).length };
}

/** The least of some figures. @param {readonly { bytes: number, files: number }[]} looks */
function leastOf(looks) {
  const bytes = Math.min(...looks.map((look) => look.bytes));
  const files = Math.min(...looks.map((look) => look.files));
  return { bytes, files };
}

/** @param {string} folder */
function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
}

await main(async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'kroncut-fuzz-'));
  const pool = path.join(folder, 'pool');
  const work = path.join(folder, 'work');
  mkdirSync(work);
  const program = path.join(root, 'dist', 'main.js');
  const options = ['serve', '--force', '--pool', pool, '--threads', '1', '--listen', '127.0.0.1:0'];
  const env = { ...process.env, HOME: folder, TMPDIR: folder };
  const server = spawn(process.execPath, [`--max-old-space-size=${HEAP}`, program, ...options], {
    cwd: work,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = await new Promise((resolve) => server.stdout.setEncoding('utf8').once('data', resolve));
  const { address, remote } = JSON.parse(line);
  const port = Number(remote.split(':').at(-1));
  const pid = server.pid ?? 0;
  const looks = [footprint(pid)];
  const begin = Date.now();
  const { statuses, taken, faults } = await attackPool({
    socket: address.slice('unix:'.length),
    secure: { host: '127.0.0.1', port },
    folder: work,
    seed: Number(values.seed),
    count,
    onDone: (done) => {
      if (done % Math.ceil(count / LOOKS) === 0) looks.push(footprint(pid));
    },
  });
  const seconds = Math.round((Date.now() - begin) / 1000);
  if (server.exitCode !== null) faults.push(`the server has ended: ${server.exitCode}`);
  const { connect } = await import(path.join(root, 'dist', 'index.js'));
  const connection = await connect(pool);
  const { qasm = '' } = await connection.perform({
    command: 'generate',
    family: 'ghz',
    options: { qubits: 3 },
  });
  if (!qasm.includes('OPENQASM')) faults.push(`a job after all this gave ${qasm.slice(0, 100)}`);
  // Heaps breathe: the least of a third is compared with the least of another.
  const third = Math.floor(looks.length / 3);
  const [warm, end] = [leastOf(looks.slice(third, 2 * third)), leastOf(looks.slice(2 * third))];
  if (end.bytes > MOST_GROWTH * warm.bytes)
    faults.push(`the server has grown from ${warm.bytes} to ${end.bytes} bytes`);
  if (end.files > warm.files + 16) faults.push(`the server has ${end.files} open files, after ${warm.files}`);
  const others = filesIn(folder).filter((file) => !OWN_FILES.test(file) && !/^kroncut-\w+\/pool$/.test(file));
  if (others.length > 0) faults.push(`files outside of the pool: ${others.slice(0, 5).join(', ')}`);
  server.kill('SIGTERM');
  await new Promise((resolve) => server.once('exit', resolve));
  const megabytes = [warm, end].map(({ bytes }) => Math.round(bytes / 2 ** 20)).join(' -> ');
  console.log(
    `${count} requests in ${seconds} s: ${JSON.stringify(statuses)}, ${taken} jobs taken; server ${megabytes} MiB`,
  );
  for (const fault of faults.slice(0, 20)) console.log(fault);
  if (faults.length === 0) rmSync(folder, { recursive: true, force: true });
  else console.log(`${faults.length} faults; all is kept in ${folder}`);
  return faults.length === 0 ? 0 : 1;
});
