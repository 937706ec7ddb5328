/** The file of the whole distribution, and the stream that may stand in for it. */
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PassThrough, type Writable } from 'node:stream';
import { invoke } from '../../../native/invoke.js';
import { blockBytes, hashOfBlocks, LEAST_BLOCK } from '../../../run/files/fileHash.js';
import {
  exists,
  makeFolder,
  WHOLE_FILE,
  writeFileAtomic,
  type FileRecord,
} from '../../../run/files/files.js';
import { npyHeader } from '../../../run/files/npy.js';
import { openDirect, outputPlace } from '../../../run/files/output.js';
import { endStream, requireWhole, streamName } from '../../../run/files/streams.js';
import { requireDisk, requireMemory } from '../../../run/resources/space.js';
import { optionName } from '../../../options/optionName.js';
import { answerFile, hasHead, type AnswerFile } from '../../engine/answerFile.js';
import { Checkpoints } from '../../engine/checkpoints.js';
import { contractNetwork } from '../../engine/contractNetwork.js';
import type { ContractionResult } from '../../engine/rangeResult.js';
import { ArrayOutput, npyOutput, type AnswerOutput } from '../../engine/answerOutput.js';
import { streamAnswer } from '../../engine/streamAnswer.js';
import { FULL_FILE, fullBytes, smallerThanFull, type FullQuery, type FullResult } from '../full.js';
import type { Given, Inquiry, Pass, PassMember } from '../query.js';
import { storedBytes } from '../../../native/valueBytes.js';
import { nearestDistribution } from './nearest.js';

/** Bytes of the file between checkpoints: few enough to lose, and enough for a file of their own. */
const CHECKPOINT_BYTES = 2 ** 30;

export const member: PassMember<Given<'full', FullQuery>, FullResult> = {
  needsZeros: () => true,
  async run(inquiry, { checkpointBytes }, pass) {
    const { context, source, stream, output, onWork } = inquiry;
    const { directory } = source;
    if (inquiry.repair === 'nearest') return repairedFull(inquiry, pass);
    if (output !== undefined) return writeElsewhere(inquiry, output, pass, checkpointBytes);
    if (stream === undefined && directory !== undefined) {
      await inquiry.forget(FULL_FILE);
      return writeFull(inquiry, join(directory, FULL_FILE), pass, checkpointBytes);
    }
    const { network, query, consumers } = pass;
    if (stream !== undefined) return streamFull(inquiry, stream, streamName(stream), pass);
    const array = new ArrayOutput(source.precision);
    const result = await streamAnswer(context, network, query, consumers, array, onWork);
    return context.cluster.isRoot ? { ...result, array: array.values } : result;
  },
  result: ({ moments, bonds, array }, { cutCircuit, directory, stream, output, data }) => ({
    file: output ?? (stream === undefined && directory !== undefined ? FULL_FILE : '-'),
    ...(array === undefined ? {} : { values: array }),
    outcomeBits: cutCircuit.outcomeBits,
    qubits: cutCircuit.outcomeBits,
    ...moments,
    bonds,
    data,
  }),
};

/** Collective: the nearest distribution, of which the root holds all; it goes where the estimate would. */
async function repairedFull(
  inquiry: Inquiry,
  { network, query, consumers }: Pass,
): Promise<ContractionResult> {
  const { context, source, stream, output, onWork } = inquiry;
  const { cluster, signal } = context;
  const { precision, directory, cutCircuit } = source;
  const bytes = fullBytes(cutCircuit.outcomeBits, precision);
  await cluster.onRoot(() =>
    requireMemory(bytes, context.memory, 'an array of the whole distribution', NOT_NEAREST),
  );
  const array = new ArrayOutput(precision);
  const result = await streamAnswer(context, network, query, consumers, array, onWork);
  const { values } = array;
  const moments = await cluster.onRoot(() => {
    const zeros = cutCircuit.zeroBits.reduce((mask, bit) => mask | (1 << bit), 0);
    nearestDistribution(values, (index) => (index & zeros) === 0);
    return momentsOf(values);
  });
  const repaired = { ...result, moments };
  if (stream === undefined && output === undefined && directory === undefined) {
    return cluster.isRoot ? { ...repaired, array: values } : repaired;
  }
  if (stream === undefined && output === undefined) await inquiry.forget(FULL_FILE);
  await cluster.onRoot(async () => {
    if (stream !== undefined) {
      const name = streamName(stream);
      await writeArray(npyOutput(stream, name, precision, signal), values);
      requireWhole(stream, name);
      return;
    }
    const place = await outputPlace(output ?? join(directory ?? '', FULL_FILE));
    if (place.direct) {
      const opened = await openDirect(place, output ?? '', signal);
      try {
        await writeArray(npyOutput(opened, output ?? '', precision, signal), values);
        await endStream(opened, output ?? '');
      } finally {
        opened.destroy();
      }
      return;
    }
    await makeFolder(dirname(place.path));
    const header = npyHeader(precision === 'double' ? '<f8' : '<f4', values.length);
    await writeFileAtomic(place.path, Buffer.concat([header, new Uint8Array(values.buffer)]));
  });
  return repaired;
}

const NOT_NEAREST = `leave out ${optionName('repair')} nearest`;

async function writeArray(output: AnswerOutput, values: Float64Array | Float32Array): Promise<void> {
  if (await output.begin(values.length)) await output.take(Float64Array.from(values));
}

function momentsOf(values: Float64Array | Float32Array): ContractionResult['moments'] {
  let [sum, min, max] = [0, Infinity, -Infinity];
  for (const value of values) {
    sum += value;
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  return { sum, min, max };
}

/** Collective: to the stream of the root, which messages call `name`. */
async function streamFull(
  { context, source, onWork }: Inquiry,
  stream: Writable,
  name: string,
  { network, query, consumers }: Pass,
): Promise<ContractionResult> {
  const output = npyOutput(stream, name, source.precision, context.signal);
  const result = await streamAnswer(context, network, query, consumers, output, onWork);
  await context.cluster.onRoot(() => requireWhole(stream, name));
  return result;
}

/** Collective: to a file that is named, or to a device or pipe. */
async function writeElsewhere(
  inquiry: Inquiry,
  output: string,
  pass: Pass,
  checkpointBytes: number | undefined,
): Promise<ContractionResult> {
  const { cluster, signal } = inquiry.context;
  const place = await cluster.onRoot(() => outputPlace(output));
  if (!place.direct) return writeFull(inquiry, place.path, pass, checkpointBytes);
  let stream: Writable = new PassThrough();
  await cluster.onRoot(async () => {
    stream = await openDirect(place, output, signal);
  });
  try {
    const result = await streamFull(inquiry, stream, output, pass);
    await cluster.onRoot(() => endStream(stream, output));
    return result;
  } finally {
    stream.destroy();
  }
}

/**
 * Collective. A file that is larger than what lies between two checkpoints is kept when the work ends early, with notes
 * on what it holds, and the same question goes on from there, on any number of ranks.
 */
async function writeFull(
  { context, source, output, recorded, onWork }: Inquiry,
  final: string,
  { network, query, consumers, question }: Pass,
  checkpointBytes = CHECKPOINT_BYTES,
): Promise<ContractionResult> {
  const { cluster, native } = context;
  const { precision } = source;
  const { outcomeBits } = source.cutCircuit;
  const folder = dirname(final);
  const partSize = 2 ** Math.max(0, Math.floor(Math.log2(checkpointBytes / storedBytes(precision))));
  const restartable = 2 ** outcomeBits > partSize;
  const partial = `${final}.${restartable ? 'unfinished' : 'partial'}`;
  const file = answerFile(partial, 2 ** outcomeBits, precision);
  const parts = `${final.replace(/\.npy$/, '')}.parts`;
  const key = await cluster.onRoot(() => (restartable ? question() : ''));
  const checkpoints = new Checkpoints(parts, key, partSize);
  await cluster.onRoot(async () => {
    await makeFolder(folder);
    await rm(final, { force: true });
    if (restartable && (await goesOn(file, checkpoints))) return;
    await checkpoints.clear();
    await rm(partial, { force: true });
    if (restartable) await makeFolder(parts);
    const needed = fullBytes(outcomeBits, precision);
    await requireDisk(needed, folder, 'the full distribution', smallerThanFull(source.cutCircuit));
    await invoke(native, () => native.createArrayFile(partial, 2 ** outcomeBits, precision));
  });
  try {
    const target = { ...consumers, file, ...(restartable ? { checkpoints } : {}) };
    const result = await contractNetwork(context, network, query, target, onWork);
    await cluster.onRoot(async () => {
      await invoke(native, () => native.publishFile(partial, final));
      await checkpoints.clear();
      if (output === undefined) recorded(FULL_FILE, recordOf(file, 2 ** outcomeBits, result.blocks));
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

/** True where a file was begun and holds parts of this answer. */
async function goesOn(file: AnswerFile, checkpoints: Checkpoints): Promise<boolean> {
  if (!(await exists(file.path)) || !(await hasHead(file))) return false;
  return (await checkpoints.loadFrom(file)).length > 0;
}

/** The record of the finished file, from the hashes that were made while it was written; undefined where it takes others. */
function recordOf({ head, valueBytes }: AnswerFile, length: number, blocks: string): FileRecord | undefined {
  const size = head.length + length * valueBytes;
  const bytes = blockBytes(blocks, length * valueBytes);
  if (size <= WHOLE_FILE || bytes < LEAST_BLOCK) return undefined;
  return { size, sha256: hashOfBlocks(head, blocks), blocks: { head: head.length, bytes } };
}
