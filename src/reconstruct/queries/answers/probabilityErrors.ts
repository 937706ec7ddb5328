import { required } from '../../../error.js';
import type { ProbabilityQuery, ProbabilityResult } from '../probability.js';
import type { Given, Inquiry } from '../query.js';
import { bitsOf, patternErrors } from './closedErrors.js';

/** Collective. */
export async function withErrors(
  inquiry: Inquiry,
  { probability: strings }: Given<'probability', ProbabilityQuery>,
  result: ProbabilityResult,
): Promise<ProbabilityResult> {
  const patterns = strings.map((bits) => ({ probability: Number(result[bits]), bits: bitsOf(bits) }));
  const errors = await patternErrors(inquiry, patterns);
  const byString = <T>(of: (error: (typeof errors)[number]) => T): Record<string, T> =>
    Object.fromEntries(strings.map((bits, i) => [bits, of(required(errors[i], 'an error'))]));
  return {
    ...result,
    standardError: byString(({ standardError }) => standardError),
    interval: byString(({ interval }) => interval),
    errorMethod: byString(({ errorMethod }) => errorMethod),
    data: inquiry.data,
  };
}
