/**
 * A closed network's value and its derivatives by every tensor, their environments, by one sweep back through the
 * contraction tree: the derivative by one operand of a product is the derivative by the product, contracted with the other.
 */
import { required } from '../../error.js';
import { contract, identityOf, permuted, scalar, type LabelledTensor } from './labelledTensor.js';

export interface ClosedLeaf {
  /** Labels of the axes; one that occurs twice joins the tensor to itself. */
  readonly bonds: readonly number[];
  readonly values: Float64Array;
}

export interface Environments {
  readonly value: number;
  /** For each tensor, in the order of its axes. */
  readonly gradients: readonly Float64Array[];
}

/** `joins` are pairs of numbers of nodes, of which the tensors are the first (see `joinsOf`); the last one gives the value. */
export function environments(leaves: readonly ClosedLeaf[], joins: readonly number[]): Environments {
  const opened = leaves.map(openLeaf);
  const nodes: LabelledTensor[] = opened.map(({ tensor, loops }) => loops.reduce(contract, tensor));
  for (let at = 0; at < joins.length; at += 2) nodes.push(contract(nodeAt(joins[at]), nodeAt(joins[at + 1])));
  const gradients: (LabelledTensor | undefined)[] = nodes.map(() => undefined);
  gradients[nodes.length - 1] = scalar(1);
  for (let at = joins.length - 2; at >= 0; at -= 2) {
    const own = required(gradients[leaves.length + at / 2], 'a derivative');
    const [left, right] = [joins[at] ?? -1, joins[at + 1] ?? -1];
    gradients[left] = contract(own, nodeAt(right));
    gradients[right] = contract(own, nodeAt(left));
  }
  return {
    value: nodes.at(-1)?.values[0] ?? 1,
    gradients: opened.map(({ tensor, loops }, i) => {
      const gradient = required(gradients[i], 'a derivative');
      return permuted(loops.reduce(contract, gradient), tensor.labels);
    }),
  };

  function nodeAt(number: number | undefined): LabelledTensor {
    return required(nodes[number ?? -1], `node ${number}`);
  }
}

/** A tensor with different labels, and what joins those that were the same. */
function openLeaf({ bonds, values }: ClosedLeaf): { tensor: LabelledTensor; loops: LabelledTensor[] } {
  const loops: LabelledTensor[] = [];
  const labels = bonds.map((bond, axis) => {
    if (bonds.indexOf(bond) === axis) return bond;
    // Bonds are numbered from 0: no label below is taken.
    const other = -1 - axis;
    loops.push(identityOf(bond, other));
    return other;
  });
  return { tensor: { labels, values }, loops };
}
