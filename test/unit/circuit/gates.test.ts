import { describe, expect, it } from 'vitest';
import { KroncutError } from '../../../src/error.js';
import { decomposeGate } from '../../../src/circuit/decompose.js';
import { findGate, GATE_ALIASES, gateMatrix, gateOf, GATES } from '../../../src/circuit/gates.js';
import { lowerCircuit } from '../../../src/circuit/lower.js';
import {
  adjointMatrix,
  identityMatrix,
  maxDifference,
  multiplyMatrices,
} from '../../../src/circuit/matrix.js';
import { unitaryOf } from '../../support/denseSimulator.js';
import {
  build,
  combine,
  pauli,
  phased,
  product,
  rotation,
  underControls,
  type Matrix,
} from '../../support/pauliReference.js';

const { PI, SQRT1_2 } = Math;

const X = pauli('X');
const Y = pauli('Y');
const Z = pauli('Z');
const phase = (lambda: number): Matrix => phased(lambda / 2, rotation(Z, lambda));
const u = (theta: number, phi: number, lambda: number): Matrix =>
  phased((phi + lambda) / 2, product(rotation(Z, phi), rotation(Y, theta), rotation(Z, lambda)));
const squareRootX = phased(PI / 4, rotation(X, PI / 2));
const hadamard = combine([[SQRT1_2, 0], X], [[SQRT1_2, 0], Z]);
const swap = combine(
  [[0.5, 0], pauli('II')],
  [[0.5, 0], pauli('XX')],
  [[0.5, 0], pauli('YY')],
  [[0.5, 0], pauli('ZZ')],
);
const exchange = combine([[1, 0], pauli('XX')], [[1, 0], pauli('YY')]);
const pairing = combine([[1, 0], pauli('XX')], [[-1, 0], pauli('YY')]);
/** Paulis of two qubits: the last letter is the first qubit. */
const zOnFirst = (angle: number): Matrix => rotation(pauli('IZ'), angle);
const zOnSecond = (angle: number): Matrix => rotation(pauli('ZI'), angle);

/** The matrix with given entries that are not on the diagonal of ones. */
function changed(order: number, entries: readonly (readonly [number, number, number, number])[]): Matrix {
  const rows = new Set(entries.map(([row]) => row));
  return build(order, (row, column) => {
    const entry = entries.find(([r, c]) => r === row && c === column);
    return entry ? [entry[2], entry[3]] : [row === column && !rows.has(row) ? 1 : 0, 0];
  });
}

/** Every gate from its definition; the index is bit(first) + 2 bit(second) + ... */
const REFERENCE: Readonly<Record<string, (a: number, b: number, c: number, d: number) => Matrix>> = {
  id: () => pauli('I'),
  u0: () => pauli('I'),
  x: () => X,
  y: () => Y,
  z: () => Z,
  h: () => hadamard,
  s: () => phase(PI / 2),
  sdg: () => phase(-PI / 2),
  t: () => phase(PI / 4),
  tdg: () => phase(-PI / 4),
  sx: () => squareRootX,
  sxdg: () => phased(-PI / 4, rotation(X, -PI / 2)),
  rx: (a) => rotation(X, a),
  ry: (a) => rotation(Y, a),
  rz: (a) => rotation(Z, a),
  r: (a, b) => rotation(combine([[Math.cos(b), 0], X], [[Math.sin(b), 0], Y]), a),
  p: phase,
  u1: phase,
  u2: (a, b) => u(PI / 2, a, b),
  u3: u,
  u,
  cx: () => underControls(1, X),
  cy: () => underControls(1, Y),
  cz: () => underControls(1, Z),
  ch: () => underControls(1, hadamard),
  cs: () => underControls(1, phase(PI / 2)),
  csdg: () => underControls(1, phase(-PI / 2)),
  csx: () => underControls(1, squareRootX),
  crx: (a) => underControls(1, rotation(X, a)),
  cry: (a) => underControls(1, rotation(Y, a)),
  crz: (a) => underControls(1, rotation(Z, a)),
  cp: (a) => underControls(1, phase(a)),
  cu1: (a) => underControls(1, phase(a)),
  cu3: (a, b, c) => underControls(1, u(a, b, c)),
  cu: (a, b, c, d) => underControls(1, phased(d, u(a, b, c))),
  swap: () => swap,
  iswap: () => rotation(exchange, -PI / 2),
  dcx: () =>
    product(
      changed(4, [
        [2, 3, 1, 0],
        [3, 2, 1, 0],
      ]),
      underControls(1, X),
    ),
  ecr: () => combine([[SQRT1_2, 0], pauli('IX')], [[-SQRT1_2, 0], pauli('XY')]),
  rxx: (a) => rotation(pauli('XX'), a),
  ryy: (a) => rotation(pauli('YY'), a),
  rzz: (a) => rotation(pauli('ZZ'), a),
  rzx: (a) => rotation(pauli('XZ'), a),
  xx_plus_yy: (a, b) => product(zOnFirst(-b), rotation(exchange, a / 2), zOnFirst(b)),
  xx_minus_yy: (a, b) => product(zOnSecond(b), rotation(pairing, a / 2), zOnSecond(-b)),
  ccx: () => underControls(2, X),
  ccz: () => underControls(2, Z),
  cswap: () => underControls(1, swap),
  c3x: () => underControls(3, X),
  c3sqrtx: () => underControls(3, squareRootX),
  c4x: () => underControls(4, X),
  // The phases of the two relative-phase gates, from Qiskit's documentation of RCCXGate and RC3XGate.
  rccx: () =>
    changed(8, [
      [3, 7, 0, -1],
      [7, 3, 0, 1],
      [5, 5, -1, 0],
    ]),
  rc3x: () =>
    changed(16, [
      [3, 3, 0, 1],
      [11, 11, 0, -1],
      [7, 15, 1, 0],
      [15, 7, -1, 0],
    ]),
};

const SAMPLES = [
  [0.7, -1.3, 2.1, 0.4],
  [-3.9, 2.2, -0.6, 5.8],
  [PI, PI / 2, -PI, 0],
] as const;

function twoQubitGates(name: string, n: number): number {
  const gates = decomposeGate(
    gateOf(
      name,
      Array.from({ length: n }, (_, q) => q),
    ),
  );
  return gates.filter((gate) => gate.qubits.length === 2).length;
}

describe('the gate table', () => {
  const specs = [...GATES.values()].filter((spec) => spec.qubits > 0);

  it.each(specs.map((spec) => spec.name))('%s has the matrix of its definition', (name) => {
    const spec = GATES.get(name)!;
    const reference = REFERENCE[name];
    expect(reference).toBeDefined();
    const qubits = Array.from({ length: spec.qubits }, (_, q) => q);
    for (const [a, b, c, d] of SAMPLES) {
      const gate = gateOf(name, qubits, ...[a, b, c, d].slice(0, spec.params));
      const actual = spec.qubits <= 2 ? gateMatrix(gate) : unitaryOf(spec.qubits, decomposeGate(gate));
      expect(maxDifference(actual, reference!(a, b, c, d))).toBeLessThan(1e-13);
      expect(
        maxDifference(multiplyMatrices(actual, adjointMatrix(actual)), identityMatrix(2 ** spec.qubits)),
      ).toBeLessThan(1e-13);
    }
  });

  it('knows every gate of qelib1.inc and stdgates.inc', () => {
    const names =
      'u3 u2 u1 cx id u0 u p x y z h s sdg t tdg rx ry rz sx sxdg cz cy swap ch ccx cswap crx cry crz cu1 cp cu3 csx cu ' +
      'rxx rzz rccx rc3x c3x c3sqrtx c4x CX U phase cphase gphase rcccx cccx cccsqrtx ccccx';
    for (const name of names.split(' ')) {
      expect(findGate(name), name).toBeDefined();
    }
    for (const target of GATE_ALIASES.values()) {
      expect(GATES.has(target)).toBe(true);
    }
  });

  it('decomposes Toffoli gates into six cx and others into few', () => {
    expect(twoQubitGates('ccx', 3)).toBe(6);
    expect(twoQubitGates('rccx', 3)).toBe(3);
    expect(twoQubitGates('rc3x', 4)).toBe(6);
    expect(twoQubitGates('c3x', 4)).toBe(13);
    expect(twoQubitGates('c4x', 5)).toBe(29);
  });

  it('refuses the matrix of a gate on three qubits', () => {
    expect(() => gateMatrix(gateOf('ccx', [0, 1, 2]))).toThrow(KroncutError);
    expect(() => gateMatrix(gateOf('rx', [0]))).toThrow(KroncutError);
  });
});

describe('lowerCircuit', () => {
  it('lays out targets and matrices', () => {
    const gates = [gateOf('h', [2]), gateOf('cx', [3, 1]), gateOf('rz', [0], 0.3)];
    const { targets, matrices } = lowerCircuit(gates);
    expect([...targets]).toEqual([2, -1, 3, 1, 0, -1]);
    expect(matrices.length).toBe(96);
    expect(Array.from(matrices.subarray(0, 8))).toEqual([...gateMatrix(gates[0]!)]);
    expect(matrices.slice(8, 32).every((x) => x === 0)).toBe(true);
    expect(Array.from(matrices.subarray(32, 64))).toEqual([...gateMatrix(gates[1]!)]);
    expect(() => lowerCircuit([gateOf('ccx', [0, 1, 2])])).toThrow(KroncutError);
  });
});
