/** Unitaries that are Clifford operations: found by what they make of every X and Z, and taken apart as a table of that. */
import type { Gate } from '../../circuit/circuit.js';
import { adjointMatrix, multiplyMatrices, orderOf } from '../../circuit/matrix.js';
import { gatesOf } from './gateSequence.js';
import { Products } from './products.js';
import { addPiece } from './regions.js';
import { frameRewriting } from './resynthesize.js';
import { SequenceBuilder } from './sequence.js';
import type { QubitPair } from './exchanges.js';

/** Work of the search: a second at most. */
const WORK = 3e8;
const BEAM = 100;
/** An entry this far from 1 in size is none of a product of Paulis. */
const ROUNDING = 1e-6;

/** `u3` and `cx` on these pairs that are a unitary up to its phase; undefined where it is no Clifford operation. */
export function cliffordGates(
  unitary: Float64Array,
  qubits: number,
  pairs: readonly QubitPair[],
): Gate[] | undefined {
  const frame = new Products(qubits, 2 * qubits);
  const adjoint = adjointMatrix(unitary);
  for (let row = 0; row < 2 * qubits; row += 1) {
    const bit = 1 << (row >> 1);
    const moved = row % 2 === 0 ? withZ(unitary, bit) : withX(unitary, bit);
    const product = productOf(multiplyMatrices(adjoint, moved), qubits);
    if (product === undefined) return undefined;
    for (const [q, letter] of product.letters.entries()) frame.set(row, q, letter);
    frame.signs[row] = product.isMinus ? 1 : 0;
  }
  const options = { pairs, most: Infinity, beam: BEAM, work: { left: WORK } };
  const made = frameRewriting(frame, options);
  if (made === undefined) return undefined;
  const builder = new SequenceBuilder(qubits);
  addPiece(builder, made, [...Array(qubits).keys()]);
  return gatesOf(builder.finish()).gates;
}

/** Z on a bit behind a unitary: rows of a one are negative. */
function withZ(unitary: Float64Array, bit: number): Float64Array {
  const width = 2 * orderOf(unitary);
  return unitary.map((value, i) => ((Math.floor(i / width) & bit) === 0 ? value : -value));
}

/** X on a bit behind a unitary: rows change places. */
function withX(unitary: Float64Array, bit: number): Float64Array {
  const order = orderOf(unitary);
  const result = new Float64Array(unitary.length);
  for (let row = 0; row < order; row += 1) {
    const from = 2 * order * (row ^ bit);
    result.set(unitary.subarray(from, from + 2 * order), 2 * order * row);
  }
  return result;
}

interface Product {
  /** 0 for the identity, 1, 2, 3 for X, Y, Z. */
  readonly letters: readonly number[];
  readonly isMinus: boolean;
}

/** A matrix that takes |0> to i^k |x>, and |bit> to the same up to a sign: i^k X^x Z^z, if it is a product of Paulis. */
function productOf(matrix: Float64Array, qubits: number): Product | undefined {
  const order = 2 ** qubits;
  const at = (row: number, column: number): readonly [number, number] => [
    matrix[2 * (row * order + column)]!,
    matrix[2 * (row * order + column) + 1]!,
  ];
  const x = [...Array(order).keys()].find((row) => Math.abs(Math.hypot(...at(row, 0)) - 1) < ROUNDING);
  if (x === undefined) return undefined;
  const [re, im] = at(x, 0);
  const letters = Array.from({ length: qubits }, (_, q) => {
    const [a, b] = at(x ^ (1 << q), 1 << q);
    const hasZ = a * re + b * im < 0;
    if (((x >> q) & 1) === 0) return hasZ ? 3 : 0;
    return hasZ ? 2 : 1;
  });
  // Y is i X Z.
  const quarters = letters.filter((letter) => letter === 2).length % 4;
  const part = [re, im, -re, -im][quarters]!;
  return { letters, isMinus: part < 0 };
}
