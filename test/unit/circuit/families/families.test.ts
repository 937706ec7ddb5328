import { beforeEach, describe, expect, it } from 'vitest';
import { KroncutError } from '../../../../src/error.js';
import type { Circuit } from '../../../../src/circuit/circuit.js';
import { generateCircuit } from '../../../../src/circuit/families/families.js';
import { FAMILIES } from '../../../../src/circuit/families/familyList.js';
import { idleQubits } from '../../../support/circuitFacts.js';
import { Random } from '../../../../src/circuit/random.js';
import { readQasm } from '../../../../src/circuit/qasm/readQasm.js';
import { outcomeDistribution, unitaryOf } from '../../../support/denseSimulator.js';
import { requireOrSkip } from '../../../support/requirements.js';
import { sharedCircuit } from '../../../support/sharedCircuits.js';

/** Outcomes with a probability above 1e-9, ascending. */
function support(circuit: Circuit): [outcome: number, probability: number][] {
  return [...outcomeDistribution(circuit).entries()].filter(([, p]) => p > 1e-9);
}

function certain(circuit: Circuit): number {
  const [only, ...others] = support(circuit);
  expect(others).toEqual([]);
  expect(only?.[1]).toBeCloseTo(1, 12);
  return only?.[0] ?? -1;
}

function onQubit(circuit: Circuit, q: number): unknown[] {
  return circuit.gates.filter((gate) => gate.qubits.includes(q));
}

function czAndT(circuit: Circuit): string[] {
  return circuit.gates
    .filter((gate) => gate.name === 'cz' || gate.name === 't')
    .map((gate) => `${gate.name} ${gate.qubits.join(' ')}`)
    .toSorted();
}

function reversed(index: number): number {
  return [0, 1, 2, 3].reduce((sum, q) => sum + (((index >> q) & 1) << (3 - q)), 0);
}

function draw(seed: number, stream: string): number {
  return new Random(seed, stream).next();
}

describe('families with a known answer', () => {
  it('bv gives 1...1', () => {
    for (const n of [2, 3, 7]) {
      expect(certain(generateCircuit('bv', { qubits: n }))).toBe(2 ** n - 1);
    }
  });

  it('ghz gives 0...0 and 1...1', () => {
    for (const [outcome, p] of support(generateCircuit('ghz', { qubits: 6 }))) {
      expect([0, 63]).toContain(outcome);
      expect(p).toBeCloseTo(0.5, 12);
    }
  });

  it('hwea without a seed gives the two outcomes of its halves', () => {
    const found = support(generateCircuit('hwea', { qubits: 10 }));
    expect(found.map(([outcome]) => outcome)).toEqual([31, 992]);
    expect(found[0]?.[1]).toBeCloseTo(0.5, 12);
  });

  it('the adder adds', () => {
    expect(certain(generateCircuit('adder', { qubits: 8 }))).toBe(0);
    const sums = new Set<number>();
    for (let seed = 0; seed < 20; seed++) {
      const circuit = generateCircuit('adder', { qubits: 8, seed });
      const set = circuit.gates.slice(
        0,
        circuit.gates.findIndex((gate) => gate.name !== 'x'),
      );
      const bit = (q: number): number => (set.some((gate) => gate.qubits[0] === q) ? 1 : 0);
      const b = bit(1) + 2 * bit(3) + 4 * bit(5);
      const a = bit(2) + 2 * bit(4) + 4 * bit(6);
      const outcome = certain(circuit);
      const read = (q: number): number => (outcome >> q) & 1;
      expect(read(1) + 2 * read(3) + 4 * read(5) + 8 * read(7)).toBe(a + b);
      expect(read(2) + 2 * read(4) + 4 * read(6)).toBe(a);
      expect(read(0)).toBe(0);
      sums.add(a + b);
    }
    expect(sums.size).toBeGreaterThan(5);
  });

  it('qft is the Fourier matrix with the outcome bits in reverse', () => {
    const n = 4;
    const order = 2 ** n;
    const actual = unitaryOf(n, generateCircuit('qft', { qubits: n }).gates);
    for (let row = 0; row < order; row++) {
      for (let column = 0; column < order; column++) {
        const angle = (2 * Math.PI * row * column) / order;
        const at = 2 * (reversed(row) * order + column);
        expect(actual[at]).toBeCloseTo(Math.cos(angle) / 4, 12);
        expect(actual[at + 1]).toBeCloseTo(Math.sin(angle) / 4, 12);
      }
    }
  });

  it('aqft leaves out the small phases', () => {
    const full = generateCircuit('qft', { qubits: 12 }).gates;
    const part = generateCircuit('aqft', { qubits: 12 }).gates;
    expect(part).toEqual(
      full.filter((gate) => gate.name === 'h' || (gate.params[0] ?? 0) > Math.PI / 2 ** 4.5),
    );
    expect(part.length).toBeLessThan(full.length);
  });
});

describe('families against circuits from elsewhere', () => {
  beforeEach((context) => {
    requireOrSkip(context, 'shared');
  });

  it.each([
    ['bv', 10, 'bv10.qasm'],
    ['bv', 38, 'bv_38qubit.qasm3'],
    ['ghz', 20, 'ghz20.qasm'],
    ['hwea', 10, 'hwea10.qasm'],
    ['hwea', 14, 'hwea14.qasm'],
    ['aqft', 22, 'cutqc_aqft_22.qasm'],
    ['aqft', 30, 'cutqc_aqft_30.qasm'],
    ['adder', 10, 'adder10.qasm'],
    ['adder', 22, 'cutqc_adder_22.qasm'],
  ])('%s with %i qubits is the circuit of %s', (family, qubits, file) => {
    const made = generateCircuit(family, { qubits });
    const expected = readQasm(sharedCircuit(file));
    expect(made.gates.length).toBe(expected.gates.length);
    for (let q = 0; q < qubits; q++) {
      expect(onQubit(made, q)).toEqual(onQubit(expected, q));
    }
  });

  it.each([
    [16, 'cutqc_supremacy_16.qasm'],
    [20, 'cutqc_supremacy_20.qasm'],
  ])('supremacy with %i qubits has the couplings and t gates of %s', (qubits, file) => {
    expect(czAndT(generateCircuit('supremacy', { qubits }))).toEqual(czAndT(readQasm(sharedCircuit(file))));
  });
});

describe('generateCircuit', () => {
  it.each(FAMILIES.map(({ name }) => name))('%s: same options same circuit, all qubits in use', (name) => {
    const options = { qubits: 12, seed: 5 };
    const circuit = generateCircuit(name, options);
    expect(generateCircuit(name, options)).toEqual(circuit);
    expect(circuit.qubits).toBe(12);
    expect(idleQubits(circuit)).toEqual([]);
    expect(circuit.gates.every((gate) => new Set(gate.qubits).size === gate.qubits.length)).toBe(true);
  });

  it.each(['hwea', 'supremacy', 'regular', 'random'])(
    '%s has generic output that follows the seed',
    (name) => {
      const first = outcomeDistribution(generateCircuit(name, { qubits: 6, seed: 1 }));
      const second = outcomeDistribution(generateCircuit(name, { qubits: 6, seed: 2 }));
      expect(new Set(Array.from(first, (p) => p.toFixed(9))).size).toBeGreaterThan(5);
      expect(first.some((p, i) => Math.abs(p - (second[i] ?? 0)) > 1e-3)).toBe(true);
    },
  );

  it('draws 3-regular connected graphs', () => {
    const { gates } = generateCircuit('regular', { qubits: 20, seed: 3 });
    const edges = gates.filter((gate) => gate.name === 'rzz').map((gate) => gate.qubits.join(' '));
    expect(new Set(edges).size).toBe(30);
    for (let q = 0; q < 20; q++) {
      expect(edges.filter((edge) => edge.split(' ').includes(String(q))).length).toBe(3);
    }
  });

  it.each([
    ['bv', { qubits: 1 }, "qubits 1: the family 'bv' needs 2 or more; 2 would do"],
    ['adder', { qubits: 9 }, '8 and 10 would do'],
    ['supremacy', { qubits: 17 }, '16 and 18 would do'],
    ['regular', { qubits: 3 }, 'an even number, 4 or more; 4 would do'],
    ['ghz', { qubits: 3.5 }, '3 and 4 would do'],
    ['ghz', { qubits: Number.NaN }, '1 or more'],
    ['ghz', { qubits: 1e9 }, '100000 at most'],
    ['qft', { qubits: 3, depth: 2 }, 'no depth to choose'],
    ['random', { qubits: 3, depth: 0 }, 'depth 0'],
    ['random', { qubits: 3, seed: -1 }, 'seed -1'],
    ['supremecy', { qubits: 4 }, "(did you mean 'supremacy'?); the families are bv, "],
    ['xyzzy', { qubits: 4 }, "there is no family 'xyzzy'; the families are bv, "],
  ])('refuses %s with %o', (family, options, sentence) => {
    let caught: unknown;
    try {
      generateCircuit(family, options);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(KroncutError);
    expect(caught).toMatchObject({ code: 'usage' });
    expect(String(caught)).toContain(sentence);
  });
});

describe('Random', () => {
  it('gives the same numbers everywhere', () => {
    const random = new Random(42, 'test');
    expect([random.next(), random.below(1000), random.next()]).toMatchInlineSnapshot(`
      [
        0.3347471296536192,
        529,
        0.4835559653292697,
      ]
    `);
  });

  it('depends on the seed and the stream and is uniform', () => {
    expect(new Set([draw(0, ''), draw(1, ''), draw(2 ** 40, ''), draw(0, 'a'), draw(0, 'b')]).size).toBe(5);
    const random = new Random(7);
    const counts = Array<number>(6).fill(0);
    for (let i = 0; i < 6000; i++) {
      const value = random.below(6);
      counts[value] = (counts[value] ?? 0) + 1;
    }
    for (const count of counts) {
      expect(Math.abs(count - 1000)).toBeLessThan(150);
    }
  });
});
