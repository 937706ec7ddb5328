import type { BinsQuery, BinsResult } from '../bins.js';
import type { Given, Inquiry } from '../query.js';
import { bitsOf, patternErrors } from './closedErrors.js';

/** Collective. */
export async function withErrors(
  inquiry: Inquiry,
  _: Given<'bins', BinsQuery>,
  result: BinsResult,
): Promise<BinsResult> {
  const patterns = result.map(({ spec, probability }) => ({ probability, bits: bitsOf(spec) }));
  const errors = await patternErrors(inquiry, patterns);
  return result.map((bin, i) => ({ ...bin, ...errors[i] }));
}
