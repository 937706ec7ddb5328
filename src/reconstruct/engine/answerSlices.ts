/** How long answers may be, and the slices that they fall into for the ranks. */

/** Answers have 2^8 slices where they are large enough for that to pay. */
const SLICE_COUNT_LOG = 8;
/** Slices have at least 2^12 values, and at most 2^22 as long as there are no more than 2^20 of them. */
const SLICE_SIZE_LOG = 12;
const LARGE_SLICE_LOG = 22;
const MOST_SLICES_LOG = 20;
/** Longest index of an answer that can be streamed: indices are handled as doubles where they cross to the addon. */
export const MAX_ANSWER_BITS = 52;

/**
 * log2 of the number of slices of an answer: so many ranks can share the work. It does not depend on their number, for
 * the sums are added slice by slice.
 */
export function rankSliceBits(answerBits: number): number {
  const count = Math.max(SLICE_COUNT_LOG, Math.min(MOST_SLICES_LOG, answerBits - LARGE_SLICE_LOG));
  return Math.min(count, Math.max(0, answerBits - SLICE_SIZE_LOG));
}
