/** A file that entries are added to, for a writer that may be killed at any time. */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { deflateRaw, inflateRawSync } from 'node:zlib';
import { KroncutError } from '../../error.js';
import { fileError, writeFileAtomic } from '../../run/files/files.js';
import { encodeFrame, scanFrames } from './frames.js';

/** Anything that JSON carries. */
export type Entry = object;

export interface OpenedJournal {
  readonly journal: Journal;
  readonly entries: readonly unknown[];
  /** Bytes of a torn frame that were dropped from the end. */
  readonly dropped: number;
}

interface Waiting {
  /** As JSON. */
  readonly text: string | undefined;
  readonly done: () => void;
  readonly failed: (reason: unknown) => void;
}

const VERSION = 2;
/** Of journals that were never packed. */
const EARLIER_VERSION = 1;
const FIRST = { journal: 'kroncut pool', version: VERSION };
/** Characters of entries that are packed at a time: what else there is to do comes between. */
const PACK = 2 ** 18;
const FASTEST = 1;

/**
 * Entries that were added when an earlier batch was being written go to disk together, in one frame with one flush. What was
 * added is there after the death of this process, and once its promise is fulfilled after that of the machine, too. Entries of
 * a journal that was written anew are packed: frames of a string, which has a list of them in base64 of their deflation.
 */
export class Journal {
  readonly file: string;
  readonly #check: () => Promise<void>;
  #handle: FileHandle;
  #end: number;
  #waiting: Waiting[] = [];
  #working: Promise<void> | undefined;
  #rewriting = false;
  /** Frames that were written since a snapshot was begun. */
  #since: Buffer[] | undefined;

  private constructor(file: string, handle: FileHandle, end: number, check: () => Promise<void>) {
    this.file = file;
    this.#handle = handle;
    this.#end = end;
    this.#check = check;
  }

  /**
   * Opens the journal in a file, which is made where it is missing. `check` is called before each write, and throws where
   * this process may not write any more. Throws `input`, naming file and place, for a journal that is damaged elsewhere than
   * at a torn end.
   */
  static async open(file: string, check: () => Promise<void> = async () => {}): Promise<OpenedJournal> {
    const handle = await openFile(file);
    try {
      const bytes = await handle.readFile();
      const { texts, end, tail } = scanFrames(bytes);
      if (tail === 'corrupt') throw damaged(file, end);
      const entries = texts.flatMap((text) => batch(text, file));
      const [first, ...rest] = entries;
      if (first !== undefined) requireVersion(first, file);
      const journal = new Journal(file, handle, end, check);
      if (tail !== 'none') await journal.#mend(tail === 'unended');
      if (first === undefined) await journal.append(FIRST);
      return { journal, entries: rest, dropped: tail === 'torn' ? bytes.length - end : 0 };
    } catch (error) {
      await handle.close();
      throw fileError(error, file, 'read');
    }
  }

  /** Bytes on disk. */
  get size(): number {
    return this.#end;
  }

  /**
   * Adds an entry as it is now. Fulfilled once it, or without one all that were added before, is on disk. Rejects with `disk` or `input` where it
   * cannot be.
   */
  append(entry?: Entry): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting.push({ text: entry && JSON.stringify(entry), done, failed });
      this.#work();
    });
  }

  /**
   * Replaces all by entries, in one step. They are looked at a few at a time, while others are added and change what they say.
   * What is added from now on follows them, and so may what was added before, so whoever reads the journal must bear to hear of
   * it twice, and late. One call at a time.
   */
  async rewrite(snapshot: Iterable<Entry>): Promise<void> {
    this.#since = [];
    try {
      const packed = await pack(snapshot);
      this.#rewriting = true;
      await this.#working;
      await this.#check();
      const bytes = Buffer.concat([...packed, ...this.#since]);
      await writeFileAtomic(this.file, bytes, { inFolder: true, mode: 0o600 });
      await this.#handle.close();
      this.#handle = await openFile(this.file);
      this.#end = bytes.length;
    } finally {
      this.#since = undefined;
      this.#rewriting = false;
      this.#work();
    }
  }

  async close(): Promise<void> {
    while (this.#working !== undefined) await this.#working;
    await this.#handle.close();
  }

  #work(): void {
    if (this.#working !== undefined || this.#waiting.length === 0 || this.#rewriting) return;
    this.#working = this.#writeBatch().finally(() => {
      this.#working = undefined;
      this.#work();
    });
  }

  async #writeBatch(): Promise<void> {
    // Whoever adds entries in this turn of the event loop shares the flush.
    await Promise.resolve();
    const batch = this.#waiting;
    this.#waiting = [];
    try {
      await this.#write(batch.flatMap(({ text }) => text ?? []));
      for (const { done } of batch) done();
    } catch (error) {
      const told = fileError(error, this.file, 'written');
      for (const { failed } of batch) failed(told);
    }
  }

  async #write(entries: readonly string[]): Promise<void> {
    if (entries.length === 0) return;
    await this.#check();
    const bytes = encodeFrame(`[${entries.join()}]`);
    try {
      await writeWhole(this.#handle, bytes, this.#end);
      await this.#handle.datasync();
    } catch (error) {
      // Half a frame must not stand before the next one.
      await this.#handle.truncate(this.#end).catch(() => {});
      throw error;
    }
    this.#end += bytes.length;
    this.#since?.push(bytes);
  }

  async #mend(isWhole: boolean): Promise<void> {
    await this.#handle.truncate(this.#end);
    if (isWhole) {
      await writeWhole(this.#handle, Buffer.from('\n'), this.#end);
      this.#end += 1;
    }
    await this.#handle.sync();
  }
}

function openFile(file: string): Promise<FileHandle> {
  return open(file, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
}

async function writeWhole(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** Frames of entries that do not take long to write nor much to keep. */
async function pack(entries: Iterable<Entry>): Promise<Buffer[]> {
  const frames = [encodeFrame(JSON.stringify([FIRST]))];
  let texts: string[] = [];
  let length = 0;
  const seal = async (): Promise<void> => {
    const packed = await promisify(deflateRaw)(`[${texts.join()}]`, { level: FASTEST });
    frames.push(encodeFrame(JSON.stringify(packed.toString('base64'))));
    [texts, length] = [[], 0];
  };
  for (const entry of entries) {
    const text = JSON.stringify(entry);
    texts.push(text);
    length += text.length;
    if (length >= PACK) await seal();
  }
  if (texts.length > 0) await seal();
  return frames;
}

function batch(text: string, file: string): unknown[] {
  const entries: unknown = JSON.parse(text);
  if (typeof entries === 'string')
    return batch(inflateRawSync(Buffer.from(entries, 'base64')).toString('utf8'), file);
  if (Array.isArray(entries)) return entries;
  throw new KroncutError('input', `${file} is not a journal of a pool that this version understands`);
}

function requireVersion(first: unknown, file: string): void {
  const version =
    typeof first === 'object' && first !== null && 'version' in first ? first.version : undefined;
  if (version === VERSION || version === EARLIER_VERSION) return;
  throw new KroncutError(
    'input',
    `${file} is not a journal of a pool that this version understands; use another folder`,
  );
}

function damaged(file: string, place: number): KroncutError {
  return new KroncutError(
    'input',
    `${file} is damaged at byte ${place}, in the middle: jobs may be missing; restore the file from a copy, or move it ` +
      'away to begin with an empty pool',
  );
}
