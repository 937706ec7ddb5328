/** Estimates against the uncut simulation: by how many of their standard errors they are off. */
import type { Circuit } from '../../circuit/circuit.js';
import { required } from '../../error.js';
import { liveCircuit } from '../../reconstruct/queries/answers/compare.js';
import { uncutAnswers } from '../../reconstruct/queries/answers/compareAnswers.js';
import { answer as answerExpectation } from '../../reconstruct/queries/answers/expectationAnswer.js';
import { withErrors } from '../../reconstruct/queries/answers/expectationErrors.js';
import type { Inquiry } from '../../reconstruct/queries/query.js';

/** Differences in units of the standard error of each estimate. */
export interface StandardErrors {
  /** Expectation values of Z on single qubits that were compared. */
  readonly values: number;
  readonly largest: number;
  /** 1 where error bars are as wide as the errors are, less where they are conservative. */
  readonly rootMeanSquare: number;
}

/** The most values that are compared. */
const MOST_VALUES = 64;

/** The largest difference that passes: one draw in a million is further off. */
export const FAR_IN_ERRORS = 5;

/** Below this share of a standard error a difference is rounding. */
const EXACT = 1e-12;

/** Collective: null where no shots are known, or where there is nothing to compare. */
export async function standardErrors(inquiry: Inquiry, circuit: Circuit): Promise<StandardErrors | null> {
  const { context, source } = inquiry;
  const { cutCircuit } = source;
  const measured = new Set(
    liveCircuit(circuit, cutCircuit.zeroBits).bits.map((bit) =>
      required(circuit.outcomes[bit], 'the qubit of an outcome bit'),
    ),
  );
  const every = Math.max(1, Math.ceil(measured.size / MOST_VALUES));
  const qubits = [...measured].filter((_, i) => i % every === 0);
  if (qubits.length === 0) return null;
  const asked = { expect: qubits.map((qubit) => `Z${qubit}`).join(' + '), terms: true } as const;
  const { terms = [] } = await withErrors(inquiry, asked, await answerExpectation(inquiry, asked));
  const exact = await uncutAnswers(context, circuit, cutCircuit, [{ expect: asked.expect }]);
  const ratios = terms.map(({ value, standardError = null }, i) => {
    const difference = Math.abs(value - required(exact[i], 'an exact value'));
    if (standardError === null) return Number.NaN;
    return difference <= EXACT ? 0 : difference / standardError;
  });
  if (ratios.some(Number.isNaN)) return null;
  const squares = ratios.reduce((sum, ratio) => sum + ratio ** 2, 0);
  return {
    values: ratios.length,
    largest: Math.max(...ratios),
    rootMeanSquare: Math.sqrt(squares / ratios.length),
  };
}
