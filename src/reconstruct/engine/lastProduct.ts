/** A planned contraction: makes the two operands of its last product, slice by slice. */
import { KroncutError } from '../../error.js';
import type { BitAction, ProductHandle, TensorHandle } from '../../native/addon.js';
import { compute, type Context } from '../../run/context.js';
import type { ContractionPlan } from '../plan/contractionPlan.js';
import type { NetworkMember, Query, TensorNetwork } from '../network/tensorNetwork.js';

/** Fixes a bit to its value in the number of a slice, which may have more than 31 bits. */
export function fixedBit(slice: number, position: number): BitAction {
  return Math.floor(slice / 2 ** position) % 2 === 1 ? 'fix1' : 'fix0';
}

/** Contracts a network to the two operands of its last product, slice by slice. */
export class LastProduct {
  private readonly context: Context;
  private readonly members: readonly NetworkMember[];
  private readonly query: Query;
  private readonly plan: ContractionPlan;
  /** The bits that number the slices, lowest first. */
  private readonly sliced: readonly number[];
  private latest: { slice: number; bondTolerance: number; product: ProductHandle } | undefined;
  /** Tensors that are the same in every slice. */
  private readonly kept = new Map<number, TensorHandle>();

  constructor(context: Context, network: TensorNetwork, query: Query, plan: ContractionPlan) {
    this.context = context;
    this.members = network.members;
    this.query = query;
    this.plan = plan;
    this.sliced = query.order.slice(query.order.length - plan.sliceBits);
  }

  /**
   * The last product of a slice. That of the latest slice is kept, so that its ranges can be streamed one after another.
   */
  async product(slice: number, bondTolerance: number): Promise<ProductHandle> {
    const { latest } = this;
    if (latest?.slice === slice && latest.bondTolerance === bondTolerance) return latest.product;
    this.latest = undefined;
    const { native } = this.context;
    const [left, right] = await this.operands(slice);
    const order = this.query.order.slice(0, this.query.order.length - this.plan.sliceBits);
    const product = await compute(this.context, (options) =>
      native.prepareProduct(left, right, { ...options, order, bondTolerance }),
    );
    this.latest = { slice, bondTolerance, product };
    return product;
  }

  private async operands(slice: number): Promise<[TensorHandle, TensorHandle]> {
    const left = await this.operand(this.plan.left, slice);
    const right = await this.operand(this.plan.right, slice);
    return [left, right];
  }

  private async operand(id: number | undefined, slice: number): Promise<TensorHandle> {
    if (id === undefined) return this.context.native.createTensor([], [], Float64Array.of(1));
    const known = this.kept.get(id);
    if (known !== undefined) return known;
    const tensor = await this.make(id, slice);
    if (this.plan.sliceBits > 0 && !this.isRepeated(id)) {
      this.kept.set(id, tensor);
      const step = this.plan.steps[id - this.plan.members];
      // What it was made from is needed no more.
      if (step !== undefined) for (const operand of [step.left, step.right]) this.kept.delete(operand);
    }
    return tensor;
  }

  private async make(id: number, slice: number): Promise<TensorHandle> {
    const member = this.members[id];
    if (member !== undefined) return this.reduced(member, slice);
    const step = this.plan.steps[id - this.plan.members];
    if (step === undefined) throw new KroncutError('internal', `the contraction plan has no tensor ${id}`);
    const left = await this.operand(step.left, slice);
    const right = await this.operand(step.right, slice);
    return compute(this.context, (options) => this.context.native.contractTensors(left, right, options));
  }

  private async reduced(member: NetworkMember, slice: number): Promise<TensorHandle> {
    const actions = member.bits.map((bit): BitAction => {
      const position = this.sliced.indexOf(bit);
      if (position >= 0) return fixedBit(slice, position);
      return this.query.actions.get(bit) ?? 'sum';
    });
    const tensor = await member.open();
    const traced = new Set(member.bonds).size < member.bonds.length;
    if (!traced && actions.every((action) => action === 'keep')) return tensor;
    return compute(this.context, (options) => this.context.native.reduceTensor(tensor, actions, options));
  }

  private isRepeated(id: number): boolean {
    const member = this.members[id];
    if (member !== undefined) return member.bits.some((bit) => this.sliced.includes(bit));
    return this.plan.steps[id - this.plan.members]?.repeated ?? true;
  }
}
