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

/** Intermediate tensors that are remembered; all are forgotten when there are more. */
const MOST_REMEMBERED = 20_000;

/**
 * Contracts a network again and again with other actions. What did not change is remembered: tensors reduced in the
 * same way, and the products of such.
 */
export class ClosedNetwork {
  private readonly context: Context;
  private readonly plan: ContractionPlan;
  private readonly opened = new Map<NetworkMember, TensorHandle>();
  private readonly numbers = new Map<NetworkMember, number>();
  private readonly remembered = new Map<string, TensorHandle>();

  /** `plan` must fit every list of members that is given: their bonds are the same. */
  constructor(context: Context, plan: ContractionPlan) {
    this.context = context;
    this.plan = plan;
  }

  /** Contracts the members, with an action for each outcome bit that is not `keep`. */
  async value(members: readonly NetworkMember[], actionOf: (bit: number) => BitAction): Promise<number> {
    const { native } = this.context;
    interface Keyed {
      readonly key: string;
      readonly tensor: TensorHandle;
    }
    const tensors: Keyed[] = [];
    for (const member of members) tensors.push(await this.closed(member, actionOf));
    const one = (): Keyed => ({ key: '1', tensor: native.createTensor([], [], Float64Array.of(1)) });
    const tensorAt = (id: number | undefined): Keyed => (id === undefined ? undefined : tensors[id]) ?? one();
    for (const step of this.plan.steps) {
      const [left, right] = [tensorAt(step.left), tensorAt(step.right)];
      const key = `(${left.key} ${right.key})`;
      const tensor = await this.remember(key, () =>
        compute(this.context, (options) => native.contractTensors(left.tensor, right.tensor, options)),
      );
      tensors[step.result] = { key, tensor };
    }
    const { values } = await compute(this.context, (options) =>
      native.streamProduct(tensorAt(this.plan.left).tensor, tensorAt(this.plan.right).tensor, {
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

  private async closed(
    member: NetworkMember,
    actionOf: (bit: number) => BitAction,
  ): Promise<{ key: string; tensor: TensorHandle }> {
    const actions = member.bits.map(actionOf);
    const number = this.numbers.get(member) ?? this.numbers.size;
    this.numbers.set(member, number);
    const key = `${number}:${actions.map((action) => CODES[action]).join('')}`;
    const tensor = await this.remember(key, async () => {
      const source = this.opened.get(member) ?? (await member.open());
      this.opened.set(member, source);
      return compute(this.context, (options) => this.context.native.reduceTensor(source, actions, options));
    });
    return { key, tensor };
  }

  private async remember(key: string, make: () => Promise<TensorHandle>): Promise<TensorHandle> {
    const known = this.remembered.get(key);
    if (known !== undefined) return known;
    if (this.remembered.size >= MOST_REMEMBERED) this.remembered.clear();
    const tensor = await make();
    this.remembered.set(key, tensor);
    return tensor;
  }
}

const CODES: Readonly<Record<BitAction, string>> = { keep: 'k', sum: 's', fix0: '0', fix1: '1', weigh: 'w' };
