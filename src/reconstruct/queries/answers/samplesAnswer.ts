/**
 * Samples of the distribution without its 2^n values: the outcomes of one tensor after another are drawn, given those
 * drawn before, while later ones are summed away. The contraction tree is walked once for many samples, with all that
 * lies outside of a subtree contracted into one tensor on the subtree's bonds; so a sample takes about as many steps as
 * the tree has tensors.
 */
import { join } from 'node:path';
import { compute, type Context } from '../../../run/context.js';
import { makeFolder, writeFileAtomic } from '../../../run/files/files.js';
import { npyHeader } from '../../../run/files/npy.js';
import { openTree, treeNetwork } from '../../engine/tensorTree.js';
import type { TensorNetwork } from '../../network/tensorNetwork.js';
import type { Given, Inquiry, QuerySource, Report } from '../query.js';
import type { SamplesFormat, SamplesQuery, SamplesResult } from '../samples.js';
import { shareOf } from '../../../cluster/share.js';
import { bitString } from '../bitString.js';
import { numberAt } from '../../../error.js';

const FILES: Readonly<Record<SamplesFormat, string>> = {
  text: 'results/samples.txt',
  npy: 'results/samples.npy',
};

/** What samples take is reckoned as that of so many together, so that a sample does not depend on how many are drawn. */
export const SAMPLES_TOGETHER = 16;

/** Collective: writes samples to a file in `results/`. */
export async function answer(
  { context, source, data, onWork }: Inquiry,
  { samples: count, samplesFormat: format = 'text', seed = 0 }: Given<'samples', SamplesQuery>,
): Promise<SamplesResult> {
  const lines = await sampledStrings(context, source, count, seed, onWork);
  const { directory } = source;
  if (directory === undefined) {
    return { count, values: format === 'npy' ? numbersOf(lines) : lines, data };
  }
  const file = FILES[format];
  await context.cluster.onRoot(async () => {
    await makeFolder(join(directory, 'results'));
    const content = format === 'npy' ? arrayOf(lines) : lines.map((line) => `${line}\n`).join('');
    await writeFileAtomic(join(directory, file), content);
  });
  return { file, count, data };
}

/**
 * Collective: samples as bit strings, bit 0 last, divided among the ranks. Bonds are shrunk where that pays for `together` of
 * them; unless told otherwise, a sample does not depend on how many are drawn.
 */
export async function sampledStrings(
  context: Context,
  source: QuerySource,
  count: number,
  seed: number,
  onWork?: Report,
  together = SAMPLES_TOGETHER,
): Promise<string[]> {
  const { cluster } = context;
  const { outcomeBits } = source.cutCircuit;
  const { begin, end } = shareOf(cluster, count);
  const network = await treeNetwork(context, source.network, together, source.bondTolerance);
  const own = await cluster.agree(async () => {
    const samples = await drawSamples(context, network, seed, begin, end, onWork);
    return samples.map((ones) => bitString(outcomeBits, (bit) => ones.has(bit)));
  });
  return (await cluster.gather(own)).flat();
}

/** Bit strings, bit 0 last, as a .npy file of uint64. */
function arrayOf(lines: readonly string[]): Uint8Array {
  const header = npyHeader('<u8', lines.length);
  const bytes = new Uint8Array(header.length + 8 * lines.length);
  bytes.set(header);
  const view = new DataView(bytes.buffer, header.length);
  for (const [i, number] of numbersOf(lines).entries()) view.setBigUint64(8 * i, number, true);
  return bytes;
}

function numbersOf(lines: readonly string[]): BigUint64Array {
  return BigUint64Array.from(lines, (line) => BigInt(`0b0${line}`));
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
  onWork?: Report,
): Promise<ReadonlySet<number>[]> {
  const { members, leaves, joins } = await openTree(context, network);
  const ones = Array.from({ length: end - begin }, () => new Set<number>());
  if (members.length === 0) return ones;
  const drawn = await compute(
    context,
    (options) => context.native.treeSamples(leaves, joins, { ...options, seed, begin, end }),
    onWork,
  );
  for (const [i, sample] of ones.entries()) {
    for (const [j, { bits }] of members.entries()) {
      let rest = numberAt(drawn, i * members.length + j);
      for (const bit of bits) {
        if (rest % 2 === 1) sample.add(bit);
        rest = Math.floor(rest / 2);
      }
    }
  }
  return ones;
}
