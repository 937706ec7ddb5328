import { describe, expect, test } from 'vitest';
import type { BondEdge } from '../../../src/cut/solution/subexperiments.js';
import { bondGraphSvg, MOST_NODES, placeNodes } from '../../../src/report/bondGraph.js';
import { bars, comparison, groupedBars, points } from '../../../src/report/charts.js';
import { timeline, type TimelineRow } from '../../../src/report/timeline.js';

const BAD = '<script>alert("x")</script>';

describe('plots', () => {
  const axis = { name: 'probability', min: 0 };
  const few = [
    { label: BAD, value: 0.25, low: 0.2, high: 0.31 },
    { label: '01', value: 0.75 },
  ];
  test.each([
    ['bars', bars(few, axis, BAD, BAD)],
    [
      'grouped bars',
      groupedBars(
        [BAD, 'b'],
        [
          { name: BAD, values: [1, 2] },
          { name: 'y', values: [3, 1] },
        ],
        axis,
        BAD,
        BAD,
      ),
    ],
    ['points', points(few, axis, BAD)],
    ['comparison', comparison([{ label: BAD, predicted: 1, measured: 2e-3 }, { label: 'b' }], axis, BAD)],
  ])('%s: one SVG without scripts, styles or references, in colours of the page', (_, { text }) => {
    expect(text.match(/<svg /g)).toHaveLength(1);
    expect(text).not.toMatch(/<script|<style|href|url\(|https?:(?!\/\/www\.w3\.org)|NaN/);
    expect(text).toContain('&lt;script&gt;');
    expect(text).toContain('var(--accent)');
    // Whatever is drawn takes its colour from the page's style.
    const colours = [...text.matchAll(/(?:fill|stroke)="([^"]*)"/g)].map(([, colour]) => colour);
    expect(colours.filter((colour) => colour !== 'none' && !colour?.startsWith('var('))).toEqual([]);
  });

  test('an error bar is as long as its interval, and stays inside of the plot', () => {
    const { text } = bars([{ label: 'a', value: 0.5, low: 0.25, high: 1 }], { name: 'p', min: 0 }, 'd', 'x');
    const found = /d="M[\d.]+ ([\d.]+)L[\d.]+ ([\d.]+)/.exec(
      text.split('stroke="var(--ink)"').toReversed().at(-1) ?? '',
    );
    const whisker = [...text.matchAll(/<path d="M([\d.]+) ([\d.]+)L\1 ([\d.]+)M/g)].at(-1);
    const bar = /<path d="M[\d.]+ ([\d.]+)l[\d.]+ 0l0 -([\d.]+)l/.exec(text);
    expect(found ?? whisker).not.toBeNull();
    const length = Number(whisker?.[2]) - Number(whisker?.[3]);
    // From 0.25 to 1 is one and a half times from 0 to 0.5.
    expect(length / Number(bar?.[2])).toBeCloseTo(1.5, 1);
    expect(Number(whisker?.[3])).toBeGreaterThan(0);
  });
});

function chain(count: number): [number, number][] {
  return Array.from({ length: count - 1 }, (_, i) => [i, i + 1]);
}

describe('the graph of bonds', () => {
  test('a chain lies level, its nodes in order and apart', () => {
    const places = placeNodes(6, chain(6));
    const xs = places.map(([x]) => x);
    expect(xs).toEqual(xs.toSorted((a, b) => a - b));
    places.slice(1).forEach(([x, y], i) => {
      const [px = 0, py = 0] = places[i] ?? [];
      expect(Math.hypot(x - px, y - py)).toBeGreaterThan(0.8);
    });
    expect(Math.max(...places.map(([, y]) => Math.abs(y)))).toBeLessThan((xs.at(-1) ?? 0) / 2);
  });

  test.each([1, 2, 3, 17, MOST_NODES])('%i nodes, also without edges, have places', (count) => {
    for (const edges of [[], chain(count)]) {
      const places = placeNodes(count, edges);
      expect(places).toHaveLength(count);
      expect(places.flat().every(Number.isFinite)).toBe(true);
    }
  });

  test('shows every node and edge, also a wire that returns, inside of its frame', () => {
    const edges: BondEdge[] = [
      { subcircuits: [0, 1], wireCuts: 2, gateCuts: 1, bonds: 3 },
      { subcircuits: [1, 1], wireCuts: 1, gateCuts: 0, bonds: 1 },
    ];
    const nodes = [0, 1, 2].map((index) => ({ index, width: 4 + index }));
    const text = bondGraphSvg(nodes, edges)?.text ?? '';
    expect(text.match(/class="node"/g)).toHaveLength(3);
    expect(text.match(/class="edge"/g)).toHaveLength(2);
    expect(text).toContain('2 wire + 1 gate cuts, 3 bonds');
    for (const [, x, y] of text.matchAll(/cx="([\d.-]+)" cy="([\d.-]+)"/g)) {
      expect(Number(x)).toBeGreaterThan(0);
      expect(Number(x)).toBeLessThan(480);
      expect(Number(y)).toBeGreaterThan(0);
    }
  });

  test('of too many subcircuits there is none', () => {
    const nodes = Array.from({ length: MOST_NODES + 1 }, (_, index) => ({ index, width: 1 }));
    expect(bondGraphSvg(nodes, [])).toBeUndefined();
  });
});

function row(label: string, seconds: number): TimelineRow {
  return { label, bars: [{ label: BAD, begin: 0, seconds }] };
}

describe('the timeline', () => {
  test('stages follow one another, and fill it', () => {
    const { text } = timeline([
      { name: 'cut', seconds: 1, rows: [row('cut', 1)] },
      { name: 'evaluate', seconds: 3, rows: [row('rank 0', 3), row('rank 1', 1.5)] },
    ]);
    const places = [...text.matchAll(/left:([\d.]+)%;width:([\d.]+)%/g)].map(([, left, width]) => [
      Number(left),
      Number(width),
    ]);
    expect(places).toEqual([
      [0, 25],
      [25, 75],
      [25, 37.5],
    ]);
    expect(text).not.toContain('<script');
  });

  test('many ranks are shown in part, and that is said', () => {
    const rows = Array.from({ length: 40 }, (_, i) => ({ label: `rank ${i}`, bars: [] }));
    const { text } = timeline([{ name: 'evaluate', seconds: 1, rows }]);
    expect(text.match(/class="row/g)).toHaveLength(24);
    expect(text).toContain('16 more ranks are not shown');
  });
});
