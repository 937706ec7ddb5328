/** Samples against the distribution that they are drawn from, on one rank and several. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reconstruct } from '../../src/api/reconstruct.js';
import { run } from '../../src/api/run.js';
import { generateCircuit } from '../../src/circuit/families/families.js';
import { writeQasm } from '../../src/circuit/qasm/writeQasm.js';
import { outcomeDistribution } from '../support/denseSimulator.js';
import { onLocalRanks } from '../support/localCluster.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kroncut-samples-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function lines(): Promise<string[]> {
  return (await readFile(join(directory, 'results', 'samples.txt'), 'utf8')).trimEnd().split('\n');
}

describe('samples', () => {
  it('follow the distribution', async () => {
    const circuit = generateCircuit('random', { qubits: 6, depth: 2, seed: 5 });
    const count = 20_000;
    const options = { directory, maxWidth: 4, samples: count, seed: 3, verify: false };
    const { samples } = await run({ text: writeQasm(circuit, 2) }, options);
    expect(samples).toEqual({ file: 'results/samples.txt', count, data: 'exact' });
    const exact = outcomeDistribution(circuit);
    const seen = new Float64Array(exact.length);
    for (const line of await lines()) {
      expect(line).toMatch(/^[01]{6}$/);
      const index = Number.parseInt(line, 2);
      seen[index] = (seen[index] ?? 0) + 1;
    }
    for (const [index, p] of exact.entries()) {
      const deviation = Math.sqrt(count * p * (1 - p)) + 1;
      expect(Math.abs((seen[index] ?? 0) - count * p)).toBeLessThan(5 * deviation);
    }
  });

  it('are the same on any number of ranks, and others for another seed', async () => {
    const text = writeQasm(generateCircuit('random', { qubits: 7, depth: 2, seed: 8 }), 2);
    await run({ text }, { directory, maxWidth: 5, samples: 50, verify: false });
    const alone = await lines();
    await onLocalRanks(3, (cluster) => reconstruct(directory, { cluster, threads: 1, samples: 50 }));
    expect(await lines()).toEqual(alone);
    await reconstruct(directory, { samples: 50, seed: 1 });
    expect(await lines()).not.toEqual(alone);
  });

  it('of sixty qubits need no 2^60 values', async () => {
    const text = writeQasm(generateCircuit('ghz', { qubits: 60 }), 2);
    await run({ text }, { directory, maxWidth: 10, samples: 200, verify: false });
    const drawn = await lines();
    expect(new Set(drawn)).toEqual(new Set(['0'.repeat(60), '1'.repeat(60)]));
    const ones = drawn.filter((line) => line.startsWith('1')).length;
    expect(Math.abs(ones - 100)).toBeLessThan(40);
  });
});
