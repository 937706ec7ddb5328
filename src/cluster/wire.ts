import { isErrorCode, KroncutError } from '../error.js';
import { toKroncutError } from '../native/invoke.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** JSON as bytes; undefined, which JSON lacks, survives at the top level. */
export function encode(value: unknown): Uint8Array {
  return encoder.encode(JSON.stringify({ value }));
}

/** The JSON text of what `encode` was given, under the key `value`. */
export function decode(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** An error on its way to other ranks. */
export interface WireError {
  readonly code: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export function toWire(error: unknown): WireError {
  const { code, message, details } = toKroncutError(error);
  return { code, message, details: jsonSafe(details) };
}

/**
 * The error of `rank`, as every rank throws it: `details.rank` names the rank and `details.everyRank` tells that no
 * rank goes on, so that one of them, the root, reports it for all.
 */
export function fromWire(error: WireError, rank: number, cause?: unknown): KroncutError {
  return new KroncutError(isErrorCode(error.code) ? error.code : 'internal', error.message, {
    details: { ...error.details, rank, everyRank: true },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** True for an error that every rank throws alike. */
export function isOnEveryRank(error: unknown): boolean {
  return error instanceof KroncutError && error.details['everyRank'] === true;
}

/** Details are for programs and may hold anything; those that JSON cannot carry stay behind. */
function jsonSafe(details: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const safe: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(details)) {
    try {
      const text = JSON.stringify(value);
      if (text !== undefined) safe[key] = JSON.parse(text);
    } catch {
      // A BigInt or a cycle.
    }
  }
  return safe;
}
