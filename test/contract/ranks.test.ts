/** Runs under mpirun against runs of one process: the same files to the last bit. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { generateCircuit } from '../../src/circuit/families/families.js';
import { writeQasm } from '../../src/circuit/qasm/writeQasm.js';
import { kroncut, mainFile } from '../support/kroncut.js';
import { launch } from '../support/launch.js';
import { requireOrSkip } from '../support/requirements.js';
import { AMPLE } from '../support/budget.js';

beforeEach((context) => requireOrSkip(context, 'mpi'));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kroncut-mpirun-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Wide enough for answers of several slices: those of 2^12 outcomes are the work of one rank alone. */
const CIRCUITS = {
  supremacy: { circuit: generateCircuit('supremacy', { qubits: 16, seed: 4 }), width: 11 },
  regular: { circuit: generateCircuit('regular', { qubits: 14, depth: 1, seed: 3 }), width: 9 },
};

describe.each(Object.keys(CIRCUITS))('%s', (name) => {
  it.each(['double', 'single'])(
    'in %s precision on 1 to 4 ranks',
    { timeout: 120_000 },
    async (precision) => {
      const { circuit, width } =
        Object.entries(CIRCUITS).find(([key]) => key === name)?.[1] ?? CIRCUITS.regular;
      const file = join(folder, `${name}.qasm`);
      writeFileSync(file, writeQasm(circuit, 2));
      const argv = (directory: string): string[] =>
        `run ${file} -w ${width} -o ${directory} --full --top 7 --marginal 3,0 --precision ${precision} --objective sampling
        --time-limit ${AMPLE} --json`.split(/\s+/);
      const reference = join(folder, `${name}-${precision}`);
      const alone = kroncut(argv(reference));
      expect(alone.status).toBe(0);
      const { cut: _, timings: __, verify, ...expected } = JSON.parse(alone.stdout);
      expect(verify.maxAbsError).toBeLessThan(precision === 'double' ? 1e-12 : 1e-6);
      for (const ranks of [1, 2, 3, 4]) {
        const directory = `${reference}-${ranks}`;
        const { status, stdout, stderr } = await launch(mainFile, argv(directory), {
          launcher: 'mpi',
          variant: 'mpi',
          ranks,
        });
        expect(stderr).toBe('');
        expect(status).toBe(0);
        expect(JSON.parse(stdout)).toMatchObject(expected);
        for (const result of ['results/full.npy', 'tensors/0.npy']) {
          const bytes = readFileSync(join(directory, result));
          expect(bytes.equals(readFileSync(join(reference, result)))).toBe(true);
        }
      }
    },
  );
});
