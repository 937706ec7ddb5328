/** Expressions of OpenQASM, read into a tree. `evaluate.ts` works them out with the values at hand. */
import { Token, type Scanner } from './scanner.js';

export type Expression =
  | { readonly kind: 'number'; readonly value: number; readonly whole: boolean }
  | { readonly kind: 'name'; readonly name: string; readonly at: number }
  | { readonly kind: 'index'; readonly name: string; readonly index: Expression; readonly at: number }
  | { readonly kind: 'negate' | 'not'; readonly operand: Expression }
  | {
      readonly kind: 'binary';
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
      readonly at: number;
    }
  | {
      readonly kind: 'call';
      readonly name: string;
      readonly operands: readonly Expression[];
      /** Bits of a cast, as in `uint[2](c)`. */
      readonly width?: Expression;
      readonly at: number;
    };

/** Deepest nesting of parentheses, signs and powers. */
const MAX_DEPTH = 200;

/** Longest chain of operators of one strength. */
const MAX_CHAIN = 1000;

/** Casts, which may have a width in brackets. */
const CASTS: ReadonlySet<string> = new Set(['int', 'uint', 'float', 'angle', 'bool']);

/** Reads one expression, leaving the scanner behind it. In version 2 `^` is a power, in version 3 exclusive or. */
export function parseExpression(scanner: Scanner, version: 2 | 3): Expression {
  return new ExpressionParser(scanner, version, false).binary(0, 0);
}

/** Reads the condition of an `if`, which may name classical bits; both versions have the operators of version 3. */
export function parseCondition(scanner: Scanner): Expression {
  return new ExpressionParser(scanner, 3, true).binary(0, 0);
}

const ARITHMETIC = 9;
const PRODUCTS = 10;

/** Binding strength of operators of two characters. */
const STRENGTHS: ReadonlyMap<string, number> = new Map([
  ['||', 1],
  ['&&', 2],
  ['==', 6],
  ['!=', 6],
  ['<=', 7],
  ['>=', 7],
  ['<<', 8],
  ['>>', 8],
]);

/** Binding strength of the operators that associate to the left; -1 for what is none. */
function strengthOf(scanner: Scanner): number {
  switch (scanner.kind) {
    case 124: // |
      return 3;
    case 94: // ^
      return 4;
    case 38: // &
      return 5;
    case 60: // <
    case 62: // >
      return 7;
    case 43: // +
    case 45: // -
      return ARITHMETIC;
    case 42: // *
    case 47: // /
    case 37: // %
      return PRODUCTS;
    case Token.other:
      return STRENGTHS.get(scanner.word) ?? -1;
    default:
      return -1;
  }
}

class ExpressionParser {
  constructor(
    private readonly scanner: Scanner,
    private readonly version: 2 | 3,
    private readonly indices: boolean,
  ) {}

  /** Operators that bind more strongly than `weakest`. */
  binary(weakest: number, depth: number): Expression {
    const { scanner } = this;
    let left = this.unary(depth + 1);
    for (let length = 0; ; length++) {
      const strength = strengthOf(scanner);
      if (strength <= weakest || (this.version === 2 && strength < ARITHMETIC)) {
        return left;
      }
      if (length === MAX_CHAIN) {
        throw scanner.error(`this expression has more than ${MAX_CHAIN} terms`);
      }
      const at = scanner.start;
      const operator = scanner.word;
      scanner.next();
      const right = this.binary(strength, depth + 1);
      left = { kind: 'binary', operator, left, right, at };
    }
  }

  private unary(depth: number): Expression {
    const { scanner } = this;
    if (depth > MAX_DEPTH) {
      throw scanner.error(`this expression is nested more than ${MAX_DEPTH} levels deep`);
    }
    if (scanner.kind === 45) {
      scanner.next();
      return { kind: 'negate', operand: this.unary(depth + 1) };
    }
    if (scanner.kind === 43) {
      scanner.next();
      return this.unary(depth + 1);
    }
    if (scanner.kind === 33 && this.version === 3) {
      scanner.next();
      return { kind: 'not', operand: this.unary(depth + 1) };
    }
    const base = this.primary(depth);
    if (scanner.kind === Token.power || (scanner.kind === 94 && this.version === 2)) {
      const at = scanner.start;
      scanner.next();
      return { kind: 'binary', operator: '**', left: base, right: this.unary(depth + 1), at };
    }
    return base;
  }

  private primary(depth: number): Expression {
    const { scanner } = this;
    const { kind, start } = scanner;
    if (kind === Token.integer || kind === Token.real) {
      const { value } = scanner;
      scanner.next();
      return { kind: 'number', value, whole: kind === Token.integer };
    }
    if (kind === 40) {
      scanner.next();
      const inner = this.binary(0, depth + 1);
      this.expect(41);
      return inner;
    }
    if (kind !== Token.name) {
      throw scanner.error(`a number or an expression is expected here, ${found(scanner)}`);
    }
    const name = scanner.word;
    scanner.next();
    let width: Expression | undefined;
    if (scanner.is(91) && (this.indices || CASTS.has(name))) {
      scanner.next();
      const index = this.binary(0, depth + 1);
      this.expect(93);
      if (!CASTS.has(name)) {
        return { kind: 'index', name, index, at: start };
      }
      width = index;
    }
    if (!scanner.is(40)) {
      return { kind: 'name', name, at: start };
    }
    scanner.next();
    const operands = [this.binary(0, depth + 1)];
    while (scanner.is(44)) {
      scanner.next();
      operands.push(this.binary(0, depth + 1));
    }
    this.expect(41);
    return { kind: 'call', name, operands, at: start, ...(width === undefined ? {} : { width }) };
  }

  private expect(kind: number): void {
    if (this.scanner.kind !== kind) {
      throw this.scanner.error(`'${String.fromCharCode(kind)}' is expected here, ${found(this.scanner)}`);
    }
    this.scanner.next();
  }
}

/** "found ..." for messages. */
export function found(scanner: Scanner): string {
  if (scanner.kind === Token.end) {
    return 'but the file ends';
  }
  const { word } = scanner;
  return `not '${word.length > 40 ? `${word.slice(0, 40)}...` : word}'`;
}
