/** Memory does not grow with the distribution: it streams to its file and to its consumers. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { cut } from '../../src/api/cut.js';
import { evaluate } from '../../src/api/evaluate.js';
import { generate } from '../../src/api/generate.js';
import { reconstruct } from '../../src/api/reconstruct.js';
import { repositoryRoot } from '../support/requirements.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kroncut-memory-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PROGRAM = `
const { generate, run } = await import('kroncut');
const { qasm } = generate('hwea', { qubits: 26, seed: 3 });
const directory = process.argv[1];
const { full, top } = await run({ text: qasm }, { directory, maxWidth: 13, full: true, top: 5, verify: false, timeLimit: 2 });
console.log(JSON.stringify({ full, top, kilobytes: process.resourceUsage().maxRSS }));
`;

it('2^26 outcomes go through a process that never holds half of them', () => {
  const directory = join(folder, 'run');
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', PROGRAM, directory], {
    cwd: repositoryRoot,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  const { full, top, kilobytes } = JSON.parse(stdout);
  expect(statSync(join(directory, full.file)).size).toBeGreaterThan(8 * 2 ** 26);
  expect(full.sum).toBeCloseTo(1, 10);
  expect(full.max).toBe(top.outcomes[0].probability);
  expect(kilobytes * 1024).toBeLessThan((8 * 2 ** 26) / 2);
});

const QUESTION = `
const { dryRunReconstruct, openSession, reconstruct } = await import('kroncut');
const session = await openSession({ threads: 2 });
const [directory, query] = process.argv.slice(1);
const asked = { ...JSON.parse(query), session };
const { total } = await dryRunReconstruct(directory, asked);
const before = process.memoryUsage.rss();
await reconstruct(directory, asked);
await session.close();
console.log(JSON.stringify({ predicted: total.memoryBytes, taken: process.resourceUsage().maxRSS * 1024 - before }));
`;

it('a query takes about as much memory as was predicted', async () => {
  const directory = join(folder, 'pieces');
  const { qasm } = generate('hwea', { qubits: 42, depth: 2, seed: 1 });
  await cut({ text: qasm }, { directory, labels: 'A'.repeat(14) + 'B'.repeat(14) + 'C'.repeat(14) });
  const { bytes } = await evaluate(directory);
  expect(bytes).toBeGreaterThan(2 ** 25);
  const queries = [{ samples: 2000 }, { marginal: [0, 20, 41] }, { bins: 6 }, { expect: 'Z0 Z20 Z41' }];
  for (const query of queries) {
    const argv = ['--input-type=module', '-e', QUESTION, directory, JSON.stringify(query)];
    const { stdout, stderr } = spawnSync(process.execPath, argv, { cwd: repositoryRoot, encoding: 'utf8' });
    expect(stderr).toBe('');
    const { predicted, taken } = JSON.parse(stdout);
    expect(taken, Object.keys(query)[0]).toBeLessThan(1.3 * predicted + 2 ** 25);
    expect(predicted).toBeGreaterThan(bytes);
  }
});

it('what is evaluated goes only where what replaces it fits', async () => {
  const directory = join(folder, 'forced');
  await cut({ text: generate('ghz', { qubits: 6 }).qasm }, { directory, labels: 'AAABBB' });
  await evaluate(directory);
  vi.stubEnv('KRONCUT_MEMORY', '10');
  try {
    await expect(evaluate(directory, { force: true })).rejects.toMatchObject({ code: 'memory' });
  } finally {
    vi.unstubAllEnvs();
  }
  expect((await reconstruct(directory, { top: 2 })).top?.outcomes).toHaveLength(2);
});

it('a distribution that does not fit for bits that are always 0 is refused with the smaller question', async () => {
  const directory = join(folder, 'idle');
  const lines = ['OPENQASM 2.0;', 'include "qelib1.inc";', 'qreg q[2];', 'creg c[46];'];
  const text = [...lines, 'h q[0];', 'cx q[0],q[1];', 'measure q[1] -> c[7];'].join('\n');
  await cut({ text }, { directory });
  await evaluate(directory);
  await expect(reconstruct(directory, { full: true })).rejects.toThrow(
    /45 of its 46 outcome bits are always 0; marginal 7 holds all that can occur$/,
  );
});
