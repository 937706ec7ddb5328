import { describe, expect, it } from 'vitest';
import type { Gate } from '../../../src/circuit/circuit.js';
import { controlGates, decomposeGate } from '../../../src/circuit/decompose.js';
import { GATES, gateOf, type GateSpec } from '../../../src/circuit/gates.js';
import { maxDifference } from '../../../src/circuit/matrix.js';
import { inverseGates } from '../../../src/circuit/modify.js';
import { powerGates } from '../../../src/circuit/powers.js';
import { unitaryPower } from '../../../src/circuit/unitary.js';
import { runGates, unitaryOf } from '../../support/denseSimulator.js';

const ANGLES = [0.7, -1.3, 2.1, 0.4];

function sample(spec: GateSpec): Gate {
  const qubits = Array.from({ length: spec.qubits }, (_, q) => q);
  return gateOf(spec.name, qubits, ...ANGLES.slice(0, spec.params));
}

/** The matrix of gates on n qubits under k further qubits n .. n+k-1 as controls: the definition, written out. */
function controlledReference(n: number, k: number, gates: readonly Gate[]): Float64Array {
  const inner = unitaryOf(n, gates);
  const order = 2 ** (n + k);
  const result = new Float64Array(2 * order * order);
  const first = order - 2 ** n;
  for (let i = 0; i < order; i++) {
    for (let j = 0; j < order; j++) {
      const at = 2 * (i * order + j);
      if (i >= first && j >= first) {
        const from = 2 * ((i - first) * 2 ** n + j - first);
        result[at] = inner[from]!;
        result[at + 1] = inner[from + 1]!;
      } else if (i === j) {
        result[at] = 1;
      }
    }
  }
  return result;
}

const SINGLE = [gateOf('x', [0]), gateOf('p', [0], 0.9), gateOf('y', [0]), gateOf('u', [0], 0.7, -1.3, 2.1)];

const narrow = [...GATES.values()].filter((spec) => spec.matrix);
const all = [...GATES.values()];

describe('controlGates', () => {
  it.each(all.map((spec) => spec.name))('controls %s by one and by two qubits', (name) => {
    const spec = GATES.get(name)!;
    const n = spec.qubits;
    const reference = decomposeGate(sample(spec));
    for (const k of n > 3 ? [1] : [1, 2]) {
      const controls = Array.from({ length: k }, (_, i) => n + i);
      const made = controlGates([sample(spec)], controls);
      expect(made.every((gate) => gate.qubits.length <= 2)).toBe(true);
      expect(maxDifference(unitaryOf(n + k, made), controlledReference(n, k, reference))).toBeLessThan(1e-12);
    }
  });

  it.each([3, 4, 5])('controls x, p, y and u by %i qubits', (k) => {
    const controls = Array.from({ length: k }, (_, i) => 1 + i);
    for (const gate of SINGLE) {
      const made = controlGates([gate], controls);
      expect(made.every((g) => g.qubits.length <= 2)).toBe(true);
      expect(maxDifference(unitaryOf(k + 1, made), controlledReference(1, k, [gate]))).toBeLessThan(1e-12);
    }
  });

  it.each([6, 7, 8])('controls x, p, y and u by %i qubits with quadratically many gates', (k) => {
    const controls = Array.from({ length: k }, (_, i) => 1 + i);
    for (const gate of SINGLE) {
      const made = controlGates([gate], controls);
      expect(made.length).toBeLessThan(128 * k * k);
      const state = Float64Array.from({ length: 2 ** (k + 2) }, (_, i) => Math.sin(1 + i * i));
      const turned = runGates(k + 1, [gate], state);
      const expected = state.map((x, i) => (i >> 2 === 2 ** k - 1 ? turned[i]! : x));
      expect(maxDifference(runGates(k + 1, made, state), expected)).toBeLessThan(1e-11);
    }
  });
});

describe('inverseGates', () => {
  it.each(all.map((spec) => spec.name))('inverts %s', (name) => {
    const spec = GATES.get(name)!;
    const gates = decomposeGate(sample(spec));
    const both = [...gates, ...inverseGates([sample(spec)]).flatMap(decomposeGate)];
    const identity = unitaryOf(spec.qubits, []);
    expect(maxDifference(unitaryOf(spec.qubits, both), identity)).toBeLessThan(1e-14);
  });
});

describe('powerGates', () => {
  it.each(narrow.map((spec) => spec.name))('raises %s to whole and fractional powers', (name) => {
    const spec = GATES.get(name)!;
    const matrix = unitaryOf(spec.qubits, [sample(spec)]);
    for (const k of [0, 1, 2, 3, -2, 0.5, -0.25, 1.7, 100]) {
      const made = powerGates([sample(spec)], k) ?? [];
      const expected = unitaryPower(matrix, k);
      expect(maxDifference(unitaryOf(spec.qubits, made), expected), `power ${k}`).toBeLessThan(1e-12);
    }
  });

  it('two half powers make the whole, on and off the principal branch', () => {
    for (const gate of [
      gateOf('rx', [0], 7),
      gateOf('rz', [0], 2 * Math.PI),
      gateOf('p', [0], -4),
      gateOf('y', [0]),
    ]) {
      const half = powerGates([gate], 0.5) ?? [];
      expect(maxDifference(unitaryOf(1, [...half, ...half]), unitaryOf(1, [gate]))).toBeLessThan(1e-14);
    }
  });

  it('takes fractional powers of several gates on two qubits', () => {
    const gates = [gateOf('h', [0]), gateOf('cx', [0, 1]), gateOf('rz', [1], 0.3), gateOf('ry', [0], 1.1)];
    const third = powerGates(gates, 1 / 3) ?? [];
    expect(third.length).toBeGreaterThan(0);
    expect(maxDifference(unitaryOf(2, [...third, ...third, ...third]), unitaryOf(2, gates))).toBeLessThan(
      1e-12,
    );
  });

  it('passes fractional powers under controls and refuses them elsewhere', () => {
    const half = powerGates([gateOf('ccx', [0, 1, 2])], 0.5) ?? [];
    expect(
      maxDifference(unitaryOf(3, [...half, ...half]), unitaryOf(3, decomposeGate(gateOf('ccx', [0, 1, 2])))),
    ).toBeLessThan(1e-13);
    expect(powerGates([gateOf('rccx', [0, 1, 2])], 0.5)).toBeUndefined();
    expect(powerGates([gateOf('h', [0]), gateOf('cx', [0, 1]), gateOf('cx', [1, 2])], 0.5)).toBeUndefined();
  });
});
