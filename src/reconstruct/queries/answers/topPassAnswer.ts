/** The most likely outcomes of a distribution whose values all stream by. */
import { BOND_TOLERANCE } from '../../network/bondShrinking.js';
import { ROUNDING } from '../outcomeBits.js';
import type { Given, PassMember } from '../query.js';
import { ALL_LISTED, type TopQuery, type TopResult } from '../top.js';
import { bitString } from '../bitString.js';

export const member: PassMember<Given<'top', TopQuery>, TopResult> = {
  consumers: async (_, { top }) => ({ top }),
  identity: async ({ top }) => top,
  result(
    { top: found, bonds, moments },
    { order, cutCircuit: { outcomeBits }, bondTolerance = BOND_TOLERANCE, precision, data },
    { top: count },
  ) {
    const outcomes = found.map(({ index, value }) => ({
      bits: outcomeOf(index, order, outcomeBits),
      probability: value,
    }));
    // Everything was looked at: what is not listed is at most the last of the list, and 0 where all is listed.
    const last = found.length < count ? 0 : (outcomes.at(-1)?.probability ?? 0);
    // Values that are off by more than rounding may be in another order than the true ones.
    const exact = bondTolerance <= BOND_TOLERANCE || bonds.errorBound === 0;
    const bound = exact ? last : last + bonds.errorBound;
    // What bonds between tensors lose by rounding stands for nothing that could be seen in a value.
    const off = exact ? bonds.errorBound - (bonds.inner?.errorBound ?? 0) : bonds.errorBound;
    const quasi = moments.min < -Math.max(ROUNDING[precision] * moments.max, off);
    const all = found.length < count ? { fewer: ALL_LISTED } : {};
    return { proven: exact && !quasi, ...(quasi ? { quasi } : {}), bound, outcomes, ...all, bonds, data };
  },
};

/** The outcome with index `index` over the bits `order`, other bits 0. */
function outcomeOf(index: bigint, order: readonly number[], outcomeBits: number): string {
  const ones = new Set(order.filter((_bit, i) => ((index >> BigInt(i)) & 1n) === 1n));
  return bitString(outcomeBits, (bit) => ones.has(bit));
}
