/** Times as Slurm reads and writes them. */

/**
 * Seconds of `90` (minutes), `90:00` (minutes:seconds), `1:30:00` (hours:...), `2-12`, `2-12:00`, `2-12:00:00` (days-hours:...),
 * as sbatch reads them; undefined for other texts, and for no time at all.
 */
export function parseDuration(text: string): number | undefined {
  const found = /^(?:(\d+)-)?(\d+)(?::(\d+))?(?::(\d+))?$/.exec(text.trim());
  if (found === null) return undefined;
  const [days, first, second, third] = found
    .slice(1)
    .map((part) => (part === undefined ? undefined : Number(part)));
  let seconds: number;
  if (days !== undefined) seconds = ((days * 24 + (first ?? 0)) * 60 + (second ?? 0)) * 60 + (third ?? 0);
  else if (third !== undefined) seconds = ((first ?? 0) * 60 + (second ?? 0)) * 60 + third;
  else seconds = (first ?? 0) * 60 + (second ?? 0);
  return seconds > 0 && Number.isSafeInteger(seconds) ? seconds : undefined;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** `90060` -> `1-01:01:00`, `3600` -> `01:00:00`. */
export function formatDuration(seconds: number): string {
  const whole = Math.ceil(seconds);
  const days = Math.floor(whole / 86_400);
  const clock = [Math.floor(whole / 3600) % 24, Math.floor(whole / 60) % 60, whole % 60].map(two).join(':');
  return days === 0 ? clock : `${days}-${clock}`;
}
