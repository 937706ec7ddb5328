/** Any circuit as `u3` and `cx`, and from there into the gate set asked for. */
import type { Gate } from '../../circuit/circuit.js';
import { gateMatrix, gateOf } from '../../circuit/gates.js';
import { principalAngle } from '../../circuit/matrix.js';
import { consolidatedGates, cxCount, pairUnitary } from './consolidate.js';
import { angleBetween, mergeOneQubit, oneQubitMatrix, type Merged } from './merge.js';
import { pairRuns } from './pairRuns.js';
import { smallUnitary } from '../../circuit/modify.js';
import type { GateSet } from './gateSets.js';

/** Gates on one and two qubits as `u3` and `cx`, one-qubit gates merged. */
export function toU3Cx(gates: readonly Gate[]): Gate[] {
  const result: Gate[] = [];
  for (const gate of gates) {
    const [a, b] = gate.qubits;
    if (a !== undefined && b !== undefined && gate.name !== 'cx') {
      result.push(...consolidatedGates(gateMatrix(gate), [a, b]));
    } else {
      result.push(gate);
    }
  }
  return mergeOneQubit(result).gates;
}

/** Replaces runs of `cx` and `u3` on one pair of qubits that have more `cx` than their product needs. */
export function consolidatePairs(gates: readonly Gate[]): Gate[] {
  const result = pairRuns(gates).flatMap((run) => {
    const { pair } = run;
    const before = run.gates.filter(({ qubits }) => qubits.length === 2).length;
    if (pair === undefined || before < 2) return run.gates;
    const unitary = pairUnitary(run.gates, pair);
    return cxCount(unitary) < before ? consolidatedGates(unitary, pair) : run.gates;
  });
  return mergeOneQubit(result).gates;
}

/** `u3` and `cx` in another gate set. `angle` says how far rounding may have moved the circuit. */
export function toGateSet(gates: readonly Gate[], gateSet: GateSet): Merged {
  if (gateSet === 'u3-cz') return mergeOneQubit(gates.flatMap(withCz));
  if (gateSet === 'u3-cx') return { gates: [...gates], angle: 0 };
  let angle = 0;
  const turned = gates.flatMap((gate) => {
    const [q] = gate.qubits;
    if (gate.name !== 'u3' || q === undefined) return [gate];
    const parts = zsx(gate, q);
    angle += angleBetween(oneQubitMatrix(gate), smallUnitary(parts, [q]));
    return parts;
  });
  return { gates: turned, angle };
}

function withCz(gate: Gate): Gate[] {
  const [control, target] = gate.qubits;
  if (gate.name !== 'cx' || control === undefined || target === undefined) return [gate];
  const h = gateOf('h', [target]);
  return [h, gateOf('cz', [control, target]), h];
}

/** Angles closer than this to a special value take the shorter circuit; a distance sees the square. */
const SPECIAL = 1e-12;

/** A `u3` as rz, sx and x, up to a phase: u3(t, p, l) = rz(p + pi) sx rz(t + pi) sx rz(l) (McKay et al. 2017). */
function zsx(gate: Gate, qubit: number): Gate[] {
  const [theta = 0, phi = 0, lambda = 0] = gate.params;
  const rz = (angle: number): Gate[] => {
    const turned = principalAngle(angle);
    return Math.abs(turned) < SPECIAL ? [] : [gateOf('rz', [qubit], turned)];
  };
  const near = (value: number): boolean => Math.abs(principalAngle(theta - value)) < SPECIAL;
  const sx = gateOf('sx', [qubit]);
  if (near(0)) return rz(phi + lambda);
  if (near(Math.PI)) return [...rz(lambda), gateOf('x', [qubit]), ...rz(phi + Math.PI)];
  if (near(Math.PI / 2)) return [...rz(lambda - Math.PI / 2), sx, ...rz(phi + Math.PI / 2)];
  return [...rz(lambda), sx, ...rz(theta + Math.PI), sx, ...rz(phi + Math.PI)];
}
