/** What makes a file a fixed circuit: gates, then measurements. Says of a statement why it is none, with its place. */
import type { Scanner } from '../syntax/scanner.js';

/** What is left out of a fixed circuit because it cannot matter, as long as nothing reads its qubits afterwards. */
interface LeftOut {
  readonly kind: 'reset' | 'condition';
  readonly at: number;
}

const LEFT_OUT = {
  reset: {
    refused: 'this reset is not supported',
    rule: 'only a reset that changes nothing is: of a qubit without gates, or the last thing on a qubit where others are measured',
  },
  condition: {
    refused: 'gates under a classical condition are not supported',
    rule: 'only a fixed circuit can be cut, so what depends on a measurement must be the last thing on its qubits',
  },
} as const;

export class FixedRules {
  /** Offsets of the measurements of qubits; undefined where a qubit is not measured. */
  private readonly measuredAt: (number | undefined)[] = [];
  /** Qubits that gates have acted on. */
  private readonly touched: (true | undefined)[] = [];
  private readonly leftOut = new Map<number, LeftOut>();
  private measured = false;

  /**
   * `keeps`: whoever reads keeps what is not fixed, so nothing is refused, and `isFixed` tells. `nameOf` names qubits in
   * messages.
   */
  constructor(
    private readonly scanner: Scanner,
    private readonly keeps: boolean,
    private readonly nameOf: (qubit: number) => string,
  ) {}

  isFixed = true;

  /** Notes what a fixed circuit cannot have; throws where nobody keeps it. */
  refuse(what: string, at: number): void {
    if (!this.keeps) {
      throw this.scanner.error(what, at);
    }
    this.isFixed = false;
  }

  /** Notes that a gate acts on qubits. */
  use(qubits: readonly number[], at: number): void {
    for (const qubit of qubits) {
      this.touched[qubit] = true;
    }
    if (this.leftOut.size > 0) {
      this.checkLeftOut(qubits, at);
    }
    if (!this.measured) {
      return;
    }
    for (const qubit of qubits) {
      if (this.measuredAt[qubit] !== undefined) {
        this.refuse(
          `mid-circuit measurement is not supported: ${this.nameOf(qubit)} was measured before; measure it after its last gate`,
          at,
        );
      }
    }
  }

  /** Notes gates that depend on a measurement, which stands at `at`. */
  underCondition(qubits: readonly number[], at: number): void {
    this.leaveOut(qubits, { kind: 'condition', at });
  }

  reset(qubits: readonly number[], at: number): void {
    for (const qubit of qubits) {
      if (this.touched[qubit] === true || this.measuredAt[qubit] !== undefined || this.leftOut.has(qubit)) {
        this.leaveOut([qubit], { kind: 'reset', at });
      }
    }
  }

  /** Notes a measurement; true where one of the qubits was measured before. */
  measure(qubits: readonly number[], at: number): boolean {
    this.checkLeftOut(qubits, at);
    let again = false;
    for (const qubit of qubits) {
      again ||= this.measuredAt[qubit] !== undefined;
      this.measuredAt[qubit] ??= at;
      this.measured = true;
    }
    return again;
  }

  private leaveOut(qubits: readonly number[], what: LeftOut): void {
    if (this.keeps) {
      this.isFixed = false;
      return;
    }
    for (const qubit of qubits) {
      this.leftOut.set(qubit, this.leftOut.get(qubit) ?? what);
    }
  }

  /** Throws where something was left out before that matters now. */
  private checkLeftOut(qubits: readonly number[], at: number): void {
    for (const qubit of qubits) {
      const what = this.leftOut.get(qubit);
      if (what !== undefined) {
        const { refused, rule } = LEFT_OUT[what.kind];
        const again = `${this.nameOf(qubit)} is used again in line ${this.scanner.lineOf(at)}`;
        this.refuse(`${refused} here, for ${again}; ${rule}`, what.at);
      }
    }
  }

  /** What was left out changes no outcome that is measured; where none is, every qubit is an outcome. */
  checkEnd(keepsOutcomes: boolean): void {
    const all = new Map([...this.leftOut.values()].map((what) => [what.at, what]));
    for (const { kind, at } of all.values()) {
      if (!keepsOutcomes) {
        const { refused, rule } = LEFT_OUT[kind];
        this.refuse(`${refused} here, for the file keeps no outcome and so every qubit is one; ${rule}`, at);
      }
      const what = kind === 'reset' ? 'this reset is' : 'the gates under this condition are';
      this.scanner.warn(`${what} left out, for nothing reads the qubits afterwards`, at);
    }
  }
}
