import { compute, type Context } from '../../../run/context.js';
import { openTree, treeNetwork } from '../../engine/tensorTree.js';
import { requireFinite } from './finite.js';
import type { ProbabilityQuery, ProbabilityResult } from '../probability.js';
import type { Given, Inquiry, QuerySource, Report } from '../query.js';
import { shareOf } from '../../../cluster/share.js';
import { isSet } from '../bitString.js';
import { valueAt } from '../../../error.js';
import { localOutcomes } from '../reduced.js';
import { networkValues, reducedNetworks } from './expectationAnswer.js';

/** Bit strings share most of their work: what many take is reckoned as that of so many at most. */
const MOST_TIMES = 64;

export async function answer(
  { context, source, onWork, reduced }: Inquiry,
  { probability: strings }: Given<'probability', ProbabilityQuery>,
): Promise<ProbabilityResult> {
  if (reduced !== undefined) {
    const networks = reducedNetworks(source, reduced, localOutcomes(source.cutCircuit, strings));
    const values = await networkValues(context, source, networks, onWork);
    return Object.fromEntries(strings.map((bits, i) => [bits, valueAt(values, i)]));
  }
  return bitStringProbabilities(context, source, strings, onWork);
}

/** Collective: the probabilities of bit strings (bit 0 last), divided among the ranks. */
export async function bitStringProbabilities(
  context: Context,
  source: QuerySource,
  strings: readonly string[],
  onWork?: Report,
): Promise<Readonly<Record<string, number>>> {
  const { cluster } = context;
  const { zeroBits } = source.cutCircuit;
  const { begin, end } = shareOf(cluster, strings.length);
  const times = Math.min(strings.length, MOST_TIMES);
  const network = await treeNetwork(context, source.network, times, source.bondTolerance);
  const own = await cluster.agree(async () => {
    const { members, leaves, joins } = await openTree(context, network);
    const asked = strings.slice(begin, end);
    const possible = asked.map((bits) => !zeroBits.some((bit) => isSet(bits, bit)));
    if (asked.length === 0 || members.length === 0) return possible.map(Number);
    const outcomes = new Float64Array(asked.length * members.length);
    for (const [i, bits] of asked.entries()) {
      for (const [j, member] of members.entries()) {
        outcomes[i * members.length + j] = member.bits.reduceRight(
          (index, bit) => 2 * index + (isSet(bits, bit) ? 1 : 0),
          0,
        );
      }
    }
    const choices = new Uint32Array(outcomes.length);
    const found = await compute(
      context,
      (options) => context.native.treeValues(leaves, joins, { ...options, choices, outcomes }),
      onWork,
    );
    return [...found].map((value, i) => (possible[i] === true ? value : 0));
  });
  const values = requireFinite((await cluster.gather(own)).flat());
  return Object.fromEntries(strings.map((bits, i) => [bits, valueAt(values, i)]));
}
