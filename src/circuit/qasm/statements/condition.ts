/** Conditions of `if`: decided where they do not depend on a measurement, and what is left of them where they do. */
import { CONDITION_OPERATORS } from '../../condition.js';
import type { Condition } from '../../fence.js';
import { applyOperator, castWidth, evaluate, type Scope } from '../syntax/evaluate.js';
import type { Expression } from '../syntax/expression.js';
import type { Program } from './program.js';
import type { Scanner } from '../syntax/scanner.js';

type Bits = Pick<Program, 'classical' | 'bitsValue'>;

/** The value of a condition, 0 for false; undefined where it depends on a measurement. */
export function decide(
  expression: Expression,
  bits: Bits,
  scope: Scope,
  scanner: Scanner,
): number | undefined {
  const inner = (part: Expression): number | undefined => decide(part, bits, scope, scanner);
  switch (expression.kind) {
    case 'name': {
      const register = bits.classical.get(expression.name);
      return register ? bits.bitsValue(register.items) : evaluate(expression, scope, scanner);
    }
    case 'index': {
      const items = bits.classical.get(expression.name)?.items;
      const index = evaluate(expression.index, scope, scanner);
      const bit = items?.[index < 0 ? index + items.length : index];
      if (bit === undefined) {
        throw scanner.error(
          items === undefined
            ? `no classical bit register '${expression.name}' is declared`
            : `'${expression.name}' has ${items.length} elements; there is no ${index}`,
          expression.at,
        );
      }
      return bits.bitsValue([bit]);
    }
    case 'negate': {
      const value = inner(expression.operand);
      return value === undefined ? undefined : -value;
    }
    case 'not': {
      const value = inner(expression.operand);
      return value === undefined ? undefined : value === 0 ? 1 : 0;
    }
    case 'binary': {
      const { operator, at } = expression;
      const [left, right] = [inner(expression.left), inner(expression.right)];
      const settles = operator === '&&' ? 0 : operator === '||' ? 1 : undefined;
      if (
        settles !== undefined &&
        [left, right].some((value) => value !== undefined && (value === 0) === (settles === 0))
      ) {
        return settles;
      }
      if (left !== undefined && right !== undefined) return applyOperator(operator, left, right, at, scanner);
      return outOfReach(expression, { left, right }, bits, scope, scanner);
    }
    case 'call': {
      const values = expression.operands.map(inner);
      const known = values.filter((value) => value !== undefined);
      if (known.length < values.length) return undefined;
      const operands = known.map((value) => ({ kind: 'number', value, whole: true }) as const);
      return evaluate({ ...expression, operands }, scope, scanner);
    }
    default:
      return evaluate(expression, scope, scanner);
  }
}

const COMPARED: ReadonlySet<string> = new Set(['==', '!=', '<', '>', '<=', '>=']);

/** What a comparison of bits with a number says whatever was measured; undefined where that matters. */
function outOfReach(
  { operator, at, ...sides }: Expression & { kind: 'binary' },
  { left, right }: { readonly left: number | undefined; readonly right: number | undefined },
  bits: Bits,
  scope: Scope,
  scanner: Scanner,
): number | undefined {
  const number = left ?? right;
  const size = bitsIn(left === undefined ? sides.left : sides.right, bits, scope, scanner);
  if (number === undefined || size === undefined || !COMPARED.has(operator)) return undefined;
  const of = (value: number): number =>
    left === undefined
      ? applyOperator(operator, value, number, at, scanner)
      : applyOperator(operator, number, value, at, scanner);
  const most = 2 ** size - 1;
  const within = Number.isInteger(number) && number >= 0 && number <= most;
  const [least, greatest] = [of(0), of(most)];
  const isOrder = operator !== '==' && operator !== '!=';
  return least === greatest && (isOrder || !within) ? least : undefined;
}

/** How many bits a measured register, a bit, or a cast that leaves its value as it is stands for. */
function bitsIn(expression: Expression, bits: Bits, scope: Scope, scanner: Scanner): number | undefined {
  if (expression.kind === 'name') return bits.classical.get(expression.name)?.items.length;
  if (expression.kind === 'index') return 1;
  if (expression.kind !== 'call' || !WHOLE_CASTS.has(expression.name)) return undefined;
  const [operand] = expression.operands;
  const size = operand && bitsIn(operand, bits, scope, scanner);
  return size === undefined || !keepsValue(expression, size, scope, scanner) ? undefined : size;
}

/** Whether a cast leaves the values of so many bits as they are. */
function keepsValue(
  expression: Expression & { kind: 'call' },
  size: number,
  scope: Scope,
  scanner: Scanner,
): boolean {
  const width = castWidth(expression, scope, scanner) ?? Infinity;
  return expression.name === 'uint' ? size <= width : size < width;
}

/** Throws where a cast of measured bits may change their value. */
function checkCast(
  expression: Expression & { kind: 'call' },
  bits: Bits,
  scope: Scope,
  scanner: Scanner,
): void {
  const width = castWidth(expression, scope, scanner);
  const [operand] = expression.operands;
  if (width === undefined || operand === undefined) return;
  const size = bitsIn(operand, bits, scope, scanner);
  const { name, at } = expression;
  if (size !== undefined && keepsValue(expression, size, scope, scanner)) return;
  throw scanner.error(
    size === undefined
      ? `a cast of more than measured bits to '${name}[${width}]' is not supported in a condition`
      : `a cast of ${size} measured bits to '${name}[${width}]', which may change their value, is not supported in a condition`,
    at,
  );
}

const WHOLE_CASTS: ReadonlySet<string> = new Set(['int', 'uint']);

/** A condition that depends on a measurement, with what is known of it worked out. Throws where it has a function or a sum. */
export function residual(expression: Expression, bits: Bits, scope: Scope, scanner: Scanner): Condition {
  const inner = (part: Expression): Condition => residual(part, bits, scope, scanner);
  const value = decide(expression, bits, scope, scanner);
  if (value !== undefined) return { kind: 'number', value };
  switch (expression.kind) {
    case 'name':
      return { kind: 'bits', bits: bits.classical.get(expression.name)?.items ?? [] };
    case 'index': {
      const items = bits.classical.get(expression.name)?.items ?? [];
      const index = evaluate(expression.index, scope, scanner);
      const bit = items[index < 0 ? index + items.length : index];
      return { kind: 'bits', bits: bit === undefined ? [] : [bit] };
    }
    case 'not':
      return { kind: 'not', operand: inner(expression.operand) };
    case 'binary': {
      const { operator, left, right, at } = expression;
      if (!CONDITION_OPERATORS.has(operator)) {
        throw scanner.error(
          `'${operator}' of measured bits is not supported in a condition; there are ${[...CONDITION_OPERATORS].join(' ')}`,
          at,
        );
      }
      const [first, second] = [inner(left), inner(right)];
      // A side that is known, and does not settle it, says nothing.
      if (operator === '&&' || operator === '||') {
        if (first.kind === 'number') return second;
        if (second.kind === 'number') return first;
      }
      return { kind: 'binary', operator, left: first, right: second };
    }
    case 'call': {
      const [operand] = expression.operands;
      if (operand !== undefined && WHOLE_CASTS.has(expression.name)) {
        checkCast(expression, bits, scope, scanner);
        return inner(operand);
      }
      if (operand !== undefined && expression.name === 'bool') {
        return { kind: 'binary', operator: '!=', left: inner(operand), right: { kind: 'number', value: 0 } };
      }
      throw scanner.error(
        `'${expression.name}' of measured bits is not supported in a condition`,
        expression.at,
      );
    }
    default:
      throw scanner.error('a number with a sign is not supported in a condition on measured bits');
  }
}
