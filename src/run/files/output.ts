/** Files that a user names for an answer: links are followed there, and what is no regular file is written as it is. */
import { constants, openSync } from 'node:fs';
import { open, readlink, realpath, stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { dirname, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { cancelledBy, KroncutError } from '../../error.js';
import { fileError, hasCode, writeFileAtomic } from './files.js';
import { endStream, writeTo } from './streams.js';

export interface OutputPlace {
  /** Where the links lead. */
  readonly path: string;
  /** A device or a pipe: it is written, and not replaced by a file that is whole. */
  readonly direct: boolean;
  readonly pipe: boolean;
}

/** Links on the way to a file that is not there yet. */
const MOST_LINKS = 40;
const READER_MS = 100;

/** Where a name leads. Throws `input`, before any work, where no file can be: on a folder, or a loop of links. */
export async function outputPlace(name: string): Promise<OutputPlace> {
  if (name === '-') {
    throw new KroncutError('input', `'-' names no file here; write /dev/stdout for the standard output`);
  }
  let path = resolve(name);
  // The process itself is read here, whatever its stream is; it may have more to say on it.
  const isStream = /^\/(?:dev\/(?:stdout|stderr|fd\/)|proc\/[^/]+\/fd\/)/.test(path);
  try {
    for (let links = 0; links < MOST_LINKS; links += 1) {
      const there = await statOf(path);
      if (there?.isDirectory() === true) throw new KroncutError('input', `${name} is a folder; name a file`);
      if (there !== undefined) {
        const direct = isStream || !there.isFile();
        return { path: direct ? path : await realpath(path), direct, pipe: there.isFIFO() };
      }
      const target = await linkOf(path);
      if (target === undefined) return { path, direct: false, pipe: false };
      path = resolve(await realpath(dirname(path)), target);
    }
  } catch (error) {
    throw fileError(error, name, 'written');
  }
  throw new KroncutError(
    'input',
    `${name} cannot be written: it leads through more than ${MOST_LINKS} links`,
  );
}

async function statOf(path: string): Promise<Awaited<ReturnType<typeof stat>> | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Where a link leads, also one to nothing; undefined for what is none. */
async function linkOf(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'EINVAL')) return undefined;
    throw error;
  }
}

/** Writes `data` to the file that a user names; it is whole or absent where it is a regular one. */
export async function writeOutput(name: string, data: string, signal?: AbortSignal): Promise<void> {
  const place = await outputPlace(name);
  if (!place.direct) {
    await writeFileAtomic(place.path, data);
    return;
  }
  const stream = await openDirect(place, name, signal);
  try {
    if (await writeTo(stream, Buffer.from(data), name, signal)) await endStream(stream, name);
  } finally {
    stream.destroy();
  }
}

/**
 * Opens a device, or a pipe once somebody reads it. No thread waits in the system for that, or for a reader that takes nothing:
 * the process could not end before it.
 */
export async function openDirect(place: OutputPlace, name: string, signal?: AbortSignal): Promise<Writable> {
  try {
    const stream = place.pipe
      ? new Socket({ fd: await openPipe(place.path, signal), readable: false })
      : (await open(place.path, constants.O_WRONLY | constants.O_APPEND)).createWriteStream();
    // Whoever writes hears of an error; it may be told once more while the file closes.
    return stream.on('error', () => {});
  } catch (error) {
    throw fileError(error, name, 'written');
  }
}

async function openPipe(path: string, signal: AbortSignal | undefined): Promise<number> {
  for (;;) {
    try {
      return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      if (!hasCode(error, 'ENXIO')) throw error;
    }
    try {
      await setTimeout(READER_MS, undefined, { signal });
    } catch {
      throw cancelledBy(signal, `interrupted while nobody read ${path}`);
    }
  }
}
