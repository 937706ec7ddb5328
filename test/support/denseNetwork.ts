/** Tensor networks of bonds of extent 4, contracted the slow and obvious way. */
import type { BitAction, NativeAddon } from '../../src/native/addon.js';
import type { Query, TensorNetwork } from '../../src/reconstruct/network/tensorNetwork.js';

export interface DenseMember {
  readonly bonds: readonly number[];
  readonly bits: readonly number[];
  /** Bonds first, bits last; the first bond runs slowest, the first bit fastest. */
  readonly values: Float64Array;
}

/** Values of a tensor with these bonds and bits, from a generator of numbers. */
export function denseMember(
  bonds: readonly number[],
  bits: readonly number[],
  next: () => number,
): DenseMember {
  return { bonds, bits, values: Float64Array.from({ length: 4 ** bonds.length * 2 ** bits.length }, next) };
}

export function networkOf(native: NativeAddon, members: readonly DenseMember[]): TensorNetwork {
  return {
    extent: () => 4,
    members: members.map(({ bonds, bits, values }, i) => ({
      name: `m${i}`,
      bonds,
      bits,
      openBytes: 0,
      open: async () =>
        native.createTensor(
          bonds.map((label) => ({ label, extent: 4 })),
          bits,
          values,
        ),
    })),
  };
}

/** The answer to a query: for every choice of all bits and bonds, the product of the entries. */
export function denseAnswer(members: readonly DenseMember[], query: Query): Float64Array {
  const answer = new Float64Array(2 ** query.order.length);
  const bits = members.flatMap((member) => member.bits);
  const bonds = [...new Set(members.flatMap((member) => member.bonds))];
  for (let outcome = 0; outcome < 2 ** bits.length; outcome += 1) {
    const bitOf = new Map(bits.map((bit, i) => [bit, (outcome >> i) & 1]));
    const weight = bits.reduce(
      (w, bit) => w * weigh(query.actions.get(bit) ?? 'sum', bitOf.get(bit) ?? 0),
      1,
    );
    if (weight === 0) continue;
    let total = 0;
    for (let choice = 0; choice < 4 ** bonds.length; choice += 1) {
      const bondOf = new Map(bonds.map((bond, i) => [bond, (choice >> (2 * i)) & 3]));
      total += members.reduce((product, member) => product * entry(member, bondOf, bitOf), 1);
    }
    const index = query.order.reduce((sum, bit, i) => sum + (bitOf.get(bit) ?? 0) * 2 ** i, 0);
    answer[index] = (answer[index] ?? 0) + weight * total;
  }
  return answer;
}

function weigh(action: BitAction, bit: number): number {
  if (action === 'fix0') return 1 - bit;
  if (action === 'fix1') return bit;
  return action === 'weigh' ? 1 - 2 * bit : 1;
}

function entry(
  { bonds, bits, values }: DenseMember,
  bondOf: ReadonlyMap<number, number>,
  bitOf: ReadonlyMap<number, number>,
): number {
  const leg = bonds.reduce((index, bond) => 4 * index + (bondOf.get(bond) ?? 0), 0);
  const outcome = bits.reduce((index, bit, i) => index + (bitOf.get(bit) ?? 0) * 2 ** i, 0);
  return values[leg * 2 ** bits.length + outcome] ?? Number.NaN;
}
