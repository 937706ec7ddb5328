/** SHA-256 of files, block by block: Node hashes on threads of its own while others read. */
import { createHash, webcrypto } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { KroncutError } from '../../error.js';
import { openRegular } from './inputs.js';

/** Bytes of a block where nothing asks for others: enough to be worth a trip to another thread. */
export const HASH_BLOCK = 2 ** 20;
/** Records of files do not have smaller ones. */
export const LEAST_BLOCK = 4096;
/** Threads that Node has for such work, unless it is told otherwise. */
const MOST_AT_ONCE = 4;
const HEX_OF_HASH = 64;

/** How the hash of a large file came about: of `head` bytes, then of blocks of `bytes` each, the last one may be shorter. */
export interface HashedBlocks {
  readonly head: number;
  readonly bytes: number;
}

/** SHA-256 in hexadecimal. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/**
 * Hashes of the blocks of the part [begin, end) of a file, in hexadecimal, one after another. Throws `input` where the file
 * is shorter.
 */
export async function hashBlocks(
  path: string,
  begin: number,
  end: number,
  bytes: number = HASH_BLOCK,
): Promise<string> {
  const count = Math.ceil((end - begin) / bytes);
  const hashes = Buffer.alloc((count * HEX_OF_HASH) / 2);
  const file = await openRegular(path);
  let next = 0;
  const work = async (): Promise<void> => {
    const buffer = new Uint8Array(Math.min(bytes, end - begin));
    while (next < count) {
      const block = next++;
      const first = begin + block * bytes;
      const part = buffer.subarray(0, Math.min(bytes, end - first));
      await readWhole(file, path, part, first);
      hashes.set(new Uint8Array(await webcrypto.subtle.digest('SHA-256', part)), (block * HEX_OF_HASH) / 2);
    }
  };
  try {
    const workers = Math.min(count, MOST_AT_ONCE, availableParallelism());
    const ends = await Promise.allSettled(Array.from({ length: workers }, work));
    for (const one of ends) if (one.status === 'rejected') throw one.reason;
  } finally {
    await file.close();
  }
  return hashes.toString('hex');
}

/** The hash of a file from the bytes before its blocks and the hashes of these: SHA-256 of all these hashes. */
export function hashOfBlocks(head: Uint8Array, blocks: string): string {
  const ofHead = createHash('sha256').update(head).digest();
  return createHash('sha256').update(ofHead).update(Buffer.from(blocks, 'hex')).digest('hex');
}

/** The hash of a file of this size that is hashed in blocks. */
export async function hashInBlocks(
  path: string,
  size: number,
  { head, bytes }: HashedBlocks,
): Promise<string> {
  const first = new Uint8Array(head);
  const file = await openRegular(path);
  try {
    await readWhole(file, path, first, 0);
  } finally {
    await file.close();
  }
  return hashOfBlocks(first, await hashBlocks(path, head, size, bytes));
}

/** Bytes of the blocks that these are the hashes of, all of one size; NaN for none. */
export function blockBytes(blocks: string, size: number): number {
  return size / (blocks.length / HEX_OF_HASH);
}

async function readWhole(file: FileHandle, path: string, into: Uint8Array, position: number): Promise<void> {
  for (let have = 0; have < into.length;) {
    const { bytesRead } = await file.read(into, have, into.length - have, position + have);
    if (bytesRead === 0)
      throw new KroncutError('input', `${path} ends before byte ${position + into.length}`);
    have += bytesRead;
  }
}
