/**
 * Queries that leave no outcome bit open, each a number from one contraction: probabilities of bit strings, expectation
 * values, and samples, whose bits are drawn one group after another.
 */
import { join } from 'node:path';
import { KroncutError } from '../../error.js';
import type { BitAction, TensorHandle } from '../../native/addon.js';
import { compute, type Context } from '../../run/context.js';
import { makeFolder, writeFileAtomic } from '../../run/files.js';
import { npyHeader } from '../../run/npy.js';
import { ClosedNetwork, planClosed } from '../engine/closedNetwork.js';
import type { ContractionPlan } from '../plan/contractionPlan.js';
import type { PauliTerm } from './pauliSum.js';
import {
  SAMPLES_FILES,
  type ExpectResult,
  type ProbabilityResult,
  type QuerySource,
  type SamplesFormat,
  type SamplesResult,
} from './queries.js';
import { drawSamples } from './samples.js';
import type { TensorCache } from '../engine/tensorCache.js';
import { answerError, type NetworkMember } from '../network/tensorNetwork.js';
import { joinsOf, openTree, treeNetwork } from '../engine/tensorTree.js';

type Report = (fraction: number) => void;

/** Bit strings share most of their work: what many take is reckoned as that of so many at most, and of samples as that. */
const MOST_TIMES = 64;
const SAMPLES_TOGETHER = 16;

/** Collective: the probabilities of bit strings (bit 0 last), divided among the ranks. */
export async function bitStringProbabilities(
  context: Context,
  source: QuerySource,
  strings: readonly string[],
  onWork?: Report,
): Promise<ProbabilityResult> {
  const { cluster } = context;
  const { zeroBits } = source.cutCircuit;
  const begin = Math.floor((cluster.rank * strings.length) / cluster.size);
  const end = Math.floor(((cluster.rank + 1) * strings.length) / cluster.size);
  const times = Math.min(strings.length, MOST_TIMES);
  const network = await treeNetwork(context, source.network, times, source.bondTolerance);
  const own = await cluster.agree(async () => {
    const { members, leaves, joins } = await openTree(context, network);
    const asked = strings.slice(begin, end);
    const possible = asked.map((bits) => !zeroBits.some((bit) => isSet(bits, bit)));
    if (asked.length === 0 || members.length === 0) return possible.map(Number);
    const outcomes = new Float64Array(asked.length * members.length);
    for (const [i, bits] of asked.entries()) {
      for (const [j, member] of members.entries()) {
        outcomes[i * members.length + j] = member.bits.reduceRight(
          (index, bit) => 2 * index + (isSet(bits, bit) ? 1 : 0),
          0,
        );
      }
    }
    const choices = new Uint32Array(outcomes.length);
    const found = await compute(
      context,
      (options) => context.native.treeValues(leaves, joins, { ...options, choices, outcomes }),
      onWork,
    );
    return [...found].map((value, i) => (possible[i] === true ? value : 0));
  });
  const values = requireFinite((await cluster.gather(own)).flat());
  return Object.fromEntries(strings.map((bits, i) => [bits, values[i] ?? 0]));
}

/** JSON has no other numbers, and a sum of them would say nothing. */
function requireFinite(values: readonly number[]): readonly number[] {
  if (values.every(Number.isFinite)) return values;
  throw new KroncutError('internal', 'the answer is no number: a tensor holds numbers that are not finite');
}

/** True where a bit of a bit string, bit 0 last, is 1. */
function isSet(bits: string, bit: number): boolean {
  return bits[bits.length - 1 - bit] === '1';
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
  const { cluster } = context;
  const plan = await cluster.agree(() => planClosed(source.network, context.memory));
  const begin = Math.floor((cluster.rank * terms.length) / cluster.size);
  const end = Math.floor(((cluster.rank + 1) * terms.length) / cluster.size);
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
  const values = requireFinite((await cluster.gather(own)).flat());
  const value = terms.reduce((sum, { coefficient }, i) => sum + coefficient * (values[i] ?? 0), 0);
  const members = new Set(networks.flatMap((network) => network?.members ?? []));
  const error = answerError([...source.network.members, ...members]);
  if (!listed) return { value, ...error };
  const list = terms.map(({ text, coefficient }, i) => ({ pauli: text, coefficient, value: values[i] ?? 0 }));
  return { value, ...error, terms: list };
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
        leaf.push(await compute(context, (options) => context.native.reduceTensor(source, actions, options)));
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
  for (const [row, { i }] of asked.entries()) values[i] = found[row] ?? 0;
  return values;
}

/** The tensors that a term reads, in the order of the network's members, and the outcome bits that it weighs. */
export interface TermNetwork {
  readonly members: readonly NetworkMember[];
  readonly weighed: ReadonlySet<number>;
}

/** Collective: writes samples to a file in `results/`. */
export async function writeSamples(
  context: Context,
  source: QuerySource,
  { count, seed, format }: { count: number; seed: number; format: SamplesFormat },
  onWork?: Report,
): Promise<SamplesResult> {
  const lines = await sampledStrings(context, source, count, seed, onWork);
  const file = SAMPLES_FILES[format];
  await context.cluster.onRoot(async () => {
    await makeFolder(join(source.directory, 'results'));
    const content = format === 'npy' ? arrayOf(lines) : lines.map((line) => `${line}\n`).join('');
    await writeFileAtomic(join(source.directory, file), content);
  });
  return { file, count };
}

/** Collective: samples as bit strings, bit 0 last, divided among the ranks. */
export async function sampledStrings(
  context: Context,
  source: QuerySource,
  count: number,
  seed: number,
  onWork?: Report,
): Promise<string[]> {
  const { cluster } = context;
  const { outcomeBits } = source.cutCircuit;
  const begin = Math.floor((cluster.rank * count) / cluster.size);
  const end = Math.floor(((cluster.rank + 1) * count) / cluster.size);
  // A sample does not depend on how many are drawn.
  const network = await treeNetwork(context, source.network, SAMPLES_TOGETHER, source.bondTolerance);
  const own = await cluster.agree(async () => {
    const samples = await drawSamples(context, network, seed, begin, end, onWork);
    return samples.map((ones) =>
      Array.from({ length: outcomeBits }, (_, i) => (ones.has(outcomeBits - 1 - i) ? '1' : '0')).join(''),
    );
  });
  return (await cluster.gather(own)).flat();
}

/** Bit strings, bit 0 last, as a .npy file of uint64. */
function arrayOf(lines: readonly string[]): Uint8Array {
  const header = npyHeader('<u8', lines.length);
  const bytes = new Uint8Array(header.length + 8 * lines.length);
  bytes.set(header);
  const view = new DataView(bytes.buffer, header.length);
  for (const [i, line] of lines.entries()) view.setBigUint64(8 * i, BigInt(`0b0${line}`), true);
  return bytes;
}
