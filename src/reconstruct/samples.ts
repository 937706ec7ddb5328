/**
 * Samples of the distribution without its 2^n values: outcome bits are drawn a few at a time, each group from its
 * distribution given the bits drawn before, while later ones are summed away. The contraction tree is walked once per
 * sample, with all that lies outside of a subtree contracted into one tensor on the subtree's bonds; so a sample takes
 * about as many steps as the tree has tensors. Samples that agree so far share the work.
 */
import type { BitAction, TensorHandle } from '../native/addon.js';
import { KroncutError } from '../error.js';
import { compute, throwIfAborted, type Context } from '../run/context.js';
import { planClosed } from './closedNetwork.js';
import type { NetworkMember, TensorNetwork } from './tensorNetwork.js';

/** Bits that are drawn together: few enough for a short list, many enough to make calls rare. */
const BITS_TOGETHER = 8;

/** A subtree of the contraction: a member or two subtrees, with its tensor when all its bits are summed away. */
type Subtree = { readonly summed: TensorHandle } & (
  | { readonly member: NetworkMember; readonly source: TensorHandle; readonly index: number }
  | { readonly left: Subtree; readonly right: Subtree }
);

/** Samples that agree on all bits of a subtree, with its tensor for these bits. */
interface Group {
  readonly samples: readonly number[];
  readonly fixed: TensorHandle;
}

/**
 * Samples number `begin` to `end` of the stream that `seed` names, each the set of outcome bits that are 1. A sample
 * depends on its number and the seed alone.
 */
export async function drawSamples(
  context: Context,
  network: TensorNetwork,
  seed: number,
  begin: number,
  end: number,
  onWork?: (fraction: number) => void,
): Promise<ReadonlySet<number>[]> {
  const sampler = new Sampler(context, seed, begin, end, onWork);
  const tree = await sampler.tree(network);
  const all = Array.from({ length: end - begin }, (_, i) => begin + i);
  await sampler.visit(tree, sampler.scalar(1), all);
  return sampler.ones;
}

class Sampler {
  readonly ones: Set<number>[];
  private readonly context: Context;
  private readonly seed: number;
  private readonly begin: number;
  private readonly onWork: ((fraction: number) => void) | undefined;
  private bits = 0;
  private drawn = 0;

  constructor(
    context: Context,
    seed: number,
    begin: number,
    end: number,
    onWork: ((fraction: number) => void) | undefined,
  ) {
    this.context = context;
    this.seed = seed;
    this.begin = begin;
    this.onWork = onWork;
    this.ones = Array.from({ length: end - begin }, () => new Set());
  }

  scalar(value: number): TensorHandle {
    return this.context.native.createTensor([], [], Float64Array.of(value));
  }

  async tree(network: TensorNetwork): Promise<Subtree> {
    const plan = planClosed(network, this.context.memory);
    const subtrees: Subtree[] = [];
    for (const [index, member] of network.members.entries()) {
      const source = await member.open();
      const summed = await this.reduce(
        source,
        member.bits.map(() => 'sum'),
      );
      subtrees.push({ member, source, index, summed });
      this.bits += member.bits.length;
    }
    const join = async (left: Subtree | undefined, right: Subtree | undefined): Promise<Subtree> => {
      if (left === undefined || right === undefined) {
        const only = left ?? right;
        if (only === undefined) throw new KroncutError('internal', 'there is no tensor to draw from');
        return only;
      }
      return { left, right, summed: await this.contract(left.summed, right.summed) };
    };
    const at = (id: number | undefined): Subtree | undefined => (id === undefined ? undefined : subtrees[id]);
    for (const { left, right, result } of plan.steps) subtrees[result] = await join(at(left), at(right));
    return join(at(plan.left), at(plan.right));
  }

  /** Draws the bits of a subtree. `outside`: all else, on the subtree's bonds, scaled so that what is left sums to 1. */
  async visit(tree: Subtree, outside: TensorHandle, samples: readonly number[]): Promise<Group[]> {
    if ('member' in tree) return this.draw(tree, outside, samples);
    const { left, right } = tree;
    const result: Group[] = [];
    const outsideLeft = await this.contract(outside, right.summed);
    for (const first of await this.visit(left, outsideLeft, samples)) {
      const outsideRight = await this.contract(outside, first.fixed);
      for (const second of await this.visit(right, outsideRight, first.samples)) {
        const fixed = await this.contract(first.fixed, second.fixed);
        result.push({ samples: second.samples, fixed });
      }
    }
    return result;
  }

  /** Draws the bits of one member, a few at a time. */
  private async draw(
    { member, source, index, summed }: Extract<Subtree, { member: NetworkMember }>,
    outside: TensorHandle,
    samples: readonly number[],
  ): Promise<Group[]> {
    interface Branch {
      readonly samples: readonly number[];
      readonly actions: readonly BitAction[];
      readonly weight: number;
    }
    let branches: Branch[] = [{ samples, actions: member.bits.map(() => 'sum'), weight: 1 }];
    for (let first = 0; first < member.bits.length; first += BITS_TOGETHER) {
      const order = member.bits.slice(first, first + BITS_TOGETHER);
      const next: Branch[] = [];
      for (const branch of branches) {
        throwIfAborted(this.context.signal);
        const kept = branch.actions.map((action, i) =>
          i >= first && i < first + order.length ? 'keep' : action,
        );
        const values = await this.values(outside, await this.reduce(source, kept), order);
        for (const [choice, chosen] of this.divide(branch.samples, values, index, first)) {
          const actions = branch.actions.map((action, i) => {
            if (i < first || i >= first + order.length) return action;
            return (choice >> (i - first)) & 1 ? 'fix1' : 'fix0';
          });
          next.push({ samples: chosen, actions, weight: values[choice] ?? 0 });
        }
        this.drawn += branch.samples.length * order.length;
        this.onWork?.(this.drawn / (this.bits * this.ones.length));
      }
      branches = next;
    }
    const groups: Group[] = [];
    for (const { samples: agreed, actions, weight } of branches) {
      for (const [i, action] of actions.entries()) {
        if (action !== 'fix1') continue;
        for (const sample of agreed) this.ones[sample - this.begin]?.add(member.bits[i] ?? -1);
      }
      // Scaled to sum to 1 again: the probability of a whole outcome may be below what a double can hold.
      const fixed = actions.length === 0 ? summed : await this.reduce(source, actions);
      const scaled = actions.length === 0 ? fixed : await this.contract(fixed, this.scalar(1 / weight));
      groups.push({ samples: agreed, fixed: scaled });
    }
    return groups;
  }

  /** Samples by the index that each falls on. */
  private divide(
    samples: readonly number[],
    values: Float64Array,
    member: number,
    position: number,
  ): Map<number, number[]> {
    const byChoice = new Map<number, number[]>();
    for (const sample of samples) {
      const choice = choose(values, uniform([this.seed, sample, member, position]));
      const known = byChoice.get(choice);
      if (known === undefined) byChoice.set(choice, [sample]);
      else known.push(sample);
    }
    return byChoice;
  }

  private async contract(left: TensorHandle, right: TensorHandle): Promise<TensorHandle> {
    return compute(this.context, (options) => this.context.native.contractTensors(left, right, options));
  }

  private async reduce(source: TensorHandle, actions: readonly BitAction[]): Promise<TensorHandle> {
    return compute(this.context, (options) => this.context.native.reduceTensor(source, actions, options));
  }

  private async values(
    left: TensorHandle,
    right: TensorHandle,
    order: readonly number[],
  ): Promise<Float64Array> {
    const size = 2 ** order.length;
    const { values } = await compute(this.context, (options) =>
      this.context.native.streamProduct(left, right, {
        ...options,
        order,
        begin: 0,
        end: size,
        sliceSize: size,
        values: true,
      }),
    );
    if (values === undefined) throw new KroncutError('internal', 'the contraction returned no values');
    return values;
  }
}

/** The index that `u` in [0, 1) falls on; tiny negative values, which rounding leaves, count as 0. */
function choose(values: Float64Array, u: number): number {
  const total = values.reduce((sum, value) => sum + Math.max(0, value), 0);
  let rest = u * total;
  let last = 0;
  for (const [index, value] of values.entries()) {
    if (value <= 0) continue;
    last = index;
    rest -= value;
    if (rest < 0) return index;
  }
  return last;
}

/** A number in [0, 1) that is a function of some whole numbers: 52 bits of a chain of 64-bit mixers (splitmix64). */
function uniform(parts: readonly number[]): number {
  const mask = (1n << 64n) - 1n;
  let state = 0n;
  for (const part of parts) {
    state = (state + BigInt(part) + 0x9e3779b97f4a7c15n) & mask;
    state = ((state ^ (state >> 30n)) * 0xbf58476d1ce4e5b9n) & mask;
    state = ((state ^ (state >> 27n)) * 0x94d049bb133111ebn) & mask;
    state ^= state >> 31n;
  }
  return Number(state >> 12n) / 2 ** 52;
}
