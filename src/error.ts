import { isEndSignal, signalExitCode } from './signals.js';

/**
 * The one error type that crosses every layer, and the exit code each kind of failure maps to.
 * `native/core/error.hpp` holds the same list of codes; a test compares the two.
 */
export const ERROR_CODES = [
  'usage',
  'input',
  'infeasible',
  'memory',
  'disk',
  'rank',
  'device',
  'mpi',
  'cancelled',
  'verification',
  'internal',
] as const;

/**
 * What kind of failure an error is; each has an exit code of the program. `usage` and `input` (2): what was asked,
 * or read, is wrong. `infeasible` (3): nothing satisfies the limits. `memory` and `disk` (4): there is not enough of it.
 * `rank`, `mpi` and `device` (5): a rank, MPI or a device failed. `cancelled` (130, or 128 and the number of the signal that
 * ended it): a signal was aborted. `verification` (1): an answer is not what it should be. `internal` (1): a fault of Kroncut.
 */
export type ErrorCode = (typeof ERROR_CODES)[number];

const EXIT_CODES: Record<ErrorCode, number> = {
  usage: 2,
  input: 2,
  infeasible: 3,
  memory: 4,
  disk: 4,
  rank: 5,
  device: 5,
  mpi: 5,
  cancelled: 130,
  verification: 1,
  internal: 1,
};

/** What an error carries beside its sentence. */
export interface KroncutErrorOptions {
  cause?: unknown;
  /** Machine-readable context: file, line, option, figures. */
  details?: Readonly<Record<string, unknown>>;
}

/** An error with a code. `message` is one sentence for a person: what is wrong and what would be right. */
export class KroncutError extends Error {
  override readonly name = 'KroncutError';
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: KroncutErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }

  /** Exit code of a process that ends with this error; of a cancelled one, that of the signal that `details` name. */
  get exitCode(): number {
    const { signal } = this.details;
    if (this.code === 'cancelled' && isEndSignal(signal)) return signalExitCode(signal);
    return EXIT_CODES[this.code];
  }
}

/**
 * The error of work that `signal` ended: its reason is the cause. It names the signal of the operating system that is behind
 * it, if one is.
 */
export function cancelledBy(
  signal: AbortSignal | undefined,
  message: string,
  options: KroncutErrorOptions = {},
): KroncutError {
  const reason: unknown = signal?.reason;
  const name = reason instanceof KroncutError ? reason.details['signal'] : undefined;
  const named = name === undefined ? {} : { signal: name };
  const details = { ...named, ...options.details };
  return new KroncutError('cancelled', message, { cause: reason, ...options, details });
}

/** A value that has to be there: where it is not, the program is wrong, and a default would hide that in a number. */
export function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new KroncutError('internal', `${what} is missing`);
  return value;
}

/** The same of an element, for loops: the message is made only where the element is missing. */
export function valueAt<T>(values: ArrayLike<T>, index: number): T {
  const value = values[index];
  if (value === undefined) {
    throw new KroncutError('internal', `there is no element ${index} among ${values.length}`);
  }
  return value;
}

/** `valueAt` for the innermost loops over numbers: what sees one kind of array alone is compiled to a plain load. */
export function numberAt(values: Float64Array, index: number): number {
  const value = values[index];
  if (value === undefined) {
    throw new KroncutError('internal', `there is no number ${index} among ${values.length}`);
  }
  return value;
}

export function isErrorCode(value: unknown): value is ErrorCode {
  return ERROR_CODES.some((code) => code === value);
}
