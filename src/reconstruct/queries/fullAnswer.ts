/** The file of the whole distribution, and the stream that may stand in for it. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { invoke } from '../../native/invoke.js';
import { exists, makeFolder } from '../../run/files.js';
import { requireDisk } from '../../run/resources.js';
import { Checkpoints } from '../engine/checkpoints.js';
import { contractNetwork } from '../engine/contractNetwork.js';
import type { ContractionResult } from '../engine/rangeResult.js';
import { ArrayOutput, npyOutput } from '../engine/answerOutput.js';
import { streamAnswer } from '../engine/streamAnswer.js';
import { FULL_FILE, fullBytes, type FullQuery, type FullResult } from './full.js';
import type { Given, Inquiry, Pass, PassMember } from './query.js';

/** Bytes of the file between checkpoints: few enough to lose, and enough for a file of their own. */
const CHECKPOINT_BYTES = 2 ** 30;

export const member: PassMember<Given<'full', FullQuery>, FullResult> = {
  needsZeros: () => true,
  async run(inquiry, { checkpointBytes }, pass) {
    const { context, source, stream, onWork } = inquiry;
    const { directory } = source;
    if (stream === undefined && directory !== undefined) {
      return writeFull(inquiry, directory, pass, checkpointBytes);
    }
    const { network, query, consumers } = pass;
    if (stream !== undefined) {
      const output = npyOutput(stream, source.precision);
      return streamAnswer(context, network, query, consumers, output, onWork);
    }
    const output = new ArrayOutput(source.precision);
    const result = await streamAnswer(context, network, query, consumers, output, onWork);
    return context.cluster.isRoot ? { ...result, array: output.values } : result;
  },
  result: ({ moments, bonds, array }, { cutCircuit, directory, stream, data }) => ({
    file: stream === undefined && directory !== undefined ? FULL_FILE : '-',
    ...(array === undefined ? {} : { values: array }),
    qubits: cutCircuit.outcomeBits,
    ...moments,
    bonds,
    data,
  }),
};

/**
 * Collective. A file that is larger than what lies between two checkpoints is kept when the work ends early, with notes
 * on what it holds, and the same question goes on from there, on any number of ranks.
 */
async function writeFull(
  { context, source, forget, onWork }: Inquiry,
  directory: string,
  { network, query, consumers, question }: Pass,
  checkpointBytes = CHECKPOINT_BYTES,
): Promise<ContractionResult> {
  const { cluster, native } = context;
  const { precision } = source;
  const { outcomeBits } = source.cutCircuit;
  await forget(FULL_FILE);
  const final = join(directory, FULL_FILE);
  const valueBytes = precision === 'double' ? 8 : 4;
  const partSize = 2 ** Math.max(0, Math.floor(Math.log2(checkpointBytes / valueBytes)));
  const restartable = 2 ** outcomeBits > partSize;
  const partial = `${final}.${restartable ? 'unfinished' : 'partial'}`;
  const folder = join(directory, 'results', 'full.parts');
  const key = await cluster.onRoot(() => (restartable ? question() : ''));
  const checkpoints = new Checkpoints(folder, key, partSize);
  await cluster.onRoot(async () => {
    await makeFolder(join(directory, 'results'));
    await rm(final, { force: true });
    if (restartable && (await exists(partial)) && (await checkpoints.load()).length > 0) return;
    await checkpoints.clear();
    await rm(partial, { force: true });
    await requireDisk(fullBytes(outcomeBits, precision), directory, 'the full distribution');
    await invoke(native, () => native.createArrayFile(partial, 2 ** outcomeBits, precision));
  });
  try {
    const target = { ...consumers, file: partial, ...(restartable ? { checkpoints } : {}) };
    const result = await contractNetwork(context, network, query, target, onWork);
    await cluster.onRoot(async () => {
      await invoke(native, () => native.publishFile(partial, final));
      await checkpoints.clear();
    });
    return result;
  } catch (error) {
    if (cluster.isRoot) {
      const keep = restartable && (await checkpoints.load()).length > 0;
      if (!keep) await rm(partial, { force: true });
    }
    throw error;
  }
}
