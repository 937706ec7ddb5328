/** What a dry run says of an evaluation with shots, beside what the evaluation then writes. */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { cut } from '../../src/api/cut.js';
import { dryRunEvaluate } from '../../src/api/dryRun.js';
import { evaluate } from '../../src/api/evaluate.js';
import { generateCircuit } from '../../src/circuit/families/families.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kroncut-shots-dry-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** Headers of .npy files, which no prediction counts. */
const HEADER = 128;

async function arrayBytes(...folders: string[]): Promise<number> {
  let sum = 0;
  for (const folder of folders) {
    for (const name of await readdir(folder)) {
      if (name.endsWith('.npy')) sum += (await stat(join(folder, name))).size - HEADER;
    }
  }
  return sum;
}

it.each([
  ['few', { shots: 3_000 }, {}],
  ['many', { shots: 3_000_000 }, {}],
  ['many, in single precision', { shots: 3_000_000, precision: 'single' }, {}],
  ['many, under noise', { shots: 3_000_000 }, { depolarizing: [0.001, 0.01] }],
] as const)('a dry run of %s shots bounds the files that they fill', async (_, options, noise) => {
  const circuit = generateCircuit('random', { qubits: 6, depth: 3, seed: 4 });
  const run = join(directory, 'run');
  await cut(circuit, { directory: run, maxWidth: 4, seed: 1 });
  const asked = { ...options, ...noise, seed: 7 };
  const { stages } = await dryRunEvaluate(run, asked);
  await evaluate(run, asked);
  const predicted = stages['evaluate']?.diskBytes ?? 0;
  const written = await arrayBytes(join(run, 'tensors'), join(run, 'subexperiments'));
  expect(written).toBeGreaterThan(0);
  expect(predicted).toBeGreaterThanOrEqual(written);
  // Where every outcome is met, nothing is left to chance.
  if (options.shots > 1e6 && !('depolarizing' in noise)) expect(predicted).toBeLessThan(3 * written);
});
