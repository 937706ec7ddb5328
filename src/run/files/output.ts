/** Files that a user names for an answer: links are followed there, and what is no regular file is written as it is. */
import { constants } from 'node:fs';
import { open, readlink, realpath, stat, type FileHandle } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { cancelledBy, KroncutError } from '../../error.js';
import { fileError, hasCode, writeFileAtomic } from './files.js';

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
  try {
    const handle = await openDirect(place, signal);
    try {
      await handle.writeFile(data);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileError(error, name, 'written');
  }
}

/** Opens a device, or a pipe once somebody reads it: a thread that waits for that in the system could not be interrupted. */
export async function openDirect({ path, pipe }: OutputPlace, signal?: AbortSignal): Promise<FileHandle> {
  const flags = constants.O_WRONLY | constants.O_APPEND;
  if (!pipe) return open(path, flags);
  for (;;) {
    try {
      const first = await open(path, flags | constants.O_NONBLOCK);
      try {
        return await open(path, flags);
      } finally {
        await first.close();
      }
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
