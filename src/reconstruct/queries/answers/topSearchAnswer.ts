/** The most likely outcomes where there are too many to stream: by search, or by samples where that does not fit. */
import { optionName } from '../../../options/optionName.js';
import type { Context } from '../../../run/context.js';
import { planClosed } from '../../engine/closedNetwork.js';
import { contractNetwork } from '../../engine/contractNetwork.js';
import { keepQuery, type TensorNetwork } from '../../network/tensorNetwork.js';
import { LEAST_WORK, searchTop } from '../../topSearch/topSearch.js';
import { bitStringProbabilities } from './probabilityAnswer.js';
import type { Given, Inquiry, QuerySource, Report } from '../query.js';
import { SAMPLES_TOGETHER, sampledStrings } from './samplesAnswer.js';
import { ALL_LISTED, TOP_WORK, type TopQuery, type TopResult } from '../top.js';
import { bitString } from '../bitString.js';

const roundly = (value: number): string => (value < 1000 ? value.toPrecision(2) : value.toExponential(1));

/** Samples that stand in for a search. */
const SAMPLES = 500;
/** Said of a list that a search ended before it was full. */
const LIMIT_REACHED = 'the search came to its limit of work before it found more';
/** Bits of a tensor whose largest marginal bounds all outcomes. */
const MOST_BOUND_BITS = 20;

export async function answer(
  { context, source, data, onWork }: Inquiry,
  { top: count, topWork }: Given<'top', TopQuery>,
): Promise<TopResult> {
  return { ...(await searchOutcomes(context, source, count, topWork, onWork)), data };
}

type Outcomes = Omit<TopResult, 'data'>;

/** Collective: the `count` most likely outcomes; the root searches. */
export async function searchOutcomes(
  context: Context,
  source: QuerySource,
  count: number,
  limit = TOP_WORK,
  onWork?: Report,
): Promise<Outcomes> {
  const { network, cutCircuit } = source;
  const { outcomeBits } = cutCircuit;
  const found = await context.cluster.onRoot(async (): Promise<Outcomes | null> => {
    const options = {
      count,
      probabilities: true,
      work: limit,
      onHopeless: (times: number) =>
        context.onWarning?.(
          `the search for likely outcomes is not expected to prove them: others may have ${roundly(times)} times the ` +
            `probability of the least one found; it goes on to its limit of work (${optionName('topWork')}), for better ones`,
        ),
    };
    const result = await searchTop(context, network, options, onWork);
    if (result === undefined) return null;
    const { proven, bound, outcomes, work, widest } = result;
    return {
      proven,
      bound,
      outcomes: outcomes.map(({ ones, value }) => ({
        bits: bitString(outcomeBits, (bit) => ones.has(bit)),
        probability: value,
      })),
      ...(outcomes.length < count ? { fewer: proven ? ALL_LISTED : LIMIT_REACHED } : {}),
      bonds: { planned: widest, used: widest, errorBound: 0 },
      search: { work, limit },
    };
  });
  return found ?? sampleOutcomes(context, source, count, limit, onWork);
}

/** What samples stand for a search, and how many marginals bound them, within a limit of work. */
export interface Affordable {
  readonly samples: number;
  readonly marginals: number;
  /** Multiply-adds of a sample alone, everything that has to be made before included. */
  readonly leastWork: number;
}

/**
 * A sample weighs all outcomes of each tensor by what was drawn before, and goes through the contraction once; so does what has
 * to be made before the first, and each marginal of a tensor.
 */
export function affordableSamples(network: TensorNetwork, memory: number, limit: number): Affordable {
  const values = network.members.reduce(
    (sum, { bonds, bits }) =>
      sum + bonds.reduce((size, bond) => size * network.extent(bond), 2 ** bits.length),
    0,
  );
  const pass = values + planClosed(network, memory).multiplyAdds;
  const samples = Math.min(SAMPLES, Math.max(0, Math.floor(limit / pass) - 1));
  const left = Math.floor(limit / pass) - 1 - samples;
  return { samples, marginals: Math.max(0, Math.min(BOUND_TENSORS, left)), leastWork: 2 * pass };
}

/** Collective: the likeliest of as many samples as the limit has room for, and a bound from marginals. */
async function sampleOutcomes(
  context: Context,
  source: QuerySource,
  count: number,
  limit: number,
  onWork?: Report,
): Promise<Outcomes> {
  const { samples, marginals, leastWork } = await context.cluster.onRoot(() => {
    const found = affordableSamples(source.network, context.memory, Math.max(limit, LEAST_WORK));
    const instead =
      found.samples === 0
        ? `and one sample takes ${roundly(found.leastWork)} multiply-adds: nothing is listed`
        : `so the likeliest of ${found.samples} samples are listed`;
    context.onWarning?.(
      `the tensors are too wide to search for likely outcomes within ${roundly(limit)} multiply-adds ` +
        `(${optionName('topWork')}), ${instead}, and nothing is proven`,
    );
    return found;
  });
  // Where few have room, looking for the ranks of bonds has to pay for those few.
  const together = Math.min(samples, SAMPLES_TOGETHER);
  const drawn = samples === 0 ? [] : await sampledStrings(context, source, samples, 0, onWork, together);
  const strings = [...new Set(drawn)];
  const probabilities = strings.length === 0 ? {} : await bitStringProbabilities(context, source, strings);
  const outcomes = Object.entries(probabilities)
    .map(([bits, probability]) => ({ bits, probability }))
    .toSorted((a, b) => b.probability - a.probability || (a.bits < b.bits ? -1 : 1))
    .slice(0, count);
  return {
    proven: false,
    bound: await marginalBound(context, source, marginals),
    outcomes,
    ...(outcomes.length < count ? { fewer: tooWide(samples, leastWork) } : {}),
    bonds: { planned: 1, used: 1, errorBound: 0 },
    search: { work: 0, limit },
  };
}

function tooWide(samples: number, leastWork: number): string {
  return samples === 0
    ? `the tensors are too wide to search, and one sample takes ${roundly(leastWork)} multiply-adds`
    : `the tensors are too wide to search, and ${samples} samples found no more`;
}

/** Tensors whose marginals are looked at for a bound. */
const BOUND_TENSORS = 8;

/** Collective: no outcome is likelier than the likeliest value of the bits of one tensor; of those with most bits. */
async function marginalBound(context: Context, { network }: QuerySource, most: number): Promise<number> {
  let bound = 1;
  const widest = network.members
    .filter(({ bits }) => bits.length > 0)
    .toSorted((a, b) => b.bits.length - a.bits.length)
    .slice(0, most);
  for (const { bits } of widest) {
    const query = keepQuery(bits.slice(0, MOST_BOUND_BITS));
    const { moments } = await contractNetwork(context, network, query, { moments: true });
    bound = Math.min(bound, moments.max);
  }
  return bound;
}
