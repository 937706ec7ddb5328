/**
 * The frames of a journal: `LENGTH CHECKSUM TEXT\n`, the length of the text in bytes and the CRC-32 of length and text in
 * eight hexadecimal digits each. A text has neither line breaks nor zero characters. A frame is written only after the one
 * before it is on disk, so nothing but the last one can be torn.
 */
import { crc32 } from 'node:zlib';

const DIGITS = 8;
const HEADER = 2 * DIGITS + 2;
const LINE_BREAK = 0x0a;
/** What a file system leaves where a page of a torn frame never came to the disk; a flipped bit makes one zero at most. */
const HOLE = Buffer.alloc(8);

export function encodeFrame(text: string): Buffer {
  const body = Buffer.from(text, 'utf8');
  const length = hexadecimal(body.length);
  return Buffer.concat([
    Buffer.from(`${length} ${hexadecimal(checksum(length, body))} `),
    body,
    Buffer.of(LINE_BREAK),
  ]);
}

export interface Frames {
  readonly texts: readonly string[];
  /** Bytes of the frames that are whole. */
  readonly end: number;
  /** What follows them: nothing, a frame that only lacks its line break, one that was torn, or damage. */
  readonly tail: 'none' | 'unended' | 'torn' | 'corrupt';
}

export function scanFrames(bytes: Buffer): Frames {
  const texts: string[] = [];
  let end = 0;
  while (end < bytes.length) {
    const body = bodyAt(bytes, end);
    if (body === undefined) return { texts, end, tail: isTorn(bytes, end) ? 'torn' : 'corrupt' };
    const after = end + HEADER + body.length;
    if (bytes[after] !== LINE_BREAK) {
      if (after + 1 < bytes.length) return { texts, end, tail: 'corrupt' };
      return { texts: [...texts, body.toString('utf8')], end: after, tail: 'unended' };
    }
    texts.push(body.toString('utf8'));
    end = after + 1;
  }
  return { texts, end, tail: 'none' };
}

/** The text at a place where a frame begins; undefined where that is not whole. */
function bodyAt(bytes: Buffer, start: number): Buffer | undefined {
  const header = /^([0-9a-f]{8}) ([0-9a-f]{8}) $/.exec(bytes.toString('latin1', start, start + HEADER));
  if (header === null) return undefined;
  const [, length = '', sum] = header;
  const body = bytes.subarray(start + HEADER, start + HEADER + Number.parseInt(length, 16));
  if (hexadecimal(body.length) !== length || hexadecimal(checksum(length, body)) !== sum) return undefined;
  return body;
}

/** True for what a writer that was killed, or a power failure, leaves at the end; false for what was whole once. */
function isTorn(bytes: Buffer, start: number): boolean {
  const rest = bytes.subarray(start);
  if (!rest.includes(LINE_BREAK)) return true;
  return rest.includes(HOLE) && !hasFrame(rest);
}

function hasFrame(bytes: Buffer): boolean {
  for (let at = bytes.indexOf(LINE_BREAK); at >= 0; at = bytes.indexOf(LINE_BREAK, at + 1)) {
    if (bodyAt(bytes, at + 1) !== undefined) return true;
  }
  return false;
}

function checksum(length: string, body: Uint8Array): number {
  return crc32(body, crc32(length));
}

function hexadecimal(value: number): string {
  return value.toString(16).padStart(DIGITS, '0');
}
