/** Networks without open indices: every outcome bit is fixed, summed or weighed, and a number is left. */
import { KroncutError } from '../../error.js';
import type { BitAction, TensorHandle } from '../../native/addon.js';
import { compute, type Context } from '../../run/context.js';
import { planContraction, type ContractionPlan } from '../plan/contractionPlan.js';
import { TensorCache } from './tensorCache.js';
import type { NetworkMember, TensorNetwork } from '../network/tensorNetwork.js';

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

interface Keyed {
  readonly key: string;
  readonly tensor: TensorHandle;
}

/**
 * Contracts a network again and again with other actions. What did not change is remembered: tensors reduced in the
 * same way, and the products of such.
 */
export class ClosedNetwork {
  private readonly context: Context;
  private readonly plan: ContractionPlan;
  private readonly cache: TensorCache;
  private readonly opened = new Map<NetworkMember, TensorHandle>();

  /** `plan` must fit every list of members that is given: their bonds are the same. */
  constructor(context: Context, plan: ContractionPlan, cache = new TensorCache()) {
    this.context = context;
    this.plan = plan;
    this.cache = cache;
  }

  /** Contracts the members, with an action for each outcome bit that is not `keep`. */
  async value(members: readonly NetworkMember[], actionOf: (bit: number) => BitAction): Promise<number> {
    const { native } = this.context;
    const tensors: Keyed[] = [];
    for (const member of members) tensors.push(await this.closed(member, actionOf));
    const one = (): Keyed => ({ key: '1', tensor: native.createTensor([], [], Float64Array.of(1)) });
    const tensorAt = (id: number | undefined): Keyed => (id === undefined ? undefined : tensors[id]) ?? one();
    for (const step of this.plan.steps) {
      const [left, right] = [tensorAt(step.left), tensorAt(step.right)];
      const key = `(${left.key} ${right.key})`;
      const tensor = await this.cache.tensor(key, () =>
        compute(this.context, (options) => native.contractTensors(left.tensor, right.tensor, options)),
      );
      tensors[step.result] = { key, tensor };
    }
    const [left, right] = [tensorAt(this.plan.left), tensorAt(this.plan.right)];
    return this.cache.number(`${left.key} ${right.key}`, () => this.product(left.tensor, right.tensor));
  }

  private async product(left: TensorHandle, right: TensorHandle): Promise<number> {
    const { values } = await compute(this.context, (options) =>
      this.context.native.streamProduct(left, right, {
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

  private async closed(member: NetworkMember, actionOf: (bit: number) => BitAction): Promise<Keyed> {
    const actions = member.bits.map(actionOf);
    const number = this.cache.numberOf(member.origin ?? member);
    const key = `${number}:${actions.map((action) => CODES[action]).join('')}`;
    const tensor = await this.cache.tensor(key, async () => {
      const source = this.opened.get(member) ?? (await member.open());
      this.opened.set(member, source);
      return compute(this.context, (options) => this.context.native.reduceTensor(source, actions, options));
    });
    return { key, tensor };
  }
}

const CODES: Readonly<Record<BitAction, string>> = { keep: 'k', sum: 's', fix0: '0', fix1: '1', weigh: 'w' };
