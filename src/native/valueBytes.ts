/** Bytes of numbers as the addon keeps them. */
import type { Precision } from './addon.js';

/** Of a value of a tensor or a distribution while it is computed, and where it is stored in double precision. */
export const VALUE_BYTES = 8;

/** Of a value where it is stored. */
export function storedBytes(precision: Precision): number {
  return precision === 'double' ? VALUE_BYTES : 4;
}
