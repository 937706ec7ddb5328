/**
 * Networks whose bonds have shrunk to their numerical rank: where a query takes long enough to look for ranks, and the
 * contraction is cheaper afterwards.
 */
import { KroncutError, valueAt } from '../../error.js';
import type { BitAction } from '../../native/addon.js';
import { compute, type Context } from '../../run/context.js';
import { PASSES } from '../../run/resources/costs.js';
import {
  findBondRanks,
  memberSize,
  rankBytes,
  rankedPairs,
  type BondRank,
  type BondRanks,
} from './bondRanks.js';
import type { ContractionPlan } from '../plan/contractionPlan.js';
import { WRITE_PRICE } from '../plan/contractionTree.js';
import type { InnerBond, InnerShrinking } from './bondShrinking.js';
import { size } from './dropZeroComponents.js';
import type { NetworkMember, Query, TensorNetwork } from './tensorNetwork.js';
import { VALUE_BYTES } from '../../native/valueBytes.js';

/** Looking for ranks may take this share of a contraction. */
const SEARCH_SHARE = 0.1;
/** What has to be left of the price of a contraction, projections included, for ranks to be made use of. */
const WORTHWHILE = 0.9;
/** Prices in multiply-adds: of a value that is read for its rank, of a call, of a rank by the cube of the extent. */
const READ_PRICE = 8;
const CALL_PRICE = 5e6;
const CUBE_PRICE = 16;

export interface RankedNetwork {
  readonly network: TensorNetwork;
  readonly plan: ContractionPlan;
  readonly inner?: InnerShrinking;
}

/** What has been found of a network, by tolerance, for as long as there is the network. */
const known = new WeakMap<TensorNetwork, Map<number, Promise<BondRanks>>>();

/**
 * Collective: a network that answers the query as `network` does, with its bonds shrunk to their rank where that pays, and
 * its plan; the root finds the ranks, so that all ranks have the same. `planOf` throws where no plan fits the memory:
 * ranks are then looked for whatever it takes. The plan is carried out `times` times with the same tensors.
 */
export async function projectNetwork(
  context: Context,
  network: TensorNetwork,
  query: Query,
  tolerance: number,
  planOf: (network: TensorNetwork) => ContractionPlan,
  times = 1,
): Promise<RankedNetwork> {
  const { cluster, memory } = context;
  const plain = await cluster.agree(() => planWithin(() => planOf(network)));
  const asIs = async (): Promise<RankedNetwork> => ({
    network,
    plan: plain ?? (await cluster.agree(() => planOf(network))),
  });
  const reduced = reducedNetwork(context, network, query);
  const looks = tolerance > 0 && rankedPairs(reduced).length > 0 && rankBytes(reduced) <= memory;
  if (!looks || !paysToLook(network, reduced, plain, times)) return asIs();
  const { ranks, errorBound, totalErrorBound } = await cluster.onRoot(() =>
    ranksOf(context, reduced, tolerance),
  );
  if (ranks.length === 0) return asIs();
  const smaller = projectedNetwork(context, reduced, ranks);
  const plan = await cluster.agree(() => planWithin(() => planOf(smaller)));
  if (plan === undefined) return asIs();
  const price = times * planPrice(plan) + projectionPrice(reduced, ranks, query, plan);
  if (plain !== undefined && price > WORTHWHILE * times * planPrice(plain)) return asIs();
  const nameOf = (id: number): string => network.members[id]?.name ?? '';
  const bonds = ranks.map(({ members: [a, b], extent, rank }): InnerBond => ({
    between: [nameOf(a), nameOf(b)],
    before: extent,
    after: rank,
  }));
  return { network: smaller, plan, inner: { bonds, errorBound, totalErrorBound } };
}

/** Whether looking for ranks is cheap compared with a plan, or the way to one that fits the memory. */
export function paysToLook(
  network: TensorNetwork,
  reduced: TensorNetwork,
  plan: ContractionPlan | undefined,
  times: number,
): boolean {
  return plan === undefined || searchPrice(network, reduced) <= SEARCH_SHARE * times * planPrice(plan);
}

/** Undefined where the memory does not suffice. */
export function planWithin(plan: () => ContractionPlan): ContractionPlan | undefined {
  try {
    return plan();
  } catch (error) {
    if (error instanceof KroncutError && error.code === 'memory') return undefined;
    throw error;
  }
}

async function ranksOf(context: Context, network: TensorNetwork, tolerance: number): Promise<BondRanks> {
  const before = known.get(network) ?? new Map<number, Promise<BondRanks>>();
  known.set(network, before);
  const found = before.get(tolerance) ?? findBondRanks(context, network, tolerance);
  before.set(tolerance, found);
  try {
    return await found;
  } catch (error) {
    before.delete(tolerance);
    throw error;
  }
}

/**
 * The network with its tensors reduced to the bits that the query keeps, and their traces taken; the same one where all
 * are kept.
 */
export function reducedNetwork(context: Context, network: TensorNetwork, { actions }: Query): TensorNetwork {
  const actionOf = (bit: number): BitAction => actions.get(bit) ?? 'sum';
  const plain = ({ bonds, bits }: NetworkMember): boolean =>
    new Set(bonds).size === bonds.length && bits.every((bit) => actionOf(bit) === 'keep');
  if (network.members.every(plain)) return network;
  return {
    ...network,
    members: network.members.map((member): NetworkMember => {
      if (plain(member)) return member;
      const bonds = member.bonds.filter(
        (bond) => member.bonds.indexOf(bond) === member.bonds.lastIndexOf(bond),
      );
      const bits = member.bits.filter((bit) => actionOf(bit) === 'keep');
      const values = size(bonds, network.extent) * 2 ** bits.length;
      return {
        ...member,
        bonds,
        bits,
        openBytes: member.openBytes + VALUE_BYTES * values,
        open: async () => {
          const tensor = await member.open();
          return compute(context, (options) =>
            context.native.reduceTensor(tensor, member.bits.map(actionOf), options),
          );
        },
      };
    }),
  };
}

/** The network with the bonds of some pairs shrunk: one bond for each, with a label of its own. */
export function projectedNetwork(
  context: Context,
  network: TensorNetwork,
  ranks: readonly BondRank[],
): TensorNetwork {
  const first = Math.max(0, ...network.members.flatMap(({ bonds }) => bonds)) + 1;
  const extents = new Map(ranks.map(({ rank }, i) => [first + i, rank]));
  const extent = (bond: number): number => extents.get(bond) ?? network.extent(bond);
  return {
    extent,
    members: network.members.map((member, id): NetworkMember => {
      const own = projectionsOf(id, ranks).map((rank) => ({
        ...rank,
        label: first + ranks.indexOf(rank.of),
      }));
      if (own.length === 0) return member;
      const joint = new Set(own.flatMap(({ of }) => of.bonds));
      const rest = member.bonds.filter((bond) => !joint.has(bond));
      const sizes = projectedSizes(memberSize(member, network.extent), own);
      return {
        ...member,
        // Each projection puts its bond first.
        bonds: [...own.map(({ label }) => label).toReversed(), ...rest],
        openBytes: member.openBytes + VALUE_BYTES * ((sizes[1] ?? 0) + (sizes[2] ?? 0)),
        open: async () => {
          let tensor = await member.open();
          for (const { of, label } of own) {
            const before = tensor;
            tensor = await compute(context, (options) =>
              context.native.projectBonds(before, of.bonds, of.vectors, label, options),
            );
          }
          return tensor;
        },
      };
    }),
  };
}

/** The projections of a member, those first that leave least. */
function projectionsOf(id: number, ranks: readonly BondRank[]): { readonly of: BondRank }[] {
  return ranks
    .filter(({ members }) => members.includes(id))
    .map((of) => ({ of }))
    .sort((a, b) => a.of.rank / a.of.extent - b.of.rank / b.of.extent);
}

/** Values of a member before its projections, and after each of them. */
function projectedSizes(whole: number, projections: readonly { readonly of: BondRank }[]): number[] {
  const sizes = [whole];
  for (const { of } of projections) sizes.push(((sizes.at(-1) ?? 1) * of.rank) / of.extent);
  return sizes;
}

/** Multiply-adds of a plan, and the price of what it writes, copies of the last operands among that. */
function planPrice({ multiplyAdds, steps, sliceBits, operandBytes }: ContractionPlan): number {
  const copied = (2 ** sliceBits * PASSES.operand * operandBytes) / VALUE_BYTES;
  return steps.reduce(
    (sum, { size: values, repeated }) => sum + WRITE_PRICE * values * (repeated ? 2 ** sliceBits : 1),
    multiplyAdds + WRITE_PRICE * copied,
  );
}

/** Price of the projections, which are made whenever a member is opened. */
function projectionPrice(
  { members, extent }: TensorNetwork,
  ranks: readonly BondRank[],
  { order }: Query,
  { sliceBits }: ContractionPlan,
): number {
  const sliced = new Set(order.slice(order.length - sliceBits));
  let price = 0;
  for (const [id, member] of members.entries()) {
    const projections = projectionsOf(id, ranks);
    const sizes = projectedSizes(memberSize(member, extent), projections);
    const times = member.bits.some((bit) => sliced.has(bit)) ? 2 ** sliceBits : 1;
    for (const [i, { of }] of projections.entries()) {
      price += times * (valueAt(sizes, i) * of.rank + WRITE_PRICE * valueAt(sizes, i + 1) + CALL_PRICE);
    }
  }
  return price;
}

/** Price of looking for the ranks of a network at most once on each side of each pair. */
function searchPrice(network: TensorNetwork, reduced: TensorNetwork): number {
  let price = 0;
  for (const [i, member] of reduced.members.entries()) {
    const whole = network.members[i];
    if (whole !== undefined && whole !== member) price += memberSize(whole, network.extent) + CALL_PRICE;
  }
  for (const { members, bonds } of rankedPairs(reduced)) {
    const extent = size(bonds, reduced.extent);
    for (const id of members) {
      const member = reduced.members[id];
      if (member !== undefined) price += READ_PRICE * memberSize(member, reduced.extent);
      price += CALL_PRICE + CUBE_PRICE * extent ** 3;
    }
  }
  return price;
}
