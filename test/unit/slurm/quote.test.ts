import { spawnSync } from 'node:child_process';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { directiveFile, directiveValue, shellWord } from '../../../src/slurm/quote.js';

/** Names that shells read something into, pieces of them, and any others. */
const hostile = fc.oneof(
  fc.constantFrom(
    '',
    '-n',
    '--',
    '~',
    '~root',
    '*',
    '[a]=b',
    'a=b',
    '$(id)',
    '`id`',
    '${HOME}',
    '$HOME',
    "'",
    "''\\''",
    '"; id; "',
    '\\',
    '\n',
    'a\nb\n',
    '\r\n',
    '!!',
    '#x',
    '&',
    '|',
    '>x',
    '(a)',
    '{a,b}',
    '\u007f',
    'é 😀',
    '\ud800',
  ),
  fc.string({ unit: fc.constantFrom(...Array.from('ab \'"\\$`(){}[]*?~!#&|;<>\n\t=%-')) }),
  fc.string({ unit: 'grapheme' }),
);
const words = fc.array(
  hostile.filter((text) => !text.includes('\0')),
  { maxLength: 12 },
);

/** What bash makes of a script whose last words these are, each followed by a zero byte. */
function readByBash(script: string): string[] {
  const { stdout, stderr, status } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout.split('\0').slice(0, -1);
}

/** A process gets bytes: half a surrogate pair has none of its own. */
const asBytes = (text: string): string => Buffer.from(text).toString();

describe('a word of the shell', () => {
  it('is read by bash as itself, as an argument and in an array', () => {
    fc.assert(
      fc.property(words, (list) => {
        const quoted = list.map(shellWord).join(' ');
        const expected = ['first', ...list.map(asBytes)];
        expect(readByBash(`printf '%s\\0' first ${quoted}`)).toEqual(expected);
        expect(readByBash(`list=(first ${quoted})\nprintf '%s\\0' "\${list[@]}"`)).toEqual(expected);
      }),
      { numRuns: 150 },
    );
  });

  it('holds no zero byte', () => {
    expect(() => shellWord('a\0b')).toThrow(/zero byte/);
  });
});

/** How sbatch reads the value of an option in a directive: quotes, and backslashes everywhere. */
function readBySbatch(value: string): string {
  let read = '';
  let quote = '';
  for (let i = 0; i < value.length; i += 1) {
    const letter = value[i] ?? '';
    if (letter === '\\') {
      i += 1;
      read += value[i] ?? '';
    } else if (letter === quote) quote = '';
    else if (quote === '' && (letter === '"' || letter === "'")) quote = letter;
    else if (quote === '' && /[\s#]/.test(letter)) break;
    else read += letter;
  }
  return read;
}

describe('a value in a directive', () => {
  it('is read by sbatch as itself, and by bash as a comment', () => {
    const values = hostile.filter((text) => text !== '' && !/[\p{Cc}\u2028\u2029]/u.test(text));
    fc.assert(
      fc.property(values, (value) => {
        const written = directiveValue(value, 'it');
        expect(readBySbatch(written)).toBe(value);
        expect(readByBash(`#SBATCH --job-name=${written}\nprintf '%s\\0' end`)).toEqual(['end']);
      }),
      { numRuns: 100 },
    );
  });

  it('holds no line break, and is not empty', () => {
    for (const text of ['a\nb', '\r', 'a\u2028', '\u0085']) {
      expect(() => directiveValue(text, '--account')).toThrow(/--account holds a line break/);
    }
    expect(() => directiveValue('', '--account')).toThrow(/--account is empty/);
  });

  it('is a folder that stands for itself before a pattern', () => {
    expect(directiveFile('/a b/100%j', '%x-%j.out', '--logs')).toBe('"/a b/100%%j/%x-%j.out"');
    expect(() => directiveFile('/a\\b', '%j', '--logs')).toThrow(/backslash/);
  });
});
