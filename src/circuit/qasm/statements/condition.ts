/** Conditions of `if`, as far as they do not depend on a measurement. */
import { applyOperator, evaluate, type Scope } from '../syntax/evaluate.js';
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
      return left === undefined || right === undefined
        ? undefined
        : applyOperator(operator, left, right, at, scanner);
    }
    case 'call': {
      const values = expression.operands.map(inner);
      return values.includes(undefined) ? undefined : evaluate(expression, scope, scanner);
    }
    default:
      return evaluate(expression, scope, scanner);
  }
}
