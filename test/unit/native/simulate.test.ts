import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ControlHandle, Precision, SubcircuitArrays } from '../../../src/native/addon.js';
import { invoke } from '../../../src/native/invoke.js';
import { loadAddon } from '../../../src/native/load.js';

const { addon } = loadAddon({ mpi: false, cuda: false, environment: {} });

const s = Math.SQRT1_2;
const hadamard = [s, s, s, -s];
const cx = [1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0];

/** h on qubit 0, then cx from qubit 0 to qubit 1. */
function bell(): { qubits: number; targets: Int32Array; matrices: Float64Array } {
  const matrices = new Float64Array(64);
  hadamard.forEach((value, k) => (matrices[2 * k] = value));
  cx.forEach((value, k) => (matrices[32 + 2 * k] = value));
  return { qubits: 2, targets: Int32Array.of(0, -1, 0, 1), matrices };
}

const subcircuit = (change: Partial<SubcircuitArrays> = {}): SubcircuitArrays => ({
  ...bell(),
  inputs: Int32Array.of(0),
  mirrored: Int32Array.of(),
  outputs: Int32Array.of(1),
  outcomes: Int32Array.of(0),
  ...change,
});

/** Thirty qubits, all of them measured. */
const wide = (): SubcircuitArrays =>
  subcircuit({
    qubits: 30,
    inputs: Int32Array.of(),
    outputs: Int32Array.of(),
    outcomes: Int32Array.from({ length: 30 }, (_, bit) => bit),
  });

describe('evaluateSubcircuit', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'kroncut-simulate-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const evaluate = (
    program: SubcircuitArrays,
    change: { device?: string; threads?: number; file?: string | undefined; precision?: Precision } = {},
    signal?: AbortSignal,
  ) =>
    invoke(
      addon,
      (control: ControlHandle) =>
        addon.evaluateSubcircuit(program, {
          device: 'cpu',
          threads: 2,
          file: path.join(folder, '0.npy'),
          precision: 'double',
          control,
          ...change,
        }),
      { signal },
    );

  test('gives the values of the file where none is named', async () => {
    const file = path.join(folder, '0.npy');
    const { bytes } = await evaluate(subcircuit());
    const kept = await evaluate(subcircuit(), { file: undefined });
    expect(kept.bytes).toBe(8 * 32);
    const held = Buffer.from(kept.values?.buffer ?? new ArrayBuffer(0));
    expect(held.equals(readFileSync(file).subarray(bytes - 8 * 32))).toBe(true);
    expect((await evaluate(subcircuit(), { file })).values).toBeUndefined();
  });

  test.each([
    ['double', 8],
    ['single', 4],
  ] as const)('writes a whole .npy file in %s precision', async (precision, width) => {
    const { bytes } = await evaluate(subcircuit(), { precision });
    expect(readdirSync(folder)).toEqual(['0.npy']);
    const file = readFileSync(path.join(folder, '0.npy'));
    expect(file.length).toBe(bytes);
    const offset = bytes - 32 * width;
    expect(file.toString('latin1', 10, offset)).toContain(
      `'descr': '<f${width}', 'fortran_order': False, 'shape': (4, 4, 2)`,
    );
    const values = Array.from({ length: 32 }, (_, k) =>
      width === 8 ? file.readDoubleLE(offset + 8 * k) : file.readFloatLE(offset + 4 * k),
    );
    // I/2 becomes an even mixture whose outcome equals qubit 1; X/2 becomes Z/2, its outcomes weighed by sign.
    const expected = Array.from({ length: 32 }, () => 0);
    [0.5, 0.5].forEach((value, x) => (expected[x] = value));
    [0.5, -0.5].forEach((value, x) => (expected[6 + x] = value));
    [0.5, -0.5].forEach((value, x) => (expected[8 + x] = value));
    [0.5, 0.5].forEach((value, x) => (expected[14 + x] = value));
    values.forEach((value, k) => expect(value).toBeCloseTo(expected[k] ?? NaN, 6));
  });

  test.each([
    ['input', /names qubit 7/, subcircuit({ inputs: Int32Array.of(7) }), {}],
    ['input', /already/, subcircuit({ outcomes: Int32Array.of(1) }), {}],
    ['memory', /takes 8(\.0+)? GiB, but in memory .* name a run directory/, wide(), { file: undefined }],
    ['usage', /two numbers per gate/, subcircuit({ targets: Int32Array.of(0) }), {}],
    ['usage', /32 numbers per gate/, subcircuit({ matrices: new Float64Array(3) }), {}],
    ['usage', /finite/, subcircuit({ matrices: new Float64Array(64).fill(NaN) }), {}],
    ['usage', /threads must be a whole number of at least 1/, subcircuit(), { threads: 0 }],
    ['usage', /no such device: tpu/, subcircuit(), { device: 'tpu' }],
    ['input', /No such file or directory/, subcircuit(), { file: '/nonexistent/folder/0.npy' }],
    ['memory', /needs 512\.0 TiB/, subcircuit({ qubits: 44, outcomes: Int32Array.of() }), {}],
  ] as const)('refuses with code %s: %s', async (code, message, program, change) => {
    await expect(evaluate(program, change)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('leaves nothing behind when cancelled', async () => {
    const gates = 200_000;
    const targets = new Int32Array(2 * gates);
    const matrices = new Float64Array(32 * gates);
    for (let gate = 0; gate < gates; ++gate) {
      // Alternating pairs, so that fusing cannot shorten the circuit.
      targets.set(gate % 2 === 0 ? [0, 1] : [1, 2], 2 * gate);
      for (let row = 0; row < 4; ++row) matrices[32 * gate + 10 * row] = 1;
      matrices.set([s, 0, s, 0], 32 * gate);
      matrices.set([s, 0, -s, 0], 32 * gate + 8);
    }
    const program = subcircuit({ qubits: 20, targets, matrices });
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 20);
    await expect(evaluate(program, {}, controller.signal)).rejects.toMatchObject({ code: 'cancelled' });
    expect(readdirSync(folder)).toEqual([]);
  });
});

test('simulateProbabilities gives a tensor without bonds', async () => {
  const tensor = await invoke(addon, (control) =>
    addon.simulateProbabilities(
      { ...bell(), outcomes: Int32Array.of(1, 0) },
      { device: 'cpu', threads: 1, precision: 'double', control },
    ),
  );
  expect(addon.tensorInfo(tensor)).toEqual({ bonds: [], bits: [0, 1], bytes: 32 });
  const values = addon.readTensor(tensor, 0, 4);
  [0.5, 0, 0, 0.5].forEach((value, x) => expect(values[x]).toBeCloseTo(value, 12));
});
