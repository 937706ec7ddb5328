/**
 * The numerical rank of the bonds between two tensors. Let A be one of them as a matrix whose rows are the joint index of
 * all bonds to the other, B. With orthonormal columns U that span what A reaches, A = U U^T A, and
 *
 *   sum over the index of A B = (A^T U) (U^T B),
 *
 * so that U^T A and U^T B, whose bond has as many values as U columns, stand for A and B. No norm grows by that. It is
 * done from either side of every pair, until nothing more goes: a tensor that has shrunk may leave another one less to
 * reach (the gauge and truncation of tensor networks: Schollwoeck, arXiv:1008.3477, section 4.5).
 *
 * What a step loses of A is E = A - U U^T A, which is measured. As |contraction| is at most the product of the norms of the
 * tensors (Cauchy and Schwarz; every bond joins two of them), no value of the answer changes by more than the largest
 * norm of a slice of E times those of the other tensors, and all together by no more than the product of the sums of
 * these norms. Steps add up, and norms before any step bound those after it.
 */
import type { SliceNorms, TensorHandle } from '../../native/addon.js';
import { compute, throwIfAborted, type Context } from '../../run/context.js';
import { bondPairs, size } from './dropZeroComponents.js';
import type { NetworkMember, TensorNetwork } from './tensorNetwork.js';
import { VALUE_BYTES } from '../../native/valueBytes.js';
import { numberAt } from '../../error.js';

/** Joint indices of more values are left as they are: finding their rank takes the cube of that. */
const MOST_EXTENT = 2 ** 9;
/** What storage rounds off may be lost once more. */
const STORAGE_ROUNDINGS = 2;

/** All bonds between two tensors, and what stays of their joint index. */
export interface BondRank {
  readonly members: readonly [number, number];
  readonly bonds: readonly number[];
  readonly extent: number;
  readonly rank: number;
  /** extent x rank, row-major; orthonormal columns. */
  readonly vectors: Float64Array;
}

export interface BondRanks {
  readonly ranks: readonly BondRank[];
  /** No value of the contraction is off by more than this because of what was lost; and all values together. */
  readonly errorBound: number;
  readonly totalErrorBound: number;
}

/** One side of a pair, whose rank is to be found. */
interface Side {
  readonly pair: number;
  readonly member: number;
}

interface State {
  /** By member: its tensor as it is now, and the values of it. */
  readonly tensors: (TensorHandle | undefined)[];
  readonly sizes: number[];
  /** By pair: labels of the bonds in its two tensors, their extent, and the vectors so far. */
  readonly labels: (readonly number[])[];
  readonly extents: number[];
  readonly vectors: (Float64Array | undefined)[];
  /** What steps lost of which member. */
  readonly lost: { readonly member: number; readonly norms: SliceNorms }[];
}

/** The pairs whose rank is looked for: none where there is nothing but one last product, which finds its own. */
export function rankedPairs(network: TensorNetwork): ReturnType<typeof bondPairs> {
  const pairs = bondPairs(network).filter(({ bonds }) => size(bonds, network.extent) <= MOST_EXTENT);
  return new Set(pairs.flatMap(({ members }) => members)).size > 2 ? pairs : [];
}

/** Values of a member. */
export function memberSize({ bonds, bits }: NetworkMember, extent: (bond: number) => number): number {
  return size(bonds, extent) * 2 ** bits.length;
}

/** Bytes that finding ranks takes at most. */
export function rankBytes(network: TensorNetwork): number {
  const inPairs = new Set(rankedPairs(network).flatMap(({ members }) => members));
  let held = 0;
  let largest = 0;
  for (const [i, member] of network.members.entries()) {
    const bytes = VALUE_BYTES * memberSize(member, network.extent);
    largest = Math.max(largest, bytes + member.openBytes);
    if (inPairs.has(i)) held += bytes + member.openBytes;
  }
  return held + 2 * largest;
}

/** The ranks of a network's bonds, those that are below their extents. It depends on the values and the tolerance. */
export async function findBondRanks(
  context: Context,
  network: TensorNetwork,
  tolerance: number,
): Promise<BondRanks> {
  const { members, extent } = network;
  const pairs = rankedPairs(network);
  const state: State = {
    tensors: members.map(() => undefined),
    sizes: members.map((member) => memberSize(member, extent)),
    labels: pairs.map(({ bonds }) => bonds),
    extents: pairs.map(({ bonds }) => size(bonds, extent)),
    vectors: pairs.map(() => undefined),
    lost: [],
  };
  const open = new Set<Side>(
    pairs.flatMap(({ members: [a, b] }, pair) => [
      { pair, member: a },
      { pair, member: b },
    ]),
  );
  const sides = [...open];
  const first = Math.max(0, ...members.flatMap(({ bonds }) => bonds)) + 1;
  let label = first;
  /** Columns for each row; few of them are looked at first, for they leave less to reach. */
  const columns = ({ pair, member }: Side): number =>
    (state.sizes[member] ?? 1) / (state.extents[pair] ?? 1) ** 2;
  for (;;) {
    throwIfAborted(context.signal);
    let next: Side | undefined;
    for (const side of open) if (next === undefined || columns(side) < columns(next)) next = side;
    if (next === undefined) break;
    open.delete(next);
    const { pair, member } = next;
    const [a, b] = pairs[pair]?.members ?? [0, 0];
    const other = member === a ? b : a;
    const own = Math.max(tolerance, STORAGE_ROUNDINGS * (members[member]?.rounding ?? 0));
    if (!(await step(context, network, state, { pair, member, other, tolerance: own, label }))) continue;
    label += 1;
    // What the one tensor reaches is as before; the other one has lost what it was not asked for.
    for (const side of sides) if (side.member === other) open.add(side);
  }
  const ranks = pairs.flatMap((pair, i): BondRank[] => {
    const vectors = state.vectors[i];
    if (vectors === undefined) return [];
    return [{ ...pair, extent: size(pair.bonds, extent), rank: state.extents[i] ?? 1, vectors }];
  });
  return { ranks, ...(await errorBounds(context, network, state)) };
}

interface Step extends Side {
  readonly other: number;
  readonly tolerance: number;
  /** Of the bond that the pair's bonds become. */
  readonly label: number;
}

/** Shrinks the bonds of a pair to the rank of one of its tensors; false where that is full. */
async function step(context: Context, network: TensorNetwork, state: State, by: Step): Promise<boolean> {
  const { native } = context;
  const { pair, member, other, tolerance, label } = by;
  const extent = state.extents[pair] ?? 1;
  if (extent < 2) return false;
  const labels = state.labels[pair] ?? [];
  const tensorOf = async (id: number): Promise<TensorHandle> => {
    const tensor =
      state.tensors[id] ?? (await network.members[id]?.open()) ?? native.createTensor([], [], one);
    state.tensors[id] = tensor;
    return tensor;
  };
  const tensor = await tensorOf(member);
  const { rank, vectors, lost } = await compute(context, (options) =>
    native.bondBasis(tensor, labels, tolerance, options),
  );
  if (rank >= extent) return false;
  for (const id of [member, other]) {
    const before = await tensorOf(id);
    state.tensors[id] = await compute(context, (options) =>
      native.projectBonds(before, labels, vectors, label, options),
    );
    state.sizes[id] = ((state.sizes[id] ?? 1) * rank) / extent;
  }
  const earlier = state.vectors[pair];
  state.vectors[pair] = earlier === undefined ? vectors : product(earlier, vectors, extent);
  state.labels[pair] = [label];
  state.extents[pair] = rank;
  state.lost.push({ member, norms: lost });
  return true;
}

const one = Float64Array.of(1);

/** left . right, both row-major; `inner` columns of the one are rows of the other. */
function product(left: Float64Array, right: Float64Array, inner: number): Float64Array {
  const rows = left.length / inner;
  const columns = right.length / inner;
  const result = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i += 1) {
    for (let k = 0; k < inner; k += 1) {
      const factor = numberAt(left, i * inner + k);
      for (let j = 0; j < columns; j += 1) {
        result[i * columns + j] =
          numberAt(result, i * columns + j) + factor * numberAt(right, k * columns + j);
      }
    }
  }
  return result;
}

/** See the head of this file. */
async function errorBounds(
  context: Context,
  { members, extent }: TensorNetwork,
  { lost }: State,
): Promise<Pick<BondRanks, 'errorBound' | 'totalErrorBound'>> {
  const losses = lost.filter(({ norms }) => norms.whole > 0);
  if (losses.length === 0) return { errorBound: 0, totalErrorBound: 0 };
  const norms: SliceNorms[] = [];
  for (const member of members) {
    const tensor = await member.open();
    const found = await compute(context, (options) => context.native.sliceNorms(tensor, options));
    // A trace over an index of d values is at most the root of d times the norm.
    const traced = member.bonds.filter((bond, i) => member.bonds.indexOf(bond) < i);
    const factor = Math.sqrt(size(traced, extent));
    norms.push({ whole: factor * found.whole, largest: factor * found.largest, sum: factor * found.sum });
  }
  const bound = (pick: (norms: SliceNorms) => number): number =>
    losses.reduce((sum, loss) => {
      const factors = norms.map((own, i) => pick(i === loss.member ? loss.norms : own));
      return sum + factors.reduce((all, factor) => all * factor, 1);
    }, 0);
  return { errorBound: bound(({ largest }) => largest), totalErrorBound: bound(({ sum }) => sum) };
}
