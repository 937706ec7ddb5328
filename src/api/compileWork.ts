/** The folder in which `compile` keeps finished blocks, and whose work it holds. */
import { rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import type { Circuit } from '../circuit/circuit.js';
import { circuitHash } from '../circuit/circuitHash.js';
import type { CircuitOptions } from '../compile/compileRound.js';
import { BlockStore, type BlockDevice } from '../compile/ranks/blockStore.js';
import { KroncutError } from '../error.js';
import { version } from '../installation.js';
import { optionName, otherValue } from '../options/optionName.js';
import type { Context } from '../run/context.js';
import { acquireLock, type Lock } from '../run/directory/lock.js';
import { fileError, hasCode, makeFolder, writeFileAtomic } from '../run/files/files.js';
import { sha256 } from '../run/files/fileHash.js';
import { readRegular } from '../run/files/inputs.js';
import { outputPlace } from '../run/files/output.js';
import type { CompileOptions } from './options/compile.js';

/** 2: blocks of a rank are lines of one file. */
const WORK_VERSION = 2;
const WORK_FILE = 'compile.json';
const workSchema = z.object({
  schemaVersion: z.literal(WORK_VERSION),
  kroncut: z.string(),
  source: z.string(),
  circuit: z.string(),
  options: z.record(z.string(), z.union([z.string(), z.number(), z.literal(true)])),
});
type WorkIdentity = z.infer<typeof workSchema>;

/** The folder of finished blocks where none is named; undefined where there is no file for it to stand beside. */
async function workBeside(output: string | undefined): Promise<string | undefined> {
  if (output === undefined || (await outputPlace(output)).direct) return undefined;
  return `${output}.work`;
}

/** Holds the folder of finished blocks, locked, for the time of `body`. */
export async function withWork<T>(
  { cluster, device, signal }: Context,
  { work, output, force, budget }: CompileOptions,
  { circuit, name, asked }: { circuit: Circuit; name: string; asked: CircuitOptions },
  body: (store: BlockStore | undefined, requireWork: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const folder = work ?? (await cluster.onRoot(() => workBeside(output)));
  if (folder === undefined) return body(undefined, async () => {});
  const path = resolve(folder);
  let lock: Lock | undefined;
  try {
    const kind: BlockDevice = await cluster.onRoot(() => (device === 'cpu' ? 'cpu' : 'cuda'));
    await cluster.onRoot(async () => {
      const identity: WorkIdentity = {
        schemaVersion: WORK_VERSION,
        kroncut: version(),
        source: basename(name),
        circuit: circuitHash(circuit),
        options: {
          ...asked,
          gateSet: gateSetName(asked),
          ...(budget === undefined ? {} : { budget: true as const }),
        },
      };
      try {
        await makeFolder(path);
      } catch (error) {
        if (error instanceof KroncutError && hasCode(error.cause, 'EEXIST'))
          throw new KroncutError('usage', `${folder} is a file; the work needs a folder`);
        throw error;
      }
      lock = await acquireLock(path, { signal });
      if (force === true) {
        for (const own of [WORK_FILE, 'blocks']) await rm(join(path, own), { recursive: true, force: true });
      }
      const difference = await workDifference(join(path, WORK_FILE), identity);
      if (difference !== undefined) {
        throw new KroncutError(
          'usage',
          `${folder} holds ${difference}; use another folder (${optionName('work')}), or ${optionName('force')} to replace it`,
        );
      }
      await writeFileAtomic(join(path, WORK_FILE), `${JSON.stringify(identity, null, 2)}\n`);
    });
    return await body(new BlockStore(path, cluster.rank, kind), async () => lock?.requireHeld());
  } finally {
    lock?.release();
  }
}

/** A gate set as it is told: of a file, what it holds. */
function gateSetName({ gateSet }: Pick<CircuitOptions, 'gateSet'>): string {
  return typeof gateSet === 'string' ? gateSet : `of a file ${sha256(JSON.stringify(gateSet)).slice(0, 12)}`;
}

/** What work is there that this is not, in words; undefined where there is none or the same. */
async function workDifference(file: string, asked: WorkIdentity): Promise<string | undefined> {
  let text: string;
  try {
    text = await readRegular(file);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw fileError(error, file, 'read');
  }
  let there: WorkIdentity;
  try {
    there = workSchema.parse(JSON.parse(text));
  } catch {
    return `a ${WORK_FILE} that this version does not understand`;
  }
  if (there.circuit !== asked.circuit) return `the work on another circuit (${there.source})`;
  for (const option of Object.keys({ ...asked.options, ...there.options })) {
    const [before, value] = [there.options[option], asked.options[option]];
    if (before !== value) return `work ${otherValue(optionName(option), before ?? null, value ?? null)}`;
  }
  return undefined;
}
