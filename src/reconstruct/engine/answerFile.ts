/** The file that all values of an answer go to. */
import type { Precision } from '../../native/addon.js';
import { npyHeader } from '../../run/files/npy.js';
import { openRegular } from '../../run/files/inputs.js';
import { storedBytes } from '../../native/valueBytes.js';

/** An existing .npy file of one axis. */
export interface AnswerFile {
  readonly path: string;
  /** What comes before the values. */
  readonly head: Uint8Array;
  readonly valueBytes: number;
}

/** The file as `createArrayFile` makes it. */
export function answerFile(path: string, length: number, precision: Precision): AnswerFile {
  const head = npyHeader(precision === 'double' ? '<f8' : '<f4', length);
  return { path, head, valueBytes: storedBytes(precision) };
}

/** Where the values [begin, end) are: the first byte, and the one after the last. */
export function bytesOf({ head, valueBytes }: AnswerFile, begin: number, end: number): [number, number] {
  return [head.length + begin * valueBytes, head.length + end * valueBytes];
}

/** True where the file begins as it should. */
export async function hasHead({ path, head }: AnswerFile): Promise<boolean> {
  const file = await openRegular(path);
  try {
    const found = Buffer.alloc(head.length);
    await file.read(found, 0, found.length, 0);
    return found.equals(head);
  } finally {
    await file.close();
  }
}
