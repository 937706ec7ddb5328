import { required } from '../../../error.js';
import type { NetworkMember } from '../../network/tensorNetwork.js';
import type { ExpectQuery, ExpectResult } from '../expectation.js';
import { planObservable } from '../observables.js';
import { parsePauliSum } from '../pauliSum.js';
import type { Given, Inquiry } from '../query.js';
import { closedErrors, type ClosedValue } from './closedErrors.js';

/** Collective: of the sum, and of each term where they are listed. */
export async function withErrors(
  inquiry: Inquiry,
  { expect: sum }: Given<'expect', ExpectQuery>,
  result: ExpectResult,
): Promise<ExpectResult> {
  const { cutCircuit } = inquiry.source;
  const terms = parsePauliSum(sum, cutCircuit.qubits);
  const { factors } = planObservable(cutCircuit, terms);
  const members = new Map<string, NetworkMember>();
  const parts = factors.map((local): ClosedValue['terms'] => {
    if (local === undefined) return [];
    const weighed = new Set(local.flatMap((factor) => factor.weighed));
    const own = local.map(({ variant }) => {
      const member = members.get(variant.name) ?? inquiry.memberOf(variant);
      members.set(variant.name, member);
      return member;
    });
    return [{ coefficient: 1, members: own, actionOf: (bit) => (weighed.has(bit) ? 'weigh' : 'sum') }];
  });
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
