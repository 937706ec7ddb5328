/** Where the values of an answer go in order: a stream, as .npy, or an array. */
import type { Writable } from 'node:stream';
import type { Precision } from '../../native/addon.js';
import { npyHeader } from '../../run/files/npy.js';
import { writeTo } from '../../run/files/streams.js';

export interface AnswerOutput {
  /** Before the first value, with the number of all. False where none is wanted. */
  begin(size: number): Promise<boolean>;
  /** The next values. False where no more are wanted. */
  take(values: Float64Array): Promise<boolean>;
}

/** Writes to a stream, for a reader that may close it early; `name` is what messages call it. */
export function npyOutput(
  output: Writable,
  name: string,
  precision: Precision,
  signal?: AbortSignal,
): AnswerOutput {
  return {
    begin: (size) => writeTo(output, npyHeader(precision === 'double' ? '<f8' : '<f4', size), name, signal),
    take: (values) => {
      const { buffer, byteOffset, byteLength } = stored(values, precision);
      return writeTo(output, new Uint8Array(buffer, byteOffset, byteLength), name, signal);
    },
  };
}

/** Fills an array. */
export class ArrayOutput implements AnswerOutput {
  values: Float64Array | Float32Array = new Float64Array();
  readonly #precision: Precision;
  #filled = 0;

  constructor(precision: Precision) {
    this.#precision = precision;
  }

  async begin(size: number): Promise<boolean> {
    this.values = this.#precision === 'double' ? new Float64Array(size) : new Float32Array(size);
    return true;
  }

  async take(values: Float64Array): Promise<boolean> {
    this.values.set(values, this.#filled);
    this.#filled += values.length;
    return true;
  }
}

function stored(values: Float64Array, precision: Precision): Float64Array | Float32Array {
  return precision === 'double' ? values : Float32Array.from(values);
}
