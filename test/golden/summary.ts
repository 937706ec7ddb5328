/** Few numbers that stand for an array, and answers in a form that rounding does not change. */
import { readNpy } from '../support/npy.js';
import type { Json } from './record.js';

/**
 * Shape, type, extremes, sum, sum of squares and a random projection of a `.npy` file. A hash would be that of the last
 * bits, which differ between kinds of processors.
 */
export async function summarizeNpy(file: string): Promise<Json> {
  const { shape, type, values } = await readNpy(file);
  let [sum, squares, projection, min, max] = [0, 0, 0, Infinity, -Infinity];
  const weight = weights();
  for (const value of values) {
    sum += value;
    squares += value * value;
    projection += value * weight();
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  return { shape: [...shape], type, min, max, sum, squares, projection };
}

/** Numbers in [-1, 1) that look random and are the same everywhere (a linear congruential generator modulo 2^32). */
function weights(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

export interface Outcome {
  readonly bits: string;
  readonly probability: number;
}

/**
 * The most likely outcomes without those that are as likely as the last one, up to rounding: which of these are in the
 * list is left to the last bits.
 */
export function clearlyTop(outcomes: readonly Outcome[]): Record<string, number> {
  const least = outcomes.at(-1)?.probability ?? 0;
  const kept = outcomes.filter(({ probability }) => probability > least + 1e-9);
  const byBits = kept.map(({ bits, probability }): [string, number] => [bits, probability]);
  return Object.fromEntries(byBits.sort(([a], [b]) => (a < b ? -1 : 1)));
}
