/** Files that are whole or absent: written under another name, flushed to disk, then renamed. */
import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { KroncutError } from '../error.js';
import { HASH_BLOCK, hashInBlocks, type HashedBlocks } from './fileHash.js';

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
 * Makes a folder and those on the way to it. Node's own recursive mkdir gives a wrong reason on read-only file
 * systems, and never returns below /proc.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    if (await madeFolder(path)) return;
    const parent = dirname(path);
    if (parent !== path) await makeFolder(parent);
    await mkdir(path);
  } catch (error) {
    if (hasCode(error, 'EEXIST') && (await isFolder(path))) return;
    throw fileError(error, path, 'written');
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

/**
 * Writes `data` to `path` atomically; folders on the way are created. Not `durable`: where the power fails, a file may be
 * left without its content, which whoever reads it must notice.
 */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array,
  { durable = true }: { readonly durable?: boolean } = {},
): Promise<void> {
  await makeFolder(dirname(path));
  const partial = `${path}.${process.pid}.partial`;
  try {
    const file = await open(partial, 'w');
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

/** The record of a finished file. */
export async function recordFile(path: string): Promise<FileRecord> {
  const { size } = await stat(path);
  if (size <= WHOLE_FILE) return { size, sha256: await hashWhole(path) };
  const blocks = { head: 0, bytes: HASH_BLOCK };
  return { size, sha256: await hashInBlocks(path, size, blocks), blocks };
}

async function hashWhole(path: string): Promise<string> {
  const file = await open(path, 'r');
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
    if ((await stat(path)).size !== size || (blocks?.head ?? 0) > size) return false;
    if (blocks !== undefined) return (await hashInBlocks(path, size, blocks)) === sha256;
    return size <= WHOLE_FILE && (await hashWhole(path)) === sha256;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
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

/** True for a system error with this code, such as `ENOENT`. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** True for what a system says to those who may not write: by permission, or because nobody may. */
export function mayNotWrite(error: unknown): boolean {
  return ['EACCES', 'EPERM', 'EROFS'].some((code) => hasCode(error, code));
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EEXIST: 'there is a file of that name',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is not a folder',
  ENAMETOOLONG: 'the name is too long',
  EBUSY: 'the system holds it',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
};

/** A system error about a file as one sentence. Errors of other kinds are returned as they are. */
export function fileError(error: unknown, path: string, verb: 'read' | 'written'): unknown {
  if (!(error instanceof Error) || error instanceof KroncutError) return error;
  if (!('code' in error) || typeof error.code !== 'string') return error;
  const full = error.code === 'ENOSPC' || error.code === 'EDQUOT';
  const reason = REASONS[error.code] ?? error.code;
  return new KroncutError(
    full ? 'disk' : 'input',
    `${path === '' ? "''" : path} cannot be ${verb}: ${reason}`,
    { cause: error },
  );
}
