/** Pairs of gates that undo one another, with nothing between that they do not commute with, over a whole circuit. */
import type { Gate } from '../../circuit/circuit.js';
import { angleBetween, mergeOneQubit, oneQubitMatrix, type Merged } from './merge.js';

/** What a gate is a function of on one of its qubits: two gates that are functions of the same on each they share commute. */
type Axis = 'x' | 'z';

/** Gates on two qubits that are functions of one axis on each. */
const AXES: Readonly<Record<string, readonly [Axis, Axis]>> = {
  cx: ['z', 'x'],
  cz: ['z', 'z'],
  cp: ['z', 'z'],
  cu1: ['z', 'z'],
  crz: ['z', 'z'],
  rzz: ['z', 'z'],
  rxx: ['x', 'x'],
};
/** Those that undo themselves; `true` where the order of their qubits does not matter. */
const SELF_INVERSE: ReadonlyMap<string, boolean> = new Map([
  ['cx', false],
  ['cz', true],
]);

/** A gate this close to one that turns about an axis, as an angle, is one. */
const AXIS_ANGLE = 1e-14;

/** Gates on a wire, the last ones, that are all functions of the same axis there: name and qubits to position. */
interface Run {
  axis: Axis | undefined;
  readonly open: Map<string, number>;
}

/**
 * Removes pairs of `cx` and of `cz` that meet once what commutes with them is moved aside, and merges one-qubit gates,
 * until no pair is left. The circuit is the one given where there is no such pair.
 */
export function cancelInverses(gates: readonly Gate[]): Merged {
  let current = gates;
  let angle = 0;
  for (;;) {
    const once = cancelOnce(current);
    if (once.gates.length === current.length) return { gates: [...current], angle };
    const merged = mergeOneQubit(once.gates);
    current = merged.gates;
    angle += once.angle + merged.angle;
  }
}

/** One pass from the first gate to the last: work grows with their number alone. */
function cancelOnce(gates: readonly Gate[]): Merged {
  const runs = new Map<number, Run>();
  const gone = new Set<number>();
  let angle = 0;
  const enter = (qubit: number, axis: Axis | undefined): Run => {
    let run = runs.get(qubit);
    if (run === undefined || axis === undefined || run.axis !== axis) {
      run = { axis, open: new Map() };
      runs.set(qubit, run);
    }
    return run;
  };
  for (const [position, gate] of gates.entries()) {
    const [a, b] = gate.qubits;
    if (a === undefined) continue;
    if (b === undefined) {
      const { axis, off } = axisOf(gate);
      // What is both about x and about z is nothing.
      if (axis !== 'both') enter(a, axis);
      // To the axis and back.
      angle += 2 * off;
      continue;
    }
    const axes = AXES[gate.name];
    const [first, second] = [enter(a, axes?.[0]), enter(b, axes?.[1])];
    const symmetric = SELF_INVERSE.get(gate.name);
    if (symmetric === undefined) continue;
    const name = [gate.name, ...(symmetric ? gate.qubits.toSorted((p, q) => p - q) : gate.qubits)].join(' ');
    const partner = first.open.get(name);
    if (partner !== undefined && second.open.get(name) === partner) {
      gone.add(partner).add(position);
      first.open.delete(name);
      second.open.delete(name);
      continue;
    }
    first.open.set(name, position);
    second.open.set(name, position);
  }
  return { gates: gates.filter((_, position) => !gone.has(position)), angle: gone.size === 0 ? 0 : angle };
}

/** Which axis a one-qubit gate turns about, and by which angle it misses that. */
function axisOf(gate: Gate): { readonly axis: Axis | 'both' | undefined; readonly off: number } {
  const matrix = oneQubitMatrix(gate);
  const [ar = 0, ai = 0, br = 0, bi = 0, cr = 0, ci = 0, dr = 0, di = 0] = matrix;
  const diagonal = unit(ar, ai, 0, 0, 0, 0, dr, di);
  const [cos, sin] = [[ar + dr, ai + di] as const, [br + cr, bi + ci] as const];
  const even = unit(...cos, ...sin, ...sin, ...cos);
  const [z, x] = [angleBetween(matrix, diagonal), angleBetween(matrix, even)];
  if (z < AXIS_ANGLE)
    return { axis: x < AXIS_ANGLE ? 'both' : 'z', off: Math.max(z, x < AXIS_ANGLE ? x : 0) };
  return x < AXIS_ANGLE ? { axis: 'x', off: x } : { axis: undefined, off: 0 };
}

/** A matrix with the norm of a unitary. */
function unit(...values: readonly number[]): Float64Array {
  const norm = Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / 2);
  return Float64Array.from(values, (value) => (norm === 0 ? 0 : value / norm));
}
