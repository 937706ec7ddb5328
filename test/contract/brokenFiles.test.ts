/** Files of a run that hold something else than what was written there. */
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reconstruct } from '../../src/api/reconstruct.js';
import { run } from '../../src/api/run.js';
import { verify } from '../../src/api/verify.js';
import { generateCircuit } from '../../src/circuit/families/families.js';
import { writeQasm } from '../../src/circuit/qasm/writeQasm.js';
import { recordFile } from '../../src/run/files/files.js';
import { parseManifest } from '../../src/run/directory/manifest.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kroncut-broken-'));
  const text = writeQasm(generateCircuit('ghz', { qubits: 6 }), 2);
  await run({ text }, { directory, maxWidth: 4, full: true, verify: false });
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** Writes a number over the last one of an array. */
async function overwrite(name: string, value: number): Promise<void> {
  const path = join(directory, name);
  const file = await open(path, 'r+');
  const { size } = await file.stat();
  await file.write(new Uint8Array(Float64Array.of(value).buffer), 0, 8, size - 8);
  await file.close();
}

describe('a distribution that was changed by hand', () => {
  it.for([false, true])('is not passed over by verify (partial: %j)', async (partial) => {
    expect(await verify(directory, { partial })).toMatchObject({ passed: true });
    await overwrite('results/full.npy', 0.75);
    await expect(verify(directory, { partial })).rejects.toMatchObject({
      code: 'input',
      message: expect.stringMatching(/full\.npy is not what reconstruct wrote; call it with full again/),
    });
    await rm(join(directory, 'results/full.npy'));
    expect(await verify(directory, { partial })).toMatchObject({ passed: true });
  });
});

describe('tensors that are not finite', () => {
  it.for([NaN, Infinity])('give no answer to any query (%d)', async (value) => {
    await overwrite('tensors/0.npy', value);
    // As if the tensor had been written like this.
    const path = join(directory, 'manifest.json');
    const manifest = parseManifest(await readFile(path, 'utf8'), path);
    const files = manifest.stages.evaluate?.files ?? {};
    files['tensors/0.npy'] = await recordFile(join(directory, 'tensors/0.npy'));
    await writeFile(path, JSON.stringify(manifest));
    for (const query of [
      { top: 3 },
      { full: true },
      { moments: true },
      { marginal: [0, 5] },
      { bins: 2 },
      { samples: 5 },
      { probability: ['111111'] },
      { expect: 'Z0 Z5' },
    ]) {
      await expect(reconstruct(directory, query), JSON.stringify(query)).rejects.toThrow(/not finite/);
    }
  });
});
