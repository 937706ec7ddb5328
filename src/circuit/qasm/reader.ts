/** The statements of OpenQASM 2 and 3 that describe a fixed circuit with final measurements. */
import type { Circuit } from '../circuit.js';
import { GATE_ALIASES, GATES, findGate } from '../gates.js';
import {
  controlsOf,
  Expander,
  MAX_GATES,
  MAX_NESTING,
  standardCallee,
  type BodyCall,
  type Callee,
  type Modifier,
} from './calls.js';
import { checkNames, evaluate, found } from './expression.js';
import { Mark, Parser } from './parser.js';
import type { CutPoint, Operand } from './program.js';
import { Token } from './scanner.js';
import { nearestName } from './suggest.js';
import { UNSUPPORTED } from './unsupported.js';

export interface ReaderOptions {
  readonly file: string;
  readonly parameters: Readonly<Record<string, number>>;
  readonly allowCutPoints: boolean;
}

const LIBRARIES: ReadonlySet<string> = new Set(['qelib1.inc', 'stdgates.inc']);
const CUT_POINT = /^cut_(in|out|gate)_(0|[1-9]\d{0,8})$/;
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
/** Words that only OpenQASM 2 has (3 keeps qreg and creg). */
const STATEMENTS: readonly string[] = [
  'qreg',
  'creg',
  'qubit',
  'bit',
  'gate',
  'opaque',
  'measure',
  'barrier',
  'include',
];

export class Reader extends Parser {
  private readonly defined = new Map<string, Callee>();
  private readonly standard = new Map<string, Callee>();
  private readonly expander: Expander;
  private library = false;
  private readonly unbound: { readonly name: string; readonly at: number }[] = [];
  private readonly inputs: string[] = [];

  constructor(
    text: string,
    private readonly options: ReaderOptions,
  ) {
    super(text, options.file);
    this.expander = new Expander(this.scanner, this.angles);
  }

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

  /** The gate of this name, if it is known so far. */
  private known(name: string): Callee | undefined {
    const own = this.defined.get(name) ?? this.standard.get(name);
    if (own) {
      return own;
    }
    const builtin = name === 'U' || name === 'CX' || (name === 'gphase' && this.language === 3);
    const spec = this.library || builtin ? findGate(name) : undefined;
    if (!spec || (spec.name === 'gphase' && !builtin)) {
      return undefined;
    }
    const callee = standardCallee(spec);
    this.standard.set(name, callee);
    return callee;
  }

  private calleeOf(name: string, at: number): Callee {
    const callee = this.known(name);
    if (callee) {
      return callee;
    }
    const refusal = UNSUPPORTED.get(name);
    if (refusal !== undefined) {
      throw this.error(refusal, at);
    }
    if (findGate(name) && !this.library && name !== 'gphase') {
      const file = this.language === 2 ? 'qelib1.inc' : 'stdgates.inc';
      throw this.error(
        `the gate '${name}' is not defined; add include "${file}"; at the top of the file`,
        at,
      );
    }
    const nearest = nearestName(name, [
      ...this.defined.keys(),
      ...[...GATES.keys(), ...GATE_ALIASES.keys()].filter((gate) => gate !== 'gphase' || this.language === 3),
      ...STATEMENTS,
    ]);
    const hint = nearest === undefined ? 'define it with a gate statement' : `did you mean '${nearest}'?`;
    throw this.error(`there is no gate '${name}'; ${hint}`, at);
  }

  /** A gate call from its parameters on; `at` is the place of its statement. */
  private call(callee: Callee, modifiers: readonly Modifier[], at: number): void {
    const params = this.values(this.callParams(), at);
    const operands: Operand[] = [];
    if (this.scanner.kind !== Mark.semicolon) {
      do {
        operands.push(this.qubitOperand());
      } while (this.take(Mark.comma));
    }
    this.expect(Mark.semicolon);
    const controls = modifiers.length === 0 ? 0 : controlsOf(modifiers).length;
    this.checkCounts(callee, params.length, operands.length, controls, at);
    let width: number | undefined;
    for (const operand of operands) {
      if (!operand.scalar) {
        width ??= operand.items.length;
        if (operand.items.length !== width) {
          throw this.error(
            `registers of ${width} and ${operand.items.length} qubits cannot be used in one call; sizes must agree`,
            operand.at,
          );
        }
      }
    }
    for (let i = 0; i < (width ?? 1); i++) {
      const qubits = operands.map((operand) => operand.items[operand.scalar ? 0 : i] ?? 0);
      this.emit(callee, params, qubits, modifiers, at);
    }
  }

  private checkCounts(callee: Callee, params: number, operands: number, controls: number, at: number): void {
    if (params !== callee.params) {
      throw this.error(`'${callee.name}' takes ${plural(callee.params, 'parameter')}, not ${params}`, at);
    }
    if (operands !== callee.qubits + controls) {
      const extra = controls > 0 ? ` with ${plural(controls, 'control')}` : '';
      throw this.error(
        `'${callee.name}'${extra} acts on ${plural(callee.qubits + controls, 'qubit')}, not ${operands}`,
        at,
      );
    }
  }

  private emit(
    callee: Callee,
    params: readonly number[],
    qubits: readonly number[],
    modifiers: readonly Modifier[],
    at: number,
  ): void {
    const { program } = this;
    const { gates } = program;
    program.checkUnmeasured(qubits, at);
    if (
      qubits.length > 1 &&
      (qubits.length === 2 ? qubits[0] === qubits[1] : new Set(qubits).size < qubits.length)
    ) {
      const twice = qubits.find((qubit, i) => qubits.indexOf(qubit) !== i) ?? 0;
      throw this.error(`'${callee.name}' uses ${program.qubitName(twice)} twice; its qubits must differ`, at);
    }
    if (gates.length + callee.size > MAX_GATES) {
      throw this.error(`the circuit has more than ${MAX_GATES} gates`, at);
    }
    if (callee.spec && modifiers.length === 0 && callee.qubits <= 2) {
      if (callee.qubits > 0) {
        gates.push({ name: callee.name, qubits, params });
      }
      return;
    }
    const cut = callee.spec || callee.definition ? null : CUT_POINT.exec(callee.name);
    if (cut && this.options.allowCutPoints) {
      const kind = cut[1] === 'in' ? 'in' : cut[1] === 'out' ? 'out' : 'gate';
      program.cutPoints.push({
        kind,
        cut: Number(cut[2]),
        qubit: qubits[0] ?? 0,
        position: gates.length,
        at,
      });
      return;
    }
    for (const gate of this.expander.expand(callee, params, qubits, modifiers, this.angles, at)) {
      if (gate.name !== 'gphase') {
        gates.push(gate);
      }
    }
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
    this.rewind(at);
    const bits = this.bitOperand();
    if (this.scanner.kind !== Mark.equals) {
      throw this.error(`'= measure ...' is expected here, ${found(this.scanner)}`);
    }
    this.measurementInto(bits);
  }

  /** Goes back to an earlier token. */
  private rewind(at: number): void {
    this.scanner.end = at;
    this.scanner.next();
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
    const scope = { lookUp: this.angles.lookUp, whole };
    const value = evaluate(this.expression(), scope, this.scanner);
    if (whole && !Number.isSafeInteger(value)) {
      throw this.error(`'${name}' needs a whole number, not ${value}`, at);
    }
    this.constants.set(name, value);
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
    this.expect(Mark.semicolon);
  }

  private checkUnbound(): void {
    const [first] = this.unbound;
    if (first) {
      const names = this.unbound.map(({ name }) => name);
      throw this.error(
        `${names.length === 1 ? 'the input' : 'the inputs'} ${names.join(', ')} of the circuit ${
          names.length === 1 ? 'has' : 'have'
        } no value; give one with --param ${first.name}=0.4`,
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

  private opaqueDeclaration(): void {
    this.scanner.next();
    const at = this.scanner.start;
    const { name, params, qubits } = this.signature();
    this.expect(Mark.semicolon);
    if (CUT_POINT.test(name) && this.options.allowCutPoints && (params.length !== 0 || qubits.length !== 1)) {
      throw this.error(`the cut point '${name}' has no parameters and one qubit`, at);
    }
    // A gate that is known anyway may be declared so.
    const spec = findGate(name);
    const same = spec?.params === params.length && spec.qubits === qubits.length;
    const callee = { name, params: params.length, qubits: qubits.length, size: 1, depth: 0 };
    this.defined.set(name, spec && same ? standardCallee(spec) : callee);
  }

  /** Name, parameter names and qubit names of a gate statement. */
  private signature(): { name: string; params: string[]; qubits: string[] } {
    const at = this.scanner.start;
    const name = this.name('the name of the gate');
    if (name === 'U' || name === 'gphase' || (name === 'CX' && this.language === 2)) {
      throw this.error(`'${name}' is part of the language and cannot be defined`, at);
    }
    if (this.defined.has(name)) {
      throw this.error(`the gate '${name}' is defined twice`, at);
    }
    const params: string[] = [];
    if (this.take(Mark.openParenthesis)) {
      while (this.scanner.kind !== Mark.closeParenthesis) {
        params.push(this.name('the name of a parameter'));
        if (!this.take(Mark.comma)) {
          break;
        }
      }
      this.expect(Mark.closeParenthesis);
    }
    const qubits: string[] = [];
    while (this.scanner.kind === Token.name) {
      qubits.push(this.name('the name of a qubit'));
      if (!this.take(Mark.comma)) {
        break;
      }
    }
    if (new Set(params).size < params.length || new Set(qubits).size < qubits.length) {
      throw this.error(`the gate '${name}' uses a name twice in its parameters or qubits`, at);
    }
    return { name, params, qubits };
  }

  private gateDefinition(): void {
    this.scanner.next();
    const at = this.scanner.start;
    const { name, params, qubits } = this.signature();
    this.expect(Mark.openBrace);
    const places = new Map(qubits.map((qubit, i): [string, number] => [qubit, i]));
    const body: BodyCall[] = [];
    while (!this.take(Mark.closeBrace)) {
      const call = this.bodyStatement(places, new Set(params));
      if (call) {
        body.push(call);
      }
    }
    const size = body.reduce((sum, call) => sum + call.callee.size, 0);
    const depth = 1 + body.reduce((deepest, call) => Math.max(deepest, call.callee.depth), 0);
    if (size > MAX_GATES || depth > MAX_NESTING) {
      throw this.error(
        depth > MAX_NESTING
          ? `gate definitions are nested more than ${MAX_NESTING} levels deep`
          : `the gate '${name}' stands for more than ${MAX_GATES} gates`,
        at,
      );
    }
    const definition = { params, body };
    const callee = { name, params: params.length, qubits: qubits.length, definition, size, depth };
    this.defined.set(name, this.expander.recognise(callee, this.language));
  }

  private bodyStatement(
    places: ReadonlyMap<string, number>,
    params: ReadonlySet<string>,
  ): BodyCall | undefined {
    const { scanner } = this;
    const at = scanner.start;
    if (scanner.kind === Token.name && scanner.word === 'barrier') {
      scanner.next();
      this.bodyQubits(places);
      return undefined;
    }
    const modifiers = this.modifiers();
    const place = scanner.start;
    const callee = this.calleeOf(this.name("a gate or '}'"), place);
    const values = this.callParams();
    for (const value of values) {
      // Here, so that a mistake shows at its place even where the gate is never called.
      checkNames(value, (known) => params.has(known) || this.constants.has(known), scanner);
    }
    const qubits = this.bodyQubits(places);
    this.checkCounts(callee, values.length, qubits.length, controlsOf(modifiers).length, at);
    if (new Set(qubits).size < qubits.length) {
      throw this.error(`'${callee.name}' uses a qubit twice; its qubits must differ`, at);
    }
    return { callee, params: values, qubits, modifiers, at };
  }

  private bodyQubits(places: ReadonlyMap<string, number>): number[] {
    const qubits: number[] = [];
    while (this.scanner.kind !== Mark.semicolon) {
      const { start } = this.scanner;
      const name = this.name('a qubit of the gate');
      const place = places.get(name);
      if (place === undefined) {
        throw this.error(`'${name}' is not a qubit of this gate definition`, start);
      }
      qubits.push(place);
      if (!this.take(Mark.comma)) {
        break;
      }
    }
    this.expect(Mark.semicolon);
    return qubits;
  }
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
