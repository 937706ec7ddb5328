/** Small real tensors whose axes, of four values each, have labels: enough for the gradients of closed networks. */
import { KroncutError } from '../../error.js';

export interface LabelledTensor {
  /** Labels of the axes, the slowest first; all different. */
  readonly labels: readonly number[];
  readonly values: Float64Array;
}

const EXTENT = 4;

export function scalar(value: number): LabelledTensor {
  return { labels: [], values: Float64Array.of(value) };
}

/** delta(a, b): contracted with a tensor it renames an axis, or joins two. */
export function identityOf(a: number, b: number): LabelledTensor {
  const values = new Float64Array(EXTENT * EXTENT);
  for (let i = 0; i < EXTENT; i += 1) values[i * EXTENT + i] = 1;
  return { labels: [a, b], values };
}

/** Sums over the labels that both have; the others remain, those of `left` first. */
export function contract(left: LabelledTensor, right: LabelledTensor): LabelledTensor {
  const shared = left.labels.filter((label) => right.labels.includes(label));
  const [rows, columns] = [left, right].map(({ labels }) =>
    labels.filter((label) => !shared.includes(label)),
  );
  if (rows === undefined || columns === undefined)
    throw new KroncutError('internal', 'a product has two operands');
  const a = permuted(left, [...rows, ...shared]);
  const b = permuted(right, [...shared, ...columns]);
  const [height, inner, width] = [EXTENT ** rows.length, EXTENT ** shared.length, EXTENT ** columns.length];
  const values = new Float64Array(height * width);
  for (let row = 0; row < height; row += 1) {
    for (let k = 0; k < inner; k += 1) {
      const factor = a[row * inner + k]!;
      if (factor === 0) continue;
      for (let column = 0; column < width; column += 1) {
        const at = row * width + column;
        values[at] = values[at]! + factor * b[k * width + column]!;
      }
    }
  }
  return { labels: [...rows, ...columns], values };
}

/** The values with the axes in another order. */
export function permuted({ labels, values }: LabelledTensor, order: readonly number[]): Float64Array {
  if (labels.every((label, i) => label === order[i])) return values;
  const strides = order.map((label) => {
    const axis = labels.indexOf(label);
    if (axis < 0) throw new KroncutError('internal', `a tensor has no axis ${label}`);
    return EXTENT ** (labels.length - 1 - axis);
  });
  const result = new Float64Array(values.length);
  for (let index = 0; index < result.length; index += 1) {
    let [rest, from] = [index, 0];
    for (let axis = strides.length - 1; axis >= 0; axis -= 1) {
      from += (rest % EXTENT) * strides[axis]!;
      rest = Math.floor(rest / EXTENT);
    }
    result[index] = values[from]!;
  }
  return result;
}
