import { KroncutError } from '../../../error.js';

/** JSON has no other numbers, and a sum of them would say nothing. */
export function requireFinite(values: readonly number[]): readonly number[] {
  if (values.every(Number.isFinite)) return values;
  throw new KroncutError('internal', 'the answer is no number: a tensor holds numbers that are not finite');
}
