/**
 * Dynamic definition. A round keeps some bits active, sums the rest (merged), and fixes those that earlier rounds have
 * decided (zoomed); the next round refines the most likely bin that still has merged bits, which its refinement
 * replaces.
 */
import type { BitAction } from '../../../native/addon.js';
import type { Context } from '../../../run/context.js';
import { contractNetwork } from '../../engine/contractNetwork.js';
import { DEFAULT_DEPTH, type BinsQuery, type BinsResult } from '../bins.js';
import { liveBits } from '../outcomeBits.js';
import type { Given, Inquiry, QuerySource, Report } from '../query.js';
import { textOfBits } from '../bitString.js';
import { nearestDistribution } from './nearest.js';
import { valueAt } from '../../../error.js';

interface Bin {
  /** Bits that are decided, and their values. */
  readonly fixed: ReadonlyMap<number, 0 | 1>;
  readonly probability: number;
}

export async function answer(
  { context, source, onWork, repair }: Inquiry,
  { bins: active, depth = DEFAULT_DEPTH }: Given<'bins', BinsQuery>,
): Promise<BinsResult> {
  const found = await dynamicDefinition(context, source, active, depth, onWork);
  if (repair !== 'nearest') return found;
  const probabilities = found.map(({ probability }) => probability);
  nearestDistribution(probabilities);
  return found.map((bin, i) => ({ ...bin, probability: valueAt(probabilities, i) }));
}

/** Collective: the bins after `depth` rounds of `active` bits each, highest bits first, most likely first. */
export async function dynamicDefinition(
  context: Context,
  source: QuerySource,
  active: number,
  depth: number,
  onWork?: Report,
): Promise<BinsResult> {
  const live = liveBits(source.cutCircuit).toReversed();
  let bins: Bin[] = [{ fixed: new Map(), probability: 1 }];
  for (let round = 0; round < depth; round += 1) {
    const chosen = likeliest(bins, live.length);
    if (chosen === undefined) break;
    const next = live.slice(chosen.fixed.size, chosen.fixed.size + active);
    const order = next.toReversed();
    const actions = new Map<number, BitAction>(
      [...chosen.fixed].map(([bit, value]) => [bit, value === 1 ? 'fix1' : 'fix0']),
    );
    for (const bit of order) actions.set(bit, 'keep');
    const { values } = await contractNetwork(context, source.network, { actions, order }, { values: true });
    const refined = Array.from(values, (probability, index): Bin => {
      const bits = order.map((bit, i): [number, 0 | 1] => [bit, (index >> i) & 1 ? 1 : 0]);
      return { fixed: new Map([...chosen.fixed, ...bits]), probability };
    });
    bins = [...bins.filter((bin) => bin !== chosen), ...refined];
    onWork?.((round + 1) / depth);
  }
  const { outcomeBits, zeroBits } = source.cutCircuit;
  const zero = new Set(zeroBits);
  return bins
    .toSorted((a, b) => b.probability - a.probability)
    .map(({ fixed, probability }) => ({
      spec: textOfBits(outcomeBits, (bit) => (zero.has(bit) ? '0' : String(fixed.get(bit) ?? '*'))),
      probability,
    }));
}

/** The most likely bin that can be refined, the first among equals. */
function likeliest(bins: readonly Bin[], bits: number): Bin | undefined {
  let best: Bin | undefined;
  for (const bin of bins) {
    if (bin.fixed.size < bits && (best === undefined || bin.probability > best.probability)) best = bin;
  }
  return best;
}
