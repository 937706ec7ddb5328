/**
 * Recorded files of this folder. `KRONCUT_GOLDEN=update` writes them; otherwise they are compared with, and a
 * difference is shown as one between texts.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { expect } from 'vitest';

const folder = path.dirname(fileURLToPath(import.meta.url));
const isUpdate = process.env['KRONCUT_GOLDEN'] === 'update';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Compares a text with a recorded file, or records it. */
export function expectRecordedText(name: string, text: string): void {
  const file = path.join(folder, name);
  if (isUpdate) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  expect(text, `${name}: KRONCUT_GOLDEN=update records it anew`).toBe(recordedText(file));
}

/** Compares JSON, numbers up to rounding, with a recorded file, or records it. */
export async function expectRecorded(name: string, value: Json): Promise<void> {
  const file = path.join(folder, name);
  const before = recordedText(file);
  const settled = settle(value, before === undefined ? undefined : JSON.parse(before));
  const config = await resolveConfig(file);
  expectRecordedText(name, await format(JSON.stringify(settled), { ...config, parser: 'json' }));
}

function recordedText(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

/**
 * The value, with the recorded number in place of each that is the same up to rounding. The order of sums, which
 * differs between kinds of processors, is worth 1e-16 of the largest summand, and shrunken bonds 1e-13.
 */
function settle(value: Json, recorded: Json | undefined): Json {
  if (typeof value === 'number') {
    if (typeof recorded === 'number' && isClose(value, recorded)) return recorded;
    return isClose(value, 0) ? 0 : Number(value.toPrecision(15));
  }
  if (isList(value))
    return value.map((entry, i) => settle(entry, isList(recorded) ? recorded[i] : undefined));
  if (typeof value !== 'object' || value === null) return value;
  const others = typeof recorded === 'object' && recorded !== null && !isList(recorded) ? recorded : {};
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, settle(entry, others[key])]));
}

function isClose(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-12 + 1e-10 * Math.abs(b);
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
