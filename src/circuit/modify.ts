/** Inverses of gates, `inv @` of OpenQASM 3, and matrices of few gates. */
import type { Gate } from './circuit.js';
import { controlGates, decomposeGate } from './decompose.js';
import { gateMatrix, gateOf } from './gates.js';
import { adjointMatrix, identityMatrix, multiplyMatrices, withPhase } from './matrix.js';
import { synthesizeOneQubit, synthesizeTwoQubits } from './unitary.js';
import { required } from '../error.js';

export const SELF_INVERSE: ReadonlySet<string> = new Set([
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
export const ROTATIONS: ReadonlySet<string> = new Set([
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
export const PHASES: ReadonlySet<string> = new Set(['p', 'u1', 'cp', 'cu1']);

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
