/**
 * Samples of the distribution without its 2^n values: outcome bits are drawn a few at a time, each group from its
 * distribution given the bits drawn before, while later ones are summed away. Samples that agree so far share the
 * work, and the contractions remember what did not change.
 */
import type { BitAction } from '../native/addon.js';
import { throwIfAborted, type Context } from '../run/context.js';
import { ClosedNetwork, planClosed } from './closedNetwork.js';
import type { TensorNetwork } from './tensorNetwork.js';

/** Bits that are drawn together: few enough for a short list, many enough to make calls rare. */
const BITS_TOGETHER = 8;

/**
 * Collective: samples number `begin` to `end` of the stream that `seed` names, each the set of outcome bits that are 1.
 * A sample depends on its number and the seed alone.
 */
export async function drawSamples(
  context: Context,
  network: TensorNetwork,
  seed: number,
  begin: number,
  end: number,
  onWork?: (fraction: number) => void,
): Promise<ReadonlySet<number>[]> {
  const plan = planClosed(network, context.memory);
  const closed = new ClosedNetwork(context, plan);
  const groups = network.members.flatMap(({ bits }) =>
    Array.from({ length: Math.ceil(bits.length / BITS_TOGETHER) }, (_, i) =>
      bits.slice(i * BITS_TOGETHER, (i + 1) * BITS_TOGETHER),
    ),
  );
  /** Samples that agree on all bits drawn so far, with those bits. */
  interface Branch {
    readonly samples: readonly number[];
    readonly fixed: ReadonlyMap<number, BitAction>;
  }
  let branches: Branch[] = [
    { samples: Array.from({ length: end - begin }, (_, i) => begin + i), fixed: new Map() },
  ];
  for (const [position, order] of groups.entries()) {
    const next: Branch[] = [];
    for (const [i, { samples, fixed }] of branches.entries()) {
      throwIfAborted(context.signal);
      const kept = new Set(order);
      const values = await closed.values(
        network.members,
        (bit) => (kept.has(bit) ? 'keep' : (fixed.get(bit) ?? 'sum')),
        order,
      );
      const byChoice = new Map<number, number[]>();
      for (const sample of samples) {
        const choice = choose(values, uniform(seed, sample, position));
        const known = byChoice.get(choice);
        if (known === undefined) byChoice.set(choice, [sample]);
        else known.push(sample);
      }
      for (const [choice, chosen] of byChoice) {
        const drawn = order.map((bit, j): [number, BitAction] => [bit, (choice >> j) & 1 ? 'fix1' : 'fix0']);
        next.push({ samples: chosen, fixed: new Map([...fixed, ...drawn]) });
      }
      onWork?.((position + (i + 1) / branches.length) / groups.length);
    }
    branches = next;
  }
  const result: ReadonlySet<number>[] = Array.from({ length: end - begin }, () => new Set());
  for (const { samples, fixed } of branches) {
    const ones = new Set([...fixed].filter(([, action]) => action === 'fix1').map(([bit]) => bit));
    for (const sample of samples) result[sample - begin] = ones;
  }
  return result;
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

/** A number in [0, 1) that is a function of its three arguments: 52 bits of two rounds of a 64-bit mixer (splitmix64). */
function uniform(seed: number, sample: number, position: number): number {
  const mask = (1n << 64n) - 1n;
  let state = 0n;
  for (const part of [seed, sample, position]) {
    state = (state + BigInt(part) + 0x9e3779b97f4a7c15n) & mask;
    state = ((state ^ (state >> 30n)) * 0xbf58476d1ce4e5b9n) & mask;
    state = ((state ^ (state >> 27n)) * 0x94d049bb133111ebn) & mask;
    state ^= state >> 31n;
  }
  return Number(state >> 12n) / 2 ** 52;
}
