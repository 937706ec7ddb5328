import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Gate } from '../../../../src/circuit/circuit.js';
import { GATES, gateMatrix, gateOf } from '../../../../src/circuit/gates.js';
import { Random } from '../../../../src/circuit/random.js';
import { cartanDecomposition } from '../../../../src/circuit/cartan.js';
import { cxCount } from '../../../../src/compile/gates/consolidate.js';
import { mergeOneQubit } from '../../../../src/compile/gates/merge.js';
import { GATE_SETS } from '../../../../src/compile/gates/gateSets.js';
import { consolidatePairs, toU3Cx } from '../../../../src/compile/gates/rewrite.js';
import { toGateSet } from '../../../../src/compile/gates/toGateSet.js';
import {
  boundFromAngle,
  denseUnitary,
  distanceAngle,
  unitaryDistance,
} from '../../../../src/compile/gates/unitary.js';
import { unitaryOf } from '../../../support/denseSimulator.js';

const NAMES = [...GATES.values()].filter(({ matrix, qubits }) => matrix !== undefined && qubits <= 2);

/** Any gates of the table on one and two qubits, at any angles, special ones among them. */
function randomGates(seed: number, qubits: number, count: number): Gate[] {
  const random = new Random(seed, 'rewrite');
  return Array.from({ length: count }, () => {
    const spec = NAMES[random.below(NAMES.length)] ?? NAMES[0]!;
    const places = random.shuffle(Array.from({ length: qubits }, (_, q) => q)).slice(0, spec.qubits);
    const params = Array.from({ length: spec.params }, () =>
      random.below(3) === 0 ? (random.below(9) - 4) * (Math.PI / 4) : random.angle() - Math.PI,
    );
    return gateOf(spec.name, places, ...params);
  });
}

/** The distance by its definition, without the care that `unitaryDistance` takes. */
function plainDistance(a: Float64Array, b: Float64Array): number {
  let [re, im] = [0, 0];
  for (let i = 0; i < a.length; i += 2) {
    re += a[i]! * b[i]! + a[i + 1]! * b[i + 1]!;
    im += a[i]! * b[i + 1]! - a[i + 1]! * b[i]!;
  }
  return 1 - Math.hypot(re, im) / Math.sqrt(a.length / 2);
}

const count = (name: string, ...params: number[]): number =>
  cxCount(gateMatrix(gateOf(name, [0, 1], ...params)));
const cx = (list: readonly Gate[]): number => list.filter(({ name }) => name === 'cx').length;
const names = (gates: readonly Gate[]): Set<string> => new Set(gates.map(({ name }) => name));

describe('rewriting into u3 and cx', () => {
  it.each(NAMES.map((spec) => [spec.name, spec] as const))('%s becomes u3 and cx', (name, spec) => {
    for (const angles of [
      [0.3, -1.2, 2.5, 0.7],
      [0, 0, 0, 0],
      [Math.PI / 2, Math.PI, -Math.PI / 2, Math.PI],
    ]) {
      const qubits = spec.qubits === 1 ? [1] : [2, 0];
      const gate = gateOf(name, qubits, ...angles.slice(0, spec.params));
      const gates = toU3Cx([gate]);
      expect([...names(gates)].every((each) => each === 'u3' || each === 'cx')).toBe(true);
      expect(plainDistance(unitaryOf(3, gates), unitaryOf(3, [gate]))).toBeLessThan(1e-13);
    }
  });

  it('takes the least number of cx', () => {
    expect(count('cx')).toBe(1);
    expect(count('cz')).toBe(1);
    expect(count('ecr')).toBe(1);
    expect(count('rzz', Math.PI / 2)).toBe(1);
    expect(count('ryy', -Math.PI / 2)).toBe(1);
    expect(count('rxx', 0)).toBe(0);
    expect(count('ryy', 0.4)).toBe(2);
    expect(count('rxx', 0.4)).toBe(2);
    expect(count('cu', 0.1, 0.2, 0.3, 0.4)).toBe(2);
    expect(count('iswap')).toBe(2);
    expect(count('swap')).toBe(3);
  });

  it('decomposes any product of gates on two qubits', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 12 }), (seed, length) => {
        const gates = randomGates(seed, 2, length);
        const short = consolidatePairs(toU3Cx(gates));
        expect(short.filter(({ name }) => name === 'cx').length).toBeLessThanOrEqual(3);
        expect(plainDistance(unitaryOf(2, short), unitaryOf(2, gates))).toBeLessThan(1e-13);
        const { before, after } = cartanDecomposition(unitaryOf(2, gates));
        for (const factor of [...before, ...after]) expect(Math.hypot(...factor)).toBeCloseTo(Math.SQRT2, 12);
      }),
      { numRuns: 300 },
    );
  });

  it('keeps the circuit through every pass', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 0, max: 25 }), (seed, length) => {
        const gates = randomGates(seed, 4, length);
        const wanted = unitaryOf(4, gates);
        const plain = toU3Cx(gates);
        const pairs = consolidatePairs(plain);
        expect(plainDistance(unitaryOf(4, plain), wanted)).toBeLessThan(1e-13);
        expect(plainDistance(unitaryOf(4, pairs), wanted)).toBeLessThan(1e-13);
        expect(cx(pairs)).toBeLessThanOrEqual(cx(plain));
        for (const gateSet of GATE_SETS) {
          const { gates: other, angle } = toGateSet(pairs, gateSet);
          expect(plainDistance(unitaryOf(4, other), wanted)).toBeLessThan(1e-13);
          expect(angle).toBeLessThan(1e-12);
          const [one, two] = gateSet.split('-');
          const allowed = [...(one === 'zsx' ? ['rz', 'sx', 'x'] : ['u3']), two];
          expect([...names(other)].every((name) => allowed.includes(name))).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('merging', () => {
  it('removes what undoes itself, also through gates that become the identity', () => {
    const [h, pair] = [gateOf('h', [1]), gateOf('cx', [0, 1])];
    expect(mergeOneQubit([pair, h, h, pair]).gates).toEqual([]);
    expect(mergeOneQubit([h, pair, gateOf('t', [0]), gateOf('tdg', [0]), pair, h]).gates).toEqual([]);
    expect(mergeOneQubit([pair, gateOf('cx', [1, 0])]).gates).toHaveLength(2);
    expect(mergeOneQubit([pair, gateOf('cx', [1, 2]), pair]).gates).toHaveLength(3);
  });

  it('leaves at most one u3 between two cx on a wire', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const { gates } = mergeOneQubit(toU3Cx(randomGates(seed, 3, 20)));
        const before: (string | undefined)[] = [];
        for (const { name, qubits } of gates) {
          if (name === 'u3') expect(before[qubits[0] ?? 0]).not.toBe('u3');
          for (const q of qubits) before[q] = name;
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('the distance of two unitaries', () => {
  it('agrees with its definition, and with dense matrices made another way', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (one, two) => {
        const [a, b] = [randomGates(one, 3, 8), randomGates(two, 3, 8)];
        const [ua, ub] = [denseUnitary(3, a), denseUnitary(3, b)];
        expect(plainDistance(ua, unitaryOf(3, a))).toBeCloseTo(0, 13);
        expect(unitaryDistance(ua, ub)).toBeCloseTo(plainDistance(unitaryOf(3, a), unitaryOf(3, b)), 12);
      }),
      { numRuns: 100 },
    );
  });

  it('sees far below the rounding of 1, and never answers NaN', () => {
    const wanted = denseUnitary(1, [gateOf('rz', [0], 0)]);
    // 1 - cos(e / 2) = e^2 / 8
    expect(unitaryDistance(denseUnitary(1, [gateOf('rz', [0], 1e-10)]), wanted)).toBeCloseTo(1.25e-21, 26);
    expect(unitaryDistance(Float64Array.from(wanted).fill(Number.NaN), wanted)).toBe(Infinity);
    expect(unitaryDistance(denseUnitary(1, [gateOf('x', [0])]), wanted)).toBe(1);
  });

  it('adds errors as angles: two turns by e are off by 2 e', () => {
    const e = 1e-3;
    const wanted = denseUnitary(1, []);
    const one = unitaryDistance(denseUnitary(1, [gateOf('rz', [0], e)]), wanted);
    const two = unitaryDistance(denseUnitary(1, [gateOf('rz', [0], 2 * e)]), wanted);
    expect(two).toBeGreaterThan(3.9 * one);
    expect(boundFromAngle(2 * distanceAngle(one))).toBeCloseTo(two, 12);
    expect(boundFromAngle(2)).toBe(1);
  });
});
