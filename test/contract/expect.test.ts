/** Expectation values of Pauli strings against a dense simulation, in every kind of cut and on several ranks. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reconstruct } from '../../src/api/reconstruct.js';
import { run } from '../../src/api/run.js';
import { generateCircuit } from '../../src/circuit/families/families.js';
import { writeQasm } from '../../src/circuit/qasm/writeQasm.js';
import { makeCircuit, type Circuit } from '../../src/circuit/circuit.js';
import { onLocalRanks } from '../support/localCluster.js';
import { exactExpectation } from '../support/observables.js';
import { requireOrSkip } from '../support/requirements.js';
import { sharedCircuit } from '../support/sharedCircuits.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kroncut-expect-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** A random circuit whose last qubit has no gate. */
function withIdleQubit(seed: number): Circuit {
  const { qubits, gates } = generateCircuit('random', { qubits: 5, depth: 2, seed });
  return makeCircuit(qubits + 1, gates);
}

const SUM = 'IZZIII + 0.5*IXIIYI - 1e-1 IIYXZI + 2 IIIIII + Z5 Z0 - X5 X1 + Y0 Z1 Y4 + IZIIIZ';

describe('expectation values', () => {
  it.each([
    ['both kinds of cuts', {}],
    ['cuts of wires', { wireCutsOnly: true }],
    ['cuts of gates', { gateCutsOnly: true }],
  ] as const)('of random circuits, by %s', async (_, kind) => {
    for (const seed of [1, 2, 3]) {
      const circuit = withIdleQubit(seed);
      const text = writeQasm(circuit, 2);
      const options = { ...kind, maxWidth: 3, timeLimit: 0.3, directory: join(directory, String(seed)) };
      const { expect: found } = await run({ text }, { ...options, expect: SUM, terms: true, verify: false });
      expect(found?.value).toBeCloseTo(exactExpectation(circuit, SUM), 11);
      expect(found?.standardError).toBe(0);
      expect(found?.terms).toHaveLength(8);
      for (const { pauli, value } of found?.terms ?? [])
        expect(value).toBeCloseTo(exactExpectation(circuit, pauli), 11);
    }
  });

  it('are the same on three ranks, and keep their tensors', async () => {
    const circuit = withIdleQubit(4);
    const text = writeQasm(circuit, 2);
    const options = { maxWidth: 3, wireCutsOnly: true, objective: 'sampling', expect: SUM } as const;
    const alone = await run({ text }, { ...options, directory: join(directory, 'alone') });
    const together = await onLocalRanks(3, (cluster) =>
      run({ text }, { ...options, directory: join(directory, 'ranks'), cluster, threads: 1 }),
    );
    for (const result of together) expect(result.expect).toEqual(alone.expect);
    const tensors = await readdir(join(directory, 'alone', 'tensors'));
    expect(tensors.some((name) => /^\d+\.terms-[\da-f]+\.npy$/.test(name))).toBe(true);
  });

  it('of a run of their own need their light cone alone, and say what answers more', async () => {
    const circuit = generateCircuit('ghz', { qubits: 30 });
    const text = writeQasm(circuit, 2);
    const asked = { maxWidth: 3, directory, expect: 'Z0 Z1' };
    const { cut, lightCone, expect: found } = await run({ text }, asked);
    expect(lightCone).toEqual({ bits: [0, 1], gates: 3, qubits: 3, allGates: 30, allQubits: 30 });
    expect(found?.value).toBeCloseTo(1, 12);
    expect(cut.subcircuits.reduce((sum, { width }) => sum + width, 0)).toBeLessThan(6);
    await expect(reconstruct(directory, { expect: 'X1 X0' })).resolves.toMatchObject({ expect: {} });
    await expect(reconstruct(directory, { expect: 'Z9' })).rejects.toThrow(/light cone.*expect: 'Z9'/);
  });

  it.for([
    ['su2_4.qasm', { maxWidth: 2 }, 'ZZII + IZZI - IIZZ + XIXI + ZIZZ + IXIX', 0.56254612, 8],
    ['pl_docs3.qasm', { maxWidth: 2 }, 'ZZZ', 0.471651988821, 11],
  ] as const)('of %s are those known', async ([file, options, sum, value, digits], context) => {
    requireOrSkip(context, 'shared');
    const text = sharedCircuit(file);
    const { expect: found } = await run({ text }, { ...options, directory, expect: sum });
    expect(found?.value).toBeCloseTo(value, digits);
  });
});
