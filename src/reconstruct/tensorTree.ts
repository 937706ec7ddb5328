/** The contraction tree of a network whose outcome bits are all closed, for many values or samples in one call. */
import type { BitAction, TensorHandle } from '../native/addon.js';
import { compute, type Context } from '../run/context.js';
import { planClosed } from './closedNetwork.js';
import type { ContractionPlan } from './contractionPath.js';
import type { NetworkMember, TensorNetwork } from './tensorNetwork.js';

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

export async function openTree(context: Context, network: TensorNetwork): Promise<OpenTree> {
  const joins = joinsOf(planClosed(network, context.memory));
  const leaves: TensorHandle[][] = [];
  for (const member of network.members) leaves.push([await openMember(context, member)]);
  return { members: network.members, leaves, joins };
}
