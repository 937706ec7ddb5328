/** Errors of answers that are values of closed networks, divided among the ranks. */
import { KroncutError, required } from '../../../error.js';
import type { BitAction } from '../../../native/addon.js';
import { planClosed } from '../../engine/closedNetwork.js';
import { joinsOf } from '../../engine/tensorTree.js';
import { estimateError, type ErrorEstimate } from '../../errors/estimate.js';
import type { ClosedTerm } from '../../errors/gradients.js';
import type { SampledMember } from '../../errors/sampledMember.js';
import type { NetworkMember } from '../../network/tensorNetwork.js';
import type { Inquiry } from '../query.js';
import { shareOf } from '../../../cluster/share.js';

/** A value: the sum of closed networks, each times its coefficient; the members stand in the order of the run's network. */
export interface ClosedValue {
  readonly value: number;
  readonly terms: readonly {
    readonly coefficient: number;
    readonly members: readonly NetworkMember[];
    readonly actionOf: (bit: number) => BitAction;
  }[];
}

/** Collective: the errors of values, in their order. */
export async function closedErrors(
  { context, source }: Inquiry,
  values: readonly ClosedValue[],
): Promise<ErrorEstimate[]> {
  const { cluster } = context;
  const own = await cluster.agree(async () => {
    const joins = joinsOf(planClosed(source.network, context.memory));
    const { begin, end } = shareOf(cluster, values.length);
    const found: ErrorEstimate[] = [];
    for (const { value, terms } of values.slice(begin, end)) {
      const opened = await Promise.all(
        terms.map(async ({ coefficient, members, actionOf }): Promise<ClosedTerm> => {
          const sampled = await Promise.all(members.map(sampledOf));
          const actions = members.map(({ bits }) => bits.map(actionOf));
          return { coefficient, members: sampled, joins, actionOf: (i) => required(actions[i], 'actions') };
        }),
      );
      found.push(estimateError(value, opened));
    }
    return found;
  });
  return (await cluster.gather(own)).flat();
}

function sampledOf({ name, sampled }: NetworkMember): Promise<SampledMember> {
  if (sampled === undefined)
    throw new KroncutError('internal', `${name} is exact where others are estimates`);
  return sampled();
}

/** Collective: the errors of probabilities of patterns: outcome bits that are fixed; the others are summed away. */
export function patternErrors(
  inquiry: Inquiry,
  patterns: readonly { readonly probability: number; readonly bits: ReadonlyMap<number, 0 | 1> }[],
): Promise<ErrorEstimate[]> {
  const { members } = inquiry.source.network;
  const values = patterns.map(({ probability, bits }): ClosedValue => {
    const actionOf = (bit: number): BitAction => {
      const value = bits.get(bit);
      return value === undefined ? 'sum' : value === 1 ? 'fix1' : 'fix0';
    };
    // Bits that are 0 by construction have no tensor: where one is asked to be 1, nothing is estimated.
    const impossible = inquiry.source.cutCircuit.zeroBits.some((bit) => bits.get(bit) === 1);
    return { value: probability, terms: impossible ? [] : [{ coefficient: 1, members, actionOf }] };
  });
  return closedErrors(inquiry, values);
}

/** The bits of a string, bit 0 last, that are 0 or 1. */
export function bitsOf(text: string): Map<number, 0 | 1> {
  const bits = new Map<number, 0 | 1>();
  for (let i = 0; i < text.length; i += 1) {
    const letter = text[text.length - 1 - i];
    if (letter === '0' || letter === '1') bits.set(i, letter === '1' ? 1 : 0);
  }
  return bits;
}
