/** The contraction tree of a network whose outcome bits are all closed, for many values or samples in one call. */
import type { BitAction, TensorHandle } from '../../native/addon.js';
import { compute, type Context } from '../../run/context.js';
import { planClosed } from './closedNetwork.js';
import { rankedPairs } from '../network/bondRanks.js';
import type { ContractionPlan } from '../plan/contractionPlan.js';
import { BOND_TOLERANCE } from '../network/bondShrinking.js';
import { paysToLook, planWithin, projectNetwork } from '../network/projectNetwork.js';
import { dropZeroComponents } from '../network/dropZeroComponents.js';
import { keepQuery, type NetworkMember, type TensorNetwork } from '../network/tensorNetwork.js';

/** A multiply-add of one of many small contractions takes as long as so many of a large product. */
const TREE_PRICE = 16;

/** Pairs of nodes that are joined, one after another; the members of the network are the first nodes. */
export function joinsOf({ steps, left, right }: ContractionPlan): number[] {
  const joins = steps.flatMap((step) => [step.left, step.right]);
  return left === undefined || right === undefined ? joins : [...joins, left, right];
}

/** A member's tensor with all its bits; legs to itself are traced. */
export async function openMember(context: Context, member: NetworkMember): Promise<TensorHandle> {
  const tensor = await member.open();
  if (new Set(member.bonds).size === member.bonds.length) return tensor;
  const keep = member.bits.map((): BitAction => 'keep');
  return compute(context, (options) => context.native.reduceTensor(tensor, keep, options));
}

/** A network with its tensors, and the order in which they are contracted. */
export interface OpenTree {
  readonly members: readonly NetworkMember[];
  readonly leaves: readonly (readonly TensorHandle[])[];
  readonly joins: readonly number[];
}

/**
 * Collective: a network that gives the same numbers, of which `times` are asked, with its bonds shrunk where that pays; by
 * no more than rounding, whatever else is tolerated.
 */
export async function treeNetwork(
  context: Context,
  network: TensorNetwork,
  times: number,
  bondTolerance = BOND_TOLERANCE,
): Promise<TensorNetwork> {
  const { cluster, memory } = context;
  const tolerance = Math.min(bondTolerance, BOND_TOLERANCE);
  const weight = TREE_PRICE * times;
  const planOf = (one: TensorNetwork): ContractionPlan => planClosed(one, memory);
  const looks = await cluster.agree(() => {
    if (!(tolerance > 0) || rankedPairs(network).length === 0) return false;
    const plain = planWithin(() => planOf(network));
    return paysToLook(network, network, plain, weight);
  });
  if (!looks) return network;
  const smaller = await cluster.agree(() => dropZeroComponents(context, network));
  const all = keepQuery(network.members.flatMap(({ bits }) => bits));
  return (await projectNetwork(context, smaller, all, tolerance, planOf, weight)).network;
}

export async function openTree(context: Context, network: TensorNetwork): Promise<OpenTree> {
  const joins = joinsOf(planClosed(network, context.memory));
  const leaves: TensorHandle[][] = [];
  for (const member of network.members) leaves.push([await openMember(context, member)]);
  return { members: network.members, leaves, joins };
}
