/** `synthesize` and `instantiate`: what they find is the target, by a dense simulation that shares nothing with them. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dryRunSynthesize, instantiate, synthesize } from '../../src/api/synthesize.js';
import { readTarget, type TargetSource } from '../../src/api/input/target.js';
import { Random } from '../../src/circuit/random.js';
import { readQasm } from '../../src/circuit/qasm/readQasm.js';
import { KroncutError } from '../../src/error.js';
import type { SynthesisTarget, Template } from '../../src/native/addon.js';
import { runGates, unitaryOf } from '../support/denseSimulator.js';
import { onLocalRanks } from '../support/localCluster.js';
import { complexNpy } from '../support/npy.js';
import type { SynthesizeOptions } from '../../src/api/options/synthesize.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kroncut-synthesize-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const COMMON = { device: 'cpu', threads: 2 } as const;

/** Orthonormal random columns: one is a random state, 2^n are a random unitary (Gram and Schmidt, twice). */
function haar(seed: number, qubits: number, count: number): Float64Array {
  const random = new Random(seed, 'haar');
  const order = 2 ** qubits;
  const gauss = (): number => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(random.angle());
  const columns: Float64Array[] = [];
  while (columns.length < count) {
    const v = Float64Array.from({ length: 2 * order }, gauss);
    for (const u of [...columns, ...columns]) {
      let [re, im] = [0, 0];
      for (let i = 0; i < v.length; i += 2) {
        re += u[i]! * v[i]! + u[i + 1]! * v[i + 1]!;
        im += u[i]! * v[i + 1]! - u[i + 1]! * v[i]!;
      }
      for (let i = 0; i < v.length; i += 2) {
        const [a, b] = [u[i]!, u[i + 1]!];
        v[i] = v[i]! - (a * re - b * im);
        v[i + 1] = v[i + 1]! - (a * im + b * re);
      }
    }
    const norm = Math.hypot(...v);
    columns.push(v.map((value) => value / norm));
  }
  const values = new Float64Array(2 * order * count);
  for (const [j, column] of columns.entries()) {
    for (let i = 0; i < order; i += 1) values.set(column.subarray(2 * i, 2 * i + 2), 2 * (i * count + j));
  }
  return values;
}

const unitary = (seed: number, qubits: number): SynthesisTarget => ({
  qubits,
  kind: 'unitary',
  values: haar(seed, qubits, 2 ** qubits),
});
const state = (seed: number, qubits: number): SynthesisTarget => ({
  qubits,
  kind: 'state',
  values: haar(seed, qubits, 1),
});

/** 1 - |<a|b>| / norm. */
function overlapDistance(x: Float64Array, y: Float64Array, norm: number): number {
  let [re, im] = [0, 0];
  for (let i = 0; i < x.length; i += 2) {
    re += x[i]! * y[i]! + x[i + 1]! * y[i + 1]!;
    im += x[i]! * y[i + 1]! - x[i + 1]! * y[i]!;
  }
  return 1 - Math.hypot(re, im) / norm;
}

function distanceOf(
  target: SynthesisTarget,
  { gates }: { readonly gates: Parameters<typeof unitaryOf>[1] },
): number {
  return target.kind === 'state'
    ? overlapDistance(target.values, runGates(target.qubits, gates), 1)
    : overlapDistance(target.values, unitaryOf(target.qubits, gates), 2 ** target.qubits);
}

const TOFFOLI = {
  text: 'OPENQASM 2.0; include "qelib1.inc"; qreg q[3]; ccx q[0],q[1],q[2];',
  name: 'ccx.qasm',
};

function controlled(text: string): TargetSource {
  return { text: `OPENQASM 3.0; include "stdgates.inc"; ${text}`, name: 'target.qasm3' };
}

describe('targets with structure', () => {
  it.each([
    ['CCCX', controlled('qubit[4] q; ctrl(3) @ x q[0],q[1],q[2],q[3];'), 14],
    ['CCC-phase', controlled('qubit[4] q; ctrl(3) @ p(0.7) q[0],q[1],q[2],q[3];'), 14],
    [
      "Fourier's transform of four qubits",
      controlled(
        `qubit[4] q; ${[0, 1, 2, 3]
          .map((i) => {
            const phases = [1, 2, 3]
              .filter((j) => j > i)
              .map((j) => `cp(pi/${2 ** (j - i)}) q[${j}],q[${i}];`);
            return `h q[${i}]; ${phases.join(' ')}`;
          })
          .join(' ')}`,
      ),
      12,
    ],
    ['a controlled swap', controlled('qubit[3] q; ctrl @ swap q[0],q[1],q[2];'), 7],
  ])('take what is known to be enough: %s', async (_, source, most) => {
    const { circuit, twoQubitGates } = await synthesize(source, COMMON);
    expect(twoQubitGates).toBeLessThanOrEqual(most);
    const { gates } = readQasm(typeof source === 'object' && 'text' in source ? source.text : '');
    const values = unitaryOf(circuit.qubits, gates);
    expect(distanceOf({ qubits: circuit.qubits, kind: 'unitary', values }, circuit)).toBeLessThan(1e-8);
  });
});

describe('permutations of four qubits', () => {
  it('take far less than other unitaries do', async () => {
    const images = [9, 4, 14, 3, 0, 11, 7, 12, 1, 15, 6, 10, 13, 2, 8, 5];
    const values = new Float64Array(2 * 256);
    for (const [column, row] of images.entries()) values[2 * (16 * row + column)] = 1;
    const target: SynthesisTarget = { qubits: 4, kind: 'unitary', values };
    const { circuit, twoQubitGates } = await synthesize(target, { ...COMMON, templates: 20 });
    expect(twoQubitGates).toBeLessThanOrEqual(50);
    expect(distanceOf(target, circuit)).toBeLessThan(1e-8);
  });
});

describe('synthesize', () => {
  it.each([
    ['a unitary of one qubit', unitary(1, 1), 0],
    ['a unitary of two qubits', unitary(2, 2), 3],
    ['a unitary of three qubits', unitary(3, 3), 16],
    ['a state of one qubit', state(4, 1), 0],
    ['a state of two qubits', state(5, 2), 1],
    ['a state of three qubits', state(6, 3), 4],
    ['a state of four qubits', state(7, 4), 9],
  ] as const)('%s', async (_, target, most) => {
    const before = structuredClone(target);
    const result = await synthesize(target, { ...COMMON, templates: 100 });
    expect(target).toEqual(before);
    expect(result.twoQubitGates).toBeLessThanOrEqual(most);
    expect(result.twoQubitGates).toBeGreaterThanOrEqual(result.least);
    expect(distanceOf(target, result.circuit)).toBeLessThan(1.1e-8);
    expect(result.distance).toBeLessThanOrEqual(1e-8);
  });

  it('Toffoli with six cx, and with some more where the qubits are a line', async () => {
    const all = await synthesize(TOFFOLI, COMMON);
    expect(all).toMatchObject({ kind: 'unitary', qubits: 3, twoQubitGates: 6 });
    const line = await synthesize(TOFFOLI, {
      ...COMMON,
      pairs: [
        [1, 0],
        [1, 2],
      ],
    });
    expect(line.twoQubitGates).toBeLessThanOrEqual(10);
    for (const { qubits } of line.circuit.gates) expect(qubits.length < 2 || qubits.includes(1)).toBe(true);
    expect(distanceOf(await readTarget(TOFFOLI), line.circuit)).toBeLessThan(1.1e-8);
  });

  it('the state of a circuit, which takes fewer gates than its unitary, in another gate set', async () => {
    const source = {
      text: `OPENQASM 2.0; include "qelib1.inc"; qreg q[3];
        h q[0]; ccx q[0],q[1],q[2]; cx q[0],q[1]; ccx q[1],q[0],q[2]; rz(0.3) q[2];`,
    };
    const result = await synthesize(source, { ...COMMON, kind: 'state', gateSet: 'u3-cz' });
    expect(result).toMatchObject({ kind: 'state', twoQubitGates: 2, least: 2 });
    expect(Object.keys(result.gates).every((name) => name === 'u3' || name === 'cz')).toBe(true);
    expect(distanceOf(await readTarget(source, { kind: 'state' }), result.circuit)).toBeLessThan(1.1e-8);
  });

  it('reads .npy files and writes what it has checked', async () => {
    const target = unitary(8, 2);
    const file = join(folder, 'u.npy');
    const output = join(folder, 'u.qasm');
    await writeFile(file, complexNpy(target.values, [4, 4], { fortran: true }));
    const result = await synthesize(file, { ...COMMON, output });
    const written = readQasm(await readFile(output, 'utf8'));
    expect(written.gates).toEqual(result.circuit.gates);
    expect(distanceOf(target, written)).toBeLessThan(1e-12);
    const column = join(folder, 's.npy');
    await writeFile(column, complexNpy(haar(9, 2, 1), [4]));
    expect((await synthesize(column, { ...COMMON, kind: 'state' })).kind).toBe('state');
    const plan = await dryRunSynthesize(file, COMMON);
    expect(plan).toMatchObject({ dryRun: true, kind: 'unitary', qubits: 2 });
    expect(plan.total.seconds).toBeGreaterThan(0);
    expect((await readdir(folder)).sort()).toEqual(['s.npy', 'u.npy', 'u.qasm']);
  });

  it('is the same for any number of ranks and threads', async () => {
    const target = state(10, 3);
    const one = await synthesize(target, { ...COMMON, threads: 1, seed: 3 });
    const many = await onLocalRanks(2, (cluster) => synthesize(target, { ...COMMON, seed: 3, cluster }));
    for (const result of many) expect(result.circuit).toEqual(one.circuit);
  });
});

/** A target with another number in one place. */
function changed(target: SynthesisTarget, place: number, value: number): SynthesisTarget {
  return { ...target, values: target.values.map((old, i) => (i === place ? value : old)) };
}

/** The sentence with which a target or options are refused; no file is written. */
async function refused(source: TargetSource, options: SynthesizeOptions = {}): Promise<string> {
  const error: unknown = await synthesize(source, {
    ...COMMON,
    output: join(folder, 'x.qasm'),
    ...options,
  }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(KroncutError);
  if (!(error instanceof KroncutError)) throw new Error('not refused');
  expect(['usage', 'input']).toContain(error.code);
  expect(await readdir(folder)).not.toContain('x.qasm');
  return error.message;
}

describe('what is no target', () => {
  it('is refused with a sentence', async () => {
    const good = unitary(1, 2);
    expect(await refused(changed(good, 3, 0.9))).toMatch(/not unitary/);
    expect(await refused(changed(good, 3, Number.NaN))).toMatch(/not finite/);
    expect(await refused({ ...good, values: good.values.subarray(2) })).toMatch(/30 numbers.*32/);
    expect(await refused({ ...good, qubits: 3 })).toMatch(/128/);
    expect(await refused(changed(state(1, 2), 0, 3))).toMatch(/not normalised/);
    expect(await refused(unitary(1, 5))).toMatch(/5 qubits.*4 are most/);
    expect(await refused(state(1, 7))).toMatch(/7 qubits.*6 are most/);
    expect(await refused(join(folder, 'none.npy'))).toMatch(/none\.npy/);
    const odd = join(folder, 'odd.npy');
    await writeFile(odd, complexNpy(haar(1, 2, 1), [2, 2]));
    expect(await refused(odd)).toMatch(/odd\.npy: is not unitary/);
    await writeFile(odd, complexNpy(new Float64Array(18), [3, 3]));
    expect(await refused(odd)).toMatch(/\(3, 3\).*2\^n x 2\^n/);
    await writeFile(odd, complexNpy(good.values, [4, 4]));
    expect(await refused(odd, { kind: 'state' })).toMatch(/holds a unitary, not a state/);
  });

  it('nor are options out of range taken', async () => {
    const good = unitary(1, 3);
    expect(await refused(good, { threshold: 1e-20 })).toMatch(/threshold 1e-20.*rounding/);
    expect(await refused(good, { multistarts: 0 })).toMatch(/multistarts 0/);
    expect(await refused(good, { templates: 0.5 })).toMatch(/templates 0.5/);
    expect(await refused(good, { seed: -1 })).toMatch(/seed -1/);
    expect(await refused(good, { pairs: [[0, 3]] })).toMatch(/pairs 0-3.*0 to 2/);
    expect(await refused(good, { pairs: [[0, 1]] })).toMatch(/do not connect all 3 qubits/);
  });
});

describe('instantiate', () => {
  const template: Template = {
    qubits: 2,
    gates: [
      { kind: 'u3', qubits: [0] },
      { kind: 'u3', qubits: [1] },
      { kind: 'free', qubits: [1, 0] },
    ],
  };

  it('finds the parameters of a template and changes nothing', async () => {
    const target = unitary(12, 2);
    const [targetBefore, templateBefore] = [structuredClone(target), structuredClone(template)];
    const result = await instantiate(target, template, { ...COMMON, multistarts: 4, distTol: 1e-10 });
    expect(target).toEqual(targetBefore);
    expect(template).toEqual(templateBefore);
    expect(result.success).toBe(true);
    expect(result.distance).toBeLessThanOrEqual(1e-10);
  });

  it('refuses a template with nothing to adjust, and one of another size', async () => {
    const fixed: Template = { qubits: 2, gates: [{ kind: 'cx', qubits: [0, 1] }] };
    await expect(instantiate(unitary(12, 2), fixed, COMMON)).rejects.toThrow(/no gate to adjust/);
    await expect(instantiate(unitary(12, 3), template, COMMON)).rejects.toThrow(/3 qubits/);
  });
});
