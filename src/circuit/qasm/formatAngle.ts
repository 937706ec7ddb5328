import { fractionOfPi } from '../fractionOfPi.js';

/** Writes a number so that reading it gives the same double: as a multiple of pi where that is exact. */
export function formatAngle(value: number): string {
  if (value === 0) {
    return Object.is(value, -0) ? '-0.0' : '0';
  }
  const fraction = fractionOfPi(value);
  if (fraction) {
    const { numerator, denominator } = fraction;
    const factor = numerator === 1 ? '' : numerator === -1 ? '-' : `${numerator}*`;
    return `${factor}pi${denominator === 1 ? '' : `/${denominator}`}`;
  }
  // A real number of OpenQASM 2 needs a decimal point in front of the exponent.
  const text = String(value);
  return text.includes('e') && !text.includes('.') ? text.replace('e', '.0e') : text;
}
