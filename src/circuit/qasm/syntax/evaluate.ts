/** Values of constant expressions of OpenQASM. */
import type { KroncutError } from '../../../error.js';
import type { Expression } from './expression.js';
import type { Scanner } from './scanner.js';

/**
 * How whole numbers divide: `real` as version 2 has it (3/2 is 1.5); `whole` in sizes and indices (1, whatever the types);
 * `typed` as version 3 has it (1 where both are of a whole type, with a warning); `exact` (1.5, with a warning where
 * version 3 has 1).
 */
export type Division = 'real' | 'whole' | 'typed' | 'exact';

/** Where an expression takes its names from, and how it is to be understood. */
export interface Scope {
  /** Value of a constant, input or gate parameter. */
  readonly lookUp: (name: string) => number | undefined;
  /** Whether a name is of a whole type. */
  readonly isWhole: (name: string) => boolean;
  readonly division: Division;
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
  ['bool', (x: number): number => (x === 0 ? 0 : 1)],
]);

const TWO_OPERANDS: ReadonlyMap<string, (x: number, y: number) => number> = new Map([
  ['pow', Math.pow],
  ['mod', modulo],
]);

const WHOLE_RESULTS: ReadonlySet<string> = new Set(['int', 'uint', 'bool', 'popcount']);
const WHOLE_OF_WHOLE: ReadonlySet<string> = new Set(['pow', 'mod', 'abs']);

const COMPARISONS: ReadonlyMap<string, (x: number, y: number) => boolean> = new Map([
  ['==', (x: number, y: number): boolean => x === y],
  ['!=', (x: number, y: number): boolean => x !== y],
  ['<', (x: number, y: number): boolean => x < y],
  ['>', (x: number, y: number): boolean => x > y],
  ['<=', (x: number, y: number): boolean => x <= y],
  ['>=', (x: number, y: number): boolean => x >= y],
  ['&&', (x: number, y: number): boolean => x !== 0 && y !== 0],
  ['||', (x: number, y: number): boolean => x !== 0 || y !== 0],
]);

/** Operators on whole numbers of fewer than 32 bits. */
const BITWISE: ReadonlyMap<string, (x: number, y: number) => number> = new Map([
  ['^', (x: number, y: number): number => x ^ y],
  ['&', (x: number, y: number): number => x & y],
  ['|', (x: number, y: number): number => x | y],
  ['<<', (x: number, y: number): number => x * 2 ** y],
  ['>>', (x: number, y: number): number => Math.floor(x / 2 ** y)],
]);

/** Evaluates an expression; `scanner` takes warnings and makes error messages. */
export function evaluate(expression: Expression, scope: Scope, scanner: Scanner): number {
  switch (expression.kind) {
    case 'number':
      return expression.value;
    case 'negate':
      return -evaluate(expression.operand, scope, scanner);
    case 'not':
      return evaluate(expression.operand, scope, scanner) === 0 ? 1 : 0;
    case 'name': {
      const value = scope.lookUp(expression.name) ?? CONSTANTS.get(expression.name);
      if (value === undefined) {
        throw unknownName(expression, scanner);
      }
      return value;
    }
    case 'index':
      throw unknownName(expression, scanner);
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
    case 'not':
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

function unknownName(
  { name, at }: { readonly name: string; readonly at: number },
  scanner: Scanner,
): KroncutError {
  return scanner.error(`'${name}' is not a constant, an input or a parameter known here`, at);
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
  const width = castWidth(expression, scope, scanner);
  return finite(width === undefined ? value : wrapped(name, value, width), `'${name}'`, at, scanner);
}

/** Bits of a cast to whole numbers; undefined where it has no width. */
export function castWidth(
  { name, width, at }: Expression & { kind: 'call' },
  scope: Scope,
  scanner: Scanner,
): number | undefined {
  if (width === undefined || (name !== 'int' && name !== 'uint')) return undefined;
  const bits = evaluate(width, scope, scanner);
  if (Number.isInteger(bits) && bits >= 1) return bits;
  throw scanner.error(`a cast to '${name}' has 1 bit or more, not ${bits}`, at);
}

/** The lowest bits of a whole number, the highest of them being the sign of an `int`. */
function wrapped(name: string, value: number, bits: number): number {
  const size = 2 ** bits;
  const low = modulo(value, size);
  return name === 'int' && low >= size / 2 ? low - size : low;
}

function evaluateBinary(expression: Expression & { kind: 'binary' }, scope: Scope, scanner: Scanner): number {
  const { operator, at } = expression;
  const left = evaluate(expression.left, scope, scanner);
  const right = evaluate(expression.right, scope, scanner);
  return operator === '/'
    ? quotient(expression, left, right, scope, scanner)
    : applyOperator(operator, left, right, at, scanner);
}

/** What an operator other than the division makes of two values. */
export function applyOperator(
  operator: string,
  left: number,
  right: number,
  at: number,
  scanner: Scanner,
): number {
  const comparison = COMPARISONS.get(operator);
  if (comparison) {
    return comparison(left, right) ? 1 : 0;
  }
  const bitwise = BITWISE.get(operator);
  if (bitwise) {
    if (![left, right].every((value) => Number.isInteger(value) && Math.abs(value) < 2 ** 31)) {
      throw scanner.error(
        operator === '^'
          ? "'^' is exclusive or of whole numbers in OpenQASM 3; the power is '**'"
          : `'${operator}' is for whole numbers below 2**31`,
        at,
      );
    }
    return finite(bitwise(left, right), `'${operator}'`, at, scanner);
  }
  switch (operator) {
    case '+':
      return finite(left + right, "'+'", at, scanner);
    case '-':
      return finite(left - right, "'-'", at, scanner);
    case '*':
      return finite(left * right, "'*'", at, scanner);
    case '/':
      return finite(left / right, "'/'", at, scanner);
    case '%':
      return finite(modulo(left, right), "'%'", at, scanner);
    default:
      return finite(left ** right, `'${operator}'`, at, scanner);
  }
}

function quotient(
  { left, right, at }: Expression & { kind: 'binary' },
  x: number,
  y: number,
  scope: Scope,
  scanner: Scanner,
): number {
  const exact = applyOperator('/', x, y, at, scanner);
  const { division } = scope;
  if (division === 'real' || Number.isInteger(exact) || !Number.isInteger(x) || !Number.isInteger(y)) {
    return exact;
  }
  const truncated = Math.trunc(exact);
  if (division === 'whole') {
    return truncated;
  }
  if (!isWhole(left, scope) || !isWhole(right, scope)) {
    return exact;
  }
  if (division === 'exact') {
    scanner.warn(
      `${x}/${y} is taken as ${exact} here, though OpenQASM 3 divides whole numbers to ${truncated}; write ${x}.0/${y}`,
      at,
    );
    return exact;
  }
  scanner.warn(
    `${x}/${y} is ${truncated} in OpenQASM 3, where whole numbers divide to a whole number; write ${x}.0/${y} for ${exact}`,
    at,
  );
  return truncated;
}

/** Whether an expression is of a whole type in OpenQASM 3, as both operands of a division of whole numbers are. */
export function isWhole(expression: Expression, scope: Pick<Scope, 'isWhole'>): boolean {
  switch (expression.kind) {
    case 'number':
      return expression.whole;
    case 'name':
      return scope.isWhole(expression.name) || expression.name === 'true' || expression.name === 'false';
    case 'negate':
      return isWhole(expression.operand, scope);
    case 'call': {
      const { name, operands } = expression;
      return (
        WHOLE_RESULTS.has(name) ||
        (WHOLE_OF_WHOLE.has(name) && operands.every((operand) => isWhole(operand, scope)))
      );
    }
    case 'binary':
      return (
        COMPARISONS.has(expression.operator) ||
        (isWhole(expression.left, scope) && isWhole(expression.right, scope))
      );
    default:
      return true;
  }
}

function finite(value: number, what: string, at: number, scanner: Scanner): number {
  if (!Number.isFinite(value)) {
    throw scanner.error(`the result of ${what} is not a finite number`, at);
  }
  return value;
}
