/** Gate definitions and calls of the OpenQASM reader, and their expansion into gates of the table. */
import { KroncutError, required } from '../../error.js';
import type { Gate } from '../circuit.js';
import { controlGates, decomposeGate } from '../decompose.js';
import { findGate, gateOf, type GateSpec } from '../gates.js';
import { equalUpToPhase, maxDifference } from '../matrix.js';
import { smallUnitary } from '../modify.js';
import { LostAngle, lostMeaning, powerGates } from '../powers.js';
import { evaluate, type Scope } from './evaluate.js';
import type { Expression } from './expression.js';
import type { Scanner } from './scanner.js';

/** `ctrl @`, `negctrl @` with a count, or `pow @` and `inv @` (exponent -1). */
export type Modifier =
  | { readonly kind: 'control'; readonly positive: boolean; readonly count: number }
  | { readonly kind: 'power'; readonly exponent: Expression };

/** A call inside a gate definition: qubits are positions in the definition's qubit list. */
export interface BodyCall {
  readonly callee: Callee;
  readonly params: readonly Expression[];
  readonly qubits: readonly number[];
  readonly modifiers: readonly Modifier[];
  readonly at: number;
}

/** What a gate name stands for. */
export interface Callee {
  readonly name: string;
  readonly params: number;
  readonly qubits: number;
  /** Entry of the gate table, for a standard gate. */
  readonly spec?: GateSpec;
  /** Parameter names and body, for a gate defined in the file. A gate with neither is opaque. */
  readonly definition?: { readonly params: readonly string[]; readonly body: readonly BodyCall[] };
  /** Bound on the gates that one call gives before modifiers, and how deep definitions are nested. */
  readonly size: number;
  readonly depth: number;
}

/** Longest circuit that is read. */
export const MAX_GATES = 5_000_000;
/** Deepest nesting of gate definitions. */
export const MAX_NESTING = 200;
/** Most controls that modifiers may add to one gate. */
export const MAX_CONTROLS = 64;

export function standardCallee(spec: GateSpec): Callee {
  return { name: spec.name, params: spec.params, qubits: spec.qubits, spec, size: 1, depth: 0 };
}

/** Controls that modifiers add, in the order of the operands (leftmost modifier first). */
export function controlsOf(modifiers: readonly Modifier[]): boolean[] {
  return modifiers.flatMap((m) => (m.kind === 'control' ? Array<boolean>(m.count).fill(m.positive) : []));
}

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
    if (modifiers.length === 0) {
      const gate = { name: callee.name, qubits, params };
      return callee.spec ? decomposeGate(gate) : this.instantiate(callee, params, qubits, at);
    }
    const signs = controlsOf(modifiers);
    const controls = qubits.slice(0, signs.length);
    const targets = qubits.slice(signs.length);
    let gates = callee.spec
      ? [{ name: callee.name, qubits: targets, params }]
      : this.instantiate(callee, params, targets, at);
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
    // What every gate costs under k controls is below 128 k^2.
    if (gates.length * Math.max(1, 128 * signs.length ** 2) > MAX_GATES) {
      throw this.scanner.error(`this call of '${callee.name}' has more than ${MAX_GATES} gates`, at);
    }
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
    callee: Callee,
    params: readonly number[],
    qubits: readonly number[],
    at: number,
  ): Gate[] {
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
    const gates: Gate[] = [];
    for (const call of callee.definition.body) {
      const inner = call.params.map((expression) =>
        checkedAngle(evaluate(expression, scope, this.scanner), this.scanner, call.at),
      );
      const on = call.qubits.map((position) => required(qubits[position], `qubit ${position} of a call`));
      for (const gate of this.expand(call.callee, inner, on, call.modifiers, scope, call.at)) {
        gates.push(gate);
      }
      if (gates.length > MAX_GATES) {
        throw this.scanner.error(`this call of '${callee.name}' has more than ${MAX_GATES} gates`, at);
      }
    }
    return gates;
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
      callee.size > 100
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
