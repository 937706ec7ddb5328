/** A loop over values of a circuit's parameters against dense simulation. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/api/run.js';
import type { Cluster } from '../../src/cluster/cluster.js';
import { withParameters, type LoopValue } from '../../src/api/withParameters.js';
import { repositoryRoot } from '../support/requirements.js';
import { onLocalRanks } from '../support/localCluster.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kroncut-loop-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** Six pairs of qubits in a chain, each with an angle of its own: a, b, c, d, e, f. */
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];
const ANSATZ = `OPENQASM 3.0;
include "stdgates.inc";
${NAMES.map((name) => `input float ${name};`).join('\n')}
qubit[12] q;
${NAMES.map((name, i) => `ry(${name}) q[${2 * i}]; cx q[${2 * i}], q[${2 * i + 1}]; rx(0.3) q[${2 * i + 1}];`).join('\n')}
${NAMES.slice(1)
  .map((_, i) => `cx q[${2 * i + 1}], q[${2 * i + 2}];`)
  .join('\n')}
${NAMES.map((name, i) => `rz(${name}) q[${2 * i}]; h q[${2 * i}];`).join('\n')}
`;
const SUM = `${NAMES.map((_, i) => `Z${2 * i} Z${2 * i + 1}`).join(' + ')} + 0.5*X0 X11`;
const START = { a: 0.1, b: 0.2, c: 0.3, d: 0.4, e: 0.5, f: 0.6 };
const source = { text: ANSATZ, name: 'ansatz' };
const labels = 'AABBCCDDEEFF';

async function fresh(parameters: Readonly<Record<string, number>>): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'kroncut-loop-fresh-'));
  try {
    // Uncut.
    const { expect: found } = await run(source, { directory: folder, parameters, maxWidth: 12, expect: SUM });
    return found?.value ?? NaN;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Two values in one loop. */
function twoValues(cluster?: Cluster): Promise<LoopValue[]> {
  return withParameters(
    source,
    { directory, labels, parameters: START, cluster, threads: 1 },
    async (loop) => [await loop.expect(SUM, { c: 2 }), await loop.expect(SUM, { c: 2.5 })],
  );
}

describe('a loop over parameters', () => {
  it('evaluates and contracts only what changed', async () => {
    const values = await withParameters(source, { directory, labels, parameters: START }, async (loop) => [
      await loop.expect(SUM),
      await loop.expect(SUM),
      await loop.expect(SUM, { f: 1.1 }),
      await loop.expect(SUM, { a: 0.9, f: 1.1 }),
    ]);
    const [first, again, oneChanged, twoChanged] = values;
    expect(first?.value).toBeCloseTo(await fresh(START), 12);
    expect(oneChanged?.value).toBeCloseTo(await fresh({ ...START, f: 1.1 }), 12);
    expect(twoChanged?.value).toBeCloseTo(await fresh({ ...START, a: 0.9, f: 1.1 }), 12);
    // Six subcircuits, and the first and the last in another basis too.
    expect(first).toMatchObject({ evaluated: 8, reused: 0 });
    expect(again).toMatchObject({ value: first?.value, evaluated: 0, reused: 8, contracted: 0 });
    expect(oneChanged).toMatchObject({ evaluated: 2, reused: 6 });
    expect(oneChanged?.contracted).toBeLessThan(first?.contracted ?? 0);
    expect(oneChanged?.found).toBeGreaterThan(0);
    expect(twoChanged).toMatchObject({ evaluated: 2, reused: 6 });
  });

  it('gives the same on several ranks, and goes on from what an earlier loop evaluated', async () => {
    const alone = await twoValues();
    const together = await onLocalRanks(3, twoValues);
    for (const values of together) {
      expect(values.map(({ value }) => value)).toEqual(alone.map(({ value }) => value));
      // One subcircuit reads c; the last loop left the tensors of its second value.
      expect(values.map(({ evaluated }) => evaluated)).toEqual([1, 1]);
    }
  });

  it('is what the example shows', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join('examples', 'variational.mjs')], {
      cwd: repositoryRoot,
      encoding: 'utf8',
    });
    expect(status, stderr).toBe(0);
    const energies = [...stdout.matchAll(/energy (-?[\d.]+)/g)].map(([, text]) => Number(text));
    expect(energies).toHaveLength(3);
    expect(energies[1]).toBeLessThan(energies[0] ?? NaN);
    expect(energies[2]).toBeLessThanOrEqual(energies[1] ?? NaN);
  });

  it('refuses a parameter that the circuit does not have', async () => {
    await withParameters(source, { directory, labels, parameters: START }, async (loop) => {
      await expect(loop.expect(SUM, { zeta: 1 })).rejects.toThrow(/zeta/);
      await expect(loop.expect('Z99')).rejects.toMatchObject({ code: 'usage' });
    });
  });
});
