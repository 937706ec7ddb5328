/**
 * Bonds between two tensors that shrink before anything is planned: of the joint index of all bonds between them only
 * those components stay at which both have a value other than zero. No sum changes by that. What goes in one place may
 * leave zeros elsewhere, so it is repeated until nothing more goes.
 */
import { compute, type Context } from '../../run/context.js';
import type { NetworkMember, TensorNetwork } from './tensorNetwork.js';
import { VALUE_BYTES } from '../../native/valueBytes.js';
import { valueAt } from '../../error.js';

/** Tensors with more rows are left as they are. */
const MOST_ROWS = 2 ** 20;

/** All bonds between two tensors, as one index. */
interface Pair {
  readonly members: readonly [number, number];
  readonly bonds: readonly number[];
  /** By joint index of the bonds, row-major: whether it stays. */
  readonly alive: Uint8Array;
}

/** What has been found of a network, for as long as there is the network. */
const known = new WeakMap<TensorNetwork, Promise<TensorNetwork>>();

/** The network with its bonds shrunk; the same one where none is. Every rank finds the same. */
export async function dropZeroComponents(context: Context, network: TensorNetwork): Promise<TensorNetwork> {
  const before = known.get(network);
  if (before !== undefined) return before;
  const found = shrunk(context, network);
  known.set(network, found);
  try {
    return await found;
  } catch (error) {
    known.delete(network);
    throw error;
  }
}

async function shrunk(context: Context, network: TensorNetwork): Promise<TensorNetwork> {
  const { members, extent } = network;
  const pairs = bondPairs(network).map((pair): Pair => ({
    ...pair,
    alive: new Uint8Array(size(pair.bonds, extent)).fill(1),
  }));
  const places = members.map((_, i) => pairs.filter((pair) => pair.members.includes(i)));
  const rows: (Uint8Array | undefined)[] = [];
  for (const [i, member] of members.entries()) {
    if ((places[i] ?? []).length === 0) {
      rows.push(undefined);
      continue;
    }
    const tensor = await member.open();
    rows.push(await compute(context, (options) => context.native.nonzeroRows(tensor, options)));
  }
  const indices = members.map((member, i) =>
    (places[i] ?? []).map((pair) => jointIndices(member.bonds, pair.bonds, extent)),
  );
  for (let changed = true; changed;) {
    changed = false;
    for (const [i, own] of rows.entries()) {
      if (own !== undefined && keepSeen(own, places[i] ?? [], indices[i] ?? [])) changed = true;
    }
  }
  const smaller = pairs.filter(({ alive }) => alive.includes(0));
  if (smaller.length === 0) return network;
  for (const { alive } of smaller) if (!alive.includes(1)) alive[0] = 1;
  const first = Math.max(...members.flatMap(({ bonds }) => bonds)) + 1;
  const extents = new Map(smaller.map(({ alive }, i) => [first + i, count(alive)]));
  const newExtent = (bond: number): number => extents.get(bond) ?? extent(bond);
  return {
    members: members.map((member, i) => {
      const own = smaller.flatMap((pair, number) =>
        pair.members.includes(i) ? [{ ...pair, label: first + number }] : [],
      );
      return own.length === 0 ? member : shrunkMember(context, member, own, extent, newExtent);
    }),
    extent: newExtent,
  };
}

/** The bonds between every two tensors; tensors with a bond to themselves, or with too many rows, are left out. */
export function bondPairs({ members, extent }: TensorNetwork): Pick<Pair, 'members' | 'bonds'>[] {
  const owners = new Map<number, number[]>();
  for (const [i, { bonds }] of members.entries()) {
    const plain = new Set(bonds).size === bonds.length && size(bonds, extent) <= MOST_ROWS;
    if (plain) for (const bond of bonds) owners.set(bond, [...(owners.get(bond) ?? []), i]);
  }
  const byPair = new Map<string, { members: [number, number]; bonds: number[] }>();
  for (const [bond, [a, b, ...more]] of owners) {
    if (a === undefined || b === undefined || more.length > 0) continue;
    const key = `${a} ${b}`;
    const pair = byPair.get(key) ?? { members: [a, b], bonds: [] };
    pair.bonds.push(bond);
    byPair.set(key, pair);
  }
  return [...byPair.values()];
}

/** Values of the joint index of some bonds. */
export function size(bonds: readonly number[], extent: (bond: number) => number): number {
  return bonds.reduce((product, bond) => product * extent(bond), 1);
}

function count(alive: Uint8Array): number {
  return alive.reduce((sum, one) => sum + one, 0);
}

/** For every row over `bonds`, its index over `some` of them, both row-major. */
function jointIndices(
  bonds: readonly number[],
  some: readonly number[],
  extent: (bond: number) => number,
): Uint32Array {
  const weights = new Map<number, number>();
  let weight = 1;
  for (const bond of some.toReversed()) {
    weights.set(bond, weight);
    weight *= extent(bond);
  }
  const result = new Uint32Array(size(bonds, extent));
  let repeat = result.length;
  for (const bond of bonds) {
    const own = extent(bond);
    repeat /= own;
    const step = weights.get(bond) ?? 0;
    if (step === 0) continue;
    for (let row = 0; row < result.length; row += 1) {
      result[row] = valueAt(result, row) + (Math.floor(row / repeat) % own) * step;
    }
  }
  return result;
}

/** Forgets rows that lie at components that went, and components without a row; true where some went now. */
function keepSeen(rows: Uint8Array, pairs: readonly Pair[], indices: readonly Uint32Array[]): boolean {
  const seen = pairs.map(({ alive }) => new Uint8Array(alive.length));
  for (let row = 0; row < rows.length; row += 1) {
    if (rows[row] === 0) continue;
    if (pairs.every(({ alive }, p) => alive[valueAt(valueAt(indices, p), row)] === 1)) {
      for (const [p, own] of seen.entries()) own[valueAt(valueAt(indices, p), row)] = 1;
    } else {
      rows[row] = 0;
    }
  }
  let changed = false;
  for (const [p, { alive }] of pairs.entries()) {
    for (let i = 0; i < alive.length; i += 1) {
      if (alive[i] === 1 && seen[p]?.[i] === 0) {
        alive[i] = 0;
        changed = true;
      }
    }
  }
  return changed;
}

/** A member whose bonds of some pairs are one each, of the components that stay. */
function shrunkMember(
  context: Context,
  member: NetworkMember,
  pairs: readonly (Pair & { readonly label: number })[],
  extent: (bond: number) => number,
  newExtent: (bond: number) => number,
): NetworkMember {
  const { bonds: before, bits } = member;
  const joint = new Set(pairs.flatMap((pair) => pair.bonds));
  const rest = before.filter((bond) => !joint.has(bond));
  const bonds = [...pairs.map(({ label }) => label), ...rest];
  const values = size(bonds, newExtent) * 2 ** bits.length;
  return {
    ...member,
    bonds,
    openBytes: member.openBytes + VALUE_BYTES * values,
    open: async () => {
      const indices = pairs.map((pair) => jointIndices(before, pair.bonds, extent));
      const places = pairs.map(({ alive }) => {
        const ranks = new Uint32Array(alive.length);
        for (let i = 1; i < alive.length; i += 1) ranks[i] = valueAt(ranks, i - 1) + valueAt(alive, i - 1);
        return ranks;
      });
      const restIndices = jointIndices(before, rest, extent);
      const rows = new Uint32Array(size(bonds, newExtent));
      const restSize = size(rest, extent);
      for (let row = 0; row < restIndices.length; row += 1) {
        let to = 0;
        for (const [p, { alive, label }] of pairs.entries()) {
          const index = valueAt(valueAt(indices, p), row);
          if (alive[index] === 0) {
            to = -1;
            break;
          }
          to = to * newExtent(label) + valueAt(valueAt(places, p), index);
        }
        if (to >= 0) rows[to * restSize + valueAt(restIndices, row)] = row;
      }
      const tensor = await member.open();
      const named = bonds.map((label) => ({ label, extent: newExtent(label) }));
      return compute(context, (options) => context.native.selectRows(tensor, rows, named, options));
    },
  };
}
