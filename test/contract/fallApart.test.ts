/** Pieces that only cuts hold together, as `cut` leaves them. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { cut } from '../../src/api/cut.js';
import { generateCircuit } from '../../src/circuit/families/families.js';
import { writeQasm } from '../../src/circuit/qasm/writeQasm.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kroncut-apart-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

interface Kept {
  readonly cutCircuit: {
    readonly subcircuits: readonly {
      readonly width: number;
      readonly gates: readonly { readonly qubits: readonly number[] }[];
    }[];
  };
}

/** For each subcircuit whether gates lead from its first qubit to all others. */
async function connected(options: Parameters<typeof cut>[1]): Promise<boolean[]> {
  const text = writeQasm(generateCircuit('adder', { qubits: 12, seed: 1 }), 2);
  await cut({ text }, { ...options, seed: 1, directory, force: true });
  const { cutCircuit }: Kept = JSON.parse(await readFile(join(directory, 'cuts.json'), 'utf8'));
  return cutCircuit.subcircuits.map(({ width, gates }) => {
    const seen = new Set([0]);
    for (let round = 0; round < width; round += 1) {
      for (const { qubits } of gates) {
        if (qubits.some((qubit) => seen.has(qubit))) for (const qubit of qubits) seen.add(qubit);
      }
    }
    return seen.size === width;
  });
}

it('are subcircuits of their own, unless fewer are asked for or parts are chosen', async () => {
  const free = await connected({ maxWidth: 7 });
  expect(free.every(Boolean)).toBe(true);
  const few = await connected({ maxWidth: 7, maxSubcircuits: 2 });
  expect(few.length).toBe(2);
  expect(await connected({ labels: 'AAAABBBBAAAA' })).toEqual([false, true]);
});
