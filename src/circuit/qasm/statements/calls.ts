/** Gate definitions and calls of the OpenQASM reader, and their expansion into gates of the table. */
import { KroncutError, required } from '../../../error.js';
import type { Gate } from '../../circuit.js';
import { controlGates, decomposeGate } from '../../decompose.js';
import { findGate, gateOf } from '../../gates.js';
import { equalUpToPhase, maxDifference } from '../../matrix.js';
import { smallUnitary } from '../../modify.js';
import { controlsOf, standardCallee, type BodyCall, type Callee, type Modifier } from './callee.js';
import { GateCounter } from './gateCount.js';
import { LostAngle, lostMeaning, powerGates } from '../../powers.js';
import { evaluate, type Scope } from '../syntax/evaluate.js';
import type { Scanner } from '../syntax/scanner.js';

/** A call whose parameters, qubits and names in exponents are known. */
interface KnownCall extends Omit<BodyCall, 'params'> {
  readonly params: readonly number[];
  readonly scope: Scope;
}

/** Longest circuit that is read. */
export const MAX_GATES = 5_000_000;
/** Deepest nesting of gate definitions. */
export const MAX_NESTING = 200;
/** Most gates that a power gives, and a call with controls. */
const MAX_POWER = 1_000_000;
const MAX_CONTROLLED = 200_000;
/** Most calls within one another that one call may lead to. */
export const MAX_WORK = 4 * MAX_GATES;
/** Most controls that modifiers may add to one gate. */
export const MAX_CONTROLS = 64;

/** Number of controls a `ctrl(k) @` asks for. */
export function checkedCount(value: number, scanner: Scanner, at: number): number {
  if (!Number.isInteger(value) || value < 1 || value > MAX_CONTROLS) {
    throw scanner.error(
      `the number of controls must be a whole number from 1 to ${MAX_CONTROLS}, not ${value}`,
      at,
    );
  }
  return value;
}

/** Throws where a call of a gate gives too many gates. */
export function checkSize(
  scanner: Scanner,
  name: string,
  size: number,
  modifiers: readonly Modifier[],
  at: number,
): void {
  const [most, words] =
    controlsOf(modifiers).length > 0
      ? [MAX_CONTROLLED, '200000']
      : modifiers.length > 0
        ? [MAX_POWER, 'a million']
        : [MAX_GATES, 'five million'];
  if (size > most) {
    throw scanner.error(
      `this call of '${name}' has too many gates (about ${size.toPrecision(2)}); ${words} is the limit`,
      at,
    );
  }
}

/** A parameter of a gate: finite, and with a warning where rounding has left little of an angle. */
export function checkedAngle(value: number, scanner: Scanner, at: number): number {
  if (!Number.isFinite(value)) {
    throw scanner.error('this parameter is not a finite number', at);
  }
  const rounding = lostMeaning(value);
  if (rounding !== undefined) {
    scanner.warn(
      `the angle ${value} is so large that rounding alone may turn it by ${rounding.toPrecision(1)}; reduce it modulo 2*pi`,
      at,
    );
  }
  return value;
}

/** Expands calls into gates on one and two qubits and `gphase`. */
export class Expander {
  readonly counter = new GateCounter();

  constructor(
    private readonly scanner: Scanner,
    private readonly outer: Scope,
    private readonly powers: Pick<Scope, 'division'>,
  ) {}

  /** One call with its parameters known. `at` is its place, for messages. */
  expand(
    callee: Callee,
    params: readonly number[],
    qubits: readonly number[],
    modifiers: readonly Modifier[],
    scope: Scope,
    at: number,
  ): Gate[] {
    const gates: Gate[] = [];
    this.expandInto(gates, { callee, params, qubits, modifiers, scope, at });
    return gates;
  }

  /** The same at the end of a list, which all nested calls share. */
  private expandInto(out: Gate[], call: KnownCall): void {
    const { callee, params, qubits, modifiers, at } = call;
    if (modifiers.length > 0) {
      for (const gate of this.modified(call)) {
        out.push(gate);
      }
    } else if (callee.spec === undefined) {
      this.instantiate(out, callee, params, qubits, at);
    } else if (qubits.length <= 2) {
      out.push({ name: callee.name, qubits, params });
    } else {
      out.push(...decomposeGate({ name: callee.name, qubits, params }));
    }
  }

  private modified({ callee, params, qubits, modifiers, scope, at }: KnownCall): Gate[] {
    const signs = controlsOf(modifiers);
    const controls = qubits.slice(0, signs.length);
    const targets = qubits.slice(signs.length);
    let gates: Gate[] = [];
    if (callee.spec) {
      gates.push({ name: callee.name, qubits: targets, params });
    } else {
      this.instantiate(gates, callee, params, targets, at);
    }
    for (const k of this.exponents(modifiers, scope)) {
      const power = this.power(gates, k, callee.name, at);
      if (!power) {
        throw this.scanner.error(
          Number.isInteger(k)
            ? `the power ${k} of '${callee.name}' has too many gates; a million is the limit`
            : `the fractional power ${k} of '${callee.name}' is not supported; it is for gates on one or two qubits and for gates with controls`,
          at,
        );
      }
      gates = power;
    }
    checkSize(this.scanner, callee.name, this.counter.controlled(gates, signs.length), modifiers, at);
    const flips = controls.filter((_, i) => signs[i] === false).map((q) => gateOf('x', [q]));
    return [...flips, ...controlGates(gates, controls), ...flips].flatMap(decomposeGate);
  }

  private power(gates: readonly Gate[], k: number, name: string, at: number): Gate[] | undefined {
    try {
      return powerGates(gates, k);
    } catch (error) {
      if (!(error instanceof LostAngle)) {
        throw error;
      }
      throw this.scanner.error(
        `the power ${k} of '${name}' turns by about ${error.angle.toPrecision(2)}, of which rounding leaves nothing ` +
          'certain; only gates whose angles are simple fractions of pi have such powers',
        at,
      );
    }
  }

  /** Exponents of `pow @` and `inv @`, innermost first, taken together where that is the same. */
  private exponents(modifiers: readonly Modifier[], scope: Scope): number[] {
    const exponents: number[] = [];
    for (const modifier of modifiers.toReversed()) {
      if (modifier.kind === 'power') {
        const k = evaluate(modifier.exponent, { ...scope, division: this.powers.division }, this.scanner);
        const inner = exponents.at(-1);
        // An inner exponent in (-1, 1] leaves the eigenvalue angles on the principal branch.
        const whole = inner !== undefined && Number.isInteger(inner) && Number.isSafeInteger(inner * k);
        if (inner !== undefined && ((whole && Number.isInteger(k)) || (inner > -1 && inner <= 1))) {
          exponents[exponents.length - 1] = inner * k;
        } else {
          exponents.push(k);
        }
      }
    }
    return exponents;
  }

  private instantiate(
    out: Gate[],
    callee: Callee,
    params: readonly number[],
    qubits: readonly number[],
    at: number,
  ): void {
    if (!callee.definition) {
      throw this.scanner.error(
        `'${callee.name}' is opaque: it has no definition to simulate; define it with 'gate ${callee.name} ... { }'`,
        at,
      );
    }
    const values = new Map<string, number>();
    for (const [i, name] of callee.definition.params.entries()) {
      values.set(name, required(params[i], `parameter '${name}' of a call`));
    }
    const { outer } = this;
    const scope: Scope = {
      lookUp: (name) => values.get(name) ?? outer.lookUp(name),
      isWhole: (name) => !values.has(name) && outer.isWhole(name),
      division: outer.division,
    };
    for (const call of callee.definition.body) {
      const inner = call.params.map((expression) =>
        checkedAngle(evaluate(expression, scope, this.scanner), this.scanner, call.at),
      );
      const on = call.qubits.map((position) => required(qubits[position], `qubit ${position} of a call`));
      this.expandInto(out, { ...call, params: inner, qubits: on, scope });
      checkSize(this.scanner, callee.name, out.length, [], at);
    }
  }

  /**
   * The standard gate that a definition spells out, if it does: exporters define gates that a library lacks, and
   * one two-qubit gate is cheaper to cut than the three of its body. In version 2 a phase is nobody's business.
   */
  recognise(callee: Callee, version: 2 | 3): Callee {
    const spec = findGate(callee.name) ?? findGate(callee.name.replace(/_\d+$/, ''));
    if (
      !spec?.matrix ||
      spec.params !== callee.params ||
      spec.qubits !== callee.qubits ||
      callee.work > 100
    ) {
      return callee;
    }
    const qubits = callee.qubits === 1 ? [0] : [0, 1];
    for (const values of SAMPLES) {
      const params = values.slice(0, spec.params);
      const given = this.sampleMatrix(callee, params, qubits);
      const expected = spec.matrix(...params);
      const same =
        given &&
        (version === 2 ? equalUpToPhase(given, expected, 1e-10) : maxDifference(given, expected) <= 1e-10);
      if (!same) {
        return callee;
      }
    }
    return standardCallee(spec);
  }

  /** The matrix of a definition; undefined where it has none at these parameters. */
  private sampleMatrix(
    callee: Callee,
    params: readonly number[],
    qubits: readonly number[],
  ): Float64Array | undefined {
    try {
      return smallUnitary(this.expand(callee, params, qubits, [], this.outer, 0), qubits);
    } catch (error) {
      // Something in it is not supported, or not finite here: that is for a call to say.
      if (error instanceof KroncutError) {
        return undefined;
      }
      throw error;
    }
  }
}

/** Parameters at which a definition is compared with the gate of its name. */
const SAMPLES: readonly (readonly number[])[] = [
  [0.7, -1.3, 2.1, 0.4],
  [-2.9, 0.6, 1.9, -1.1],
];
