/**
 * From tensors to frequencies of subexperiments, and back: the matrices of the ends act on the axes of a tensor one after
 * another, and subexperiments with the same settings at the first ends share the work on these.
 */
import { KroncutError, numberAt, valueAt } from '../error.js';
import type { RealMatrix } from './frame.js';

/** The matrix of an end, and the rows of each of its settings: 2 where it records a bit, else 1. */
export interface EndTransform {
  /** rows x components, or for `gather` components x rows. */
  readonly matrix: RealMatrix;
  readonly rows: readonly number[];
}

/**
 * Visits all subexperiments with their frequencies: `tensor` has an axis of components for each end, and `outcomes` values
 * behind them; the frequencies of a subexperiment are [recorded bits, the first the lowest] x [outcomes]. What is visited is
 * overwritten by the next.
 */
export function* scatter(
  tensor: Float64Array,
  ends: readonly EndTransform[],
  outcomes: number,
): Generator<{ readonly subexperiment: number; readonly frequencies: Float64Array }> {
  let subexperiment = 0;
  function* descend(level: number, data: Float64Array, patterns: number): ReturnType<typeof scatter> {
    const end = ends[level];
    if (end === undefined) {
      yield { subexperiment, frequencies: data };
      subexperiment += 1;
      return;
    }
    const { matrix } = end;
    const inner = data.length / (patterns * matrix.columns);
    let row = 0;
    for (const rows of end.rows) {
      const next = new Float64Array(rows * patterns * inner);
      for (let bit = 0; bit < rows; bit += 1, row += 1) {
        for (let pattern = 0; pattern < patterns; pattern += 1) {
          const target = next.subarray(
            (bit * patterns + pattern) * inner,
            (bit * patterns + pattern + 1) * inner,
          );
          for (let component = 0; component < matrix.columns; component += 1) {
            const from = (pattern * matrix.columns + component) * inner;
            add(target, data, from, numberAt(matrix.values, row * matrix.columns + component));
          }
        }
      }
      yield* descend(level + 1, next, rows * patterns);
    }
  }
  const size = ends.reduce((product, { matrix }) => product * matrix.columns, outcomes);
  if (tensor.length !== size)
    throw new KroncutError('internal', `a tensor of ${size} values has ${tensor.length}`);
  yield* descend(0, tensor, 1);
}

/** The sum of what all subexperiments tell: the tensor with an axis for each end and `outcomes` values behind. */
export function gather(
  frequenciesOf: (subexperiment: number) => Float64Array,
  ends: readonly EndTransform[],
  outcomes: number,
): Float64Array {
  let subexperiment = 0;
  const sizes = ends.map(({ matrix }) => matrix.rows);
  function ascend(level: number, patterns: number): Float64Array {
    const end = ends[level];
    if (end === undefined) return frequenciesOf(subexperiment++);
    const { matrix } = end;
    const inner = sizes.slice(level + 1).reduce((product, size) => product * size, outcomes);
    const sum = new Float64Array(patterns * matrix.rows * inner);
    let row = 0;
    for (const rows of end.rows) {
      const told = ascend(level + 1, rows * patterns);
      for (let bit = 0; bit < rows; bit += 1, row += 1) {
        for (let pattern = 0; pattern < patterns; pattern += 1) {
          const from = (bit * patterns + pattern) * inner;
          for (let component = 0; component < matrix.rows; component += 1) {
            const to = (pattern * matrix.rows + component) * inner;
            add(
              sum.subarray(to, to + inner),
              told,
              from,
              numberAt(matrix.values, component * matrix.columns + row),
            );
          }
        }
      }
    }
    return sum;
  }
  return ascend(0, 1);
}

/**
 * What a block of subexperiments tells, all combinations of some settings of each end: `block` has an axis for the rows of
 * these, end by end, and `outcomes` values behind. Blocks with different subexperiments add up to what `gather` gives.
 */
export function gatherBlock(
  block: Float64Array,
  ends: readonly EndTransform[],
  settings: readonly (readonly number[])[],
  outcomes: number,
): Float64Array {
  let data = block;
  let inner = block.length;
  let outer = 1;
  for (const [i, { matrix, rows }] of ends.entries()) {
    const columns = columnsOf(rows, settings[i] ?? []);
    inner /= columns.length;
    const next = new Float64Array(outer * matrix.rows * inner);
    for (let above = 0; above < outer; above += 1) {
      for (const [place, column] of columns.entries()) {
        const from = (above * columns.length + place) * inner;
        for (let component = 0; component < matrix.rows; component += 1) {
          const to = (above * matrix.rows + component) * inner;
          add(
            next.subarray(to, to + inner),
            data,
            from,
            numberAt(matrix.values, component * matrix.columns + column),
          );
        }
      }
    }
    data = next;
    outer *= matrix.rows;
  }
  if (inner !== outcomes) throw new KroncutError('internal', `a block has ${inner} values for ${outcomes}`);
  return data;
}

/** Rows of some settings, by their numbers among those of all. */
function columnsOf(rows: readonly number[], settings: readonly number[]): number[] {
  return settings.flatMap((setting) => {
    const first = rows.slice(0, setting).reduce((sum, each) => sum + each, 0);
    return Array.from({ length: valueAt(rows, setting) }, (_, bit) => first + bit);
  });
}

function add(target: Float64Array, source: Float64Array, from: number, factor: number): void {
  if (factor === 0) return;
  for (let i = 0; i < target.length; i += 1) target[i] = target[i]! + factor * source[from + i]!;
}
