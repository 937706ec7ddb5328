import { describe, expect, it } from 'vitest';
import { printable, printableLine } from '../../src/printable.js';

describe('text for a terminal', () => {
  it('keeps what people write, and line breaks', () => {
    const text = 'кронкут 测试 🐈 "x" 100%\n  ^ here';
    expect(printable(text)).toBe(text);
    expect(printableLine(text, 18)).toBe('кронкут 测试 🐈 "x" ');
    expect(printableLine('a\nb', 10)).toBe('a b');
  });

  it('loses what steers a terminal or turns text around', () => {
    expect(printable('\u001b[2J\u0007\r\t\u009b31m\u202e\u2066\u2028x')).toBe('?[2J????31m???x');
  });
});
