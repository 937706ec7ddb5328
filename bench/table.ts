import type { Limits } from './limits.js';

export interface Row {
  readonly name: string;
  readonly title: string;
  readonly seconds: number;
  /** The part of it that one of many equal steps takes, and what they are. */
  readonly each?: { readonly what: string; readonly seconds: number };
  readonly samples: number;
  readonly spread: number;
  /** Bytes and operations per second. */
  readonly byteRate: number;
  readonly flopRate: number;
  /** The least time that the limits measured in this run allow, and that time as per cent of the measured one. */
  readonly limitSeconds: number;
  readonly percent: number;
}

function time(seconds: number): string {
  if (seconds >= 1) return `${seconds.toFixed(2)} s`;
  if (seconds >= 1e-3) return `${(seconds * 1e3).toFixed(2)} ms`;
  if (seconds >= 1e-6) return `${(seconds * 1e6).toFixed(1)} us`;
  return `${(seconds * 1e9).toFixed(0)} ns`;
}

function rate(value: number, unit: string): string {
  return value === 0 ? '' : `${(value / 1e9).toFixed(1)} ${unit}`;
}

export function printLimits(limits: Limits, threads: number): void {
  console.log(
    `Limits of this machine, ${threads} ${threads === 1 ? 'thread' : 'threads'}, measured in this run: ` +
      `write ${rate(limits.write, 'GB/s')}, in place ${rate(limits.inPlace, 'GB/s')}, ` +
      `triad ${rate(limits.triad, 'GB/s')}, multiply-add ${rate(limits.multiplyAdd, 'GFLOP/s')}`,
  );
}

const HEADER = ['case', 'time', 'spread', 'memory', 'arithmetic', 'limit', '% of limit', ''];

export function printRows(rows: readonly Row[]): void {
  const lines = rows.map((row) => [
    row.name,
    time(row.seconds),
    `${(100 * row.spread).toFixed(0)} %`,
    rate(row.byteRate, 'GB/s'),
    rate(row.flopRate, 'GFLOP/s'),
    time(row.limitSeconds),
    `${row.percent.toFixed(0)} %`,
    row.each === undefined ? row.title : `${row.title}: ${time(row.each.seconds)} for each ${row.each.what}`,
  ]);
  const all = [HEADER, ...lines];
  const widths = HEADER.map((_, column) => Math.max(...all.map((line) => (line[column] ?? '').length)));
  for (const line of all) {
    const cells = line.map((cell, column) => {
      const width = widths[column] ?? 0;
      return column === 0 || column === line.length - 1 ? cell.padEnd(width) : cell.padStart(width);
    });
    console.log(cells.join('  ').trimEnd());
  }
}
