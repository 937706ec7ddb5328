/** Answers read off a distribution that is known in full. */

/** Bit i of the marginal's index is bit `bits[i]` of the distribution's. */
export function marginalOf(distribution: Float64Array, bits: readonly number[]): Float64Array {
  const result = new Float64Array(2 ** bits.length);
  for (const [index, p] of distribution.entries()) {
    const target = bits.reduce((sum, bit, i) => sum + ((index >> bit) & 1) * 2 ** i, 0);
    result[target] = (result[target] ?? 0) + p;
  }
  return result;
}

/** Bit strings have bit 0 last. */
export function bitStringProbabilitiesOf(
  distribution: Float64Array,
  strings: readonly string[],
): Record<string, number> {
  return Object.fromEntries(strings.map((bits) => [bits, distribution[Number.parseInt(bits, 2)] ?? 0]));
}
