/** Keeps two processes out of one run directory. */
import { randomUUID } from 'node:crypto';
import { constants, unlinkSync } from 'node:fs';
import { link, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { printLine } from '../../cluster/exitRules.js';
import { cancelledBy, KroncutError } from '../../error.js';
import { fileError, hasCode } from '../files/files.js';
import { readRegular, readRegularSync } from '../files/inputs.js';
import { hasJobEnded, lockText, parseLock, stateOf, thisProcess, type LockOwner } from './lockOwner.js';

export const LOCK_FILE = 'lock.json';

export interface Lock {
  readonly file: string;
  /** Throws `input` where the lock is gone, or another process has it: what is written now would not be ours to write. */
  requireHeld(): Promise<void>;
  release(): void;
}

export interface LockOptions {
  /** Ends a wait. */
  readonly signal?: AbortSignal | undefined;
  /** Told, in a sentence, what is waited for. Default: a line on standard error. */
  readonly onWait?: ((sentence: string) => void) | undefined;
  /** Milliseconds from one sign of life to the next, and from one look to the next; for tests. */
  readonly beatMs?: number;
  readonly lookMs?: number;
}

const BEAT_MS = 2000;
const LOOK_MS = 1000;
/** Looks without a sign of life after which an owner that cannot be seen is gone. */
const SILENT_LOOKS = 60;
/** The same for one that is taking over a lock, which takes milliseconds. */
const SILENT_TURN_LOOKS = 5;
/** The same for a lock that is being written where there are no hard links. */
const EMPTY_LOOKS = 3;
/** Locks that may come and go while this process asks for one. */
const ATTEMPTS = 100;

/**
 * Takes the lock of a folder. It is taken over from a process that is gone: as the process table says on this machine, as
 * Slurm says of its job, or as follows where it has given no sign of life for a minute of looking. Throws `usage`, naming the
 * file, while another process holds it.
 */
export async function acquireLock(folder: string, options: LockOptions = {}): Promise<Lock> {
  const file = join(folder, LOCK_FILE);
  const own = thisProcess();
  const judge = new Judge(file, options);
  const turns = new Sightings();
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (await create(file, own)) return new HeldLock(file, own, options.beatMs ?? BEAT_MS);
    const text = await textOf(file);
    if (text === undefined) continue;
    const gone = await judge.isGone(text);
    if (gone && (await takeOver(file, text, own, turns))) continue;
    await pause(options);
  }
  throw new KroncutError('usage', `${file} is being taken by other processes; try again when they are done`);
}

async function pause({ lookMs = LOOK_MS, signal }: LockOptions): Promise<void> {
  try {
    await setTimeout(lookMs, undefined, { signal });
  } catch {
    throw cancelledBy(signal, 'interrupted while waiting for the lock of the folder');
  }
}

/** The number of looks that have found one and the same text. No clock is asked: clocks differ, and are set. */
class Sightings {
  #text: string | undefined;
  #looks = 0;

  see(text: string): number {
    this.#looks = text === this.#text ? this.#looks + 1 : 0;
    this.#text = text;
    return this.#looks;
  }
}

class Judge {
  readonly #file: string;
  readonly #options: LockOptions;
  readonly #sightings = new Sightings();
  /** The lock that is watched for a sign of life. */
  #watched: string | undefined;

  constructor(file: string, options: LockOptions) {
    this.#file = file;
    this.#options = options;
  }

  /** True for the lock of a process that is gone, false where that is not known yet. Throws `usage` for one in use. */
  async isGone(text: string): Promise<boolean> {
    const silent = this.#sightings.see(text);
    const owner = parseLock(text);
    if (owner === undefined) return this.#refuseDamaged(silent);
    const state = stateOf(owner);
    if (state === 'gone') return true;
    if (state === 'alive') throw this.#inUse(owner);
    if (owner.id === undefined) {
      throw new KroncutError(
        'usage',
        `${this.#file}: the folder is in use by process ${owner.pid} on ${owner.host} since ${owner.since}; ` +
          'delete the file if that process is gone',
      );
    }
    if (this.#watched === owner.id) {
      if (silent === 0) throw this.#inUse(owner);
      return silent >= SILENT_LOOKS;
    }
    if (await hasJobEnded(owner.job)) return true;
    this.#watched = owner.id;
    this.#announce(owner);
    return false;
  }

  #refuseDamaged(silent: number): false {
    if (silent < EMPTY_LOOKS) return false;
    throw new KroncutError(
      'usage',
      `${this.#file} is not a lock that this version understands; delete it if no other process uses the folder`,
    );
  }

  #announce({ pid, host }: LockOwner): void {
    const seconds = (SILENT_LOOKS * (this.#options.lookMs ?? LOOK_MS)) / 1000;
    const tell = this.#options.onWait ?? printLine;
    tell(
      `${this.#file}: process ${pid} on ${host} has the folder, and cannot be seen from here; ` +
        `it is taken for dead after ${seconds} s without a sign of life`,
    );
  }

  #inUse({ pid, host, since }: LockOwner): KroncutError {
    const where = `process ${pid} on ${host} since ${since}`;
    return new KroncutError(
      'usage',
      `${this.#file}: the folder is in use by ${where}; wait for it or use another folder`,
    );
  }
}

/** Codes of file systems that have no hard links. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL'];

/** Creates a file that names its owner, in one step; false if there is one of another. */
async function create(file: string, owner: LockOwner): Promise<boolean> {
  const partial = `${file}.${randomUUID()}.partial`;
  const text = lockText(owner, 0);
  try {
    // On disk before it has its name, so that a failing power leaves no empty lock.
    await writeFile(partial, text, { flag: 'wx', flush: true });
    await link(partial, file);
    return true;
  } catch (error) {
    // A server of files may have lost its answer to a call that it heard, and which was then repeated.
    if (hasCode(error, 'EEXIST')) return await isOwn(file, owner);
    if (NO_LINKS.some((code) => hasCode(error, code))) return await createOnly(file, text);
    throw fileError(error, file, 'written');
  } finally {
    await rm(partial, { force: true });
  }
}

/** The same without hard links: for a moment the file is empty. */
async function createOnly(file: string, text: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx');
    try {
      await handle.writeFile(text);
      await handle.sync();
    } catch (error) {
      await rm(file, { force: true });
      throw error;
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw fileError(error, file, 'written');
  }
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readRegular(file);
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ESTALE')) return undefined;
    throw fileError(error, file, 'read');
  }
}

async function isOwn(file: string, { id }: LockOwner): Promise<boolean> {
  const text = await textOf(file);
  return text !== undefined && parseLock(text)?.id === id;
}

/**
 * Removes the lock of a process that is gone. One process at a time does so, and looks again once it is its turn:
 * otherwise it could remove the fresh lock of another that was faster. False where another one is at it.
 */
async function takeOver(file: string, text: string, own: LockOwner, turns: Sightings): Promise<boolean> {
  const turn = `${file}.takeover`;
  if (!(await create(turn, own))) {
    const other = await textOf(turn);
    // One that stays belongs to a process that was killed in it.
    if (other !== undefined && turns.see(other) >= SILENT_TURN_LOOKS) await rm(turn, { force: true });
    return false;
  }
  try {
    if ((await textOf(file)) === text && (await isOwn(turn, own))) await rm(file, { force: true });
    return true;
  } finally {
    if (await isOwn(turn, own)) await rm(turn, { force: true });
  }
}

class HeldLock implements Lock {
  readonly file: string;
  readonly #owner: LockOwner & { readonly id: string };
  readonly #timer: NodeJS.Timeout;
  #beats = 0;
  #beating = false;
  #active = true;

  constructor(file: string, owner: LockOwner & { readonly id: string }, beatMs: number) {
    this.file = file;
    this.#owner = owner;
    this.#timer = globalThis.setInterval(() => void this.#beat(), beatMs).unref();
    process.on('exit', this.release);
  }

  async requireHeld(): Promise<void> {
    const text = await textOf(this.file);
    const owner = text === undefined ? undefined : parseLock(text);
    if (owner?.id === this.#owner.id) return;
    const what =
      owner === undefined
        ? 'is gone: it was removed, alone or with its folder'
        : `is that of process ${owner.pid} on ${owner.host} since ${owner.since}`;
    throw new KroncutError(
      'input',
      `${this.file} ${what}; so this process stops, and writes nothing more there`,
    );
  }

  readonly release = (): void => {
    if (!this.#active) return;
    this.#active = false;
    clearInterval(this.#timer);
    process.off('exit', this.release);
    try {
      if (parseLock(readRegularSync(this.file))?.id === this.#owner.id) unlinkSync(this.file);
    } catch {
      // The folder may be gone; there is nothing left to unlock.
    }
  };

  /** Gives a sign of life. The text keeps its length, so that a reader finds one sign or the other. */
  async #beat(): Promise<void> {
    if (this.#beating) return;
    this.#beating = true;
    try {
      const handle = await open(this.file, constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      try {
        if (parseLock(await handle.readFile('utf8'))?.id !== this.#owner.id) return;
        this.#beats += 1;
        await handle.write(lockText(this.#owner, this.#beats), 0);
      } finally {
        await handle.close();
      }
    } catch {
      // Gone, or out of reach for a while: `requireHeld` says which, to those who write.
    } finally {
      this.#beating = false;
    }
  }
}
