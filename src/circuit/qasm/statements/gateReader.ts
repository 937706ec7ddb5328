/** Gates of the OpenQASM reader: which names are known, calls, and definitions. */
import { GATE_ALIASES, GATES, findGate } from '../../gates.js';
import {
  controlsOf,
  isIdle,
  isPassive,
  standardCallee,
  type BodyCall,
  type Callee,
  type Modifier,
} from './callee.js';
import { checkSize, Expander, MAX_GATES, MAX_NESTING, MAX_WORK } from './calls.js';
import { BQSKIT_GATES, BRAKET_GATES, BRAKET_NAMES, defines } from './dialects.js';
import { checkNames } from '../syntax/evaluate.js';
import { Mark, Parser } from './parser.js';
import { areValues, expandSymbolic, type SymbolicCall } from './symbolic.js';
import type { Keeping, Operand } from './program.js';
import { Token } from '../syntax/scanner.js';
import { nearestName } from '../../../options/nearestName.js';
import { UNSUPPORTED } from './unsupported.js';
import { required } from '../../../error.js';

export interface ReaderOptions {
  readonly file: string;
  readonly parameters: Readonly<Record<string, number>>;
  /** Values in the order in which inputs are declared, for those that `parameters` leaves out. */
  readonly parameterList?: readonly number[] | undefined;
  readonly allowCutPoints: boolean;
  /** Keeps what makes the circuit none that is fixed; left out, that is refused. */
  readonly keeping?: Keeping | undefined;
  /** The text of a file that the circuit includes; throws a `KroncutError` with the reason where it cannot be had. */
  readonly include?: ((file: string) => string) | undefined;
}

const MODIFIERS: ReadonlySet<string> = new Set(['ctrl', 'negctrl', 'inv', 'pow']);
const CUT_POINT = /^cut_(in|out|gate)_(0|[1-9]\d{0,8})$/;
/** Statements, for the suggestion where a word is neither a gate nor one of them. */
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

export class GateReader extends Parser {
  private defined = new Map<string, Callee>();
  /** Gates that other programs have without defining them, which a file may define anew. */
  private readonly foreign = new Map<string, Callee>();
  private readonly standard = new Map<string, Callee>();
  private readonly expander: Expander;
  protected library = false;
  /** True once a gate was called that only programs for Amazon Braket have without an include. */
  private braket = false;
  /** Name of the definition that is being read. */
  private defining: string | undefined;

  constructor(
    text: string,
    protected readonly options: ReaderOptions,
  ) {
    super(text, options.file, options.keeping);
    this.expander = new Expander(this.scanner, this.angles, this.exponents);
  }

  /** The gate of this name, if it is known so far. */
  protected known(name: string): Callee | undefined {
    const own = this.defined.get(name) ?? this.foreign.get(name) ?? this.standard.get(name);
    if (own) {
      return own;
    }
    const builtin = name === 'U' || name === 'CX' || name === 'gphase';
    const braket = this.braket && BRAKET_NAMES.has(name);
    const spec = this.library || builtin || braket ? findGate(name) : undefined;
    if (!spec || (spec.name === 'gphase' && !builtin)) {
      return undefined;
    }
    const callee = standardCallee(spec);
    this.standard.set(name, callee);
    return callee;
  }

  protected calleeOf(name: string, at: number): Callee {
    const callee = this.known(name);
    if (callee) {
      return callee;
    }
    const refusal = UNSUPPORTED.get(name);
    if (refusal !== undefined) {
      throw this.error(refusal, at);
    }
    if (name === this.defining) {
      throw this.error(`there is no gate '${name}' inside its own definition; a gate cannot call itself`, at);
    }
    if (this.isDefinedLater(name)) {
      throw this.error(
        `the gate '${name}' is called before its definition; move the definition in front of the call`,
        at,
      );
    }
    if (this.language === 3 && !this.library && !this.braket) {
      if (BRAKET_NAMES.has(name) || defines(BRAKET_GATES, name)) {
        this.readForeign(BRAKET_GATES, 'gates of Amazon Braket');
        this.braket = true;
        return this.calleeOf(name, at);
      }
    }
    if (this.language === 2 && this.library && defines(BQSKIT_GATES, name) && !this.foreign.has(name)) {
      this.readForeign(BQSKIT_GATES, 'gates of BQSKit');
      return this.calleeOf(name, at);
    }
    if (findGate(name) && !this.library && name !== 'gphase') {
      const file = this.language === 2 ? 'qelib1.inc' : 'stdgates.inc';
      throw this.error(
        `the gate '${name}' is not defined; add include "${file}"; at the top of the file`,
        at,
      );
    }
    if (this.version === 2 && MODIFIERS.has(name)) {
      throw this.error(`'${name} @' is OpenQASM 3, and the file says OPENQASM 2.0`, at);
    }
    const nearest = nearestName(name, [
      ...this.defined.keys(),
      ...[...GATES.keys(), ...GATE_ALIASES.keys()].filter((gate) => gate !== 'gphase' || this.language === 3),
      ...STATEMENTS,
    ]);
    const hint = nearest === undefined ? 'define it with a gate statement' : `did you mean '${nearest}'?`;
    throw this.error(`there is no gate '${name}'; ${hint}`, at);
  }

  private isDefinedLater(name: string): boolean {
    const { text, start } = this.scanner;
    const definition = new RegExp(`\\b(?:gate|opaque)\\s+${name}(?![\\p{L}\\d_])`, 'gu');
    definition.lastIndex = start;
    return definition.test(text);
  }

  private readForeign(definitions: string, title: string): void {
    const { defined, library } = this;
    this.library = true;
    this.defined = this.foreign;
    this.scanner.aside(definitions, title, () => {
      while (this.scanner.kind !== Token.end) {
        this.gateDefinition();
      }
    });
    this.library = library;
    this.defined = defined;
    this.standard.clear();
  }

  /** A gate call from its parameters on; `at` is the place of its statement. */
  protected call(callee: Callee, modifiers: readonly Modifier[], at: number): void {
    const params = this.callValues();
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
    this.checkRoom(callee, modifiers, width ?? 1, at);
    for (let i = 0; i < (width ?? 1); i++) {
      const qubits = operands.map(({ items, scalar }) =>
        required(items[scalar ? 0 : i], 'a qubit of a call'),
      );
      if (areValues(params)) this.emit(callee, params, qubits, modifiers, at);
      else this.emitSymbolic({ callee, params, qubits, modifiers, at });
    }
  }

  private emitSymbolic(call: SymbolicCall): void {
    const { program, scanner, expander } = this;
    const { callee, qubits, at } = call;
    this.checkDistinct(callee, qubits, at);
    program.use(qubits, at);
    const [{ name } = { name: '' }] = this.freeInputs;
    const needed = (what: string, place: number): Error => this.valueNeeded(name, what, place);
    for (const step of expandSymbolic(call, this.angles, { expander, scanner, needed })) {
      if ('kind' in step) program.fence(step, at);
      else program.gates.push(step);
    }
  }

  /** Throws where calls would make the circuit too long, before they are expanded. */
  private checkRoom(callee: Callee, modifiers: readonly Modifier[], calls: number, at: number): void {
    const plain = callee.spec !== undefined && modifiers.length === 0 && callee.qubits <= 2;
    const size = plain ? 1 : this.expander.counter.call(callee, modifiers);
    checkSize(this.scanner, callee.name, size, modifiers, at);
    if (this.program.size + size * calls > MAX_GATES) {
      throw this.error(`the circuit has more than ${MAX_GATES} gates`, at);
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
    this.checkDistinct(callee, qubits, at);
    if (isIdle(callee) || (!isPassive(callee, modifiers) && !program.use(qubits, at))) {
      return;
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
        qubit: required(qubits[0], 'the qubit of a cut point'),
        others: qubits.slice(1),
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
    if (program.size > MAX_GATES) {
      throw this.error(`the circuit has more than ${MAX_GATES} gates`, at);
    }
  }

  private checkDistinct(callee: Callee, qubits: readonly number[], at: number): void {
    const isDistinct =
      qubits.length === 2
        ? qubits[0] !== qubits[1]
        : qubits.length < 2 || new Set(qubits).size === qubits.length;
    if (isDistinct) return;
    const twice = this.program.qubitName(qubits.find((qubit, i) => qubits.indexOf(qubit) !== i) ?? 0);
    throw this.error(`'${callee.name}' uses ${twice} twice; its qubits must differ`, at);
  }

  protected opaqueDeclaration(): void {
    this.scanner.next();
    const at = this.scanner.start;
    const { name, params, qubits } = this.signature();
    this.expect(Mark.semicolon);
    const kind = CUT_POINT.exec(name)?.[1];
    const fits = params.length === 0 && (qubits.length === 1 || (kind === 'gate' && qubits.length > 1));
    if (kind !== undefined && this.options.allowCutPoints && !fits) {
      const many = kind === 'gate' ? 'qubits' : 'one qubit';
      throw this.error(`the cut point '${name}' has no parameters and ${many}`, at);
    }
    // A gate that is known anyway may be declared so.
    const spec = findGate(name);
    const same = spec?.params === params.length && spec.qubits === qubits.length;
    const callee = { name, params: params.length, qubits: qubits.length, work: 1, depth: 0 };
    this.defined.set(name, spec && same ? standardCallee(spec) : callee);
  }

  /** Name, parameter names and qubit names of a gate statement. */
  private signature(): { name: string; params: string[]; qubits: string[] } {
    const at = this.scanner.start;
    const name = this.name('the name of the gate');
    if (
      name === 'U' ||
      (name === 'gphase' && this.language === 3) ||
      (name === 'CX' && this.language === 2)
    ) {
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

  protected gateDefinition(): void {
    this.scanner.next();
    const at = this.scanner.start;
    const { name, params, qubits } = this.signature();
    this.expect(Mark.openBrace);
    const places = new Map(qubits.map((qubit, i): [string, number] => [qubit, i]));
    const body: BodyCall[] = [];
    const outer = this.defining;
    this.defining = name;
    while (!this.take(Mark.closeBrace)) {
      const call = this.bodyStatement(places, new Set(params));
      if (call && !isIdle(call.callee)) {
        body.push(call);
      }
    }
    this.defining = outer;
    const work = 1 + body.reduce((sum, call) => sum + call.callee.work, 0);
    const depth = 1 + body.reduce((deepest, call) => Math.max(deepest, call.callee.depth), 0);
    const definition = { params, body };
    const callee = { name, params: params.length, qubits: qubits.length, definition, work, depth };
    if (depth > MAX_NESTING) {
      throw this.error(`gate definitions are nested more than ${MAX_NESTING} levels deep`, at);
    }
    if (work > MAX_WORK || this.expander.counter.call(callee, []) > MAX_GATES) {
      throw this.error(`the gate '${name}' stands for more than ${MAX_GATES} gates`, at);
    }
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
      checkNames(
        value,
        (known) => params.has(known) || this.constants.has(known) || this.isFree(known),
        scanner,
      );
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
