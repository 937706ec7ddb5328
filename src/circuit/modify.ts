/** Inverses and powers of gates: `inv @` and `pow(k) @` of OpenQASM 3. */
import type { Gate } from './circuit.js';
import { conjugation, controlGates, decomposeGate, phaseAngle } from './decompose.js';
import { phasedU } from './gateMatrices.js';
import { findGate, gateMatrix, gateOf } from './gates.js';
import { adjointMatrix, identityMatrix, multiplyMatrices, principalAngle, withPhase } from './matrix.js';
import { oneQubitAngles, synthesizeOneQubit, synthesizeTwoQubits, unitaryPower } from './unitary.js';
import { required } from '../error.js';

const SELF_INVERSE: ReadonlySet<string> = new Set([
  'id',
  'u0',
  'x',
  'y',
  'z',
  'h',
  'cx',
  'cy',
  'cz',
  'ch',
  'swap',
  'ecr',
  'ccx',
  'ccz',
  'cswap',
  'c3x',
  'c4x',
]);

const INVERSE_NAME: ReadonlyMap<string, string> = new Map([
  ['s', 'sdg'],
  ['sdg', 's'],
  ['t', 'tdg'],
  ['tdg', 't'],
  ['sx', 'sxdg'],
  ['sxdg', 'sx'],
  ['cs', 'csdg'],
  ['csdg', 'cs'],
]);

/** Gates exp(-i theta G/2), or controlled so, with the angle first: a power multiplies the angle. */
const ROTATIONS: ReadonlySet<string> = new Set([
  'rx',
  'ry',
  'rz',
  'r',
  'crx',
  'cry',
  'crz',
  'rxx',
  'ryy',
  'rzz',
  'rzx',
  'xx_plus_yy',
  'xx_minus_yy',
]);

/** Gates diag(1, .., exp(i lambda)). */
const PHASES: ReadonlySet<string> = new Set(['p', 'u1', 'cp', 'cu1']);

/** Longest list that an integer power of several gates may give. */
const MAX_REPEATED = 1_000_000;

function inverseGate(gate: Gate): Gate[] {
  const { name, qubits, params } = gate;
  const [theta = 0, phi = 0, lambda = 0, gamma = 0] = params;
  const other = INVERSE_NAME.get(name);
  if (SELF_INVERSE.has(name)) {
    return [gate];
  }
  if (other !== undefined) {
    return [gateOf(other, qubits)];
  }
  if (ROTATIONS.has(name) || PHASES.has(name) || name === 'gphase') {
    return [{ name, qubits, params: [-theta, ...params.slice(1)] }];
  }
  switch (name) {
    case 'u':
    case 'u3':
    case 'cu3':
      return [gateOf(name, qubits, -theta, -lambda, -phi)];
    case 'u2':
      return [gateOf('u2', qubits, -phi - Math.PI, -theta + Math.PI)];
    case 'cu':
      return [gateOf('cu', qubits, -theta, -lambda, -phi, -gamma)];
    case 'dcx':
      return [gateOf('dcx', qubits.toReversed())];
    case 'csx':
      return controlGates([gateOf('sxdg', qubits.slice(1))], qubits.slice(0, 1));
    case 'iswap':
      // iswap^2 = Z Z, so the inverse is iswap between two Z.
      return [...qubits.map((q) => gateOf('z', [q])), gate];
    default:
      return inverseFromMatrix(gate);
  }
}

function inverseFromMatrix(gate: Gate): Gate[] {
  const [first = 0, second, third] = gate.qubits;
  if (third !== undefined) {
    return inverseGates(decomposeGate(gate));
  }
  const inverse = adjointMatrix(gateMatrix(gate));
  return second === undefined
    ? synthesizeOneQubit(inverse, first)
    : synthesizeTwoQubits(inverse, [first, second]);
}

/** The inverse of gates in time order. */
export function inverseGates(gates: readonly Gate[]): Gate[] {
  return gates.toReversed().flatMap(inverseGate);
}

/** The qubits of gates, each once, ascending. */
function qubitsOf(gates: readonly Gate[]): number[] {
  return [...new Set(gates.flatMap((gate) => gate.qubits))].toSorted((a, b) => a - b);
}

/** The matrix of gates on one or two qubits; index = bit(qubits[0]) + 2 bit(qubits[1]). */
export function smallUnitary(gates: readonly Gate[], qubits: readonly number[]): Float64Array {
  let result = identityMatrix(2 ** qubits.length);
  for (const gate of gates) {
    if (gate.name === 'gphase') {
      result = withPhase(result, required(gate.params[0], 'the angle of gphase'));
      continue;
    }
    result = multiplyMatrices(embed(gateMatrix(gate), gate.qubits, qubits), result);
  }
  return result;
}

/** A gate's matrix on the index of `qubits`. */
function embed(matrix: Float64Array, on: readonly number[], qubits: readonly number[]): Float64Array {
  const order = 2 ** qubits.length;
  const positions = on.map((q) => qubits.indexOf(q));
  const mask = positions.reduce((bits, position) => bits | (1 << position), 0);
  const pick = (index: number): number =>
    positions.reduce((bits, position, i) => bits | (((index >> position) & 1) << i), 0);
  const result = new Float64Array(2 * order * order);
  for (let row = 0; row < order; row++) {
    for (let column = 0; column < order; column++) {
      if ((row & ~mask) === (column & ~mask)) {
        const from = 2 * (pick(row) * 2 ** on.length + pick(column));
        const to = 2 * (row * order + column);
        result[to] = matrix[from]!;
        result[to + 1] = matrix[from + 1]!;
      }
    }
  }
  return result;
}

function powerOfMatrix(gates: readonly Gate[], k: number): Gate[] | undefined {
  const [first, second, third] = qubitsOf(gates);
  if (first === undefined || third !== undefined) {
    return undefined;
  }
  const qubits = second === undefined ? [first] : [first, second];
  const matrix = unitaryPower(smallUnitary(gates, qubits), k);
  return second === undefined
    ? synthesizeOneQubit(matrix, first)
    : synthesizeTwoQubits(matrix, [first, second]);
}

function repeat(gates: readonly Gate[], k: number): Gate[] | undefined {
  if (gates.length * Math.abs(k) > MAX_REPEATED) {
    return undefined;
  }
  const once = k < 0 ? inverseGates(gates) : gates;
  return Array.from({ length: Math.abs(k) }, () => once).flat();
}

function powerOfGate(gate: Gate, k: number): Gate[] | undefined {
  const { name, qubits, params } = gate;
  const [angle = 0] = params;
  const whole = Number.isInteger(k);
  if (whole && SELF_INVERSE.has(name)) {
    return k % 2 === 0 ? [] : [gate];
  }
  if (name === 'gphase') {
    return [gateOf(name, qubits, k * (whole ? angle : principalAngle(angle)))];
  }
  if (PHASES.has(name)) {
    return [gateOf(name, qubits, k * (whole ? angle : principalAngle(angle)))];
  }
  // Below 2 pi the eigenvalue angles +-theta/2 are on the principal branch; beyond, the matrix decides.
  if (ROTATIONS.has(name) && (whole || Math.abs(angle) < 2 * Math.PI - 1e-9)) {
    return [{ name, qubits, params: [k * angle, ...params.slice(1)] }];
  }
  const phase = phaseAngle(name, params);
  if (phase !== undefined) {
    return [gateOf('p', qubits, k * phase)];
  }
  if (name === 'x' && Math.abs(k) === 0.5) {
    return [gateOf(k > 0 ? 'sx' : 'sxdg', qubits)];
  }
  const spec = findGate(name);
  if (spec?.control) {
    // A power leaves the eigenvalue 1 of the idle half alone, so it passes under the controls.
    const { count, base } = spec.control;
    const inner = powerOfGate({ name: base, qubits: qubits.slice(count), params }, k);
    return inner && controlGates(inner, qubits.slice(0, count));
  }
  if (name === 'cu') {
    const [theta = 0, phi = 0, lambda = 0, gamma = 0] = params;
    const power = oneQubitAngles(unitaryPower(phasedU(theta, phi, lambda, gamma), k));
    return [gateOf('cu', qubits, power.theta, power.phi, power.lambda, power.gamma)];
  }
  if (spec?.matrix && qubits.length === 2) {
    // (V W V^dagger)^k = V W^k V^dagger
    const { before, core, after } = conjugation(gate);
    const [only, ...others] = core;
    const inner = only && others.length === 0 ? powerOfGate(only, k) : powerOfMatrix(core, k);
    return inner && [...before, ...inner, ...after];
  }
  if (qubits.length <= 2) {
    return powerOfMatrix([gate], k);
  }
  return whole ? repeat(decomposeGate(gate), k) : undefined;
}

/**
 * The power k of gates taken as one operation, phase included. For a k that is not whole, the eigenvalue angles are
 * taken in (-pi, pi]. Undefined where it is not supported: a fraction of something on three or more qubits that is
 * not a gate with controls, or more than a million gates.
 */
export function powerGates(gates: readonly Gate[], k: number): Gate[] | undefined {
  if (k === 0) {
    return [];
  }
  if (k === 1) {
    return [...gates];
  }
  if (k === -1) {
    return inverseGates(gates);
  }
  const [only] = gates;
  if (only === undefined) {
    return [];
  }
  if (gates.length === 1) {
    return powerOfGate(only, k);
  }
  if (!Number.isInteger(k)) {
    return powerOfMatrix(gates, k);
  }
  return gates.length * Math.abs(k) > 64 && qubitsOf(gates).length <= 2 && qubitsOf(gates).length > 0
    ? powerOfMatrix(gates, k)
    : repeat(gates, k);
}
