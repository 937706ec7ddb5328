import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Gate } from '../../../../src/circuit/circuit.js';
import { gateOf } from '../../../../src/circuit/gates.js';
import { Random } from '../../../../src/circuit/random.js';
import type { QubitPair } from '../../../../src/compile/block/schmidtNeeds.js';
import type { Instantiator } from '../../../../src/compile/block/deletion.js';
import {
  inOrder,
  searchTemplates,
  templateGates,
  type SearchOptions,
} from '../../../../src/compile/block/searchTemplates.js';
import {
  isBeyondSearch,
  searchBelow,
  searchWork,
  usedPairs,
} from '../../../../src/compile/block/synthesis.js';
import { denseUnitary, unitaryDistance } from '../../../../src/compile/gates/unitary.js';
import type { InstantiateResult, SynthesisTarget, Template } from '../../../../src/native/addon.js';
import { loadAddon } from '../../../../src/native/load.js';
import { unitaryOf } from '../../../support/denseSimulator.js';

const { addon } = loadAddon();

function instantiator(threads = 1): Instantiator {
  return {
    tryInOrder: (target, templates, wanted) =>
      addon.instantiateMany(target, templates, {
        ...wanted,
        threads,
        control: addon.createControl(),
        polish: false,
        firstSuccess: true,
      }),
    polish: (target, template) =>
      addon.instantiate(target, template, { threads, control: addon.createControl(), method: 'lm' }),
  };
}

const ALL: readonly QubitPair[] = [
  [0, 1],
  [0, 2],
  [1, 2],
];
const OPTIONS: SearchOptions = { threshold: 1e-8, starts: 2, most: 6, templates: 500, pairs: ALL };

function targetOf(qubits: number, gates: readonly Gate[]): SynthesisTarget {
  return { qubits, kind: 'unitary', values: denseUnitary(qubits, gates) };
}

/** `cx` on these pairs in order, with any turn of every qubit wherever there may be one. */
function planted(
  seed: number,
  qubits: number,
  places: readonly number[],
  pairs: readonly QubitPair[],
): Gate[] {
  const random = new Random(seed, 'planted');
  return templateGates(qubits, places, pairs).map((gate) =>
    gate.name === 'cx' ? gate : gateOf('u3', gate.qubits, random.angle(), random.angle(), random.angle()),
  );
}

const cxOf = (gates: readonly Gate[]): number => gates.filter(({ name }) => name === 'cx').length;

const TOFFOLI = `h 2;cx 1 2;tdg 2;cx 0 2;t 2;cx 1 2;tdg 2;cx 0 2;t 1;t 2;h 2;cx 0 1;t 0;tdg 1;cx 0 1`
  .split(';')
  .map((text) => {
    const [name = '', ...qubits] = text.split(' ');
    return gateOf(name, qubits.map(Number));
  });

describe('search', () => {
  it('finds circuits of few cx again, with no more of them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.array(fc.nat(2), { maxLength: 3 }), async (seed, places) => {
        const gates = planted(seed, 3, places, ALL);
        const found = await searchTemplates(targetOf(3, gates), { ...OPTIONS, starts: 8 }, instantiator());
        expect(found.gates).toBeDefined();
        expect(cxOf(found.gates ?? [])).toBeLessThanOrEqual(places.length);
        expect(found.least).toBeLessThanOrEqual(cxOf(found.gates ?? []));
        // Beside the dense reference of the tests, which shares nothing with the one of the compiler.
        const distance = unitaryDistance(unitaryOf(3, found.gates ?? []), unitaryOf(3, gates));
        expect(distance).toBeLessThanOrEqual(1e-8 * (1 + 1e-6));
      }),
      { numRuns: 8, seed: 1 },
    );
  });

  it('finds Toffoli with six cx, and nothing with five', async () => {
    const target = targetOf(3, TOFFOLI);
    const six = await searchTemplates(target, OPTIONS, instantiator());
    expect(cxOf(six.gates ?? [])).toBe(6);
    const five = await searchTemplates(target, { ...OPTIONS, most: 5 }, instantiator());
    expect(five.gates).toBeUndefined();
    // All that there is was tried: the limit was not what ended it.
    expect(five.templates).toBeLessThan(OPTIONS.templates);
    expect(five.isExhausted).toBe(true);
  });

  it('keeps to the pairs that it is given, to the most cx, and to the number of templates', async () => {
    const line: readonly QubitPair[] = [
      [0, 1],
      [1, 2],
    ];
    const gates = planted(3, 3, [1], ALL);
    const found = await searchTemplates(targetOf(3, gates), { ...OPTIONS, pairs: line }, instantiator());
    for (const { qubits } of found.gates ?? []) {
      if (qubits.length === 2) expect(line).toContainEqual(qubits);
    }
    const none = await searchTemplates(targetOf(3, gates), { ...OPTIONS, most: 0 }, instantiator());
    expect(none).toMatchObject({ gates: undefined, templates: 0, least: 1 });
    const few = await searchTemplates(targetOf(3, TOFFOLI), { ...OPTIONS, templates: 10 }, instantiator());
    expect(few.gates).toBeUndefined();
    expect(few.templates).toBeLessThan(10 + ALL.length);
    expect(few.isExhausted).toBe(false);
    expect(none.isExhausted).toBe(true);
  });

  it('prepares states', async () => {
    const amplitude = Math.sqrt(1 / 3);
    const values = new Float64Array(16);
    for (const index of [1, 2, 4]) values[2 * index] = amplitude;
    const target: SynthesisTarget = { qubits: 3, kind: 'state', values };
    const found = await searchTemplates(target, { ...OPTIONS, starts: 8 }, instantiator());
    expect(found.gates).toBeDefined();
    // The W state of three qubits: three cx are enough, two are least across its cuts.
    expect(found.least).toBe(2);
    expect(cxOf(found.gates ?? [])).toBeLessThanOrEqual(3);
    const matrix = unitaryOf(3, found.gates ?? []);
    let [re, im] = [0, 0];
    for (const index of [1, 2, 4]) {
      re += amplitude * matrix[2 * 8 * index]!;
      im += amplitude * matrix[2 * 8 * index + 1]!;
    }
    expect(1 - Math.hypot(re, im)).toBeLessThan(1e-8 * (1 + 1e-6));
  });

  it('gives the same answer for any number of threads', async () => {
    const target = targetOf(3, planted(11, 3, [0, 2, 1, 0], ALL));
    const one = await searchTemplates(target, OPTIONS, instantiator(1));
    const two = await searchTemplates(target, OPTIONS, instantiator(2));
    expect(two).toEqual(one);
  });

  it('goes on from the best prefix where it is asked to', async () => {
    const target = targetOf(3, planted(12, 3, [0, 2, 1], ALL));
    const found = await searchTemplates(
      target,
      { ...OPTIONS, starts: 8, most: 14, prefixAfter: 9 },
      instantiator(),
    );
    expect(found.gates).toBeDefined();
  });

  it('does not believe NaN, or a success beyond the threshold', async () => {
    for (const distance of [Number.NaN, 1e-7]) {
      const lying: Pick<Instantiator, 'tryInOrder'> = {
        tryInOrder: async (_target, templates) => templates.map((template) => claimed(template, distance)),
      };
      const found = await searchTemplates(targetOf(3, TOFFOLI), { ...OPTIONS, templates: 20 }, lying);
      expect(found.gates).toBeUndefined();
    }
  });
});

function claimed({ gates }: Template, distance: number): InstantiateResult {
  const angles = gates.filter(({ kind }) => kind === 'u3').length;
  return {
    success: true,
    distance,
    parameters: new Float64Array(3 * angles),
    method: 'lm',
    iterations: 1,
    totalIterations: 1,
    start: 0,
    distances: Float64Array.of(distance),
  };
}

describe('an order of time', () => {
  it('stands for the same circuit, and is its own order', () => {
    const pairs: readonly QubitPair[] = [
      [0, 1],
      [0, 2],
      [0, 3],
      [1, 2],
      [1, 3],
      [2, 3],
    ];
    const matrix = (places: readonly number[]): Float64Array =>
      denseUnitary(
        4,
        places.map((place) => gateOf('cx', pairs[place] ?? [0, 1])),
      );
    fc.assert(
      fc.property(fc.array(fc.nat(5), { maxLength: 8 }), (places) => {
        const ordered = inOrder(places, pairs);
        expect(matrix(ordered)).toEqual(matrix(places));
        expect(inOrder(ordered, pairs)).toEqual(ordered);
      }),
    );
    expect(inOrder([5, 0], pairs)).toEqual(inOrder([0, 5], pairs));
  });
});

describe('a search below what deletion left', () => {
  const deletion = { threshold: 1e-8, multistarts: 4, scan: 'weight', pairs: false } as const;

  it('finds fewer cx on the same pairs, or nothing', async () => {
    // Three cx between these qubits, written with nine.
    const core = planted(21, 3, [0, 2, 0], ALL);
    const wasted = ['cx', 'rz', 'cx'].flatMap((name) => [
      gateOf(name, name === 'rz' ? [2] : [1, 2], ...(name === 'rz' ? [1e-12] : [])),
    ]);
    const long = [...core, ...wasted, ...wasted, ...wasted];
    const target = targetOf(3, long);
    expect(cxOf(long)).toBe(9);
    const { gates: found } = await searchBelow(target, long, 'auto', deletion, instantiator());
    expect(cxOf(found ?? long)).toBeLessThanOrEqual(3);
    expect(unitaryDistance(unitaryOf(3, found ?? []), unitaryOf(3, long))).toBeLessThan(1e-8);
    const pairs = usedPairs(long).map((pair) => pair.join(' '));
    for (const [a, b] of usedPairs(found ?? [])) expect(pairs).toContain(`${a} ${b}`);
    const below = await searchBelow(target, found ?? [], 'auto', deletion, instantiator());
    expect(below).toEqual({ gates: undefined, isExhausted: true });
    expect((await searchBelow(target, long, 'off', deletion, instantiator())).gates).toBeUndefined();
    expect(isBeyondSearch(3, long, 'auto')).toBe(false);
    expect(isBeyondSearch(3, [...long, ...long], 'auto')).toBe(true);
    expect(isBeyondSearch(3, [...long, ...long], 'off')).toBe(false);
  });

  it('is predicted to take more where more is asked for', () => {
    const size = { qubits: 3, pairs: 3, cx: 9 };
    expect(searchWork(size, 'off')).toBe(0);
    expect(searchWork(size, 'auto')).toBeGreaterThan(0);
    expect(searchWork(size, 'always')).toBeGreaterThan(searchWork(size, 'auto'));
    expect(searchWork({ ...size, qubits: 5 }, 'always')).toBe(0);
  });
});
