/** What every page of a report has to be. */
import { expect } from 'vitest';

/** Bytes of the largest page. */
export const MOST_BYTES = 2e6;

/** Fails where the text is no page that asks for nothing, in which every tag that is opened is closed. */
export function expectPage(text: string): void {
  expect(Buffer.byteLength(text)).toBeLessThan(MOST_BYTES);
  expect(text.startsWith('<!doctype html>')).toBe(true);
  // What the page may not do, the browser is told; and there is nothing in it that would.
  expect(text).toContain('default-src &apos;none&apos;');
  expect(text.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(
    /https?:|\bsrc=|@import|url\(|<script|<link(?! rel="icon" href="data:,")|\bon\w+="/,
  );
  for (const [, target] of text.matchAll(/\bhref="([^"]*)"/g)) expect(target).toMatch(/^#|^data:,$/);
  expect(text).not.toMatch(/\bNaN\b|\[object |>undefined</);
  expectBalanced(text.replaceAll(/<style>.*?<\/style>/gs, ''));
}

const VOID = new Set(['meta', 'link', 'br', '!doctype']);

function expectBalanced(text: string): void {
  const open: string[] = [];
  for (const [, end, name = '', attributes = ''] of text.matchAll(
    /<(\/?)([!A-Za-z][\w-]*)((?:[^>"]|"[^"]*")*)>/g,
  )) {
    if (VOID.has(name) || attributes.endsWith('/')) continue;
    if (end === '') open.push(name);
    else expect(open.pop()).toBe(name);
  }
  expect(open).toEqual([]);
}
