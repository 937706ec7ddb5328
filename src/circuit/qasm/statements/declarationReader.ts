/** Declarations of OpenQASM 2 and 3, measurements, and what does nothing. */
import { evaluate } from '../syntax/evaluate.js';
import { found } from '../syntax/expression.js';
import { GateReader } from './gateReader.js';
import { Mark } from './parser.js';
import type { Operand } from './program.js';
import { Token } from '../syntax/scanner.js';
import { UNSUPPORTED } from './unsupported.js';
import { optionName } from '../../../options/optionName.js';

export const NUMBER_TYPES: ReadonlySet<string> = new Set(['int', 'uint', 'float', 'angle', 'bool']);

export class DeclarationReader extends GateReader {
  private readonly unbound: { readonly name: string; readonly at: number }[] = [];
  private readonly inputs: string[] = [];
  /** Values that inputs were given, by name. */
  readonly bound: Record<string, number> = {};
  /** Names that the innermost block has declared; undefined outside of blocks. */
  protected declared: string[] | undefined;

  protected oldRegister(quantum: boolean): void {
    this.scanner.next();
    const at = this.scanner.start;
    const name = this.newName('the name of the register');
    const size = this.size();
    if (size === undefined && this.version === 2) {
      throw this.error(`the size of '${name}' is missing, as in ${name}[3]`, at);
    }
    this.program.declare(name, size, quantum, at);
    this.expect(Mark.semicolon);
  }

  protected qubitDeclaration(): void {
    const { scanner } = this;
    scanner.next();
    const size = this.size();
    const at = scanner.start;
    if (scanner.is(Token.hardwareQubit)) {
      // So an early version of the language had it.
      this.qubitOperand();
    } else {
      const name = this.newName('the name of the register');
      this.program.declare(name, size ?? this.size(), true, at);
    }
    this.expect(Mark.semicolon);
  }

  protected bitDeclaration(): void {
    this.scanner.next();
    const size = this.size();
    const at = this.scanner.start;
    const name = this.newName('the name of the register');
    this.program.declare(name, size ?? this.size(), false, at);
    if (this.scanner.kind === Mark.equals) {
      return this.measurementInto(this.program.classical.get(name) ?? { items: [], scalar: true, at });
    }
    this.expect(Mark.semicolon);
  }

  /** `= measure qubits;` after the bits. */
  protected measurementInto(bits: Operand): void {
    this.scanner.next();
    const at = this.scanner.start;
    if (!this.takeWord('measure')) {
      throw this.error('classical values are not supported; a bit can only be the result of measure');
    }
    const qubits = this.qubitOperand();
    this.expect(Mark.semicolon);
    this.program.measure(qubits, bits, at);
  }

  protected measureStatement(): void {
    const at = this.scanner.start;
    this.scanner.next();
    const qubits = this.qubitOperand();
    if (this.scanner.is(Mark.semicolon) && this.version !== 2) {
      this.scanner.next();
      this.program.measure(qubits, undefined, at);
      return;
    }
    if (this.scanner.kind !== Token.arrow) {
      throw this.error(
        `the bits to measure into are expected here (measure q -> c;), ${found(this.scanner)}`,
      );
    }
    this.scanner.next();
    const bits = this.bitOperand();
    this.expect(Mark.semicolon);
    this.program.measure(qubits, bits, at);
  }

  protected assignment(name: string, at: number): void {
    if (!this.program.classical.has(name)) {
      if (this.program.quantum.has(name)) {
        throw this.error(`a statement cannot start with the qubits '${name}'; put the gate in front`, at);
      }
      if (this.constants.has(name)) {
        throw this.error(`'${name}' cannot change: classical computation is not supported`, at);
      }
      throw this.error(`no classical register '${name}' is declared`, at);
    }
    this.scanner.goTo(at);
    const bits = this.bitOperand();
    if (this.scanner.kind !== Mark.equals) {
      throw this.error(`'= measure ...' is expected here, ${found(this.scanner)}`);
    }
    this.measurementInto(bits);
  }

  protected barrier(): void {
    const at = this.scanner.start;
    this.program.barrier(this.qubitOperands(), at);
  }

  /** The qubits behind a word, up to the semicolon; none where there are none. */
  private qubitOperands(): Operand[] {
    this.scanner.next();
    const operands: Operand[] = [];
    if (this.scanner.kind !== Mark.semicolon) {
      do {
        operands.push(this.qubitOperand());
      } while (this.take(Mark.comma));
    }
    this.expect(Mark.semicolon);
    return operands;
  }

  protected reset(): void {
    const at = this.scanner.start;
    this.scanner.next();
    const qubits = this.qubitOperand();
    this.expect(Mark.semicolon);
    this.program.reset(qubits, at);
  }

  /** `delay[100ns] q;` changes no ideal outcome. */
  protected delay(): void {
    const { scanner } = this;
    scanner.next();
    this.expect(Mark.openBracket, 'the duration, as in delay[100ns] q;,');
    while (!scanner.is(Mark.closeBracket)) {
      if (scanner.is(Token.end) || scanner.is(Mark.semicolon)) {
        throw this.error(`']' after the duration is expected here, ${found(scanner)}`);
      }
      scanner.next();
    }
    this.qubitOperands();
  }

  protected alias(): void {
    this.scanner.next();
    const at = this.scanner.start;
    const name = this.newName('the name of the alias');
    this.expect(Mark.equals);
    const bits = this.scanner.kind === Token.name && this.program.classical.has(this.scanner.word);
    const items: number[] = [];
    let scalar = true;
    do {
      const part = bits ? this.bitOperand() : this.qubitOperand();
      for (const item of part.items) {
        items.push(item);
      }
      scalar &&= part.scalar && items.length === 1;
    } while (this.take(Token.concat));
    this.expect(Mark.semicolon);
    if (new Set(items).size < items.length) {
      throw this.error(`the alias '${name}' names an element twice`, at);
    }
    (bits ? this.program.classical : this.program.quantum).set(name, { items, scalar, at });
    this.declared?.push(name);
  }

  /** `int[8] n = 3;` from its type on. */
  protected constant(): void {
    const { word, start } = this.scanner;
    if (this.scanner.kind !== Token.name || !NUMBER_TYPES.has(word)) {
      const refusal = UNSUPPORTED.get(word);
      throw this.error(
        refusal ?? `a type (int, uint, float, angle, bool) is expected here, ${found(this.scanner)}`,
      );
    }
    this.scanner.next();
    this.size();
    const name = this.newName('the name of the constant');
    if (!this.scanner.is(Mark.equals)) {
      throw this.error(
        `'${name}' has no value; only constants are supported, as in const ${word} ${name} = 1;`,
        start,
      );
    }
    this.scanner.next();
    const at = this.scanner.start;
    const whole = word === 'int' || word === 'uint';
    const value = evaluate(this.expression(), whole ? this.sizes : this.angles, this.scanner);
    if (whole && !Number.isSafeInteger(value)) {
      throw this.error(`'${name}' needs a whole number, not ${value}`, at);
    }
    this.constants.set(name, value);
    this.declared?.push(name);
    if (whole || word === 'bool') {
      this.wholeNames.add(name);
    }
    this.expect(Mark.semicolon);
  }

  protected input(): void {
    this.scanner.next();
    const type = this.scanner.word;
    if (!NUMBER_TYPES.has(type)) {
      throw this.error(`inputs are numbers (float, angle, int, uint), ${found(this.scanner)}`);
    }
    const from = this.scanner.start;
    this.scanner.next();
    this.size();
    const at = this.scanner.start;
    const typeText = this.scanner.text.slice(from, at).trim();
    const name = this.newName('the name of the input');
    const { parameters, parameterList } = this.options;
    const value = Object.hasOwn(parameters, name) ? parameters[name] : parameterList?.[this.inputs.length];
    this.inputs.push(name);
    if (
      value === undefined &&
      this.options.keeping?.version === 3 &&
      (type === 'float' || type === 'angle')
    ) {
      this.freeInputs.push({ name, type: typeText });
      this.expect(Mark.semicolon);
      return;
    }
    if (value === undefined) {
      this.unbound.push({ name, at });
    } else if (
      !Number.isFinite(value) ||
      ((type === 'int' || type === 'uint') && !Number.isSafeInteger(value))
    ) {
      throw this.error(`the value ${value} given for '${name}' is not a number of type ${type}`, at);
    }
    this.constants.set(name, value ?? 1);
    if (value !== undefined) {
      this.bound[name] = value;
    }
    if (type === 'int' || type === 'uint') {
      this.wholeNames.add(name);
    }
    this.expect(Mark.semicolon);
  }

  protected checkUnbound(): void {
    const [first] = this.unbound;
    if (first) {
      const names = this.unbound.map(({ name }) => name);
      const keepable =
        this.options.keeping?.version === 2
          ? `, or keep what depends on it with ${optionName('format')} qasm3`
          : '';
      throw this.error(
        `${names.length === 1 ? 'the input' : 'the inputs'} ${names.join(', ')} of the circuit ${
          names.length === 1 ? 'has' : 'have'
        } no value; give one with ${optionName('parameters')} ${first.name}=0.4${keepable}`,
        first.at,
      );
    }
  }

  protected checkInputs(): void {
    const values = this.options.parameterList?.length ?? this.inputs.length;
    if (values !== this.inputs.length) {
      throw this.error(
        `${optionName('parametersFrom')} has ${values} values, but the circuit has ${this.inputs.length} inputs; one for each is needed, in the order of declaration`,
        0,
      );
    }
    this.checkUnbound();
    const unknown = Object.keys(this.options.parameters).find((name) => !this.inputs.includes(name));
    if (unknown !== undefined) {
      const known = this.inputs.length === 0 ? 'none' : this.inputs.join(', ');
      throw this.error(`the circuit has no input '${unknown}'; its inputs are: ${known}`, 0);
    }
  }
}
