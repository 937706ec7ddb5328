/** What a pool has to say to whoever looks after it. */
import { createWriteStream, renameSync, statSync, type WriteStream } from 'node:fs';
import { printableLine } from '../../printable.js';

const LONGEST_LINE = 500;
const LARGEST = 4 * 2 ** 20;

/** A file of lines with their times. An earlier part is kept beside it; both together are bounded. */
export class Log {
  readonly #file: string;
  #stream: WriteStream;
  #bytes: number;

  constructor(file: string) {
    this.#file = file;
    this.#bytes = sizeOf(file);
    this.#stream = opened(file);
  }

  readonly say = (text: string): void => {
    const line = `${new Date().toISOString()} ${printableLine(text, LONGEST_LINE)}\n`;
    this.#bytes += line.length;
    if (this.#bytes > LARGEST) this.#turn(line.length);
    this.#stream.write(line);
  };

  close(): Promise<void> {
    return new Promise((resolve) => this.#stream.end(resolve));
  }

  #turn(first: number): void {
    try {
      renameSync(this.#file, `${this.#file}.old`);
    } catch {
      // The log goes on in the same file.
    }
    this.#stream.end();
    this.#stream = opened(this.#file);
    this.#bytes = first;
  }
}

function opened(file: string): WriteStream {
  // A full disk ends the log, and not the pool.
  return createWriteStream(file, { flags: 'a', mode: 0o600 }).on('error', () => {});
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}
