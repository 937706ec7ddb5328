/** Text that a user names by a file, or by `-` for standard input. */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { fileError } from './files.js';

let standardInput: Promise<string> | undefined;

/**
 * Reads a text file; `-` is standard input, which can be asked for again. Throws `input` with the file and the reason.
 */
export async function readText(file: string): Promise<string> {
  try {
    return file === '-' ? await (standardInput ??= text(process.stdin)) : await readFile(file, 'utf8');
  } catch (error) {
    throw fileError(error, file, 'read');
  }
}
