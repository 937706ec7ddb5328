/** The most likely outcomes where there are too many to stream: by search, or by samples where that does not fit. */
import { optionName } from '../../../options/optionName.js';
import type { Context } from '../../../run/context.js';
import { contractNetwork } from '../../engine/contractNetwork.js';
import { keepQuery } from '../../network/tensorNetwork.js';
import { searchTop } from '../../topSearch/topSearch.js';
import { bitStringProbabilities } from './probabilityAnswer.js';
import type { Given, Inquiry, QuerySource, Report } from '../query.js';
import { sampledStrings } from './samplesAnswer.js';
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

/** Collective: the likeliest of some samples, and a bound from marginals. */
async function sampleOutcomes(
  context: Context,
  source: QuerySource,
  count: number,
  limit: number,
  onWork?: Report,
): Promise<Outcomes> {
  const strings = [...new Set(await sampledStrings(context, source, SAMPLES, 0, onWork))];
  const probabilities = await bitStringProbabilities(context, source, strings);
  const outcomes = Object.entries(probabilities)
    .map(([bits, probability]) => ({ bits, probability }))
    .toSorted((a, b) => b.probability - a.probability || (a.bits < b.bits ? -1 : 1))
    .slice(0, count);
  return {
    proven: false,
    bound: await marginalBound(context, source),
    outcomes,
    ...(outcomes.length < count
      ? { fewer: `the tensors are too wide to search, and ${SAMPLES} samples found no more` }
      : {}),
    bonds: { planned: 1, used: 1, errorBound: 0 },
    search: { work: 0, limit },
  };
}

/** Tensors whose marginals are looked at for a bound. */
const BOUND_TENSORS = 8;

/** Collective: no outcome is likelier than the likeliest value of the bits of one tensor; of those with most bits. */
async function marginalBound(context: Context, { network }: QuerySource): Promise<number> {
  let bound = 1;
  const widest = network.members
    .filter(({ bits }) => bits.length > 0)
    .toSorted((a, b) => b.bits.length - a.bits.length)
    .slice(0, BOUND_TENSORS);
  for (const { bits } of widest) {
    const query = keepQuery(bits.slice(0, MOST_BOUND_BITS));
    const { moments } = await contractNetwork(context, network, query, { moments: true });
    bound = Math.min(bound, moments.max);
  }
  return bound;
}
