/** The folder of an export: there as a whole, or not at all. */
import { readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { KroncutError } from '../../error.js';
import { optionName } from '../../options/optionName.js';
import { throwIfAborted } from '../../run/context.js';
import { fileError, hasCode, makeFolder, partialName, writeFileAtomic } from '../../run/files/files.js';
import { readRegular } from '../../run/files/inputs.js';
import { CIRCUITS_FOLDER, JOBS_FOLDER, type ExportFile, type ExportManifest } from './exportFiles.js';

const MANIFEST = 'manifest.json';

/** What an export writes; nothing else in its folder is ever removed. */
const OWN = [MANIFEST, CIRCUITS_FOLDER, JOBS_FOLDER];

/** Files that are written at the same time. */
const AT_ONCE = 64;

/** What is in a folder that is to become an export. */
type Found = 'nothing' | 'export' | 'other';

/**
 * Writes files as they are made, and the manifest last. An export of the same cut that is there already is replaced. Throws
 * `usage` for a folder with anything else, unless `force` says to replace what has the names of an export's files, and in any
 * case for a run directory.
 */
export async function writeExport(
  name: string,
  files: Generator<ExportFile, ExportManifest>,
  {
    cut,
    force,
    signal,
  }: { readonly cut: string; readonly force: boolean; readonly signal?: AbortSignal | undefined },
): Promise<{ manifest: ExportManifest; bytes: number; files: number }> {
  if (name === '')
    throw new KroncutError('usage', 'the name of the folder to export to is empty; name a folder');
  const folder = resolve(name);
  await requireOurs(folder, name, cut, force);
  await makeFolder(dirname(folder));
  const partial = partialName(join(dirname(folder), basename(folder)));
  try {
    for (const part of ['', CIRCUITS_FOLDER, JOBS_FOLDER]) await makeFolder(join(partial, part));
    const written = await writeAll(partial, files, signal);
    await publish(partial, folder);
    return written;
  } catch (error) {
    await rm(partial, { recursive: true, force: true }).catch(() => {});
    throw error instanceof KroncutError ? error : fileError(error, name, 'written');
  }
}

/** Files are flushed by the system in its own time: what says that they are there is the manifest, whose writing is awaited. */
async function writeAll(
  folder: string,
  files: Generator<ExportFile, ExportManifest>,
  signal: AbortSignal | undefined,
): Promise<{ manifest: ExportManifest; bytes: number; files: number }> {
  let [bytes, count] = [0, 0];
  let batch: ExportFile[] = [];
  for (;;) {
    throwIfAborted(signal);
    const next = files.next();
    if (next.done === true || batch.length >= AT_ONCE) {
      await Promise.all(batch.map(({ name, text }) => writeFile(join(folder, name), text)));
      batch = [];
    }
    if (next.done === true) {
      await writeFileAtomic(join(folder, MANIFEST), `${JSON.stringify(next.value, null, 2)}\n`);
      return { manifest: next.value, bytes, files: count };
    }
    batch.push(next.value);
    bytes += Buffer.byteLength(next.value.text);
    count += 1;
  }
}

/** Puts a finished folder where it belongs; in one that is there, the manifest goes first and comes last. */
async function publish(partial: string, folder: string): Promise<void> {
  for (const part of [CIRCUITS_FOLDER, JOBS_FOLDER]) await removeEmpty(join(partial, part));
  await removeEmpty(folder);
  try {
    await rename(partial, folder);
    return;
  } catch (error) {
    if (!hasCode(error, 'ENOTEMPTY') && !hasCode(error, 'EEXIST')) throw error;
  }
  for (const part of OWN) await rm(join(folder, part), { recursive: true, force: true });
  for (const part of OWN.toReversed()) {
    try {
      await rename(join(partial, part), join(folder, part));
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error;
    }
  }
  await rmdir(partial);
}

async function removeEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].some((code) => hasCode(error, code))) throw error;
  }
}

async function requireOurs(folder: string, name: string, cut: string, force: boolean): Promise<void> {
  const { found, manifest } = await lookInto(folder, name);
  if (
    typeof manifest === 'object' &&
    manifest !== null &&
    'schemaVersion' in manifest &&
    'stages' in manifest
  ) {
    throw new KroncutError('usage', `${name} is a run directory; export to another folder`);
  }
  if (found === 'nothing' || force) return;
  if (found === 'other') {
    throw new KroncutError(
      'usage',
      `${name} holds files that are no export; use another folder, or ${optionName('force')} to add the export to them`,
    );
  }
  if (typeof manifest === 'object' && manifest !== null && 'cut' in manifest && manifest.cut === cut) return;
  throw new KroncutError(
    'usage',
    `${name} holds the export of another cut; use another folder, or ${optionName('force')} to replace it`,
  );
}

async function lookInto(folder: string, name: string): Promise<{ found: Found; manifest?: unknown }> {
  let there: readonly string[];
  try {
    there = await readdir(folder);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return { found: 'nothing' };
    if (hasCode(error, 'ENOTDIR'))
      throw new KroncutError('usage', `${name} is a file; ${optionName('output')} names a folder`);
    throw fileError(error, name, 'read');
  }
  if (there.length === 0) return { found: 'nothing' };
  if (!there.includes(MANIFEST)) return { found: 'other' };
  try {
    const manifest: unknown = JSON.parse(await readRegular(join(folder, MANIFEST)));
    const ours = typeof manifest === 'object' && manifest !== null && 'experiments' in manifest;
    return { found: ours ? 'export' : 'other', manifest };
  } catch {
    return { found: 'other' };
  }
}
