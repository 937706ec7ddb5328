/** Powers of gates: `pow(k) @` of OpenQASM 3. */
import type { Gate } from './circuit.js';
import { conjugation, controlGates, decomposeGate, phaseAngle } from './decompose.js';
import { fractionOfPi } from './fractionOfPi.js';
import { phasedU } from './gateMatrices.js';
import { findGate, gateOf } from './gates.js';
import { identityMatrix, maxDifference, multiplyMatrices, principalAngle } from './matrix.js';
import { inverseGates, PHASES, ROTATIONS, SELF_INVERSE, smallUnitary } from './modify.js';
import { oneQubitAngles, synthesizeOneQubit, synthesizeTwoQubits, unitaryPower } from './unitary.js';

/** Longest list that an integer power of several gates may give. */
const MAX_REPEATED = 1_000_000;

/** What an angle may be off by, in radians, from rounding alone; beyond, it has lost its meaning. */
const MOST_ROUNDING = 1e-6;
/** Half the distance of neighbouring doubles, relative. */
const HALF_STEP = 2 ** -53;

/** What rounding alone may have added to an angle where that is too much; undefined where it is not. */
export function lostMeaning(angle: number): number | undefined {
  const rounding = Math.abs(angle) * HALF_STEP;
  return rounding > MOST_ROUNDING ? rounding : undefined;
}

/** A power that turns by so large an angle that rounding decides on what is left of it. */
export class LostAngle extends Error {
  constructor(readonly angle: number) {
    super('an angle has lost its meaning');
  }
}

function meaningful(angle: number): number {
  if (lostMeaning(angle) !== undefined) {
    throw new LostAngle(angle);
  }
  return angle;
}

/**
 * k times an angle that matters modulo `period` pi. A fraction of pi is reduced exactly, however large a whole k is.
 * Throws `LostAngle`.
 */
function timesAngle(k: number, angle: number, period: 2 | 4): number {
  const product = k * angle;
  const fraction = fractionOfPi(angle);
  if (!Number.isInteger(k) || Math.abs(product) <= (period * Math.PI) / 2 || fraction === undefined) {
    return meaningful(product);
  }
  const { numerator, denominator } = fraction;
  const whole = BigInt(period * denominator);
  const rest = Number((BigInt(k) * BigInt(numerator)) % whole);
  const half = (period * denominator) / 2;
  const centred = rest > half ? rest - 2 * half : rest <= -half ? rest + 2 * half : rest;
  return (centred * Math.PI) / denominator;
}

/** Highest order that is looked for. */
const MAX_ORDER = 96;
/** Below this power eigenvalues are exact enough. */
const LARGE_POWER = 64;

/** The least m with U^m = 1, to rounding; undefined where it is above `MAX_ORDER`. */
function finiteOrder(matrix: Float64Array): number | undefined {
  const identity = identityMatrix(Math.round(Math.sqrt(matrix.length / 2)));
  // A small rotation has no such order, however close to 1 it is.
  if (maxDifference(matrix, identity) < 1e-6) {
    return undefined;
  }
  let power = matrix;
  for (let order = 2; order <= MAX_ORDER; order++) {
    power = multiplyMatrices(matrix, power);
    if (maxDifference(power, identity) < 1e-15 * order) {
      return order;
    }
  }
  return undefined;
}

/** U^k; a k that is not whole takes the principal branch. Throws `LostAngle`. */
function matrixPower(matrix: Float64Array, k: number): Float64Array {
  if (Number.isInteger(k) && Math.abs(k) > LARGE_POWER) {
    const order = finiteOrder(matrix);
    if (order !== undefined) {
      return unitaryPower(matrix, k % order);
    }
  }
  meaningful(k * Math.PI);
  return unitaryPower(matrix, k);
}

/** The qubits of gates, each once, ascending. */
function qubitsOf(gates: readonly Gate[]): number[] {
  return [...new Set(gates.flatMap((gate) => gate.qubits))].toSorted((a, b) => a - b);
}

function powerOfMatrix(gates: readonly Gate[], k: number): Gate[] | undefined {
  const [first, second, third] = qubitsOf(gates);
  if (first === undefined || third !== undefined) {
    return undefined;
  }
  const qubits = second === undefined ? [first] : [first, second];
  const matrix = matrixPower(smallUnitary(gates, qubits), k);
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

/** The power of a gate that has a name of its own; undefined where it has none. */
function namedPower(gate: Gate, k: number): Gate[] | undefined {
  const { name, qubits, params } = gate;
  const [angle = 0] = params;
  const whole = Number.isInteger(k);
  if (whole && SELF_INVERSE.has(name)) {
    return k % 2 === 0 ? [] : [gate];
  }
  if (name === 'gphase' || PHASES.has(name)) {
    return [gateOf(name, qubits, timesAngle(k, whole ? angle : principalAngle(angle), 2))];
  }
  // Below 2 pi the eigenvalue angles +-theta/2 are on the principal branch; beyond, the matrix decides.
  if (ROTATIONS.has(name) && (whole || Math.abs(angle) < 2 * Math.PI - 1e-9)) {
    return [{ name, qubits, params: [timesAngle(k, angle, 4), ...params.slice(1)] }];
  }
  const phase = phaseAngle(name, params);
  if (phase !== undefined) {
    return [gateOf('p', qubits, timesAngle(k, phase, 2))];
  }
  if (name === 'x' && Math.abs(k) === 0.5) {
    return [gateOf(k > 0 ? 'sx' : 'sxdg', qubits)];
  }
  if (name === 'cu') {
    const [theta = 0, phi = 0, lambda = 0, gamma = 0] = params;
    const power = oneQubitAngles(matrixPower(phasedU(theta, phi, lambda, gamma), k));
    return [gateOf('cu', qubits, power.theta, power.phi, power.lambda, power.gamma)];
  }
  return undefined;
}

function powerOfGate(gate: Gate, k: number): Gate[] | undefined {
  const named = namedPower(gate, k);
  if (named !== undefined) {
    return named;
  }
  const { name, qubits, params } = gate;
  const spec = findGate(name);
  if (spec?.control) {
    // A power leaves the eigenvalue 1 of the idle half alone, so it passes under the controls.
    const { count, base } = spec.control;
    const inner = powerOfGate({ name: base, qubits: qubits.slice(count), params }, k);
    return inner && controlGates(inner, qubits.slice(0, count));
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
  return Number.isInteger(k) ? repeat(decomposeGate(gate), k) : undefined;
}

/**
 * The power k of gates taken as one operation, phase included. For a k that is not whole, the eigenvalue angles are
 * taken in (-pi, pi]. Undefined where it is not supported: a fraction of something on three or more qubits that is
 * not a gate with controls, or more than a million gates. Throws `LostAngle` where rounding would decide on the result.
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
