import { describe, expect, it } from 'vitest';
import type {
  InstantiateOptions,
  SynthesisTarget,
  Template,
  TemplateGate,
} from '../../../src/native/addon.js';
import { loadAddon } from '../../../src/native/load.js';

const { addon } = loadAddon();

function options(more: Partial<InstantiateOptions> = {}): InstantiateOptions {
  return { threads: 2, control: addon.createControl(), ...more };
}

/** The Toffoli gate with target qubit 2. */
function toffoli(): SynthesisTarget {
  const values = new Float64Array(128);
  for (let column = 0; column < 8; column += 1) {
    const row = (column & 3) === 3 ? column ^ 4 : column;
    values[2 * (8 * row + column)] = 1;
  }
  return { qubits: 3, kind: 'unitary', values };
}

const pairs = [
  [2, 1],
  [2, 0],
  [2, 1],
  [2, 0],
  [1, 0],
];

const unitaries: Template = {
  qubits: 3,
  gates: pairs.map((qubits): TemplateGate => ({ kind: 'free', qubits })),
};

/** 1 - |Tr(T^dagger C)| / 2^n, entry by entry. */
function denseDistance(target: SynthesisTarget, composite: Float64Array): number {
  let real = 0;
  let imaginary = 0;
  for (let k = 0; k < composite.length; k += 2) {
    const [a = 0, b = 0] = target.values.subarray(k, k + 2);
    const [c = 0, d = 0] = composite.subarray(k, k + 2);
    real += a * c + b * d;
    imaginary += a * d - b * c;
  }
  return 1 - Math.hypot(real, imaginary) / 2 ** target.qubits;
}

describe('instantiate', () => {
  it.each(['auto', 'qfactor', 'lm', 'qfactor-sample'] as const)(
    'finds Toffoli by %s, changes nothing, and says what a dense product says',
    async (method) => {
      const target = toffoli();
      const template = structuredClone(unitaries);
      const result = await addon.instantiate(target, template, options({ method, multistarts: 16 }));
      expect(target).toEqual(toffoli());
      expect(template).toEqual(unitaries);
      expect(result.success).toBe(true);
      expect(result.distance).toBeLessThanOrEqual(1e-10);
      const found = { ...template, parameters: result.parameters };
      expect(denseDistance(target, addon.compositeUnitary(found))).toBeCloseTo(result.distance, 13);
      expect(addon.synthesisDistance(target, found)).toBeCloseTo(result.distance, 14);
      expect(result.distances).toHaveLength(result.start + 1);
    },
  );

  it('starts from given parameters first', async () => {
    const target = toffoli();
    const { parameters } = await addon.instantiate(target, unitaries, options({ multistarts: 16 }));
    const again = await addon.instantiate(target, { ...unitaries, parameters }, options({ seed: 5 }));
    expect(again.start).toBe(0);
    expect(again.iterations).toBeLessThanOrEqual(1);
  });

  it('ends several templates behind the first success', async () => {
    const few: Template = { qubits: 3, gates: unitaries.gates.slice(0, 2) };
    const results = await addon.instantiateMany(toffoli(), [few, unitaries, few], {
      ...options({ multistarts: 16 }),
      firstSuccess: true,
    });
    expect(results.map((result) => result?.success ?? null)).toEqual([false, true, null]);
  });

  it('prepares a state', async () => {
    const values = new Float64Array([Math.SQRT1_2, 0, 0, 0, 0, 0, 0, -Math.SQRT1_2]);
    const template: Template = {
      qubits: 2,
      gates: [
        { kind: 'ry', qubits: [1] },
        { kind: 'cx', qubits: [1, 0] },
        { kind: 'rz', qubits: [0] },
      ],
    };
    const result = await addon.instantiate({ qubits: 2, kind: 'state', values }, template, options());
    expect(result.success).toBe(true);
    const composite = addon.compositeUnitary({ ...template, parameters: result.parameters });
    let real = 0;
    let imaginary = 0;
    for (let row = 0; row < 4; row += 1) {
      const [a = 0, b = 0] = values.subarray(2 * row, 2 * row + 2);
      const [c = 0, d = 0] = composite.subarray(8 * row, 8 * row + 2);
      real += a * c + b * d;
      imaginary += a * d - b * c;
    }
    expect(Math.hypot(real, imaginary)).toBeCloseTo(1, 12);
  });

  it('computes on the device that is named', async () => {
    const here = await addon.instantiate(toffoli(), unitaries, options({ multistarts: 4 }));
    const named = await addon.instantiate(toffoli(), unitaries, options({ multistarts: 4, device: 'cpu' }));
    expect(named).toEqual(here);
    await expect(
      addon.instantiate(toffoli(), unitaries, options({ device: 'abacus' })),
    ).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining('abacus') });
  });

  it('stops when it is cancelled', async () => {
    const control = addon.createControl();
    addon.cancelControl(control);
    const call = addon.instantiate(toffoli(), unitaries, options({ control }));
    await expect(call).rejects.toMatchObject({ code: 'cancelled' });
  });

  it.each([
    [
      'a target that is not unitary',
      { target: { values: toffoli().values.map((x) => 1.1 * x) } },
      'not unitary',
    ],
    ['NaN', { target: { values: toffoli().values.fill(Number.NaN) } }, 'not finite'],
    ['a target of another size', { target: { qubits: 2 } }, '2 qubits'],
    ['nothing to adjust', { gates: [{ kind: 'cx', qubits: [0, 1] }] }, 'no gate to adjust'],
    ['a qubit that is not there', { gates: [{ kind: 'u3', qubits: [3] }] }, 'qubits 0 to 2'],
  ] as const)('refuses %s', async (_, change, sentence) => {
    const target = { ...toffoli(), ...('target' in change ? change.target : {}) };
    const template = { ...unitaries, ...('gates' in change ? { gates: change.gates } : {}) };
    await expect(addon.instantiate(target, template, options())).rejects.toMatchObject({
      code: 'input',
      message: expect.stringContaining(sentence),
    });
  });

  it.each([{ distTol: 1e-17 }, { multistarts: 0 }, { beta: 1 }, { maxIters: 0 }, { seed: -1 }])(
    'refuses the option %o',
    (bad) => {
      const [name = ''] = Object.keys(bad);
      expect(() => addon.instantiate(toffoli(), unitaries, options(bad))).toThrow(name);
    },
  );
});
