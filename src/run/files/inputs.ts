/** Texts that a user names: by a file, or by `-` for standard input. */
import { constants } from 'node:buffer';
import { readFile, stat } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { KroncutError } from '../../error.js';
import { fileError, hasCode } from './files.js';

/** Reads texts. Standard input ends once it was read, so whoever may ask for it again keeps one of these. */
export class Inputs {
  #standard: Promise<string> | undefined;

  /** `standard` takes the place of the process's standard input. */
  constructor(standard?: string) {
    if (standard !== undefined) this.#standard = Promise.resolve(standard);
  }

  /** The text of a file, or of standard input for `-`. Throws `input` with the file and the reason. */
  async read(file: string): Promise<string> {
    if (file !== '-') return readText(file);
    try {
      return await (this.#standard ??= text(process.stdin));
    } catch (error) {
      throw tooLong(error, 'standard input') ?? fileError(error, 'standard input', 'read');
    }
  }
}

/** The bytes of a file of up to `most` bytes. Throws `input` with the file and the reason. */
export async function readBytes(file: string, most: number): Promise<Buffer> {
  try {
    const { size } = await stat(file);
    if (size <= most) return await readFile(file);
    throw new KroncutError('input', `${file} has ${size} bytes; at most ${most} can be of use here`);
  } catch (error) {
    throw fileError(error, file, 'read');
  }
}

/** The text of a file. Throws `input` with the file and the reason. */
export async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw tooLong(error, file) ?? fileError(error, file, 'read');
  }
}

/** Node has an error of its own for a text of more characters than a string can have. */
function tooLong(error: unknown, file: string): KroncutError | undefined {
  if (!(error instanceof RangeError) && !hasCode(error, 'ERR_STRING_TOO_LONG')) return undefined;
  const most = Math.floor(constants.MAX_STRING_LENGTH / 2 ** 20);
  return new KroncutError(
    'input',
    `${file} has more than ${most} MiB, the most that is read as text; divide it`,
    { cause: error },
  );
}
