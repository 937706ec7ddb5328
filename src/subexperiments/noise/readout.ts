/**
 * Readout that errs: what bits read, given what they are, and the inverse of that. Both are a 2x2 matrix for each bit, whose
 * columns add up to 1 (Bravyi et al., arXiv:2006.14044, tensor product noise).
 */
import type { Subcircuit } from '../../cut/model/cutCircuit.js';
import { KroncutError, numberAt } from '../../error.js';
import type { Confusion, Readout } from '../../run/tensors/counts.js';
import { realMatrix, type RealMatrix } from '../frame.js';
import type { Setting, SettingQubit } from '../settings.js';
import { settingsOf, type CutEndSettings } from '../subexperiments.js';
import type { EndTransform } from '../transform.js';
import { confusionOf, type NoiseModel } from './noiseModel.js';

/** [read 0 of 0, read 0 of 1, read 1 of 0, read 1 of 1]. */
export type Matrix2 = readonly [number, number, number, number];

/** A bit that an end records is that of its qubit, or of an ancilla's where that is measured. */
export function readoutOf(
  noise: NoiseModel,
  { wires, outcomes }: Subcircuit,
  ends: readonly CutEndSettings[],
): Readout {
  return {
    outcomes: outcomes.map(({ qubit }) => confusionOf(noise, wires[qubit])),
    ends: ends.map(({ places, table }) => {
      const measured = table.settings.flatMap(measuredAt)[0];
      const place = measured?.on === 'end' ? places[measured.place] : undefined;
      return confusionOf(noise, place === undefined ? undefined : wires[place.qubit]);
    }),
  };
}

/** Where a setting measures. */
function measuredAt({ steps }: Setting): { readonly on: SettingQubit; readonly place: number }[] {
  return steps.flatMap((each, place) =>
    each.flatMap((step) => ('measure' in step ? [{ on: step.measure, place }] : [])),
  );
}

/** True where every bit is read as it is. */
export function isFaithful({ outcomes, ends }: Readout): boolean {
  return [...outcomes, ...ends].every(({ oneOfZero, zeroOfOne }) => oneOfZero === 0 && zeroOfOne === 0);
}

/** Throws `usage` for readout that tells nothing of a bit, which nothing can undo. */
export function requireInvertible({ outcomes, ends }: Readout): void {
  for (const { oneOfZero, zeroOfOne } of [...outcomes, ...ends]) {
    if (Math.abs(1 - oneOfZero - zeroOfOne) > 1e-6) continue;
    throw new KroncutError(
      'usage',
      `readout that reads 1 of 0 with probability ${oneOfZero} and 0 of 1 with ${zeroOfOne} tells nothing of the bit, so that nothing can mitigate it`,
    );
  }
}

function forward({ oneOfZero, zeroOfOne }: Confusion): Matrix2 {
  return [1 - oneOfZero, zeroOfOne, oneOfZero, 1 - zeroOfOne];
}

/** Rows are what the bit was, columns what was read: entries may be negative or above 1. */
export function inverse({ oneOfZero, zeroOfOne }: Confusion): Matrix2 {
  const determinant = 1 - oneOfZero - zeroOfOne;
  return [
    (1 - zeroOfOne) / determinant,
    -zeroOfOne / determinant,
    -oneOfZero / determinant,
    (1 - oneOfZero) / determinant,
  ];
}

/** The confusions of the bits of a subexperiment's outcomes: outcome bits, then recorded bits. */
export function bitsOf(
  { outcomes, ends: recorded }: Readout,
  ends: readonly CutEndSettings[],
  subexperiment: number,
): Confusion[] {
  const settings = settingsOf(ends, subexperiment);
  return [...outcomes, ...recorded.filter((_, end) => settings[end]?.recording !== 'none')];
}

/** Frequencies of what is read, in place of those of what is there; `bits` as `bitsOf` gives them. */
export function confuse(frequencies: Float64Array, bits: readonly Confusion[]): void {
  for (const [bit, confusion] of bits.entries()) applyBit(frequencies, bit, forward(confusion));
}

/** The inverse of that. */
export function mitigate(frequencies: Float64Array, bits: readonly Confusion[]): void {
  for (const [bit, confusion] of bits.entries()) applyBit(frequencies, bit, inverse(confusion));
}

function applyBit(values: Float64Array, bit: number, [a, b, c, d]: Matrix2): void {
  if (a === 1 && d === 1) return;
  const stride = 2 ** bit;
  for (let base = 0; base < values.length; base += 2 * stride) {
    for (let low = base; low < base + stride; low += 1) {
      const [zero, one] = [values[low]!, values[low + stride]!];
      values[low] = a * zero + b * one;
      values[low + stride] = c * zero + d * one;
    }
  }
}

/** Duals that undo how recorded bits were read: of each setting that records a bit, two columns are mixed. */
export function mitigatedDuals(duals: readonly EndTransform[], readout: Readout): EndTransform[] {
  return mixedDuals(duals, readout, inverse);
}

/** Duals for frequencies of what is there, where what is read is told of. */
export function confusedDuals(duals: readonly EndTransform[], readout: Readout): EndTransform[] {
  return mixedDuals(duals, readout, forward);
}

function mixedDuals(
  duals: readonly EndTransform[],
  { ends }: Readout,
  matrixOf: (confusion: Confusion) => Matrix2,
): EndTransform[] {
  return duals.map(({ matrix, rows }, end) => {
    const confusion = ends[end];
    if (confusion === undefined) return { matrix, rows };
    return { rows, matrix: mixedColumns(matrix, rows, matrixOf(confusion)) };
  });
}

function mixedColumns(matrix: RealMatrix, rows: readonly number[], [a, b, c, d]: Matrix2): RealMatrix {
  const { columns, values } = matrix;
  const firstOf = rows.flatMap((count, setting) => {
    const first = rows.slice(0, setting).reduce((sum, each) => sum + each, 0);
    return Array.from({ length: count }, () => (count === 2 ? first : -1));
  });
  return realMatrix(matrix.rows, columns, (row, column) => {
    const first = firstOf[column] ?? -1;
    if (first < 0) return numberAt(values, row * columns + column);
    const [zero = 0, one = 0] = values.subarray(row * columns + first, row * columns + first + 2);
    return column === first ? zero * a + one * c : zero * b + one * d;
  });
}
