import { existsSync } from 'node:fs';
import { mkdtemp, open, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KroncutError } from '../../../../src/error.js';
import { blockBytes, hashBlocks, hashInBlocks, hashOfBlocks } from '../../../../src/run/files/fileHash.js';
import {
  isIntact,
  makeFolder,
  partialName,
  recordFile,
  removePartials,
  writeFileAtomic,
} from '../../../../src/run/files/files.js';
import { createHash } from 'node:crypto';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kroncut-files-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function sha256(part: Uint8Array): string {
  return createHash('sha256').update(part).digest('hex');
}

describe('files that are whole or absent', () => {
  it('replaces a file and leaves nothing else behind', async () => {
    const file = join(folder, 'deep', 'a.txt');
    await writeFileAtomic(file, 'one');
    await writeFileAtomic(file, 'two');
    expect(await readFile(file, 'utf8')).toBe('two');
    expect(await readdir(join(folder, 'deep'))).toEqual(['a.txt']);
  });

  it('replaces a link, and removes what was begun under another name', async () => {
    const file = join(folder, 'a.json');
    await writeFile(join(folder, 'precious'), 'precious');
    await symlink(join(folder, 'precious'), file);
    await writeFileAtomic(file, '{}');
    expect(await readFile(join(folder, 'precious'), 'utf8')).toBe('precious');
    expect(await readFile(file, 'utf8')).toBe('{}');
    expect(partialName(file)).not.toBe(partialName(file));
    await writeFile(partialName(file), '{');
    await writeFile(partialName(join(folder, 'lock.json')), '{');
    await writeFile(join(folder, '0.npy.9f3a.tmp'), '');
    await removePartials(folder, 'lock.json');
    const left = await readdir(folder);
    expect(left.map((name) => name.replace(/[0-9a-f]{16}/, 'X')).toSorted()).toEqual([
      'a.json',
      'lock.json.X.partial',
      'precious',
    ]);
    await removePartials(join(folder, 'nowhere'));
  });

  it('makes folders on the way, and says why one cannot be made', async () => {
    await makeFolder(join(folder, 'a', 'b'));
    await makeFolder(join(folder, 'a', 'b'));
    expect(await readdir(join(folder, 'a'))).toEqual(['b']);
    await writeFile(join(folder, 'file'), '');
    await expect(makeFolder(join(folder, 'file'))).rejects.toThrow(/there is a file of that name/);
    await expect(makeFolder(join(folder, 'file', 'c'))).rejects.toThrow(/a part of the path is not a folder/);
  });

  it('names an empty path, and says what is wrong with a long one', async () => {
    await expect(writeFileAtomic('', 'one')).rejects.toThrow(/^'' cannot be written: /);
    const long = join(folder, 'n'.repeat(300));
    await expect(writeFileAtomic(long, 'one')).rejects.toThrow(/cannot be written: the name is too long/);
  });

  // Node's own recursive mkdir does not return there.
  it.skipIf(!existsSync('/proc/self'))('comes back where the system makes no folders', async () => {
    await expect(makeFolder('/proc/kroncut/run')).rejects.toThrow(KroncutError);
  });

  it('believes a file only while it is what was recorded', async () => {
    const file = join(folder, 'a.bin');
    await writeFileAtomic(file, Buffer.alloc(3000, 7));
    const record = await recordFile(file);
    expect(await isIntact(file, record)).toBe(true);
    await truncate(file, 2999);
    expect(await isIntact(file, record)).toBe(false);
    const changed = Buffer.alloc(3000, 7);
    changed[1500] = 8;
    await writeFile(file, changed);
    expect(await isIntact(file, record)).toBe(false);
    await rm(file);
    expect(await isIntact(file, record)).toBe(false);
  });

  it('notices a change of any byte of a large file', async () => {
    const file = join(folder, 'large.bin');
    await writeFile(file, '');
    const size = 65 * 2 ** 20 + 5;
    await truncate(file, size);
    const record = await recordFile(file);
    expect(await isIntact(file, record)).toBe(true);
    for (const position of [0, 2 ** 20, 17_654_321, size - 1]) {
      const handle = await open(file, 'r+');
      await handle.write(Buffer.from([1]), 0, 1, position);
      expect(await isIntact(file, record)).toBe(false);
      await handle.write(Buffer.from([0]), 0, 1, position);
      await handle.close();
    }
    expect(await isIntact(file, record)).toBe(true);
    // Earlier versions hashed samples of such files.
    expect(await isIntact(file, { ...record, blocks: undefined })).toBe(false);
  });

  it('hashes blocks as one after another would be', async () => {
    const file = join(folder, 'blocks.bin');
    const bytes = Buffer.from(Array.from({ length: 10_000 }, (_, i) => (i * i) % 251));
    await writeFile(file, bytes);
    const blocks = await hashBlocks(file, 100, 10_000, 4096);
    const parts = [bytes.subarray(100, 4196), bytes.subarray(4196, 8292), bytes.subarray(8292)];
    expect(blocks).toBe(parts.map(sha256).join(''));
    expect(blockBytes(await hashBlocks(file, 0, 8192, 4096), 8192)).toBe(4096);
    const root = sha256(Buffer.from(sha256(bytes.subarray(0, 100)) + blocks, 'hex'));
    expect(hashOfBlocks(bytes.subarray(0, 100), blocks)).toBe(root);
    expect(await hashInBlocks(file, 10_000, { head: 100, bytes: 4096 })).toBe(root);
    await expect(hashBlocks(file, 0, 10_001, 4096)).rejects.toThrow(/blocks\.bin ends before byte 10001/);
  });

  it('says in one sentence why a file cannot be written', async () => {
    await writeFile(join(folder, 'file'), '');
    const error = await writeFileAtomic(join(folder, 'file', 'below'), 'x').catch((e: unknown) => e);
    expect(error).toBeInstanceOf(Error);
    const kroncut = error instanceof KroncutError ? error : undefined;
    expect(kroncut?.message ?? String(error)).toMatch(/file/);
  });
});
