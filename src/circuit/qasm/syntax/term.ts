/** Angles that depend on inputs without a value. */
import type { Term } from '../../fence.js';
import { evaluate, type Scope } from './evaluate.js';
import type { Expression } from './expression.js';
import type { Scanner } from './scanner.js';

const OPERATORS: ReadonlySet<string> = new Set(['+', '-', '*', '/', '**']);

/** Whether an expression names something that `isFree` says has no value. */
function mentions(expression: Expression, isFree: (name: string) => boolean): boolean {
  switch (expression.kind) {
    case 'name':
      return isFree(expression.name);
    case 'negate':
    case 'not':
      return mentions(expression.operand, isFree);
    case 'binary':
      return mentions(expression.left, isFree) || mentions(expression.right, isFree);
    case 'call':
      return expression.operands.some((operand) => mentions(operand, isFree));
    default:
      return false;
  }
}

/**
 * An expression with all worked out that has a value; `termOf` gives what names without one stand for. Throws `input`
 * where an operator is none of real numbers.
 */
export function termOfExpression(
  expression: Expression,
  termOf: (name: string) => Term | undefined,
  scope: Scope,
  scanner: Scanner,
): Term {
  if (!mentions(expression, (name) => termOf(name) !== undefined))
    return evaluate(expression, scope, scanner);
  const inner = (part: Expression): Term => termOfExpression(part, termOf, scope, scanner);
  switch (expression.kind) {
    case 'name':
      return termOf(expression.name) ?? evaluate(expression, scope, scanner);
    case 'negate':
      return { kind: 'negate', operand: inner(expression.operand) };
    case 'call':
      if (expression.width !== undefined)
        throw scanner.error(
          `a cast to '${expression.name}' of some bits needs the value of the input in it`,
          expression.at,
        );
      return { kind: 'call', name: expression.name, operands: expression.operands.map(inner) };
    case 'binary': {
      const { operator, left, right, at } = expression;
      if (OPERATORS.has(operator)) {
        const divisor = inner(right);
        if (operator === '/' && divisor === 0) throw scanner.error('this divides by zero', at);
        return { kind: 'binary', operator, left: inner(left), right: divisor };
      }
      throw scanner.error(`'${operator}' needs the value of the input behind it`, at);
    }
    default:
      throw scanner.error('this expression needs the value of the input in it');
  }
}
