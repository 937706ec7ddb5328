/** Conditions and loops: those that depend on measurements are kept, or do not matter. */
import type { Condition, Sequence } from '../../fence.js';
import { decide, residual } from './condition.js';
import { DeclarationReader, NUMBER_TYPES } from './declarationReader.js';
import { evaluate } from '../syntax/evaluate.js';
import { found, parseCondition } from '../syntax/expression.js';
import { Mark } from './parser.js';
import { Token } from '../syntax/scanner.js';

/** Most iterations of all loops together. */
const MAX_ITERATIONS = 1_000_000;
/** Deepest nesting of loops and conditions. */
const MAX_BLOCKS = 100;

export abstract class FlowReader extends DeclarationReader {
  private iterations = 0;
  private blocks = 0;

  protected abstract statement(): void;

  /** `if (c == 1) ...`, with `else` in version 3. */
  protected condition(): void {
    const { scanner, program } = this;
    const at = scanner.start;
    scanner.next();
    this.expect(Mark.openParenthesis);
    const condition = parseCondition(scanner);
    this.expect(Mark.closeParenthesis);
    const value = decide(condition, program, this.angles, scanner);
    if (value === undefined && program.keeps) {
      return this.choice(residual(condition, program, this.angles, scanner), at);
    }
    this.branch(value, at);
    if (this.takeWord('else')) {
      this.branch(value === undefined ? undefined : value === 0 ? 1 : 0, at);
    }
  }

  /** What is kept under a condition that depends on a measurement. */
  private choice(condition: Condition, at: number): void {
    const { program } = this;
    const none: Sequence = { gates: [], fences: [] };
    const body = program.aside(() => this.body());
    const otherwise = this.takeWord('else') ? program.aside(() => this.body()) : none;
    program.choose(condition, body, otherwise, at);
  }

  /** What is under a condition: done, skipped, or looked at where nobody knows. */
  private branch(value: number | undefined, at: number): void {
    const { program } = this;
    if (value === undefined) {
      const outer = program.condition;
      program.condition ??= at;
      this.body();
      program.condition = outer;
    } else if (value === 0) {
      this.skipBody();
    } else {
      this.body();
    }
  }

  /** A block, or a statement alone; what it declares ends with it. */
  private body(): void {
    const outer = this.declared;
    this.declared = [];
    this.blocks += 1;
    if (this.blocks > MAX_BLOCKS) {
      throw this.error(`loops and conditions are nested more than ${MAX_BLOCKS} levels deep`);
    }
    if (this.take(Mark.openBrace)) {
      while (!this.take(Mark.closeBrace)) {
        if (this.scanner.is(Token.end)) {
          throw this.error("'}' is expected here, but the file ends");
        }
        this.statement();
      }
    } else {
      this.statement();
    }
    for (const name of this.declared) {
      this.forget(name);
    }
    this.blocks -= 1;
    this.declared = outer;
  }

  private forget(name: string): void {
    const { constants, wholeNames, program } = this;
    for (const names of [constants, wholeNames, program.quantum, program.classical]) {
      names.delete(name);
    }
  }

  private skipBody(): void {
    const { scanner } = this;
    let depth = 0;
    do {
      if (scanner.is(Token.end)) {
        throw this.error('a statement is expected here, but the file ends');
      }
      depth += scanner.is(Mark.openBrace) ? 1 : scanner.is(Mark.closeBrace) ? -1 : 0;
      const ends = scanner.is(Mark.semicolon) || scanner.is(Mark.closeBrace);
      scanner.next();
      if (ends && depth <= 0) {
        return;
      }
    } while (depth >= 0);
  }

  /** `for int i in [0:3] ...` over values that are known. */
  protected loop(): void {
    const { scanner, constants, wholeNames } = this;
    const at = scanner.start;
    scanner.next();
    const whole = !(scanner.kind === Token.name && (scanner.word === 'float' || scanner.word === 'angle'));
    if (scanner.kind === Token.name && NUMBER_TYPES.has(scanner.word)) {
      scanner.next();
      this.size();
    }
    const place = scanner.start;
    const name = this.name('the name of the loop variable');
    this.program.checkNewName(name, place);
    if (!this.takeWord('in')) {
      throw this.error(`'in' is expected here, ${found(scanner)}`);
    }
    const values = this.loopValues(at);
    const before = { value: constants.get(name), whole: wholeNames.has(name) };
    const start = scanner.start;
    if (values.length === 0) {
      this.skipBody();
    }
    for (const value of values) {
      this.forget(name);
      constants.set(name, value);
      if (whole) {
        wholeNames.add(name);
      }
      if (scanner.start !== start) {
        scanner.goTo(start);
      }
      this.body();
    }
    this.forget(name);
    if (before.value !== undefined) {
      constants.set(name, before.value);
    }
    if (before.whole) {
      wholeNames.add(name);
    }
  }

  /** The values of a range or a set of constants. */
  private loopValues(at: number): number[] {
    const { scanner } = this;
    const values: number[] = [];
    if (this.take(Mark.openBrace)) {
      do {
        values.push(evaluate(this.expression(), this.angles, scanner));
      } while (this.take(Mark.comma));
      this.expect(Mark.closeBrace);
    } else if (this.take(Mark.openBracket)) {
      const ends = [this.whole()];
      while (this.take(Mark.colon)) {
        ends.push(this.whole());
      }
      this.expect(Mark.closeBracket);
      const [first = 0, second = 0, third] = ends;
      const [step, last] = third === undefined ? [1, second] : [second, third];
      if (ends.length < 2 || ends.length > 3 || step === 0) {
        throw this.error('a loop runs over [first:last] or [first:step:last], with a step that is not 0', at);
      }
      const count = Math.max(0, Math.floor((last - first) / step) + 1);
      this.countIterations(count, at);
      for (let i = 0; i < count; i++) {
        values.push(first + i * step);
      }
      return values;
    } else {
      throw this.error(
        `loops are supported over ranges and sets of constants, as in [0:3] or {1, 5}, ${found(scanner)}`,
      );
    }
    this.countIterations(values.length, at);
    return values;
  }

  private countIterations(count: number, at: number): void {
    this.iterations += count;
    if (this.iterations > MAX_ITERATIONS) {
      throw this.error(`the loops have more than ${MAX_ITERATIONS} iterations in all`, at);
    }
  }
}
