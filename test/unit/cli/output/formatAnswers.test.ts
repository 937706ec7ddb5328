import { expect, it } from 'vitest';
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
