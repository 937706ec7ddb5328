/** Numbers and amounts in the words of a page. */
import { formatBytes, formatSeconds } from '../run/resources/units.js';

/** A number to a few significant digits, as people write it: no exponent where there need be none. */
export function figure(value: number, digits = 4): string {
  return `${value < 0 ? '−' : ''}${unsigned(Math.abs(value), digits)}`;
}

function unsigned(value: number, digits: number): string {
  if (!Number.isFinite(value)) return value === Infinity ? 'above 1e308' : 'undefined';
  if (value !== 0 && (value < 1e-3 || value >= 1e7))
    return power(value.toExponential(Math.max(0, digits - 2)));
  return grouped(Number.isInteger(value) ? value : Number(value.toPrecision(digits)));
}

/** `1.20e-7` -> `1.2 × 10⁻⁷`. */
function power(text: string): string {
  const [mantissa = '', exponent = ''] = text.split('e');
  const digits = exponent
    .replace('+', '')
    .replaceAll(/[-\d]/g, (c) => (c === '-' ? '⁻' : (SUPERSCRIPTS[Number(c)] ?? c)));
  return `${Number(mantissa) === 1 ? '' : `${mantissa} × `}10${digits}`;
}

const SUPERSCRIPTS = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];

/** `12345` -> `12 345`, with spaces that do not break. */
function grouped(value: number): string {
  return value < 10_000 ? String(value) : String(Math.round(value)).replace(/\B(?=(?:\d{3})+$)/g, '\u202F');
}

export function plural(count: number, noun: string, nouns = `${noun}s`): string {
  return `${figure(count)} ${count === 1 ? noun : nouns}`;
}

/** A value to the digits that its error leaves it. */
export function withError(value: number, error: number | null | undefined): string {
  if (error === null) return `${figure(value)} (error not known)`;
  if (error === undefined || !(error > 0)) {
    return Number.isInteger(value) || Math.abs(value) < 1e-3 ? figure(value) : signed(value.toPrecision(4));
  }
  const digits = Math.min(15, Math.max(0, 1 - Math.floor(Math.log10(error))));
  if (digits > 6) return `${figure(value, 3)} ± ${figure(error, 2)}`;
  return `${signed(value.toFixed(digits))} ± ${error.toFixed(digits)}`;
}

function signed(text: string): string {
  return text.replace('-', '−');
}

const YEAR = 365.25 * 86_400;

/** Seconds in the unit that people would take. */
export function duration(seconds: number): string {
  if (seconds > 2 * YEAR)
    return seconds === Infinity ? 'longer than can be said' : `${figure(seconds / YEAR, 3)} years`;
  if (seconds > 0 && seconds < 1e-6) return `${figure(seconds * 1e9, 2)} ns`;
  return formatSeconds(seconds).replace(' us', ' µs');
}

export function bytesText(bytes: number): string {
  return formatBytes(bytes).replace(/(\d[\d.]*)e\+(\d+)/, (text) => power(text));
}

/** A percentage to two or three digits. */
export function percent(share: number): string {
  const value = 100 * share;
  if (value === 0) return '0 %';
  if (value < 0.01) return `${figure(value, 3)} %`;
  return `${Number(value.toPrecision(value >= 10 ? 3 : 2))} %`;
}

/** A word of a command line, in quotes where a shell needs them. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
