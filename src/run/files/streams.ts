/** Streams that an answer is written to, of a caller or of this process. */
import { EventEmitter } from 'node:events';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { cancelledBy } from '../../error.js';
import { optionError, optionName } from '../../options/optionName.js';
import { hasCode, streamError } from '../../systemError.js';

/** What a stream that a caller gives is called in messages. */
export function streamName(stream: Writable): string {
  return stream === process.stdout ? 'standard output' : optionName('stream');
}

/**
 * Throws where nothing can be written to the stream of a caller any more. One whose reader has left, such as head, is left
 * to `writeTo`.
 */
export function requireOpen(stream: Writable): void {
  requireWhole(stream, streamName(stream));
  if (hasCode(stream.errored, 'EPIPE')) return;
  const { writableEnded, destroyed } = stream;
  if (!writableEnded && !destroyed) return;
  const happened = writableEnded ? 'ended' : 'destroyed';
  throw optionError('stream', ` cannot be written: it was ${happened} before; give one that is open`);
}

/** Throws where a stream has failed, not where its reader has left. */
export function requireWhole(stream: Writable, name: string): void {
  if (stream.errored && !hasCode(stream.errored, 'EPIPE')) throw streamError(stream.errored, name);
}

/**
 * Does what `body` says. Where the stream fails meanwhile, the process does not end: whoever writes next is told. A failed
 * stream may speak later than the write that it failed, and is heard to its end.
 */
export async function hearing<T>(stream: unknown, body: () => Promise<T>): Promise<T> {
  if (!(stream instanceof EventEmitter)) return body();
  stream.on('error', nothing);
  try {
    return await body();
  } finally {
    if (!('errored' in stream && stream.errored)) stream.off('error', nothing);
  }
}

/**
 * Waits until the bytes are gone. False where nobody reads on. Throws `input` or `disk`, with the error of the stream as its
 * cause, or `cancelled`; the stream may be left with bytes then that it has not taken.
 */
export function writeTo(
  stream: Writable,
  bytes: Uint8Array,
  name: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const forget = (): void => {
      signal?.removeEventListener('abort', cancel);
      stream.off('close', closed);
    };
    const cancel = (): void => {
      forget();
      reject(cancelledBy(signal, `interrupted while ${name} took nothing`));
    };
    const fail = (error: unknown): void => {
      forget();
      if (signal?.aborted === true) cancel();
      else if (hasCode(error, 'EPIPE') || hasCode(error, 'ERR_STREAM_DESTROYED')) resolve(false);
      else reject(streamError(error, name));
    };
    // A stream that is destroyed does not always answer for the write that it was at.
    const closed = (): void => {
      if (stream.errored) fail(stream.errored);
      else {
        forget();
        resolve(false);
      }
    };
    if (signal?.aborted === true) {
      cancel();
      return;
    }
    signal?.addEventListener('abort', cancel, { once: true });
    stream.once('close', closed);
    stream.on('error', nothing);
    stream.write(bytes, (error) => {
      if (error !== null && error !== undefined) {
        fail(stream.errored ?? error);
        return;
      }
      forget();
      stream.off('error', nothing);
      resolve(true);
    });
  });
}

/** Waits until all is written and closed. Throws as `writeTo` does, and not where nobody reads on. */
export async function endStream(stream: Writable, name: string): Promise<void> {
  try {
    await finished(stream.end());
  } catch (error) {
    if (!hasCode(error, 'EPIPE')) throw streamError(error, name);
  }
}

function nothing(): void {}
