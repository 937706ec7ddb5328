/**
 * `u3` and `cx` in another gate set. A gate of the class of `cx` takes the place of each; `rzz` and `iswap` are found for runs
 * of gates on two qubits, which may take fewer of them.
 */
import type { Gate } from '../../circuit/circuit.js';
import { gateOf } from '../../circuit/gates.js';
import { principalAngle } from '../../circuit/matrix.js';
import { smallUnitary } from '../../circuit/modify.js';
import { consolidatedGates, cxCounts, pairUnitary, rzzGates } from './consolidate.js';
import { entanglersOf, oneQubitKind, type DeviceGates } from './deviceGates.js';
import type { GateSet } from './gateSets.js';
import { angleBetween, mergeOneQubit, oneQubitMatrix, type Merged } from './merge.js';
import { isBetter } from './figures.js';
import { lossOf } from './predicted.js';
import { pairRuns } from './pairRuns.js';
import { distanceAngle, unitaryDistance } from './unitary.js';

type Pair = readonly [number, number];

/** `angle` says how far rounding may have moved the circuit. */
export function toGateSet(gates: readonly Gate[], gateSet: GateSet | DeviceGates): Merged {
  if (gateSet === 'u3-cx') return { gates: [...gates], angle: 0 };
  if (typeof gateSet === 'object') return toDeviceGates(gates, gateSet);
  const [one, two] = gateSet.split('-');
  const entangled = withEntangler(gates, two ?? '');
  return withOneQubit(entangled, one === 'zsx' ? one : 'u3');
}

/** Gates on one qubit merged, and written so. */
function withOneQubit({ gates, angle }: Merged, kind: OneQubitKind): Merged {
  const merged = mergeOneQubit(gates);
  if (kind === 'u3') return { gates: merged.gates, angle: angle + merged.angle };
  const turned = withZsx(merged.gates, kind);
  return { gates: turned.gates, angle: angle + merged.angle + turned.angle };
}

type OneQubitKind = ReturnType<typeof oneQubitKind>;

/** Each run of gates on a pair by the gate that costs least there. */
function toDeviceGates(gates: readonly Gate[], device: DeviceGates): Merged {
  const entanglers = entanglersOf(device);
  const kind = oneQubitKind(device);
  const [only] = entanglers;
  if (only !== undefined && entanglers.length === 1) return withOneQubit(withEntangler(gates, only), kind);
  const cheapest = byRuns(gates, (run, _unitary, pair) => {
    const ways = entanglers.map((name) => withEntangler(run, name).gates);
    const figures = ways.map((way) =>
      runFigures(withOneQubit({ gates: way, angle: 0 }, kind).gates, pair, device),
    );
    const best = figures.reduce((a, each, i) => (isBetter(each, figures[a]!) ? i : a), 0);
    return ways[best] ?? run;
  });
  return withOneQubit(cheapest, kind);
}

/** What a run costs, and where that is the same, how long it is. */
function runFigures(gates: readonly Gate[], pair: Pair, device: DeviceGates): readonly number[] {
  const { loss, duration } = lossOf(Math.max(...pair) + 1, gates, device);
  return [loss, duration, gates.filter(({ qubits }) => qubits.length === 2).length, gates.length];
}

function withEntangler(gates: readonly Gate[], name: string): Merged {
  switch (name) {
    case 'cx':
      return { gates: [...gates], angle: 0 };
    case 'cz':
      return { gates: gates.flatMap((gate) => inPlaceOfCx(gate, withCz)), angle: 0 };
    case 'ecr':
      return { gates: gates.flatMap((gate) => inPlaceOfCx(gate, withEcr)), angle: 0 };
    case 'rzz':
      return byRuns(gates, withRzz);
    default:
      return byRuns(gates, withIswap);
  }
}

function inPlaceOfCx(gate: Gate, make: (pair: Pair) => readonly Gate[]): readonly Gate[] {
  const [control, target] = gate.qubits;
  return gate.name !== 'cx' || control === undefined || target === undefined
    ? [gate]
    : make([control, target]);
}

function withCz([control, target]: Pair): Gate[] {
  const h = gateOf('h', [target]);
  return [h, gateOf('cz', [control, target]), h];
}

function withEcr([control, target]: Pair): Gate[] {
  return [
    gateOf('s', [control]),
    gateOf('x', [control]),
    gateOf('rx', [target], Math.PI / 2),
    gateOf('ecr', [control, target]),
  ];
}

/** Each run of gates on a pair made anew, and how far that is off. */
function byRuns(
  gates: readonly Gate[],
  make: (run: readonly Gate[], unitary: Float64Array, pair: Pair) => readonly Gate[],
): Merged {
  let angle = 0;
  const made = pairRuns(gates).flatMap(({ pair, gates: run }) => {
    if (pair === undefined) return run;
    const unitary = pairUnitary(run, pair);
    const found = make(run, unitary, pair);
    angle += distanceAngle(unitaryDistance(pairUnitary(found, pair), unitary));
    return found;
  });
  return { gates: made, angle };
}

/** A `cx` is one `rzz`; two of them may be one, too, and then are exp(i a ZZ) between gates on one qubit. */
function withRzz(run: readonly Gate[], unitary: Float64Array, pair: Pair): readonly Gate[] {
  const count = run.filter(({ name }) => name === 'cx').length;
  if (count !== 1) return rzzGates(unitary, pair);
  return run.flatMap((gate) =>
    inPlaceOfCx(gate, ([control, target]) => [
      gateOf('h', [target]),
      gateOf('rz', [control], Math.PI / 2),
      gateOf('rz', [target], Math.PI / 2),
      gateOf('rzz', [control, target], -Math.PI / 2),
      gateOf('h', [target]),
    ]),
  );
}

/**
 * An iswap is a swap, a `cz` and an s on both qubits. So a run is as many of them as `cz`, if these are even in number; else
 * those of the run with a swap behind it. One does where that takes one `cz`, two where the run takes two at most, and
 * three for all others.
 */
function withIswap(_run: readonly Gate[], unitary: Float64Array, pair: Pair): readonly Gate[] {
  const { plain, exchanged } = cxCounts(unitary);
  const count = plain === 0 ? 0 : exchanged === 1 ? 1 : plain <= 2 ? 2 : 3;
  const [a, b] = pair;
  const swapped = (): Float64Array =>
    smallUnitary([...consolidatedGates(unitary, pair), gateOf('swap', pair)], pair);
  const gates = consolidatedGates(count % 2 === 0 ? unitary : swapped(), pair, count);
  const place = new Map([
    [a, a],
    [b, b],
  ]);
  const on = (q: number): number => place.get(q) ?? q;
  return gates.flatMap((gate) => {
    const moved = { ...gate, qubits: gate.qubits.map(on) };
    const made = inPlaceOfCx(moved, ([control, target]) => [
      gateOf('h', [target]),
      gateOf('sdg', [control]),
      gateOf('sdg', [target]),
      gateOf('iswap', [control, target]),
      // The other half of what a cz has in front of it and behind, on the place where the target is now.
      gateOf('h', [control]),
    ]);
    if (gate.qubits.length === 2) {
      const [first, second] = [on(a), on(b)];
      place.set(a, second).set(b, first);
    }
    return made;
  });
}

function withZsx(gates: readonly Gate[], kind: 'zsx' | 'zs'): Merged {
  let angle = 0;
  const turned = gates.flatMap((gate) => {
    const [q] = gate.qubits;
    if (gate.name !== 'u3' || q === undefined) return [gate];
    const parts = zsx(gate, q, kind);
    angle += angleBetween(oneQubitMatrix(gate), smallUnitary(parts, [q]));
    return parts;
  });
  return { gates: turned, angle };
}

/** Angles closer than this to a special value take the shorter circuit; a distance sees the square. */
const SPECIAL = 1e-12;

/** A `u3` as rz, sx and, where there is one, x, up to a phase: u3(t, p, l) = rz(p + pi) sx rz(t + pi) sx rz(l) (McKay et al. 2017). */
function zsx(gate: Gate, qubit: number, kind: 'zsx' | 'zs'): Gate[] {
  const [theta = 0, phi = 0, lambda = 0] = gate.params;
  const rz = (angle: number): Gate[] => {
    const turned = principalAngle(angle);
    return Math.abs(turned) < SPECIAL ? [] : [gateOf('rz', [qubit], turned)];
  };
  const near = (value: number): boolean => Math.abs(principalAngle(theta - value)) < SPECIAL;
  const sx = gateOf('sx', [qubit]);
  if (near(0)) return rz(phi + lambda);
  const flip = kind === 'zsx' ? [gateOf('x', [qubit])] : [sx, sx];
  if (near(Math.PI)) return [...rz(lambda), ...flip, ...rz(phi + Math.PI)];
  if (near(Math.PI / 2)) return [...rz(lambda - Math.PI / 2), sx, ...rz(phi + Math.PI / 2)];
  return [...rz(lambda), sx, ...rz(theta + Math.PI), sx, ...rz(phi + Math.PI)];
}
