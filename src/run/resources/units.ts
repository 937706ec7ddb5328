/** Amounts as people read them. */

/** What is too large for a number. */
export const BEYOND = 'above 1e308';

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

/** `1536` -> `1.5 KiB`; three significant digits. */
export function formatBytes(bytes: number): string {
  if (bytes === Infinity) return `${BEYOND} B`;
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  if (value >= 1e5) return `${value.toExponential(2)} ${BYTE_UNITS[unit] ?? 'B'}`;
  const text = unit === 0 || value >= 100 ? value.toFixed(0) : value.toPrecision(3);
  return `${text} ${BYTE_UNITS[unit] ?? 'B'}`;
}

/** `0.0123` -> `12 ms`, `95` -> `1 min 35 s`. */
export function formatSeconds(seconds: number): string {
  if (seconds === Infinity) return `${BEYOND} s`;
  // The unit is that of the rounded figure.
  if (seconds < 999.5e-6) return `${(seconds * 1e6).toFixed(0)} us`;
  if (seconds < 0.0995) return `${(seconds * 1e3).toPrecision(2)} ms`;
  if (seconds < 0.9995) return `${(seconds * 1e3).toFixed(0)} ms`;
  if (seconds < 59.95) return `${seconds.toPrecision(3)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 172_800) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${(whole / 86_400).toPrecision(3)} days`;
}
