/** Reads texts that a user names, by a file or a pipe or `-` for standard input, and regular files, which alone a run has. */
import { constants as limits } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { open, readFile, stat, type FileHandle } from 'node:fs/promises';
import { Socket } from 'node:net';
import { addAbortSignal, type Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { cancelledBy, KroncutError } from '../../error.js';
import { fileError, hasCode } from '../../systemError.js';

/** To open a pipe so does not wait for a writer. */
const AT_ONCE = constants.O_RDONLY | constants.O_NONBLOCK;

/** Reads texts. Standard input and pipes end once they were read, so whoever may ask for them again keeps one of these. */
export class Inputs {
  #standard: Promise<string> | undefined;
  readonly #pipes = new Map<string, Promise<string>>();
  #parent: Inputs | undefined;

  /** `standard` takes the place of the process's standard input. */
  constructor(standard?: string) {
    if (standard !== undefined) this.#standard = Promise.resolve(standard);
  }

  /** For one job: the same standard input, and pipes that are read once in the job, and anew in the next. */
  forJob(): Inputs {
    const inputs = new Inputs();
    inputs.#parent = this;
    return inputs;
  }

  /**
   * The text of a file, a pipe, or of standard input for `-`. Throws `input` with the file and the reason, and `cancelled`
   * where the signal is aborted before whoever writes has come to an end.
   */
  async read(file: string, signal?: AbortSignal): Promise<string> {
    const name = file === '-' ? 'standard input' : file;
    try {
      return await (file === '-' ? this.#standardText(signal) : this.#given(file, signal));
    } catch (error) {
      if (signal?.aborted === true) throw cancelledBy(signal, `interrupted while ${name} was read`);
      throw tooLong(error, name) ?? fileError(error, name, 'read');
    }
  }

  #standardText(signal: AbortSignal | undefined): Promise<string> {
    if (this.#parent !== undefined) return this.#parent.#standardText(signal);
    return (this.#standard ??= textUntil(process.stdin, signal));
  }

  async #given(file: string, signal: AbortSignal | undefined): Promise<string> {
    const known = this.#pipes.get(file);
    if (known !== undefined) return known;
    if (!(await stat(file)).isFIFO()) return readFile(file, 'utf8');
    // Node's threads for files would wait for a writer, and the process for them, whatever signal comes.
    const pipe = new Socket({ fd: openSync(file, AT_ONCE), writable: false });
    const read = textUntil(pipe, signal);
    this.#pipes.set(file, read);
    return read;
  }
}

function textUntil(stream: Readable, signal: AbortSignal | undefined): Promise<string> {
  return text(signal === undefined ? stream : addAbortSignal(signal, stream));
}

/** The bytes of a file of up to `most` bytes. Throws `input` with the file and the reason. */
export async function readBytes(file: string, most: number): Promise<Buffer> {
  try {
    const opened = await openRegular(file);
    try {
      const { size } = await opened.stat();
      if (size <= most) return await opened.readFile();
      throw new KroncutError('input', `${file} has ${size} bytes; at most ${most} can be of use here`);
    } finally {
      await opened.close();
    }
  } catch (error) {
    throw fileError(error, file, 'read');
  }
}

/** The text of a regular file. Throws `input` with the file and the reason. */
export async function readText(file: string): Promise<string> {
  try {
    return await readRegular(file);
  } catch (error) {
    throw tooLong(error, file) ?? fileError(error, file, 'read');
  }
}

/** Node has an error of its own for a text of more characters than a string can have. */
function tooLong(error: unknown, file: string): KroncutError | undefined {
  if (!(error instanceof RangeError) && !hasCode(error, 'ERR_STRING_TOO_LONG')) return undefined;
  const most = Math.floor(limits.MAX_STRING_LENGTH / 2 ** 20);
  return new KroncutError(
    'input',
    `${file} has more than ${most} MiB, the most that is read as text; divide it`,
    { cause: error },
  );
}

/** Opens a regular file to read. Throws `input` for pipes, devices and sockets; a folder tells its reader what it is. */
export async function openRegular(path: string): Promise<FileHandle> {
  const file = await open(path, AT_ONCE);
  try {
    requireRegular(await file.stat(), path);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The text of a regular file. Throws `input` for pipes and the like, and what the system says. */
export async function readRegular(path: string): Promise<string> {
  const file = await openRegular(path);
  try {
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/** The same at once. */
export function readRegularSync(path: string): string {
  const file = openSync(path, AT_ONCE);
  try {
    requireRegular(fstatSync(file), path);
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

function requireRegular(stats: Stats, path: string): void {
  if (stats.isFile() || stats.isDirectory()) return;
  throw new KroncutError('input', `${path} cannot be read: it is no regular file`);
}
