/** The statements of OpenQASM 2 and 3 that describe a fixed circuit with final measurements. */
import type { Circuit } from '../circuit.js';
import { evaluate } from './evaluate.js';
import { found } from './expression.js';
import { GateReader } from './gateReader.js';
import { Mark } from './parser.js';
import type { CutPoint, Operand } from './program.js';
import { Token } from './scanner.js';
import { UNSUPPORTED } from './unsupported.js';
import { optionName } from '../../options/optionName.js';

const LIBRARIES: ReadonlySet<string> = new Set(['qelib1.inc', 'stdgates.inc']);
const NUMBER_TYPES: ReadonlySet<string> = new Set(['int', 'uint', 'float', 'angle', 'bool']);
/** Words that only OpenQASM 3 starts a statement with; they settle the version of a file that states none. */
const VERSION_3_WORDS: ReadonlySet<string> = new Set([
  'qubit',
  'bit',
  'let',
  'const',
  'input',
  'ctrl',
  'negctrl',
  'inv',
  'pow',
  'gphase',
  ...NUMBER_TYPES,
]);

export class Reader extends GateReader {
  private readonly unbound: { readonly name: string; readonly at: number }[] = [];
  private readonly inputs: string[] = [];

  /** Reads the whole text. */
  read(): { circuit: Circuit; cutPoints: readonly CutPoint[] } {
    const { scanner, program } = this;
    if (scanner.kind === Token.end) {
      throw this.error('the file is empty; an OpenQASM file starts like: OPENQASM 2.0;');
    }
    try {
      this.header();
      while (scanner.kind !== Token.end) {
        this.statement();
      }
    } catch (error) {
      // With a placeholder for a missing value, what went wrong may be its fault.
      this.checkUnbound();
      throw error;
    }
    this.checkInputs();
    return { circuit: program.finish(), cutPoints: program.cutPoints };
  }

  private header(): void {
    if (!this.takeWord('OPENQASM')) {
      return;
    }
    const { kind, word, start } = this.scanner;
    const major = kind === Token.real || kind === Token.integer ? Math.floor(this.scanner.value) : 0;
    if (major !== 2 && major !== 3) {
      throw this.error(`OpenQASM version ${word} is not known; write OPENQASM 2.0; or OPENQASM 3.0;`, start);
    }
    this.version = major;
    this.scanner.next();
    this.expect(Mark.semicolon);
  }

  private statement(): void {
    const { scanner } = this;
    const at = scanner.start;
    if (scanner.kind !== Token.name) {
      if (scanner.kind === Mark.semicolon) {
        scanner.next();
        return;
      }
      throw this.error(
        scanner.kind === Mark.at
          ? 'annotations are not supported; remove the line'
          : `a statement is expected here, ${found(scanner)}`,
      );
    }
    const { word } = scanner;
    const callee = this.known(word);
    if (callee && callee.qubits > 0) {
      scanner.next();
      if (scanner.is(Mark.equals) || scanner.is(Mark.openBracket)) {
        return this.assignment(word, at);
      }
      this.call(callee, [], at);
      return;
    }
    if (VERSION_3_WORDS.has(word)) {
      if (this.version === 2) {
        throw this.error(`'${word}' is OpenQASM 3, and the file says OPENQASM 2.0`);
      }
      this.version = 3;
    }
    switch (word) {
      case 'OPENQASM':
        throw this.error('the version must be the first statement of the file');
      case 'include':
        return this.include();
      case 'qreg':
      case 'creg':
        return this.oldRegister(word === 'qreg');
      case 'qubit':
        return this.qubitDeclaration();
      case 'bit':
        return this.bitDeclaration();
      case 'gate':
        return this.gateDefinition();
      case 'opaque':
        return this.opaqueDeclaration();
      case 'barrier':
        return this.barrier();
      case 'measure':
        return this.measureStatement();
      case 'let':
        return this.alias();
      case 'const':
        scanner.next();
        return this.constant();
      case 'input':
        return this.input();
      case 'gphase':
        scanner.next();
        return this.call(this.calleeOf('gphase', at), [], at);
      default:
        break;
    }
    const refusal = UNSUPPORTED.get(word);
    if (refusal !== undefined) {
      throw this.error(refusal);
    }
    if (NUMBER_TYPES.has(word)) {
      return this.constant();
    }
    const modifiers = this.modifiers();
    const place = scanner.start;
    const name = this.name('a gate');
    if (modifiers.length === 0 && (scanner.is(Mark.equals) || scanner.is(Mark.openBracket))) {
      return this.assignment(name, place);
    }
    this.call(this.calleeOf(name, place), modifiers, at);
  }

  private include(): void {
    const { scanner } = this;
    scanner.next();
    if (scanner.kind !== Token.string) {
      throw this.error(`a file name in quotes is expected here, ${found(scanner)}`);
    }
    const file = scanner.word.slice(1, -1);
    if (!LIBRARIES.has(file)) {
      throw this.error(
        `only "qelib1.inc" and "stdgates.inc" can be included; copy the gate definitions of "${file}" into this file`,
      );
    }
    if (file === 'stdgates.inc' && this.version === undefined) {
      this.version = 3;
    }
    this.library = true;
    scanner.next();
    this.expect(Mark.semicolon);
  }

  private oldRegister(quantum: boolean): void {
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

  private qubitDeclaration(): void {
    this.scanner.next();
    const size = this.size();
    const at = this.scanner.start;
    this.program.declare(this.newName('the name of the register'), size, true, at);
    this.expect(Mark.semicolon);
  }

  private bitDeclaration(): void {
    this.scanner.next();
    const size = this.size();
    const at = this.scanner.start;
    const name = this.newName('the name of the register');
    this.program.declare(name, size, false, at);
    if (this.scanner.kind === Mark.equals) {
      return this.measurementInto(this.program.classical.get(name) ?? { items: [], scalar: true, at });
    }
    this.expect(Mark.semicolon);
  }

  /** `= measure qubits;` after the bits. */
  private measurementInto(bits: Operand): void {
    this.scanner.next();
    const at = this.scanner.start;
    if (!this.takeWord('measure')) {
      throw this.error('classical values are not supported; a bit can only be the result of measure');
    }
    const qubits = this.qubitOperand();
    this.expect(Mark.semicolon);
    this.program.measure(qubits, bits, at);
  }

  private measureStatement(): void {
    const at = this.scanner.start;
    this.scanner.next();
    const qubits = this.qubitOperand();
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

  private assignment(name: string, at: number): void {
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

  private barrier(): void {
    this.scanner.next();
    if (this.scanner.kind !== Mark.semicolon) {
      do {
        this.qubitOperand();
      } while (this.take(Mark.comma));
    }
    this.expect(Mark.semicolon);
  }

  private alias(): void {
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
  }

  /** `int[8] n = 3;` from its type on. */
  private constant(): void {
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
    if (whole || word === 'bool') {
      this.wholeNames.add(name);
    }
    this.expect(Mark.semicolon);
  }

  private input(): void {
    this.scanner.next();
    const type = this.scanner.word;
    if (!NUMBER_TYPES.has(type)) {
      throw this.error(`inputs are numbers (float, angle, int, uint), ${found(this.scanner)}`);
    }
    this.scanner.next();
    this.size();
    const at = this.scanner.start;
    const name = this.newName('the name of the input');
    const value = Object.hasOwn(this.options.parameters, name) ? this.options.parameters[name] : undefined;
    this.inputs.push(name);
    if (value === undefined) {
      this.unbound.push({ name, at });
    } else if (
      !Number.isFinite(value) ||
      ((type === 'int' || type === 'uint') && !Number.isSafeInteger(value))
    ) {
      throw this.error(`the value ${value} given for '${name}' is not a number of type ${type}`, at);
    }
    this.constants.set(name, value ?? 1);
    if (type === 'int' || type === 'uint') {
      this.wholeNames.add(name);
    }
    this.expect(Mark.semicolon);
  }

  private checkUnbound(): void {
    const [first] = this.unbound;
    if (first) {
      const names = this.unbound.map(({ name }) => name);
      throw this.error(
        `${names.length === 1 ? 'the input' : 'the inputs'} ${names.join(', ')} of the circuit ${
          names.length === 1 ? 'has' : 'have'
        } no value; give one with ${optionName('parameters')} ${first.name}=0.4`,
        first.at,
      );
    }
  }

  private checkInputs(): void {
    this.checkUnbound();
    const unknown = Object.keys(this.options.parameters).find((name) => !this.inputs.includes(name));
    if (unknown !== undefined) {
      const known = this.inputs.length === 0 ? 'none' : this.inputs.join(', ');
      throw this.error(`the circuit has no input '${unknown}'; its inputs are: ${known}`, 0);
    }
  }
}
