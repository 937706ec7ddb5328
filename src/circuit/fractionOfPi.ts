/** Angles that are a fraction of pi. */

export interface FractionOfPi {
  readonly numerator: number;
  readonly denominator: number;
}

const DENOMINATORS = [1, 2, 3, 4, 6, 8, 12, 16, 32, 64, 128, 256, 512, 1024];

/**
 * The fraction of pi that an angle is: numerator * pi / denominator, calculated in that order, is the same double. The
 * denominator is a power of two or small; undefined where there is none with a numerator below 1000.
 */
export function fractionOfPi(angle: number): FractionOfPi | undefined {
  const halvings = 2 ** Math.round(Math.log2(Math.PI / Math.abs(angle)));
  for (const denominator of [...DENOMINATORS, halvings]) {
    const numerator = Math.round((angle / Math.PI) * denominator);
    if (Math.abs(numerator) < 1000 && denominator >= 1 && (numerator * Math.PI) / denominator === angle) {
      return { numerator, denominator };
    }
  }
  return undefined;
}
