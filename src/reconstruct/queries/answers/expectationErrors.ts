import { required } from '../../../error.js';
import type { ExpectQuery, ExpectResult } from '../expectation.js';
import { parsePauliSum } from '../pauliSum.js';
import type { Given, Inquiry } from '../query.js';
import { closedErrors, type ClosedValue } from './closedErrors.js';
import { stringNetworks } from './expectationTerms.js';

/** Collective: of the sum, and of each term where they are listed. */
export async function withErrors(
  inquiry: Inquiry,
  { expect: sum }: Given<'expect', ExpectQuery>,
  result: ExpectResult,
): Promise<ExpectResult> {
  const { cutCircuit } = inquiry.source;
  const terms = parsePauliSum(sum, cutCircuit.qubits);
  const parts = stringNetworks(cutCircuit, terms, inquiry.memberOf).map((network): ClosedValue['terms'] =>
    network === undefined ? [] : [{ coefficient: 1, ...network }],
  );
  const scaled = parts.flatMap((part, i) =>
    part.map((term) => ({ ...term, coefficient: required(terms[i], 'a term').coefficient })),
  );
  const listed = result.terms ?? [];
  const [whole, ...each] = await closedErrors(inquiry, [
    { value: result.value, terms: scaled },
    ...listed.map(({ value }, i) => ({ value, terms: parts[i] ?? [] })),
  ]);
  const error = { ...required(whole, 'an error'), data: inquiry.data };
  if (result.terms === undefined) return { ...result, ...error };
  return { ...result, ...error, terms: listed.map((term, i) => ({ ...term, ...each[i] })) };
}
