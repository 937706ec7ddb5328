/**
 * Samples of the distribution without its 2^n values: the outcomes of one tensor after another are drawn, given those
 * drawn before, while later ones are summed away. The contraction tree is walked once for many samples, with all that
 * lies outside of a subtree contracted into one tensor on the subtree's bonds; so a sample takes about as many steps as
 * the tree has tensors.
 */
import { compute, type Context } from '../../run/context.js';
import type { TensorNetwork } from '../network/tensorNetwork.js';
import { openTree } from '../engine/tensorTree.js';

/**
 * Samples number `begin` to `end` of the stream that `seed` names, each the set of outcome bits that are 1. A sample
 * depends on its number and the seed alone.
 */
export async function drawSamples(
  context: Context,
  network: TensorNetwork,
  seed: number,
  begin: number,
  end: number,
  onWork?: (fraction: number) => void,
): Promise<ReadonlySet<number>[]> {
  const { members, leaves, joins } = await openTree(context, network);
  const ones = Array.from({ length: end - begin }, () => new Set<number>());
  if (members.length === 0) return ones;
  const drawn = await compute(
    context,
    (options) => context.native.treeSamples(leaves, joins, { ...options, seed, begin, end }),
    onWork,
  );
  for (const [i, sample] of ones.entries()) {
    for (const [j, { bits }] of members.entries()) {
      let rest = drawn[i * members.length + j] ?? 0;
      for (const bit of bits) {
        if (rest % 2 === 1) sample.add(bit);
        rest = Math.floor(rest / 2);
      }
    }
  }
  return ones;
}
