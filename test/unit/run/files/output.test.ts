import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeOutput } from '../../../../src/run/files/output.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kroncut-output-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a file that a user names', () => {
  it('is written where links lead, which stay', async () => {
    await mkdir(join(folder, 'there'));
    await symlink('there/file', join(folder, 'one'));
    await symlink('one', join(folder, 'two'));
    for (const content of ['new', 'newer']) {
      await writeOutput(join(folder, 'two'), content);
      expect(await readFile(join(folder, 'there/file'), 'utf8')).toBe(content);
    }
    for (const link of ['one', 'two']) expect(lstatSync(join(folder, link)).isSymbolicLink()).toBe(true);
    expect(readdirSync(join(folder, 'there'))).toEqual(['file']);
  });

  it('is made, with the folders on the way, or replaced', async () => {
    const file = join(folder, 'a', 'b', 'file');
    await writeOutput(file, 'one');
    await writeOutput(file, 'two');
    expect(await readFile(file, 'utf8')).toBe('two');
    expect(readdirSync(join(folder, 'a', 'b'))).toEqual(['file']);
  });

  it('may be a device or a pipe, which get what is written, and stay', async () => {
    await writeOutput('/dev/null', 'one');
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const content = 'x'.repeat(200_000);
    const written = writeOutput(pipe, content);
    const reader = spawn('cat', [pipe], { stdio: ['ignore', 'pipe', 'ignore'] });
    expect(await text(reader.stdout)).toBe(content);
    await written;
    expect(lstatSync(pipe).isFIFO()).toBe(true);
  });

  it('is waited for no longer than the signal allows where nobody reads a pipe', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expect(writeOutput(pipe, 'one', AbortSignal.timeout(20))).rejects.toMatchObject({
      code: 'cancelled',
    });
  });

  it('is refused in a sentence where it can be none', async () => {
    const loop = join(folder, 'loop');
    await symlink(loop, loop);
    await expect(writeOutput(loop, 'x')).rejects.toThrow(
      `${loop} cannot be written: it is a link that leads back`,
    );
    await expect(writeOutput(folder, 'x')).rejects.toThrow(`${folder} is a folder; name a file`);
    await expect(writeOutput('-', 'x')).rejects.toThrow('write /dev/stdout');
    await symlink(folder, join(folder, 'up'));
    await expect(writeOutput(join(folder, 'up'), 'x')).rejects.toThrow('is a folder; name a file');
    await writeFile(join(folder, 'file'), '');
    await expect(writeOutput(join(folder, 'file', 'x'), 'x')).rejects.toThrow(
      'a part of the path is not a folder',
    );
    const socket = join(folder, 'socket');
    const server = createServer().listen(socket);
    await once(server, 'listening');
    await expect(writeOutput(socket, 'x')).rejects.toThrow(`${socket} cannot be written: it is a socket`);
    server.close();
  });
});
