/** Writes a number so that reading it gives the same double: as a multiple of pi where that is exact. */
export function formatAngle(value: number): string {
  if (value === 0) {
    return Object.is(value, -0) ? '-0.0' : '0';
  }
  const halvings = 2 ** Math.round(Math.log2(Math.PI / Math.abs(value)));
  for (const denominator of [...DENOMINATORS, halvings]) {
    const numerator = Math.round((value / Math.PI) * denominator);
    if (Math.abs(numerator) < 1000 && denominator >= 1 && (numerator * Math.PI) / denominator === value) {
      const factor = numerator === 1 ? '' : numerator === -1 ? '-' : `${numerator}*`;
      return `${factor}pi${denominator === 1 ? '' : `/${denominator}`}`;
    }
  }
  // A real number of OpenQASM 2 needs a decimal point in front of the exponent.
  const text = String(value);
  return text.includes('e') && !text.includes('.') ? text.replace('e', '.0e') : text;
}

const DENOMINATORS = [1, 2, 3, 4, 6, 8, 12, 16, 32, 64, 128, 256, 512, 1024];
