import type { MarginalQuery, MarginalResult } from '../marginal.js';
import type { Given, Inquiry } from '../query.js';
import { patternErrors } from './closedErrors.js';

/** Collective. */
export async function withErrors(
  inquiry: Inquiry,
  _: Given<'marginal', MarginalQuery>,
  result: MarginalResult,
): Promise<MarginalResult> {
  const { qubits, probabilities } = result;
  const errors = await patternErrors(
    inquiry,
    probabilities.map((probability, index) => ({
      probability,
      bits: new Map(qubits.map((bit, i) => [bit, Math.floor(index / 2 ** i) % 2 === 1 ? 1 : 0])),
    })),
  );
  return {
    ...result,
    standardError: errors.map(({ standardError }) => standardError),
    interval: errors.map(({ interval }) => interval),
    errorMethod: errors.map(({ errorMethod }) => errorMethod),
  };
}
