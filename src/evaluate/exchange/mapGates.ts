/** The maps of settings as gates that every device's programs know: u1, u3 and cx. */
import type { Gate } from '../../circuit/circuit.js';
import { gateOf } from '../../circuit/gates.js';
import type { Operation } from '../../circuit/lower.js';
import { adjointMatrix, equalUpToPhase, identityMatrix, multiplyMatrices } from '../../circuit/matrix.js';
import { oneQubitAngles } from '../../circuit/unitary.js';
import { KroncutError, numberAt } from '../../error.js';

/** What rounding leaves of the identity. */
const TOLERANCE = 1e-14;
const IDENTITY = identityMatrix(2);

/** Gates of a unitary map on one qubit, or of one that acts on the second qubit by the value of the first, up to a phase. */
export function mapGates({ qubits, matrix }: Operation): Gate[] {
  const [first, second] = qubits;
  if (first === undefined) throw new KroncutError('internal', 'a map of a setting acts on no qubit');
  return second === undefined ? turn(matrix, first) : selected(matrix, first, second);
}

function turn(matrix: Float64Array, qubit: number): Gate[] {
  if (equalUpToPhase(matrix, IDENTITY, TOLERANCE)) return [];
  const { theta, phi, lambda } = oneQubitAngles(matrix);
  return [gateOf('u3', [qubit], theta, phi, lambda)];
}

/** A on the second qubit, and then B A^dagger where the first is in |1>: two cx (Nielsen and Chuang, section 4.3). */
function selected(matrix: Float64Array, control: number, target: number): Gate[] {
  const [none, one] = [blockOf(matrix, 0), blockOf(matrix, 1)];
  const { theta, phi, lambda, gamma } = oneQubitAngles(multiplyMatrices(one, adjointMatrix(none)));
  return [
    ...turn(none, target),
    gateOf('u1', [control], gamma + (phi + lambda) / 2),
    gateOf('u1', [target], (lambda - phi) / 2),
    gateOf('cx', [control, target]),
    gateOf('u3', [target], -theta / 2, 0, -(phi + lambda) / 2),
    gateOf('cx', [control, target]),
    gateOf('u3', [target], theta / 2, phi, 0),
  ];
}

/** What a 4x4 matrix does to the second qubit where the first, which it must not change, has this value. */
function blockOf(matrix: Float64Array, value: 0 | 1): Float64Array {
  const block = new Float64Array(8);
  for (const row of [0, 1]) {
    for (const column of [0, 1]) {
      const from = 2 * (4 * (value + 2 * row) + value + 2 * column);
      block.set(matrix.subarray(from, from + 2), 2 * (2 * row + column));
      const off = 2 * (4 * (1 - value + 2 * row) + value + 2 * column);
      if (Math.hypot(numberAt(matrix, off), numberAt(matrix, off + 1)) > TOLERANCE) {
        throw new KroncutError('internal', 'a map of a setting mixes the values of its first qubit');
      }
    }
  }
  return block;
}
