/** Splits OpenQASM text into tokens, one at a time and without copying. */
import type { KroncutError } from '../../../error.js';
import { Sources } from './sources.js';

/** Kinds of token; a punctuation mark of one character is its character code, one of two has a code from 300. */
export const Token = {
  end: 0,
  name: 256,
  integer: 257,
  real: 258,
  string: 259,
  hardwareQubit: 260,
  arrow: 300,
  power: 301,
  concat: 302,
  other: 303,
  /** A number with a unit of time. */
  duration: 305,
  /** `#pragma`; the rest of the line is not a part of it. */
  pragma: 304,
} as const;

const TWO_CHARACTERS: ReadonlyMap<string, number> = new Map([
  ['->', Token.arrow],
  ['**', Token.power],
  ['++', Token.concat],
  ...['==', '!=', '<=', '>=', '&&', '||', '<<', '>>', '+=', '-=', '*=', '/=', '%=', '&=', '|=', '^='].map(
    (mark): [string, number] => [mark, Token.other],
  ),
]);

const SINGLE = new Set(Array.from(';,()[]{}=+-*/^%@:<>&|~!', (c) => c.charCodeAt(0)));
const NAME_START = /\p{L}|\p{Nl}|_/u;
const NAME_PART = /\p{L}|\p{Nl}|\p{Mn}|\p{Nd}|_/u;

const DURATION_UNIT = /(?:[nµμum]?s|dt)(?![\p{L}\d_])/uy;

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** Letters, digits and underscore of ASCII. */
function isWordCode(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || isDigit(code) || code === 95;
}

export class Scanner {
  /** Kind of the current token, and its place. */
  kind: number = Token.end;
  start = 0;
  end = 0;
  /** Value of the current number. */
  value = 0;
  private readonly sources: Sources;

  constructor(text: string, file: string) {
    this.sources = new Sources(text, file);
    if (text.charCodeAt(0) === 0xfeff) {
      this.end = 1;
    }
    this.next();
  }

  /** The text of all files so far, one behind the other. */
  get text(): string {
    return this.sources.text;
  }

  /** Text of the current token. */
  get word(): string {
    return this.text.slice(this.start, this.end);
  }

  /** Remarks on the text so far, each with its place. */
  get warnings(): readonly string[] {
    return this.sources.warnings;
  }

  is(kind: number): boolean {
    return this.kind === kind;
  }

  error(what: string, offset = this.start): KroncutError {
    return this.sources.error(what, offset);
  }

  /** Notes something that is read, but perhaps not as it was meant. */
  warn(what: string, offset = this.start): void {
    this.sources.warn(what, offset);
  }

  /** The line of a place in its file, from 1. */
  lineOf(offset: number): number {
    return this.sources.placeOf(offset).line;
  }

  /** Goes on with another text, and after its end behind the current token. */
  enter(text: string, file: string): void {
    this.end = this.sources.enter(text, file, this.end);
    this.next();
  }

  /** Reads another text by `read` alone, up to its end; the current token stays what it is. */
  aside(text: string, file: string, read: () => void): void {
    const { kind, start, end, value } = this;
    const leave = this.sources.alone();
    this.enter(text, file);
    read();
    leave();
    Object.assign(this, { kind, start, end, value });
  }

  /** Goes back to an earlier token, or forward. */
  goTo(offset: number): void {
    this.end = offset;
    this.next();
  }

  /** Skips what is left of the line, and gives it from the current token on. */
  restOfLine(): string {
    const { text } = this;
    const newline = text.indexOf('\n', this.start);
    this.end = newline < 0 ? this.sources.limit : Math.min(newline, this.sources.limit);
    const line = text.slice(this.start, this.end).trim();
    this.next();
    return line;
  }

  /** Moves to the next token. */
  next(): void {
    const { text, limit } = this.sources;
    let at = this.end;
    for (;;) {
      if (at >= limit) {
        break;
      }
      const code = text.charCodeAt(at);
      if (code === 32 || (code >= 9 && code <= 13) || code === 0xa0) {
        at++;
      } else if (code === 47 && text.charCodeAt(at + 1) === 47) {
        const newline = text.indexOf('\n', at);
        at = newline < 0 ? limit : Math.min(newline, limit);
      } else if (code === 47 && text.charCodeAt(at + 1) === 42) {
        const close = text.indexOf('*/', at + 2);
        if (close < 0 || close + 2 > limit) {
          throw this.error("this comment has no end; '*/' is missing", at);
        }
        at = close + 2;
      } else {
        break;
      }
    }
    this.start = at;
    if (at >= limit) {
      const outer = this.sources.leave();
      if (outer !== undefined) {
        this.goTo(outer);
        return;
      }
      this.kind = Token.end;
      this.end = at;
      return;
    }
    const code = text.charCodeAt(at);
    if (isDigit(code) || (code === 46 && isDigit(text.charCodeAt(at + 1)))) {
      this.number(at);
    } else if (isWordCode(code) || code > 127) {
      this.name(at);
    } else if (SINGLE.has(code)) {
      const double = TWO_CHARACTERS.get(text.slice(at, at + 2));
      this.kind = double ?? code;
      this.end = at + (double === undefined ? 1 : 2);
    } else {
      this.special(at, code);
    }
  }

  private name(at: number): void {
    const { text } = this;
    let end = at;
    for (;;) {
      const code = text.charCodeAt(end);
      if (isWordCode(code)) {
        end++;
      } else if (code > 127) {
        const character = String.fromCodePoint(text.codePointAt(end) ?? 0);
        if (!(end === at ? NAME_START : NAME_PART).test(character)) {
          break;
        }
        end += character.length;
      } else {
        break;
      }
    }
    if (end === at) {
      throw this.unexpected(at);
    }
    this.kind = Token.name;
    this.end = end;
  }

  private number(at: number): void {
    const { text } = this;
    const prefix = text.charCodeAt(at) === 48 ? text.charCodeAt(at + 1) | 32 : 0;
    let end = at;
    if (prefix === 120 || prefix === 98 || prefix === 111) {
      end += 2;
      while (isWordCode(text.charCodeAt(end))) {
        end++;
      }
      this.kind = Token.integer;
      this.value = Number(text.slice(at, end).replaceAll('_', '').toLowerCase());
    } else {
      const digits = (): void => {
        while (
          isDigit(text.charCodeAt(end)) ||
          (text.charCodeAt(end) === 95 && isDigit(text.charCodeAt(end + 1)))
        ) {
          end++;
        }
      };
      this.kind = Token.integer;
      digits();
      if (text.charCodeAt(end) === 46) {
        this.kind = Token.real;
        end++;
        digits();
      }
      if ((text.charCodeAt(end) | 32) === 101) {
        const sign = text.charCodeAt(end + 1);
        const first = sign === 43 || sign === 45 ? end + 2 : end + 1;
        if (isDigit(text.charCodeAt(first))) {
          this.kind = Token.real;
          end = first;
          digits();
        }
      }
      const literal = text.slice(at, end);
      this.value = Number(literal.includes('_') ? literal.replaceAll('_', '') : literal);
    }
    DURATION_UNIT.lastIndex = end;
    const unit = DURATION_UNIT.exec(text);
    if (unit !== null) {
      this.kind = Token.duration;
      end += unit[0].length;
    }
    if (Number.isNaN(this.value) || isWordCode(text.charCodeAt(end))) {
      throw this.error(`this is not a number; numbers look like 3, 0.5, 1e-3 or 0x1f`, at);
    }
    if (this.value === Infinity) {
      throw this.error('this number is too large; the largest is about 1.8e308', at);
    }
    this.end = end;
  }

  private special(at: number, code: number): void {
    const { text } = this;
    if (code === 34 || code === 39) {
      const close = text.indexOf(text.charAt(at), at + 1);
      const newline = text.indexOf('\n', at);
      if (close < 0 || close >= this.sources.limit || (newline >= 0 && newline < close)) {
        throw this.error('this string has no closing quote', at);
      }
      this.kind = Token.string;
      this.end = close + 1;
      return;
    }
    if (code === 36 && isDigit(text.charCodeAt(at + 1))) {
      let end = at + 1;
      while (isDigit(text.charCodeAt(end))) {
        end++;
      }
      this.kind = Token.hardwareQubit;
      this.value = Number(text.slice(at + 1, end));
      this.end = end;
      return;
    }
    if (text.startsWith('#pragma', at)) {
      this.kind = Token.pragma;
      this.end = at + '#pragma'.length;
      return;
    }
    throw this.unexpected(at);
  }

  private unexpected(at: number): KroncutError {
    const point = this.text.codePointAt(at) ?? 0;
    const shown =
      point > 32 && point !== 127 ? `'${String.fromCodePoint(point)}'` : `U+${point.toString(16)}`;
    return this.error(`the character ${shown} has no meaning in OpenQASM`, at);
  }
}
