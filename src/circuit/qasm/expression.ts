/** Constant expressions of OpenQASM: read into a tree, evaluated with the parameters at hand. */
import type { KroncutError } from '../../error.js';
import { Token, type Scanner } from './scanner.js';

export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'name'; readonly name: string; readonly at: number }
  | { readonly kind: 'negate'; readonly operand: Expression }
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
      readonly at: number;
    };

/** Where an expression takes its names from, and how it is to be understood. */
export interface Scope {
  /** Value of a constant, input or gate parameter. */
  readonly lookUp: (name: string) => number | undefined;
  /** True in sizes and indices, where whole numbers divide to whole numbers; false in angles. */
  readonly whole: boolean;
}

const CONSTANTS: ReadonlyMap<string, number> = new Map([
  ['pi', Math.PI],
  ['π', Math.PI],
  ['tau', 2 * Math.PI],
  ['τ', 2 * Math.PI],
  ['euler', Math.E],
  ['ℇ', Math.E],
  ['true', 1],
  ['false', 0],
]);

/** True for the names that mean a number in every program. */
export function isBuiltinConstant(name: string): boolean {
  return CONSTANTS.has(name);
}

const modulo = (a: number, b: number): number => a - b * Math.floor(a / b);

function popcount(value: number): number {
  let count = 0;
  for (let rest = Math.trunc(Math.abs(value)); rest > 0; rest = Math.floor(rest / 2)) {
    count += rest % 2;
  }
  return count;
}

const ONE_OPERAND: ReadonlyMap<string, (x: number) => number> = new Map([
  ['sin', Math.sin],
  ['cos', Math.cos],
  ['tan', Math.tan],
  ['exp', Math.exp],
  ['ln', Math.log],
  ['log', Math.log],
  ['sqrt', Math.sqrt],
  ['arcsin', Math.asin],
  ['arccos', Math.acos],
  ['arctan', Math.atan],
  ['asin', Math.asin],
  ['acos', Math.acos],
  ['atan', Math.atan],
  ['floor', Math.floor],
  ['ceiling', Math.ceil],
  ['abs', Math.abs],
  ['popcount', popcount],
  // Casts, as in float(n)/2.
  ['float', Number],
  ['angle', Number],
  ['int', Math.trunc],
  ['uint', Math.trunc],
]);

const TWO_OPERANDS: ReadonlyMap<string, (x: number, y: number) => number> = new Map([
  ['pow', Math.pow],
  ['mod', modulo],
]);

/** Deepest nesting of parentheses, signs and powers. */
const MAX_DEPTH = 200;

/** Longest chain of operators of one strength. */
const MAX_CHAIN = 1000;

/** Reads one expression, leaving the scanner behind it. In version 2 `^` is a power, in version 3 exclusive or. */
export function parseExpression(scanner: Scanner, version: 2 | 3): Expression {
  return new ExpressionParser(scanner, version).binary(0, 0);
}

/** Binding strength of the operators that associate to the left. */
function strengthOf(kind: number): number {
  switch (kind) {
    case 94: // ^
      return 1;
    case 43: // +
    case 45: // -
      return 2;
    case 42: // *
    case 47: // /
    case 37: // %
      return 3;
    default:
      return -1;
  }
}

class ExpressionParser {
  constructor(
    private readonly scanner: Scanner,
    private readonly version: 2 | 3,
  ) {}

  /** Operators that bind more strongly than `weakest`. */
  binary(weakest: number, depth: number): Expression {
    const { scanner } = this;
    let left = this.unary(depth + 1);
    for (let length = 0; ; length++) {
      const strength = strengthOf(scanner.kind);
      if (strength <= weakest) {
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
      return { kind: 'number', value };
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
    if (scanner.is(91) && ONE_OPERAND.has(name)) {
      // The width of a cast, as in float[64](x), changes nothing: numbers are doubles.
      scanner.next();
      this.binary(0, depth + 1);
      this.expect(93);
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
    return { kind: 'call', name, operands, at: start };
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

/** Evaluates an expression; `scanner` only serves error messages. */
export function evaluate(expression: Expression, scope: Scope, scanner: Scanner): number {
  switch (expression.kind) {
    case 'number':
      return expression.value;
    case 'negate':
      return -evaluate(expression.operand, scope, scanner);
    case 'name': {
      const value = scope.lookUp(expression.name) ?? CONSTANTS.get(expression.name);
      if (value === undefined) {
        throw unknownName(expression, scanner);
      }
      return value;
    }
    case 'call':
      return evaluateCall(expression, scope, scanner);
    default:
      return evaluateBinary(expression, scope, scanner);
  }
}

/** Throws where a name in an expression means nothing; the values are not needed for that. */
export function checkNames(
  expression: Expression,
  isKnown: (name: string) => boolean,
  scanner: Scanner,
): void {
  switch (expression.kind) {
    case 'name':
      if (!isKnown(expression.name) && !CONSTANTS.has(expression.name)) {
        throw unknownName(expression, scanner);
      }
      break;
    case 'negate':
      checkNames(expression.operand, isKnown, scanner);
      break;
    case 'binary':
      checkNames(expression.left, isKnown, scanner);
      checkNames(expression.right, isKnown, scanner);
      break;
    case 'call':
      checkCall(expression, scanner);
      for (const operand of expression.operands) {
        checkNames(operand, isKnown, scanner);
      }
      break;
    default:
  }
}

function unknownName(expression: Expression & { kind: 'name' }, scanner: Scanner): KroncutError {
  return scanner.error(
    `'${expression.name}' is not a constant, an input or a parameter known here`,
    expression.at,
  );
}

function checkCall({ name, operands, at }: Expression & { kind: 'call' }, scanner: Scanner): void {
  const count = ONE_OPERAND.has(name) ? 1 : TWO_OPERANDS.has(name) ? 2 : 0;
  if (count === 0) {
    const names = [...ONE_OPERAND.keys(), ...TWO_OPERANDS.keys()].join(', ');
    throw scanner.error(`there is no function '${name}'; there are ${names}`, at);
  }
  if (operands.length !== count) {
    throw scanner.error(
      `'${name}' takes ${count === 1 ? 'one value' : 'two values'}, not ${operands.length}`,
      at,
    );
  }
}

function evaluateCall(expression: Expression & { kind: 'call' }, scope: Scope, scanner: Scanner): number {
  checkCall(expression, scanner);
  const { name, operands, at } = expression;
  const [x = 0, y = 0] = operands.map((operand) => evaluate(operand, scope, scanner));
  const value = ONE_OPERAND.get(name)?.(x) ?? TWO_OPERANDS.get(name)?.(x, y) ?? NaN;
  return finite(value, `'${name}'`, at, scanner);
}

function evaluateBinary(expression: Expression & { kind: 'binary' }, scope: Scope, scanner: Scanner): number {
  const { operator, at } = expression;
  const left = evaluate(expression.left, scope, scanner);
  const right = evaluate(expression.right, scope, scanner);
  const integers = Number.isInteger(left) && Number.isInteger(right);
  switch (operator) {
    case '+':
      return finite(left + right, "'+'", at, scanner);
    case '-':
      return finite(left - right, "'-'", at, scanner);
    case '*':
      return finite(left * right, "'*'", at, scanner);
    case '/': {
      const quotient = left / right;
      return finite(scope.whole && integers ? Math.trunc(quotient) : quotient, "'/'", at, scanner);
    }
    case '%':
      return finite(modulo(left, right), "'%'", at, scanner);
    case '^':
      if (!integers || Math.abs(left) >= 2 ** 31 || Math.abs(right) >= 2 ** 31) {
        throw scanner.error("'^' is exclusive or of whole numbers in OpenQASM 3; the power is '**'", at);
      }
      return left ^ right;
    default:
      return finite(left ** right, `'${operator}'`, at, scanner);
  }
}

function finite(value: number, what: string, at: number, scanner: Scanner): number {
  if (!Number.isFinite(value)) {
    throw scanner.error(`the result of ${what} is not a finite number`, at);
  }
  return value;
}
