/** A sum of Pauli strings as closed networks. */
import type { CutCircuit } from '../../../cut/model/cutCircuit.js';
import type { BitAction } from '../../../native/addon.js';
import { planObservable, type BasisVariant } from '../observables.js';
import type { PauliTerm } from '../pauliSum.js';

/** A string: the tensor of each subcircuit, in its order, and what is done with outcome bits. */
export interface StringNetwork<Member> {
  readonly members: readonly Member[];
  readonly actionOf: (bit: number) => BitAction;
}

/** One for each term; undefined where its value is 0 whatever the tensors. `memberOf` is asked once for each tensor. */
export function stringNetworks<Member>(
  cut: CutCircuit,
  terms: readonly PauliTerm[],
  memberOf: (variant: BasisVariant) => Member,
): (StringNetwork<Member> | undefined)[] {
  const known = new Map<string, Member>();
  return planObservable(cut, terms).factors.map((local) => {
    if (local === undefined) return undefined;
    const weighed = new Set(local.flatMap((factor) => factor.weighed));
    const members = local.map(({ variant }) => {
      const member = known.get(variant.name) ?? memberOf(variant);
      known.set(variant.name, member);
      return member;
    });
    return { members, actionOf: (bit) => (weighed.has(bit) ? 'weigh' : 'sum') };
  });
}
