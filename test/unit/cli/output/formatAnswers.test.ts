import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { firstSamples } from '../../../../src/cli/output/firstSamples.js';
import { formatAnswers } from '../../../../src/cli/output/formatAnswers.js';

it('marginals of many bits are shown, shortened', () => {
  const bits = 18;
  const probabilities = Array.from({ length: 2 ** bits }, (_, i) => (i === 1 ? 0.5 : 2 ** -bits / 2));
  const outcomeBits = Array.from({ length: bits }, (_, i) => i);
  const text = formatAnswers({
    marginal: { outcomeBits, qubits: outcomeBits, probabilities, data: 'exact' },
  });
  expect(text[2]).toMatch(/^ {2}0{17}1 {2}0\.500000 {2}█+$/);
  expect(text.at(-1)).toBe(`  ... and ${2 ** bits - 64} more (--json has them all)`);
});

it('samples that are in no file are listed', () => {
  expect(formatAnswers({ samples: { count: 2, values: ['01', '10'], data: 'exact' } })).toEqual([
    'Samples (bit 0 last):',
    '  01',
    '  10',
  ]);
});

it('a list that is shorter than was asked for says why', () => {
  const bonds = { planned: 1, used: 1, errorBound: 0 };
  const outcomes = [{ bits: '1', probability: 1 }];
  const top = { proven: true, bound: 0, outcomes, bonds, data: 'exact' } as const;
  expect(formatAnswers({ top })).toHaveLength(2);
  expect(formatAnswers({ top: { ...top, fewer: 'there are no others' } }).at(-1)).toBe(
    '  no more than 1 are listed: there are no others',
  );
});

it('what rounding leaves of outcomes is one line, and estimates stay as they are', () => {
  const bonds = { planned: 1, used: 1, errorBound: 0 };
  const outcomes = [
    { bits: '11', probability: 0.5 },
    { bits: '00', probability: 0.5 },
    { bits: '01', probability: 2.5e-17 },
    { bits: '10', probability: 0 },
  ];
  const top = { proven: true, bound: 0, outcomes, bonds, data: 'exact' } as const;
  expect(formatAnswers({ top }).slice(3)).toEqual(['  and 2 that are 0 within rounding (at most 2.500e-17)']);
  expect(formatAnswers({ top: { ...top, data: 'sampled' } })).toHaveLength(5);
  // Small is not yet nothing.
  const rare = [
    { bits: '1', probability: 1 },
    { bits: '0', probability: 1e-9 },
  ];
  expect(formatAnswers({ top: { ...top, outcomes: rare } })).toHaveLength(3);
});

it('a terminal shows the first samples of a file of text', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kroncut-samples-'));
  try {
    const lines = Array.from({ length: 20 }, (_, i) => i.toString(2).padStart(5, '0'));
    writeFileSync(join(folder, 's.txt'), `${lines.join('\n')}\n`);
    const samples = { file: 's.txt', count: 20, data: 'exact' } as const;
    const first = await firstSamples(folder, samples, true);
    expect(first).toEqual(lines.slice(0, 8));
    expect(formatAnswers({ samples }, first)).toEqual([
      'Samples: s.txt, 20 of them, the first ones (bit 0 last):',
      ...first.map((line) => `  ${line}`),
    ]);
    expect(await firstSamples(folder, samples, false)).toEqual([]);
    expect(await firstSamples(folder, { ...samples, file: 's.npy' }, true)).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
