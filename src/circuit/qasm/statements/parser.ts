/** Pieces of the grammar that statements share: operands, indices, parameters, modifiers. */
import type { KroncutError } from '../../../error.js';
import { controlsOf, type Modifier } from './callee.js';
import { checkedAngle, checkedCount, MAX_CONTROLS } from './calls.js';
import { evaluate, isBuiltinConstant, type Division, type Scope } from '../syntax/evaluate.js';
import { found, parseExpression, type Expression } from '../syntax/expression.js';
import type { FreeInput, Term } from '../../fence.js';
import { optionName } from '../../../options/optionName.js';
import { termOfExpression } from '../syntax/term.js';
import { Program, type Keeping, type Operand } from './program.js';
import { Scanner, Token } from '../syntax/scanner.js';

/** Character codes of punctuation marks. */
export const Mark = {
  openParenthesis: 40,
  closeParenthesis: 41,
  comma: 44,
  colon: 58,
  semicolon: 59,
  equals: 61,
  at: 64,
  openBracket: 91,
  closeBracket: 93,
  openBrace: 123,
  closeBrace: 125,
} as const;

const NO_PARAMS: readonly Expression[] = [];
const NO_VALUES: readonly number[] = Object.freeze([]);

export class Parser {
  readonly scanner: Scanner;
  readonly program: Program;
  /** Constants and inputs by name. */
  readonly constants = new Map<string, number>();
  /** Inputs without a value, where such are kept. */
  readonly freeInputs: FreeInput[] = [];
  /** Those of a whole type. */
  readonly wholeNames = new Set<string>();
  readonly angles = this.scope(() => (this.language === 3 ? 'typed' : 'real'));
  readonly exponents = this.scope(() => (this.language === 3 ? 'exact' : 'real'));
  readonly sizes = this.scope(() => 'whole');
  /** Operands of one qubit or bit each, made once: by far the most operands are of this kind. */
  private readonly singles: Operand[] = [];
  /** The version that the file states or, where it states none, that its statements show. */
  version: 2 | 3 | undefined;

  constructor(text: string, file: string, keeping: Keeping | undefined) {
    this.scanner = new Scanner(text, file);
    this.program = new Program(this.scanner, keeping);
  }

  get language(): 2 | 3 {
    return this.version ?? 2;
  }

  private scope(division: () => Division): Scope {
    return {
      lookUp: (name) => {
        if (this.isFree(name)) throw this.valueNeeded(name);
        return this.constants.get(name);
      },
      isWhole: (name) => this.wholeNames.has(name),
      get division() {
        return division();
      },
    };
  }

  error(what: string, at?: number): KroncutError {
    return this.scanner.error(what, at);
  }

  isFree(name: string): boolean {
    return this.freeInputs.length > 0 && this.freeInputs.some((input) => input.name === name);
  }

  /** Something can only be read with a value of an input that has none. */
  valueNeeded(name: string, what = 'this', at?: number): KroncutError {
    return this.error(
      `${what} needs the value of the input ${name}; give one with ${optionName('parameters')} ${name}=0.4`,
      at,
    );
  }

  expect(kind: number, what = `'${String.fromCharCode(kind)}'`): void {
    if (this.scanner.kind !== kind) {
      throw this.error(`${what} is expected here, ${found(this.scanner)}`);
    }
    this.scanner.next();
  }

  /** Takes the current token if it is of this kind. */
  take(kind: number): boolean {
    if (this.scanner.kind !== kind) {
      return false;
    }
    this.scanner.next();
    return true;
  }

  /** Takes the current token if it is this word. */
  takeWord(word: string): boolean {
    if (this.scanner.kind !== Token.name || this.scanner.word !== word) {
      return false;
    }
    this.scanner.next();
    return true;
  }

  name(what: string): string {
    if (this.scanner.kind !== Token.name) {
      throw this.error(`${what} is expected here, ${found(this.scanner)}`);
    }
    const { word } = this.scanner;
    this.scanner.next();
    return word;
  }

  /** A name that the file gives to something of its own. */
  newName(what: string): string {
    const at = this.scanner.start;
    const name = this.name(what);
    if (isBuiltinConstant(name)) {
      throw this.error(`'${name}' is a constant of the language and cannot be declared`, at);
    }
    if (this.constants.has(name) || this.isFree(name)) {
      throw this.error(`'${name}' is declared twice`, at);
    }
    this.program.checkNewName(name, at);
    return name;
  }

  expression(): Expression {
    return parseExpression(this.scanner, this.language);
  }

  /** A whole number: a size or an index. */
  whole(): number {
    const at = this.scanner.start;
    const value = this.literal() ?? evaluate(this.expression(), this.sizes, this.scanner);
    if (!Number.isSafeInteger(value)) {
      throw this.error(`a whole number is expected here, not ${value}`, at);
    }
    return value;
  }

  /** Takes a number that is a whole operand by itself: the common case, without an expression tree. */
  private literal(): number | undefined {
    const { scanner } = this;
    if (scanner.kind !== Token.integer && scanner.kind !== Token.real) {
      return undefined;
    }
    const after = scanner.text.charCodeAt(scanner.end);
    if (after !== Mark.comma && after !== Mark.closeParenthesis && after !== Mark.closeBracket) {
      return undefined;
    }
    const { value } = scanner;
    scanner.next();
    return value;
  }

  /** A size in brackets, if there is one. */
  size(): number | undefined {
    if (!this.take(Mark.openBracket)) {
      return undefined;
    }
    const value = this.whole();
    this.expect(Mark.closeBracket);
    return value;
  }

  /** Parameters in parentheses, if there are any. */
  callParams(): readonly Expression[] {
    if (!this.take(Mark.openParenthesis)) {
      return NO_PARAMS;
    }
    const params: Expression[] = [];
    if (this.scanner.kind !== Mark.closeParenthesis) {
      do {
        params.push(this.expression());
      } while (this.take(Mark.comma));
    }
    this.expect(Mark.closeParenthesis);
    return params;
  }

  /** Values of parameters in parentheses, if there are any, outside gate definitions; a term for each without a value. */
  callValues(): readonly Term[] {
    if (!this.take(Mark.openParenthesis)) {
      return NO_VALUES;
    }
    const values: Term[] = [];
    if (this.scanner.kind !== Mark.closeParenthesis) {
      do {
        const { start } = this.scanner;
        const value = this.literal() ?? this.termOf(this.expression());
        values.push(typeof value === 'number' ? checkedAngle(value, this.scanner, start) : value);
      } while (this.take(Mark.comma));
    }
    this.expect(Mark.closeParenthesis);
    return values;
  }

  private termOf(expression: Expression): Term {
    if (this.freeInputs.length === 0) return evaluate(expression, this.angles, this.scanner);
    const free = (name: string): Term | undefined =>
      this.isFree(name) ? { kind: 'input', name } : undefined;
    return termOfExpression(expression, free, this.angles, this.scanner);
  }

  /** `ctrl @`, `negctrl(2) @`, `inv @`, `pow(0.5) @` in front of a call; counts are constants. */
  modifiers(): Modifier[] {
    const { scanner } = this;
    const modifiers: Modifier[] = [];
    const { start } = scanner;
    while (scanner.kind === Token.name) {
      const { word, start: at } = scanner;
      if (word !== 'ctrl' && word !== 'negctrl' && word !== 'inv' && word !== 'pow') {
        break;
      }
      if (this.version === 2) {
        // There it is the name of a gate, if anything.
        break;
      }
      this.version = 3;
      scanner.next();
      if (word === 'inv') {
        modifiers.push({ kind: 'power', exponent: { kind: 'number', value: -1, whole: true } });
      } else if (word === 'pow') {
        this.expect(Mark.openParenthesis, 'the exponent, as in pow(2) @,');
        modifiers.push({ kind: 'power', exponent: this.expression() });
        this.expect(Mark.closeParenthesis);
      } else {
        let count = 1;
        if (this.take(Mark.openParenthesis)) {
          count = checkedCount(this.whole(), scanner, at);
          this.expect(Mark.closeParenthesis);
        }
        modifiers.push({ kind: 'control', positive: word === 'ctrl', count });
      }
      this.expect(Mark.at, `'@' after '${word}'`);
    }
    if (modifiers.length > MAX_CONTROLS || controlsOf(modifiers).length > MAX_CONTROLS) {
      throw this.error(`a gate may have ${MAX_CONTROLS} modifiers and controls at most`, start);
    }
    return modifiers;
  }

  /** A qubit, register, slice or alias. */
  qubitOperand(): Operand {
    if (this.scanner.kind === Token.hardwareQubit) {
      const { value, start } = this.scanner;
      this.scanner.next();
      return this.program.hardwareQubit(value, start);
    }
    return this.operand(this.program.quantum, 'qubit');
  }

  bitOperand(): Operand {
    return this.operand(this.program.classical, 'classical bit');
  }

  private operand(names: ReadonlyMap<string, Operand>, what: string): Operand {
    const { start } = this.scanner;
    const name = this.name(`a ${what} or register`);
    let operand = names.get(name);
    if (!operand) {
      const other = this.program.quantum.has(name) || this.program.classical.has(name);
      throw this.error(
        other ? `'${name}' is not a ${what} register` : `no ${what} register '${name}' is declared`,
        start,
      );
    }
    while (this.scanner.kind === Mark.openBracket) {
      if (operand.scalar) {
        throw this.error(`'${name}' is a single ${what} here and cannot be indexed`, start);
      }
      operand = this.indexed(operand, name, start);
    }
    // Only a register needs its place: sizes that differ are told of there.
    return operand.scalar || operand.at === start
      ? operand
      : { items: operand.items, scalar: false, at: start };
  }

  private indexed(operand: Operand, name: string, at: number): Operand {
    const { scanner } = this;
    const { items } = operand;
    scanner.next();
    let result: Operand;
    if (scanner.kind === Mark.openBrace) {
      const chosen: number[] = [];
      do {
        scanner.next();
        const place = scanner.start;
        chosen.push(this.pick(items, this.whole(), name, place));
      } while (scanner.is(Mark.comma));
      this.expect(Mark.closeBrace);
      result = { items: chosen, scalar: false, at };
    } else {
      const place = scanner.start;
      const first = scanner.kind === Mark.colon ? undefined : this.whole();
      if (scanner.is(Mark.colon)) {
        const indices = this.range(first, items.length, place);
        result = { items: indices.map((index) => this.pick(items, index, name, place)), scalar: false, at };
      } else {
        const item = this.pick(items, first ?? 0, name, place);
        result = this.singles[item] ??= { items: [item], scalar: true, at };
      }
    }
    this.expect(Mark.closeBracket);
    return result;
  }

  private pick(items: readonly number[], index: number, name: string, at: number): number {
    const item = items[index < 0 ? index + items.length : index];
    if (item === undefined) {
      const elements =
        items.length === 0 ? 'no elements' : `${items.length} elements, 0 to ${items.length - 1}`;
      throw this.error(`'${name}' has ${elements}; there is no ${index}`, at);
    }
    return item;
  }

  /** Indices of `first:last` or `first:step:last`, both ends included, with the scanner at the first colon. */
  private range(first: number | undefined, length: number, at: number): number[] {
    const numbers: (number | undefined)[] = [];
    while (this.take(Mark.colon)) {
      const ends = this.scanner.kind === Mark.closeBracket || this.scanner.kind === Mark.colon;
      numbers.push(ends ? undefined : this.whole());
    }
    const step = numbers.length > 1 ? (numbers[0] ?? 1) : 1;
    if (numbers.length > 2 || step === 0) {
      throw this.error('a range is first:last or first:step:last, with a step that is not 0', at);
    }
    const wrap = (index: number): number => (index < 0 ? index + length : index);
    const from = wrap(first ?? (step > 0 ? 0 : length - 1));
    const to = wrap(numbers.at(-1) ?? (step > 0 ? length - 1 : 0));
    const indices: number[] = [];
    if (from >= length || to >= length || from < 0 || to < 0) {
      throw this.error(`this range leaves the register, whose elements are 0 to ${length - 1}`, at);
    }
    for (let i = from; step > 0 ? i <= to : i >= to; i += step) {
      indices.push(i);
    }
    if (indices.length === 0) {
      throw this.error('this range is empty', at);
    }
    return indices;
  }
}
