import { KroncutError } from '../../error.js';
import { evaluate, type Scope } from './syntax/evaluate.js';
import { parseExpression } from './syntax/expression.js';
import { Scanner, Token } from './syntax/scanner.js';

const CONSTANTS_ALONE: Scope = { lookUp: () => undefined, isWhole: () => false, division: 'real' };

/** The value of a number or an expression as OpenQASM 2 has it, such as `-3*pi/4`; a text says what is wrong with it. */
export function parseNumber(text: string): number | string {
  try {
    const scanner = new Scanner(text, '');
    const expression = parseExpression(scanner, 2);
    if (!scanner.is(Token.end)) return `'${scanner.word}' does not belong there`;
    const value = evaluate(expression, CONSTANTS_ALONE, scanner);
    return Number.isFinite(value) ? value : 'it is not finite';
  } catch (error) {
    if (!(error instanceof KroncutError)) throw error;
    const [sentence = ''] = error.message.split('\n');
    return sentence.replace(/^:\d+:\d+: /, '').replace('the file ends', 'the text ends');
  }
}
