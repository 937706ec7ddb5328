/**
 * The probability distribution closest to given numbers, by the sum of squared differences (Smolin, Gambetta, Smith, PRL 108,
 * 070502 (2012)): all lose the same amount, and those that would be negative are 0. Where the numbers add up to 1 or more, it is
 * no further from any distribution than they are, in total variation distance, too: no value grows.
 */
import { valueAt } from '../../../error.js';

/** In place; outcomes that cannot be stay as they are, and do not take part. */
export function nearestDistribution(
  values: Float64Array | Float32Array | number[],
  isPossible: (index: number) => boolean = () => true,
): void {
  let [count, level] = [0, -Infinity];
  // Those above the level are the ones that stay; each time it is found from them, it rises, until all do (Michelot 1986).
  for (;;) {
    let [above, sum] = [0, 0];
    for (let index = 0; index < values.length; index += 1) {
      const value = valueAt(values, index);
      if (!isPossible(index) || value <= level) continue;
      above += 1;
      sum += value;
    }
    if (above === count || above === 0) break;
    count = above;
    level = (sum - 1) / above;
  }
  for (let index = 0; index < values.length; index += 1) {
    if (isPossible(index)) values[index] = Math.max(0, valueAt(values, index) - level);
  }
}
