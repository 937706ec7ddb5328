/**
 * An answer that goes to one place in order, such as a pipe or an array: the ranks compute pieces of it side by side and hand them
 * to the root, which writes them one after another. So all of the answer travels, but none of it is kept.
 */
import { KroncutError } from '../../error.js';
import { compute, throwIfAborted, type Context } from '../../run/context.js';
import type { AnswerOutput } from './answerOutput.js';
import { rankSliceBits } from './answerSlices.js';
import { LastProduct } from './lastProduct.js';
import { planNetwork, productConsumers, shrinkingFits, type Consumers } from './contractNetwork.js';
import { BOND_TOLERANCE } from '../network/bondShrinking.js';
import { addProduct, emptyResult, merge, type ContractionResult, type RangeResult } from './rangeResult.js';
import type { Query, TensorNetwork } from '../network/tensorNetwork.js';

/** Values of a piece at most: 32 MiB in double precision. */
const PIECE = 2 ** 22;

/**
 * Collective: gives the answer to `output`, of which only the root's is used, and feeds the other consumers. An output that
 * takes no more ends the giving, not the computation of what else was asked.
 */
export async function streamAnswer(
  context: Context,
  whole: TensorNetwork,
  query: Query,
  consumers: Consumers,
  output: AnswerOutput,
  onWork?: (fraction: number) => void,
): Promise<ContractionResult> {
  const { cluster, native } = context;
  const { network, plan, planned, inner } = await planNetwork(context, whole, query);
  const size = 2 ** query.order.length;
  const outerSize = size / 2 ** plan.sliceBits;
  const piece = Math.min(outerSize, PIECE);
  const pieces = size / piece;
  const sliceSize = Math.min(piece, size / 2 ** rankSliceBits(query.order.length));
  const contraction = new LastProduct(context, network, query, plan);
  const bondTolerance = shrinkingFits(plan, context.memory) ? (query.bondTolerance ?? BOND_TOLERANCE) : 0;
  const make = async (number: number): Promise<{ values: Float64Array; found: RangeResult }> => {
    throwIfAborted(context.signal);
    const found = emptyResult();
    if (number >= pieces) return { values: new Float64Array(0), found };
    const outer = Math.floor((number * piece) / outerSize);
    const offset = outer * outerSize;
    const prepared = await contraction.product(outer, bondTolerance);
    const product = await compute(context, (options) =>
      native.streamPrepared(prepared, {
        ...options,
        begin: number * piece - offset,
        end: (number + 1) * piece - offset,
        sliceSize,
        ...productConsumers(consumers, offset, undefined),
        values: true,
      }),
    );
    const { values, ...rest } = product;
    if (values === undefined) throw new KroncutError('internal', 'the contraction returned no values');
    addProduct(found, rest, offset, consumers.top ?? 0);
    return { values, found };
  };
  const found: RangeResult[] = [];
  let open = await cluster.onRoot(() => output.begin(size));
  for (let first = 0; first < pieces; first += cluster.size) {
    const own = await cluster.agree(() => make(first + cluster.rank));
    for (let rank = 0; rank < cluster.size && first + rank < pieces && open; rank += 1) {
      const mine = rank === cluster.rank ? own.values : new Float64Array(piece);
      const values = cluster.size === 1 ? mine : await cluster.reduce(mine, 'sum');
      open = await cluster.onRoot(() => output.take(values));
    }
    found.push(...(await cluster.gather(own.found)).slice(0, pieces - first));
    onWork?.(Math.min(1, (first + cluster.size) / pieces));
  }
  return merge(found, consumers.top ?? 0, planned, inner);
}
