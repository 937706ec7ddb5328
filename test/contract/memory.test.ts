/** Memory does not grow with the distribution: it streams to its file and to its consumers. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
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
