import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonFault, parseJson } from '../../src/json.js';

const read = (text: string): unknown => parseJson(text, 'f.json', 'numbers are needed');

describe('JSON that a person wrote', () => {
  it('is what JSON.parse reads, with a mark of the order of bytes or without', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(read(text)).toEqual(JSON.parse(text));
        expect(read(`\uFEFF${text}`)).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each([
    ['{"a": 1,\n "b" 2}', 'f.json:2:6: not JSON, a colon is missing here; numbers are needed'],
    ['{\n  "a": 1,\n}', /^f\.json:3:1: not JSON, (a name in double quotes|a value) is missing here/],
    ['{ a: 1 }', /^f\.json:1:3: not JSON, .*double quotes/],
    ['[1 2]', 'f.json:1:4: not JSON, a comma is missing here; numbers are needed'],
    ['[1', 'f.json:1:3: not JSON, a "]" is missing here; numbers are needed'],
    ['{', 'f.json:1:2: not JSON, a "}" is missing here; numbers are needed'],
    ['[1] 2', 'f.json:1:5: not JSON, it should end here; numbers are needed'],
    ['// no\n[1]', 'f.json:1:1: not JSON, JSON has no comments; numbers are needed'],
    ['\uFEFF[1,\n]', /^f\.json:2:1: not JSON/],
    ['', 'f.json: the file is empty; numbers are needed'],
  ])('%j is refused at its place', (text, message) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'input' }));
    expect(() => read(text)).toThrow(message);
  });

  it('has a place for whatever is no JSON', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.string({ maxLength: 3 }), (text, at, put) => {
        const place = at % (text.length + 1);
        const changed = text.slice(0, place) + put + text.slice(place + 1);
        try {
          JSON.parse(changed);
        } catch {
          const { line, column, fault } = jsonFault(changed);
          expect(fault).not.toBe('this cannot be read');
          expect(column - 1).toBeLessThanOrEqual(changed.split('\n')[line - 1]?.length ?? -1);
        }
      }),
      { numRuns: 500 },
    );
  });
});
