import type { Given, Inquiry } from '../query.js';
import type { TopQuery, TopResult } from '../top.js';
import { bitsOf, patternErrors } from './closedErrors.js';

/** Collective. What estimates order is not proven. */
export async function withErrors(
  inquiry: Inquiry,
  _: Given<'top', TopQuery>,
  result: TopResult,
): Promise<TopResult> {
  const { outcomes } = result;
  const errors = await patternErrors(
    inquiry,
    outcomes.map(({ bits, probability }) => ({ probability, bits: bitsOf(bits) })),
  );
  return { ...result, proven: false, outcomes: outcomes.map((outcome, i) => ({ ...outcome, ...errors[i] })) };
}
