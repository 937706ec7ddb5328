/** Sums over a distribution whose values all stream by. */
import { stat } from 'node:fs/promises';
import type { TensorHandle } from '../../../native/addon.js';
import { compute, type Context } from '../../../run/context.js';
import { fileError } from '../../../run/files/files.js';
import { requireMemory } from '../../../run/resources/space.js';
import { openBytes } from '../../network/tensorNetwork.js';
import type { MomentsQuery, MomentsResult } from '../moments.js';
import { allBits, ROUNDING } from '../outcomeBits.js';
import type { Given, PassMember } from '../query.js';

export const member: PassMember<Given<'moments', MomentsQuery>, MomentsResult> = {
  needsZeros: ({ crossEntropy }) => crossEntropy !== undefined,
  async consumers({ context, source }, { crossEntropy: file }) {
    if (file === undefined) return { entropy: {} };
    return { entropy: { weights: await openWeights(context, source.cutCircuit.outcomeBits, file) } };
  },
  async identity({ crossEntropy: file }) {
    if (file === undefined) return true;
    const { size, mtimeMs } = await stat(file);
    return [file, size, mtimeMs];
  },
  result(
    { moments: { sum, min, max }, entropies, bonds },
    { order, cutCircuit, precision, data },
    { crossEntropy: file },
  ) {
    const { entropy, collision, negatives, negativeSum, crossEntropy, missing, missingWeight } = entropies;
    // Outcomes that no contraction sees have probability 0.
    const zeros = cutCircuit.outcomeBits > order.length;
    return {
      sum,
      min: zeros ? Math.min(min, 0) : min,
      max: zeros ? Math.max(max, 0) : max,
      entropy,
      collision,
      negatives,
      negativeSum,
      ...(file === undefined
        ? {}
        : {
            // Where the answer is 0 but for rounding, such weights are noise.
            crossEntropy: missingWeight > ROUNDING[precision] ? null : crossEntropy,
            crossEntropyMissing: { count: missing, weight: missingWeight },
          }),
      bonds,
      data,
    };
  },
};

/** Collective: the distribution of a cross entropy; a file in double precision stays on disk. */
async function openWeights(context: Context, outcomeBits: number, file: string): Promise<TensorHandle> {
  return context.cluster.agree(async () => {
    const doubles = openBytes(2 ** outcomeBits, 'single');
    let bytes: number;
    try {
      bytes = (await stat(file)).size;
    } catch (error) {
      throw fileError(error, file, 'read');
    }
    if (bytes < doubles) {
      requireMemory(
        doubles,
        context.memory,
        `${file}, which is not in double precision,`,
        'store it in double precision',
      );
    }
    const bits = allBits({ outcomeBits });
    return compute(context, () => context.native.openTensor(file, [], bits));
  });
}
