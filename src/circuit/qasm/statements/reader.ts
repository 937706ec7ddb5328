/** The statements of OpenQASM 2 and 3 that describe a fixed circuit with final measurements. */
import path from 'node:path';
import { KroncutError } from '../../../error.js';
import type { Circuit } from '../../circuit.js';
import type { Fence, FreeInput } from '../../fence.js';
import { NUMBER_TYPES } from './declarationReader.js';
import { FOREIGN_LIBRARIES } from './dialects.js';
import { found } from '../syntax/expression.js';
import { FlowReader } from './flowReader.js';
import { Mark } from './parser.js';
import type { CutPoint } from './program.js';
import { Token } from '../syntax/scanner.js';
import { UNSUPPORTED } from './unsupported.js';

const LIBRARIES: ReadonlySet<string> = new Set(['qelib1.inc', 'stdgates.inc']);
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
  'for',
  'delay',
  ...NUMBER_TYPES,
]);
/** Statements that belong to the whole file. */
const GLOBAL_WORDS: ReadonlySet<string> = new Set([
  'OPENQASM',
  'include',
  'qreg',
  'creg',
  'qubit',
  'bit',
  'gate',
  'opaque',
  'input',
]);
/** Pragmas that are no remarks: they stand for gates and noise. */
const OPERATIONS = /\bbraket\s+(unitary|noise)\b/;

export class Reader extends FlowReader {
  /** Reads the whole text. */
  read(): {
    circuit: Circuit;
    cutPoints: readonly CutPoint[];
    fences: readonly Fence[];
    inputs: readonly FreeInput[];
  } {
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
    return { ...program.finish(), cutPoints: program.cutPoints, inputs: this.freeInputs };
  }

  /** The version of a file, where it states one; that of an included file has to be the same. */
  private header(): void {
    const at = this.scanner.start;
    if (!this.takeWord('OPENQASM')) {
      return;
    }
    const before = this.version;
    const { kind, word, start } = this.scanner;
    const major = kind === Token.real || kind === Token.integer ? Math.floor(this.scanner.value) : 0;
    if (major !== 2 && major !== 3) {
      throw this.error(`OpenQASM version ${word} is not known; write OPENQASM 2.0; or OPENQASM 3.0;`, start);
    }
    if (before !== undefined && before !== major) {
      throw this.error(`this file says version ${major}, and the one that includes it version ${before}`, at);
    }
    this.version = major;
    this.scanner.next();
    this.expect(Mark.semicolon);
  }

  protected statement(): void {
    const { scanner } = this;
    const at = scanner.start;
    if (scanner.kind !== Token.name) {
      return this.wordless();
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
    if (VERSION_3_WORDS.has(word) && this.version === 2) {
      throw this.error(`'${word}' is OpenQASM 3, and the file says OPENQASM 2.0`);
    }
    if (VERSION_3_WORDS.has(word)) {
      this.version = 3;
    }
    if (this.declared !== undefined && GLOBAL_WORDS.has(word)) {
      throw this.error(`'${word}' belongs outside of loops and conditions`);
    }
    this.wordStatement(word, at);
  }

  /** A statement that does not start with a word. */
  private wordless(): void {
    const { scanner } = this;
    switch (scanner.kind) {
      case Mark.semicolon:
        return scanner.next();
      case Mark.at:
        // An annotation is for other programs.
        scanner.restOfLine();
        return;
      case Token.pragma:
        return this.pragma();
      default:
        throw this.error(`a statement is expected here, ${found(scanner)}`);
    }
  }

  private wordStatement(word: string, at: number): void {
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
      case 'reset':
        return this.reset();
      case 'delay':
        return this.delay();
      case 'if':
        return this.condition();
      case 'for':
        return this.loop();
      case 'let':
        return this.alias();
      case 'const':
        this.scanner.next();
        return this.constant();
      case 'input':
        return this.input();
      case 'pragma':
        return this.pragma();
      default:
        return NUMBER_TYPES.has(word) ? this.constant() : this.otherCall(word, at);
    }
  }

  /** A call with modifiers, or of a gate that is not known, or what only looks like one. */
  private otherCall(word: string, at: number): void {
    const { scanner } = this;
    const refusal = UNSUPPORTED.get(word);
    if (refusal !== undefined) {
      throw this.error(refusal);
    }
    const modifiers = this.modifiers();
    const place = scanner.start;
    const name = this.name('a gate');
    if (modifiers.length === 0 && (scanner.is(Mark.equals) || scanner.is(Mark.openBracket))) {
      return this.assignment(name, place);
    }
    if (scanner.is(Token.other)) {
      throw this.error(
        `'${name}' cannot change: classical computation is not supported, only constants (const int, const float, const angle)`,
        place,
      );
    }
    this.call(this.calleeOf(name, place), modifiers, at);
  }

  private pragma(): void {
    const at = this.scanner.start;
    const line = this.scanner.restOfLine();
    const operation = OPERATIONS.exec(line)?.[1];
    if (operation !== undefined) {
      throw this.error(
        operation === 'unitary'
          ? 'a gate that a pragma gives by its matrix is not supported; write it with gates'
          : 'noise is not supported; remove the pragma',
        at,
      );
    }
    this.scanner.warn('this pragma is left out', at);
  }

  private include(): void {
    const { scanner } = this;
    scanner.next();
    if (scanner.kind !== Token.string) {
      throw this.error(`a file name in quotes is expected here, ${found(scanner)}`);
    }
    const file = scanner.word.slice(1, -1);
    const base = path.posix.basename(file);
    const foreign = FOREIGN_LIBRARIES.get(base);
    const own = foreign ?? (LIBRARIES.has(base) ? undefined : this.included(file));
    if (base === 'stdgates.inc') {
      this.version ??= 3;
    }
    this.library ||= foreign !== undefined || own === undefined;
    scanner.next();
    if (own === undefined || !scanner.is(Mark.semicolon)) {
      this.expect(Mark.semicolon);
      return;
    }
    scanner.enter(own, file);
    this.header();
  }

  /** The text of a file beside the circuit. */
  private included(file: string): string {
    const { include } = this.options;
    if (include === undefined) {
      throw this.error(
        `only "qelib1.inc" and "stdgates.inc" can be included here; copy the gate definitions of "${file}" into this file`,
      );
    }
    try {
      return include(file);
    } catch (error) {
      if (error instanceof KroncutError) {
        throw this.error(`"${file}" cannot be included: ${error.message}`);
      }
      throw error;
    }
  }
}
