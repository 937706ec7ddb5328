import type { BitAction, TensorHandle } from '../../../native/addon.js';
import { KroncutError, numberAt, valueAt } from '../../../error.js';
import { compute, type Context } from '../../../run/context.js';
import { ClosedNetwork, planClosed } from '../../engine/closedNetwork.js';
import type { TensorCache } from '../../engine/tensorCache.js';
import { joinsOf } from '../../engine/tensorTree.js';
import { dataOf, type NetworkMember } from '../../network/tensorNetwork.js';
import type { ContractionPlan } from '../../plan/contractionPlan.js';
import type { ExpectQuery, ExpectResult } from '../expectation.js';
import { requireFinite } from './finite.js';
import { planObservable } from '../observables.js';
import { parsePauliSum, type PauliTerm } from '../pauliSum.js';
import type { Given, Inquiry, QuerySource, ReducedSource, Report } from '../query.js';
import { localStrings, placeStrings, type LocalStrings } from '../reduced.js';
import { shareOf } from '../../../cluster/share.js';

/** Collective: evaluates the subcircuits in the bases that are missing, and then the terms. */
export async function answer(
  inquiry: Inquiry,
  { expect: sum, terms: listed = false }: Given<'expect', ExpectQuery>,
): Promise<ExpectResult> {
  const { context, source, onWork } = inquiry;
  const terms = parsePauliSum(sum, source.cutCircuit.qubits);
  if (inquiry.reduced !== undefined) return reducedAnswer(inquiry, inquiry.reduced, sum, terms, listed);
  const { variants, factors } = planObservable(source.cutCircuit, terms);
  await inquiry.evaluate(variants);
  const members = new Map<string, NetworkMember>();
  const networks = factors.map((local): TermNetwork | undefined => {
    if (local === undefined) return undefined;
    for (const { variant } of local) {
      if (!members.has(variant.name)) members.set(variant.name, inquiry.memberOf(variant));
    }
    return {
      members: local.flatMap(({ variant }) => members.get(variant.name) ?? []),
      weighed: new Set(local.flatMap(({ weighed }) => weighed)),
    };
  });
  return expectation(context, source, terms, networks, listed, onWork);
}

/** Sums that were answered from tensors without outcomes, with all their terms. */
const answered = new WeakMap<ReducedSource, Map<string, ExpectResult>>();

/** Collective: the answer of tensors that keep no outcomes, found once for as long as they are open. */
async function reducedAnswer(
  { context, source, onWork }: Inquiry,
  reduced: ReducedSource,
  sum: string,
  terms: readonly PauliTerm[],
  listed: boolean,
): Promise<ExpectResult> {
  const known = answered.get(reduced) ?? new Map<string, ExpectResult>();
  answered.set(reduced, known);
  let found = known.get(sum);
  if (found === undefined) {
    const networks = reducedNetworks(source, reduced, localStrings(source.cutCircuit, terms));
    found = await expectation(context, source, terms, networks, true, onWork);
    known.set(sum, found);
  }
  const { terms: list, ...rest } = found;
  return listed ? { ...rest, terms: list ?? [] } : rest;
}

/** What is contracted for each value where the tensors keep no outcomes. */
export function reducedNetworks(
  { cutCircuit }: QuerySource,
  reduced: ReducedSource,
  read: readonly LocalStrings[],
): (TermNetwork | undefined)[] {
  const places = placeStrings(cutCircuit, reduced.kept, read);
  if (places === undefined) throw new KroncutError('internal', 'the run does not keep what is read');
  return places.map(
    (local): TermNetwork | undefined =>
      local && {
        members: local.map(({ tensor, index }) => {
          const member = reduced.membersOf(tensor)[index];
          if (member === undefined)
            throw new KroncutError('internal', `${tensor.name} has no string ${index}`);
          return member;
        }),
        weighed: new Set(),
      },
  );
}

/**
 * Collective: the expectation value of a sum of Pauli strings, its terms divided among the ranks and added in their
 * order. `networks` gives the tensors and the bits that each term weighs; undefined for a term that is 0. With `cache`,
 * what an earlier call contracted is found again.
 */
export async function expectation(
  context: Context,
  source: QuerySource,
  terms: readonly PauliTerm[],
  networks: readonly (TermNetwork | undefined)[],
  listed: boolean,
  onWork?: Report,
  cache?: TensorCache,
): Promise<ExpectResult> {
  const values = await networkValues(context, source, networks, onWork, cache);
  const value = terms.reduce((sum, { coefficient }, i) => sum + coefficient * valueAt(values, i), 0);
  const members = new Set(networks.flatMap((network) => network?.members ?? []));
  const data = dataOf([...source.network.members, ...members]);
  const error = { standardError: data === 'exact' ? 0 : null, data };
  if (!listed) return { value, ...error };
  const list = terms.map(({ text, coefficient }, i) => ({
    pauli: text,
    coefficient,
    value: valueAt(values, i),
  }));
  return { value, ...error, terms: list };
}

/** Collective: the values of networks, divided among the ranks; 0 where there is none. */
export async function networkValues(
  context: Context,
  source: QuerySource,
  networks: readonly (TermNetwork | undefined)[],
  onWork?: Report,
  cache?: TensorCache,
): Promise<readonly number[]> {
  const { cluster } = context;
  const plan = await cluster.agree(() => planClosed(source.network, context.memory));
  const { begin, end } = shareOf(cluster, networks.length);
  const own = await cluster.agree(async () => {
    const asked = networks.slice(begin, end);
    if (cache === undefined) return termValues(context, plan, asked, onWork);
    const closed = new ClosedNetwork(context, plan, cache);
    const values: number[] = [];
    for (const [i, network] of asked.entries()) {
      const weighs = (bit: number): BitAction => (network?.weighed.has(bit) === true ? 'weigh' : 'sum');
      values.push(network === undefined ? 0 : await closed.value(network.members, weighs));
      onWork?.((i + 1) / asked.length);
    }
    return values;
  });
  return requireFinite((await cluster.gather(own)).flat());
}

/** The values of terms, contracted together. */
async function termValues(
  context: Context,
  plan: ContractionPlan,
  networks: readonly (TermNetwork | undefined)[],
  onWork: Report | undefined,
): Promise<number[]> {
  const asked = networks.flatMap((network, i) => (network === undefined ? [] : [{ ...network, i }]));
  const values = networks.map(() => 0);
  const places = asked[0]?.members ?? [];
  if (places.length === 0) return networks.map((network) => (network === undefined ? 0 : 1));
  const leaves: TensorHandle[][] = places.map(() => []);
  const known = new Map<NetworkMember, Map<string, number>>();
  const opened = new Map<NetworkMember, TensorHandle>();
  const choices = new Uint32Array(asked.length * places.length);
  for (const [row, { members, weighed }] of asked.entries()) {
    for (const [j, member] of members.entries()) {
      const actions = member.bits.map((bit): BitAction => (weighed.has(bit) ? 'weigh' : 'sum'));
      const key = actions.map((action) => (action === 'weigh' ? '1' : '0')).join('');
      const numbers = known.get(member) ?? new Map<string, number>();
      known.set(member, numbers);
      let choice = numbers.get(key);
      if (choice === undefined) {
        const source = opened.get(member) ?? (await member.open());
        opened.set(member, source);
        const leaf = leaves[j] ?? [];
        choice = leaf.length;
        leaf.push(await reducedLeaf(context, member, source, actions));
        numbers.set(key, choice);
      }
      choices[row * places.length + j] = choice;
    }
    onWork?.((row + 1) / asked.length);
  }
  const outcomes = new Float64Array(choices.length);
  const found = await compute(context, (options) =>
    context.native.treeValues(leaves, joinsOf(plan), { ...options, choices, outcomes }),
  );
  for (const [row, { i }] of asked.entries()) values[i] = numberAt(found, row);
  return values;
}

/** A member's tensor with its bits closed; itself where it has none, and no leg leads back to it. */
async function reducedLeaf(
  context: Context,
  { bonds, bits }: NetworkMember,
  source: TensorHandle,
  actions: readonly BitAction[],
): Promise<TensorHandle> {
  if (bits.length === 0 && new Set(bonds).size === bonds.length) return source;
  return compute(context, (options) => context.native.reduceTensor(source, actions, options));
}

/** The tensors that a term reads, in the order of the network's members, and the outcome bits that it weighs. */
export interface TermNetwork {
  readonly members: readonly NetworkMember[];
  readonly weighed: ReadonlySet<number>;
}
