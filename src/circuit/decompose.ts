/**
 * Exact decomposition of gates with many controls and of the wide gates of the libraries into gates on one and two
 * qubits. "Exact" includes the phase, which matters once the result is controlled again.
 *
 * Constructions: Barenco et al. 1995 (quant-ph/9503016), lemma 6.1 for two controls, 7.2 and 7.3 for a multiply
 * controlled X with borrowed qubits, 7.5 for any multiply controlled gate.
 */
import type { Gate } from './circuit.js';
import { findGate, gateMatrix, gateOf, type GateSpec } from './gates.js';
import { oneQubitAngles, squareRoot, synthesizeTwoQubits, type OneQubitAngles } from './unitary.js';
import { required } from '../error.js';

const { PI } = Math;

/** The Toffoli gate with six cx. */
function toffoli(a: number, b: number, target: number): Gate[] {
  return [
    gateOf('h', [target]),
    gateOf('cx', [b, target]),
    gateOf('tdg', [target]),
    gateOf('cx', [a, target]),
    gateOf('t', [target]),
    gateOf('cx', [b, target]),
    gateOf('tdg', [target]),
    gateOf('cx', [a, target]),
    gateOf('t', [b]),
    gateOf('t', [target]),
    gateOf('h', [target]),
    gateOf('cx', [a, b]),
    gateOf('t', [a]),
    gateOf('tdg', [b]),
    gateOf('cx', [a, b]),
  ];
}

/** X on `target` under any number of controls; `spare` are other qubits, in any state, left as they were. */
function controlledX(controls: readonly number[], target: number, spare: readonly number[]): Gate[] {
  const [a, b] = controls;
  if (a === undefined) {
    return [gateOf('x', [target])];
  }
  if (b === undefined) {
    return [gateOf('cx', [a, target])];
  }
  if (controls.length === 2) {
    return toffoli(a, b, target);
  }
  const k = controls.length;
  if (spare.length >= k - 2) {
    return borrowedChain(controls, target, spare);
  }
  const [borrowed] = spare;
  if (borrowed !== undefined) {
    const half = Math.ceil(k / 2);
    const low = controls.slice(0, half);
    const high = [...controls.slice(half), borrowed];
    const first = controlledX(low, borrowed, [...controls.slice(half), target]);
    const second = controlledX(high, target, low);
    return [...first, ...second, ...first, ...second];
  }
  const h = gateOf('h', [target]);
  return [h, ...controlledPhase([...controls, target], PI), h];
}

const at = (list: readonly number[], i: number): number => required(list[i], `qubit ${i} of a decomposition`);

/** Lemma 7.2: k - 2 borrowed qubits and 4 (k - 2) Toffoli gates. */
function borrowedChain(controls: readonly number[], target: number, spare: readonly number[]): Gate[] {
  const k = controls.length;
  const steps: Gate[][] = [];
  for (let i = 0; i < k - 2; i++) {
    const goal = i === 0 ? target : at(spare, i - 1);
    steps.push(toffoli(at(controls, k - 1 - i), at(spare, i), goal));
  }
  const top = toffoli(at(controls, 0), at(controls, 1), at(spare, k - 3));
  const down = steps.slice(1);
  const inner = [...down, top, ...down.toReversed()];
  const first = steps[0] ?? [];
  return [first, ...inner, first, ...inner].flat();
}

/** Up to this many controls the Gray-code construction is the shorter one. */
const GRAY_CODE_CONTROLS = 5;

/**
 * Lemma 7.1: a gate V^(2^(k-1)) under k controls from 2^k - 1 singly controlled V and V^dagger, each under the
 * parity of some of the controls, and 2^k - 2 cx that form the parities in the order of a Gray code.
 * `controlledRoot` makes V (or its inverse) under one control.
 */
function grayCode(
  controls: readonly number[],
  controlledRoot: (control: number, inverse: boolean) => Gate[],
): Gate[] {
  const gates: Gate[] = [];
  let previous = 0;
  for (let step = 1; step < 2 ** controls.length; step++) {
    const pattern = step ^ (step >> 1);
    const high = 31 - Math.clz32(pattern);
    const changed = 31 - Math.clz32(pattern ^ previous);
    const holder = at(controls, high);
    // The parity is kept on the highest control of the pattern; a new one starts with its lower neighbour added.
    const source = changed === high ? controls[high - 1] : controls[changed];
    if (source !== undefined) {
      gates.push(gateOf('cx', [source, holder]));
    }
    let odd = false;
    for (let bits = pattern; bits !== 0; bits &= bits - 1) {
      odd = !odd;
    }
    gates.push(...controlledRoot(holder, !odd));
    previous = pattern;
  }
  return gates;
}

/** Phase exp(i lambda) on the state where all the qubits are 1. */
export function controlledPhase(qubits: readonly number[], lambda: number): Gate[] {
  const target = qubits.at(-1);
  if (target === undefined) {
    return [gateOf('gphase', [], lambda)];
  }
  const controls = qubits.slice(0, -1);
  const last = controls.at(-1);
  if (last === undefined) {
    return [gateOf('p', [target], lambda)];
  }
  if (controls.length === 1) {
    return [lambda === PI ? gateOf('cz', [last, target]) : gateOf('cp', [last, target], lambda)];
  }
  if (controls.length <= GRAY_CODE_CONTROLS) {
    const part = lambda / 2 ** (controls.length - 1);
    return grayCode(controls, (control, inverse) => [
      gateOf('cp', [control, target], inverse ? -part : part),
    ]);
  }
  const rest = controls.slice(0, -1);
  const flip = controlledX(rest, last, [target]);
  return [
    gateOf('cp', [last, target], lambda / 2),
    ...flip,
    gateOf('cp', [last, target], -lambda / 2),
    ...flip,
    ...controlledPhase([...rest, target], lambda / 2),
  ];
}

function inverseOf(a: OneQubitAngles): OneQubitAngles {
  return { theta: -a.theta, phi: -a.lambda, lambda: -a.phi, gamma: -a.gamma };
}

/** A one-qubit unitary, given by its angles, under any number of controls. */
function controlledUnitary(controls: readonly number[], target: number, angles: OneQubitAngles): Gate[] {
  const last = controls.at(-1);
  if (last === undefined) {
    const gates = [gateOf('u', [target], angles.theta, angles.phi, angles.lambda)];
    return angles.gamma === 0 ? gates : [...gates, gateOf('gphase', [], angles.gamma)];
  }
  const cu = (a: OneQubitAngles, control = last): Gate =>
    gateOf('cu', [control, target], a.theta, a.phi, a.lambda, a.gamma);
  if (controls.length === 1) {
    return [cu(angles)];
  }
  if (controls.length <= GRAY_CODE_CONTROLS) {
    let part = angles;
    for (let i = 1; i < controls.length; i++) {
      part = squareRoot(part);
    }
    return grayCode(controls, (control, inverse) => [cu(inverse ? inverseOf(part) : part, control)]);
  }
  const root = squareRoot(angles);
  const rest = controls.slice(0, -1);
  const flip = controlledX(rest, last, [target]);
  return [cu(root), ...flip, cu(inverseOf(root)), ...flip, ...controlledUnitary(rest, target, root)];
}

/** The angle of a one-qubit gate of the form diag(1, exp(i angle)); undefined for others. */
export function phaseAngle(name: string, params: readonly number[]): number | undefined {
  switch (name) {
    case 'z':
      return PI;
    case 's':
      return PI / 2;
    case 'sdg':
      return -PI / 2;
    case 't':
      return PI / 4;
    case 'tdg':
      return -PI / 4;
    case 'p':
    case 'u1':
      return params[0];
    default:
      return undefined;
  }
}

/** One-qubit gates whose singly controlled form has a name in both standard libraries. */
const SINGLY_CONTROLLED: ReadonlyMap<string, string> = new Map([
  ['x', 'cx'],
  ['y', 'cy'],
  ['z', 'cz'],
  ['h', 'ch'],
  ['rx', 'crx'],
  ['ry', 'cry'],
  ['rz', 'crz'],
  ['p', 'cp'],
  ['u1', 'cp'],
  ['sx', 'csx'],
]);

function controlOneQubit(
  spec: GateSpec,
  params: readonly number[],
  controls: readonly number[],
  target: number,
): Gate[] {
  const [control] = controls;
  const single = SINGLY_CONTROLLED.get(spec.name);
  if (control !== undefined && controls.length === 1 && single !== undefined) {
    return [{ name: single, qubits: [control, target], params }];
  }
  if (spec.name === 'x') {
    return controlledX(controls, target, []);
  }
  if (spec.name === 'id' || spec.name === 'u0') {
    return [];
  }
  const angle = phaseAngle(spec.name, params);
  if (angle !== undefined) {
    return controlledPhase([...controls, target], angle);
  }
  if (spec.name === 'sx' || spec.name === 'sxdg') {
    const h = gateOf('h', [target]);
    return [h, ...controlledPhase([...controls, target], spec.name === 'sx' ? PI / 2 : -PI / 2), h];
  }
  const param = (i: number): number => required(params[i], `angle ${i} of ${spec.name}`);
  const angles =
    spec.name === 'u' || spec.name === 'u3'
      ? { theta: param(0), phi: param(1), lambda: param(2), gamma: 0 }
      : oneQubitAngles(spec.matrix?.(...params) ?? new Float64Array(8));
  return controlledUnitary(controls, target, angles);
}

/** A gate V W V^dagger in time order: only `core` needs a control when the gate is controlled. */
export interface Conjugation {
  readonly before: readonly Gate[];
  readonly core: readonly Gate[];
  readonly after: readonly Gate[];
}

function around(before: readonly Gate[], core: readonly Gate[], after = before.toReversed()): Conjugation {
  return { before, core, after };
}

/** Gates of the table that are neither on one qubit nor controlled, through simpler ones. */
export function conjugation(gate: Gate): Conjugation {
  const [a = 0, b = 0, c = 0, d = 0] = gate.qubits;
  const [theta = 0, beta = 0] = gate.params;
  const ab = gateOf('cx', [a, b]);
  const rotation = gateOf('rz', [b], theta);
  const ha = gateOf('h', [a]);
  const hb = gateOf('h', [b]);
  switch (gate.name) {
    case 'swap':
      return around([gateOf('cx', [b, a])], [ab]);
    case 'dcx':
      return around([], [ab, gateOf('cx', [b, a])]);
    case 'rzz':
      return around([ab], [rotation]);
    case 'rzx':
      return around([hb, ab], [rotation]);
    case 'rxx':
      return around([ha, hb, ab], [rotation]);
    case 'ryy':
      return around(
        [gateOf('sx', [a]), gateOf('sx', [b]), ab],
        [rotation],
        [ab, gateOf('sxdg', [a]), gateOf('sxdg', [b])],
      );
    case 'ecr':
      return around([gateOf('rzx', [a, b], PI / 4)], [gateOf('x', [a])], [gateOf('rzx', [a, b], -PI / 4)]);
    case 'iswap':
      return around([ab], [gateOf('crx', [b, a], -PI)]);
    case 'xx_plus_yy':
      return around(
        [gateOf('rz', [a], beta), ab],
        [gateOf('crx', [b, a], theta)],
        [ab, gateOf('rz', [a], -beta)],
      );
    case 'xx_minus_yy':
      return around(
        [gateOf('rz', [b], -beta), ab, gateOf('x', [b])],
        [gateOf('crx', [b, a], theta)],
        [gateOf('x', [b]), ab, gateOf('rz', [b], beta)],
      );
    case 'rccx':
      return around([], relativeToffoli(a, b, c));
    case 'rc3x':
      return around([], relativeTripleX(a, b, c, d));
    default:
      return around([], synthesizeTwoQubits(gateMatrix(gate), [a, b]));
  }
}

/** Margolus's gate: the Toffoli gate up to relative phases, three cx (Song and Klappenecker 2003). */
function relativeToffoli(a: number, b: number, target: number): Gate[] {
  const h = gateOf('h', [target]);
  const t = gateOf('t', [target]);
  const tdg = gateOf('tdg', [target]);
  const fromB = gateOf('cx', [b, target]);
  return [h, t, fromB, tdg, gateOf('cx', [a, target]), t, fromB, tdg, h];
}

/** X under three controls up to relative phases, six cx (Maslov 2016, figure 4). */
function relativeTripleX(a: number, b: number, c: number, target: number): Gate[] {
  const h = gateOf('h', [target]);
  const t = gateOf('t', [target]);
  const tdg = gateOf('tdg', [target]);
  const fromA = gateOf('cx', [a, target]);
  const fromB = gateOf('cx', [b, target]);
  const fromC = gateOf('cx', [c, target]);
  return [h, t, fromC, tdg, h, fromA, t, fromB, tdg, fromA, t, fromB, tdg, h, t, fromC, tdg, h];
}

/**
 * Adds controls (all on 1) to gates: the result acts as the gates where every control qubit is 1 and as nothing
 * elsewhere, exactly. Gates come in and go out in time order; `gphase` is allowed on both sides.
 */
export function controlGates(gates: readonly Gate[], controls: readonly number[]): Gate[] {
  if (controls.length === 0) {
    return [...gates];
  }
  return gates.flatMap((gate) => controlGate(gate, controls));
}

function controlGate(gate: Gate, controls: readonly number[]): Gate[] {
  const spec = findGate(gate.name);
  if (gate.name === 'gphase') {
    return controlledPhase(controls, required(gate.params[0], 'the angle of gphase'));
  }
  if (gate.name === 'cu') {
    const [control = 0, target = 0] = gate.qubits;
    const [theta = 0, phi = 0, lambda = 0, gamma = 0] = gate.params;
    return controlledUnitary([...controls, control], target, { theta, phi, lambda, gamma });
  }
  if (spec?.control) {
    const { count, base } = spec.control;
    const inner = { name: base, qubits: gate.qubits.slice(count), params: gate.params };
    return controlGate(inner, [...controls, ...gate.qubits.slice(0, count)]);
  }
  const [target] = gate.qubits;
  if (spec?.qubits === 1 && target !== undefined) {
    return controlOneQubit(spec, gate.params, controls, target);
  }
  const { before, core, after } = conjugation(gate);
  return [...before, ...controlGates(core, controls), ...after];
}

/** The gates a gate on three or more qubits stands for, on one and two qubits; narrower gates stay as they are. */
export function decomposeGate(gate: Gate): Gate[] {
  const [a = 0, b = 0, c = 0] = gate.qubits;
  if (gate.qubits.length <= 2) {
    return [gate];
  }
  switch (gate.name) {
    case 'ccz': {
      const h = gateOf('h', [c]);
      return [h, ...toffoli(a, b, c), h];
    }
    case 'cswap':
      return [gateOf('cx', [c, b]), ...toffoli(a, b, c), gateOf('cx', [c, b])];
    case 'rccx':
    case 'rc3x':
      return [...conjugation(gate).core];
    default: {
      const spec = findGate(gate.name);
      const count = spec?.control?.count ?? 0;
      const inner = {
        name: spec?.control?.base ?? '',
        qubits: gate.qubits.slice(count),
        params: gate.params,
      };
      return controlGate(inner, gate.qubits.slice(0, count));
    }
  }
}
