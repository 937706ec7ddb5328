import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeText, html, Html } from '../../../src/report/html.js';
import { pageText } from '../../../src/report/page.js';
import { bytesText, duration, figure, percent, shellWord, withError } from '../../../src/report/words.js';

describe('html', () => {
  test('text stays text, HTML stays HTML, lists are joined', () => {
    const list = ['a', 'b'].map((each) => html`<li>${each}</li>`);
    expect(html`<p title="${'"x" <y>'}">${'<script>'}${3}${undefined}</p>`.text).toBe(
      '<p title="&quot;x&quot; &lt;y&gt;">&lt;script&gt;3</p>',
    );
    expect(html`${list}`.text).toBe('<li>a</li><li>b</li>');
  });

  test('no text can open a tag, end an attribute, or hide in control characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(escapeText(text)).not.toMatch(
          /[<>"']|&(?!amp;|lt;|gt;|quot;|apos;)|(?!\n)\p{Cc}|\p{Bidi_Control}/u,
        );
      }),
    );
    expect(escapeText('a\nb')).toBe('a\nb');
  });

  test('a page escapes its title, tiles and footer', () => {
    const bad = '</title><script>alert(1)</script>';
    const text = pageText({
      title: bad,
      brand: bad,
      lede: bad,
      tiles: [{ name: bad, value: bad, note: bad }],
      sections: [{ id: 'one', title: bad, body: bad }],
      footer: bad,
    });
    expect(text).not.toContain('<script');
    expect(text.match(/<title>/g)).toHaveLength(1);
    expect(text).toContain("default-src 'none'".replaceAll("'", '&apos;'));
    expect(new Html('<b>').text).toBe('<b>');
  });
});

describe('numbers in words', () => {
  test.each([
    [0, '0'],
    [0.5, '0.5'],
    [-0.25, '−0.25'],
    [12_345, '12\u202F345'],
    [31_234.5, '31\u202F230'],
    [1.5e-7, '1.50 × 10⁻⁷'],
    [1e-7, '10⁻⁷'],
    [3.2e22, '3.20 × 10²²'],
    [Infinity, 'above 1e308'],
    [NaN, 'undefined'],
  ])('%f is %s', (value, text) => expect(figure(value)).toBe(text));

  test('errors decide on the digits', () => {
    expect(withError(0.123456, 0.0123)).toBe('0.123 ± 0.012');
    expect(withError(-0.0001, 0.0075)).toBe('−0.0001 ± 0.0075');
    expect(withError(0.5, undefined)).toBe('0.5000');
    expect(withError(0.5, null)).toBe('0.5 (error not known)');
    expect(withError(1.5e-9, 2e-10)).toBe('1.5 × 10⁻⁹ ± 2 × 10⁻¹⁰');
  });

  test('amounts', () => {
    expect(percent(0.1234)).toBe('12.3 %');
    expect(percent(0)).toBe('0 %');
    expect(duration(3e-10)).toBe('0.3 ns');
    expect(duration(5e-6)).toBe('5 µs');
    expect(duration(3.156e7 * 20)).toBe('20 years');
    expect(bytesText(2 ** 130)).toMatch(/^1\.13 × 10²¹ EiB$|^\d\.\d\d × 10\S+ EiB$/);
  });

  test('words of a command line', () => {
    expect(shellWord('run/1.qasm')).toBe('run/1.qasm');
    expect(shellWord("it's a $HOME")).toBe(String.raw`'it'\''s a $HOME'`);
    expect(shellWord('')).toBe("''");
  });
});
