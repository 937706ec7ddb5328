/** Files that are whole or absent: written under another name, flushed to disk, then renamed. */
import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileError, hasCode } from '../../systemError.js';
import { HASH_BLOCK, hashInBlocks, sha256, type HashedBlocks } from './fileHash.js';
import { openRegular } from './inputs.js';

export { fileError, hasCode, mayNotWrite } from '../../systemError.js';

/** What a file was when it was finished; a later command believes the file only while it still matches. */
export interface FileRecord {
  readonly size: number;
  /** SHA-256 in hexadecimal, of the whole file or, where `blocks` says so, of the hashes of its blocks. */
  readonly sha256: string;
  readonly blocks?: HashedBlocks | undefined;
}

/** Files above this size are hashed in blocks, by several threads. */
export const WHOLE_FILE = 64 * 2 ** 20;

/**
 * Makes a folder and those on the way to it; gives those that were not there, the outermost first. Node's own recursive
 * mkdir gives a wrong reason on read-only file systems, and never returns below /proc.
 */
export async function makeFolder(path: string): Promise<readonly string[]> {
  let made: readonly string[] = [];
  try {
    if (await madeFolder(path)) return [path];
    const parent = dirname(path);
    if (parent !== path) made = await makeFolder(parent);
    await mkdir(path);
    return [...made, path];
  } catch (error) {
    if (hasCode(error, 'EEXIST') && (await isFolder(path))) return made;
    throw fileError(error, path, 'written');
  }
}

/** Makes a folder in one that is there. */
export async function makeInside(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw fileError(error, path, 'written');
  }
}

/** False where the folder that `path` would be in is missing. */
async function madeFolder(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    // Some file systems say so of every name; there is nothing on the way to make then.
    if (await isFolder(dirname(path))) throw error;
    return false;
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

/** A name beside `path` that nobody can foresee, for a file that is not whole yet; whoever creates it does so exclusively. */
export function partialName(path: string): string {
  return `${path}.${randomBytes(8).toString('hex')}.partial`;
}

/** Files that never got their names: `0.npy.9f3a.tmp`, or `cuts.json.4711.partial`. */
const PARTIAL = /\.(?:npy|json|qasm|txt|svg|html)(?:\.[0-9a-f]+)?\.(?:partial|tmp)$/;

/** Removes what killed processes were writing in a folder, except those files whose names begin with `except`. */
export async function removePartials(folder: string, except = '/'): Promise<void> {
  try {
    for (const name of await readdir(folder)) {
      if (PARTIAL.test(name) && !name.startsWith(except)) await rm(join(folder, name), { force: true });
    }
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw fileError(error, folder, 'written');
  }
}

/**
 * Writes `data` to `path` atomically; folders on the way are created, unless `inFolder` says that the folder has been made,
 * and it is an error that it is gone. Not `durable`: where the power fails, a file may be left without its content, which
 * whoever reads it must notice.
 */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array,
  {
    durable = true,
    inFolder = false,
    mode = 0o666,
  }: { readonly durable?: boolean; readonly inFolder?: boolean; readonly mode?: number } = {},
): Promise<void> {
  if (!inFolder) await makeFolder(dirname(path));
  const partial = partialName(path);
  try {
    const file = await open(partial, 'wx', mode);
    try {
      await file.writeFile(data);
      if (durable) await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (cause) {
    // What stopped the writing may stop this too; the first reason is the one to tell.
    await rm(partial, { force: true }).catch(() => {});
    throw fileError(cause, path, 'written');
  }
  if (durable) await syncFolder(dirname(path));
}

/** Copies a file atomically, without its content where the file system can share it. */
export async function copyFileAtomic(from: string, to: string): Promise<void> {
  const partial = partialName(to);
  try {
    await copyFile(from, partial, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    const file = await open(partial, 'r');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, to);
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => {});
    throw fileError(cause, to, 'written');
  }
  await syncFolder(dirname(to));
}

/** Makes a rename in `folder` durable; some network file systems cannot, and the rename is atomic there all the same. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (!hasCode(error, 'EINVAL') && !hasCode(error, 'ENOTSUP')) throw fileError(error, folder, 'written');
  } finally {
    await handle.close();
  }
}

/** The record of a file that holds this text. */
export function recordText(text: string): FileRecord {
  return { size: Buffer.byteLength(text), sha256: sha256(text) };
}

/** The record of a finished file. */
export async function recordFile(path: string): Promise<FileRecord> {
  const { size } = await stat(path);
  if (size <= WHOLE_FILE) return { size, sha256: await hashWhole(path) };
  const blocks = { head: 0, bytes: HASH_BLOCK };
  return { size, sha256: await hashInBlocks(path, size, blocks), blocks };
}

async function hashWhole(path: string): Promise<string> {
  const file = await openRegular(path);
  try {
    const hash = createHash('sha256');
    const buffer = Buffer.alloc(HASH_BLOCK);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, HASH_BLOCK, null);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}

/** True where `path` still is what was recorded. Large files without blocks were recorded by samples alone: false. */
export async function isIntact(path: string, { size, sha256, blocks }: FileRecord): Promise<boolean> {
  try {
    const there = await stat(path);
    if (!there.isFile() || there.size !== size || (blocks?.head ?? 0) > size) return false;
    if (blocks !== undefined) return (await hashInBlocks(path, size, blocks)) === sha256;
    return size <= WHOLE_FILE && (await hashWhole(path)) === sha256;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP'].some((code) => hasCode(error, code))) return false;
    throw fileError(error, path, 'read');
  }
}

/** True where there is such a file or folder. */
export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw fileError(error, path, 'read');
  }
}
