/** Pages that the program makes, and what a browser sees of them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Browser } from '../support/chromium.js';
import { kroncut } from '../support/kroncut.js';
import { expectPage } from '../support/reportPage.js';
import { findProgram, requireOrSkip } from '../support/requirements.js';

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);

/** Fails where the command does. */
function done(...argv: string[]): string {
  const { status, stdout, stderr } = kroncut([...argv, '--threads', '2', '--device', 'cpu']);
  expect({ argv, status, stderr: status === 0 ? '' : stderr }).toEqual({ argv, status: 0, stderr: '' });
  return stdout;
}

/** A part for each ten of a hundred qubits. */
const TENS = 'ABCDEFGHIJ'
  .split('')
  .map((part) => part.repeat(10))
  .join('');
const HALVES = (qubits: number): string => 'A'.repeat(qubits / 2) + 'B'.repeat(qubits / 2);

const DEVICE =
  '{ "version": 1, "gates": { "u3": { "error": 0.001, "time": 30 }, "cx": { "error": 0.01, "time": 90 } } }';

/** Pages by name: whole, cut alone, of shots, of 100 qubits, of a compiled circuit. */
const PAGES = ['whole', 'cut', 'shots', 'wide', 'compiled'] as const;
const pages: Partial<Record<(typeof PAGES)[number], string>> = {};
const pageOf = (name: (typeof PAGES)[number]): string => pages[name] ?? '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kroncut-page-'));
  done('generate', 'supremacy', '--qubits', '12', '--depth', '6', '--seed', '1', '-o', at('grid.qasm'));
  done('generate', 'ghz', '--qubits', '100', '-o', at('ghz.qasm'));
  const halves = ['--labels', HALVES(12)];
  done(
    'run',
    at('grid.qasm'),
    ...halves,
    '-o',
    at('whole'),
    '--top',
    '8',
    '--full',
    '--expect',
    'Z0 Z1 + X2',
    '--terms',
    '--report',
  );
  pages.whole = at('whole', 'report.html');
  done('cut', at('grid.qasm'), ...halves, '-o', at('cut'));
  expect(done('report', at('cut'))).toContain('report.html');
  pages.cut = at('cut', 'report.html');
  done('run', at('grid.qasm'), ...halves, '-o', at('shots'), '--top', '8', '--shots', '20000', '--report');
  pages.shots = at('shots', 'report.html');
  done('run', at('ghz.qasm'), '--labels', TENS, '-o', at('wide'), '--top', '4');
  done('report', at('wide'), '-o', at('wide.html'));
  pages.wide = at('wide.html');
  writeFileSync(at('device.json'), DEVICE);
  const device = ['--gate-set', at('device.json'), '--objective', 'fidelity'];
  done(
    'compile',
    at('grid.qasm'),
    '-o',
    at('short.qasm'),
    '--rounds',
    '1',
    ...device,
    '--report',
    at('compiled.html'),
  );
  pages.compiled = at('compiled.html');
}, 240_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('pages of the program', () => {
  it.each(PAGES)('%s: one file that asks for nothing', (name) =>
    expectPage(readFileSync(pageOf(name), 'utf8')),
  );

  it('a page of a compiled circuit has gates and blocks before and after, error and time', () => {
    const text = readFileSync(pageOf('compiled'), 'utf8');
    for (const part of [
      'gates on two qubits became',
      'Gates by name',
      'Gates on two qubits by block',
      'Error at most',
      'Predicted fidelity',
      'duration ',
      'Compiled for the fidelity that errors and times of the gates predict',
      'kroncut compile',
      'id="drawing-after"',
    ]) {
      expect(text).toContain(part);
    }
  });

  it('says in JSON where the page is, and what a run goes without', () => {
    const { file, bytes, missing } = JSON.parse(done('report', at('cut'), '--json'));
    expect({ file, size: readFileSync(file).length }).toEqual({
      file: at('cut', 'report.html'),
      size: bytes,
    });
    expect(missing[0].command).toBe(`kroncut evaluate ${at('cut')}`);
  });
});

describe('a browser', () => {
  let browser: Browser | undefined;
  beforeEach((context) => requireOrSkip(context, 'chromium'));
  const open = (): Browser => (browser ??= new Browser(findProgram('chromium') ?? ''));
  afterAll(() => browser?.close());

  it.each(PAGES)('%s: finds nothing to complain about, asks for nothing, and has room', async (name) => {
    for (const look of [
      { width: 1200, scheme: 'light' },
      { width: 1200, scheme: 'dark' },
      { width: 380, scheme: 'light' },
    ] as const) {
      const seen = await open().open(pageOf(name), look);
      expect(seen).toEqual({ complaints: [], requests: [] });
      const root = 'document.documentElement';
      const tooWide = await open().evaluate(`${root}.scrollWidth - ${root}.clientWidth`);
      expect({ look, tooWide }).toEqual({ look, tooWide: 0 });
    }
  });

  it('would see what is wrong with another page', async () => {
    const page =
      '<!doctype html><p style="width:3000px">x<img src="http://127.0.0.1:9/x.png"><script>console.error(1)</script>';
    writeFileSync(at('bad.html'), page);
    const { complaints, requests } = await open().open(at('bad.html'), { width: 1200, scheme: 'light' });
    expect(requests).toEqual(['http://127.0.0.1:9/x.png']);
    expect(complaints.join()).toContain('"type":"error"');
    expect(() => expectPage(page)).toThrow();
  });

  it('draws in colours that can be told from the ground, light and dark', async () => {
    const grounds = [];
    for (const scheme of ['light', 'dark'] as const) {
      await open().open(pageOf('whole'), { width: 1200, scheme });
      const found = await open().evaluate(`(() => {
        const light = (colour) => {
          const [r, g, b] = colour.match(/[\\d.]+/g).map(Number);
          return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
        };
        const of = (selector, property) => light(getComputedStyle(document.querySelector(selector))[property]);
        const ground = of('section', 'backgroundColor');
        const apart = [
          ['body', 'color'], ['.plot text', 'fill'], ['.plot path[fill^="var(--accent"]', 'fill'],
          ['.kc .n', 'fill'], ['.kc .w', 'stroke'], ['.kc .c', 'stroke'], ['.node', 'stroke'], ['code', 'color'],
        ].map(([selector, property]) => Math.abs(of(selector, property) - ground));
        return { ground, least: Math.min(...apart) };
      })()`);
      grounds.push(z.object({ ground: z.number(), least: z.number() }).parse(found));
    }
    expect(grounds.map(({ ground }) => ground)).toEqual([expect.closeTo(1, 1), expect.closeTo(0.1, 1)]);
    for (const { least } of grounds) expect(least).toBeGreaterThan(0.25);
  });

  it('shows no text outside of its plot', async () => {
    for (const name of PAGES) {
      await open().open(pageOf(name), { width: 1200, scheme: 'light' });
      const outside = await open()
        .evaluate(`[...document.querySelectorAll('.plot text, .graph text')].filter((text) => {
        const [inner, outer] = [text.getBoundingClientRect(), text.closest('svg').getBoundingClientRect()];
        return inner.width > 0 && (inner.left < outer.left - 1 || inner.right > outer.right + 1 || inner.top < outer.top - 1 || inner.bottom > outer.bottom + 1);
      }).map((text) => text.textContent)`);
      expect({ name, outside }).toEqual({ name, outside: [] });
    }
  });

  it('prints a page of several sheets', async () => {
    await open().open(pageOf('whole'), { width: 1200, scheme: 'dark' });
    const pdf = await open().print();
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    expect(pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length).toBeGreaterThan(1);
  });
});
