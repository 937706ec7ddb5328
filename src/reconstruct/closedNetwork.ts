/** Networks without open indices: every outcome bit is fixed, summed or weighed, and a number is left. */
import { KroncutError } from '../error.js';
import type { BitAction, TensorHandle } from '../native/addon.js';
import { compute, type Context } from '../run/context.js';
import { planContraction, type ContractionPlan } from './contractionPath.js';
import type { NetworkMember, TensorNetwork } from './tensorNetwork.js';

/** The order of contraction when all bits are closed. Throws `memory` where none fits. */
export function planClosed(network: TensorNetwork, memoryBytes: number): ContractionPlan {
  return planContraction(
    network.members.map(({ bonds }) => ({
      bonds: bonds.filter((bond) => bonds.indexOf(bond) === bonds.lastIndexOf(bond)),
      bits: [],
    })),
    [],
    memoryBytes,
    network.extent,
    // They stay open from one value to the next.
    network.members.reduce((sum, { openBytes }) => sum + openBytes, 0),
  );
}

/** Values that close a tensor in the same way share the reduced tensor. */
export class ClosedNetwork {
  private readonly context: Context;
  private readonly plan: ContractionPlan;
  private readonly opened = new Map<NetworkMember, TensorHandle>();
  private readonly reduced = new Map<NetworkMember, Map<string, TensorHandle>>();

  /** `plan` must fit every list of members that `value` is given: their bonds are the same. */
  constructor(context: Context, plan: ContractionPlan) {
    this.context = context;
    this.plan = plan;
  }

  /** Contracts the members, with an action for each outcome bit that is not `keep`. */
  async value(members: readonly NetworkMember[], actionOf: (bit: number) => BitAction): Promise<number> {
    const { native } = this.context;
    const tensors: TensorHandle[] = [];
    for (const member of members) tensors.push(await this.closed(member, actionOf));
    const tensorAt = (id: number | undefined): TensorHandle =>
      (id === undefined ? undefined : tensors[id]) ?? native.createTensor([], [], Float64Array.of(1));
    for (const { left, right, result } of this.plan.steps) {
      tensors[result] = await compute(this.context, (options) =>
        native.contractTensors(tensorAt(left), tensorAt(right), options),
      );
    }
    const { values } = await compute(this.context, (options) =>
      native.streamProduct(tensorAt(this.plan.left), tensorAt(this.plan.right), {
        ...options,
        order: [],
        begin: 0,
        end: 1,
        sliceSize: 1,
        values: true,
      }),
    );
    const value = values?.[0];
    if (value === undefined) throw new KroncutError('internal', 'the contraction returned no value');
    return value;
  }

  private async closed(member: NetworkMember, actionOf: (bit: number) => BitAction): Promise<TensorHandle> {
    const actions = member.bits.map(actionOf);
    const key = actions.join(' ');
    const known = this.reduced.get(member) ?? new Map<string, TensorHandle>();
    this.reduced.set(member, known);
    const done = known.get(key);
    if (done !== undefined) return done;
    let tensor = this.opened.get(member);
    if (tensor === undefined) {
      tensor = await member.open();
      this.opened.set(member, tensor);
    }
    const source = tensor;
    const result = await compute(this.context, (options) =>
      this.context.native.reduceTensor(source, actions, options),
    );
    known.set(key, result);
    return result;
  }
}
