/** Errors of answers that are values of closed networks, divided among the ranks. */
import { KroncutError, required, valueAt } from '../../../error.js';
import type { BitAction } from '../../../native/addon.js';
import { planClosed } from '../../engine/closedNetwork.js';
import { joinsOf } from '../../engine/tensorTree.js';
import { estimateError, withRepaired, type ErrorEstimate } from '../../errors/estimate.js';
import { valueOf, type ClosedTerm } from '../../errors/gradients.js';
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
  { context, source, repair }: Inquiry,
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
      const estimate = estimateError(repair === undefined ? value : valueOf(opened), opened);
      found.push(repair === undefined ? estimate : withRepaired(estimate, value));
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
export async function patternErrors(
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
  const errors = await closedErrors(inquiry, values);
  return inquiry.repair === undefined
    ? errors
    : errors.map((error, i) => amongProbabilities(error, valueAt(values, i)));
}

/** The true value lies among the probabilities, and so does what is repaired but for rounding. */
function amongProbabilities(error: ErrorEstimate, { value }: ClosedValue): ErrorEstimate {
  if (error.interval === null) return error;
  const [low, high] = error.interval.map((end) => Math.min(1, Math.max(0, end)));
  return withRepaired({ ...error, interval: [low ?? 0, high ?? 1] }, value);
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
