/** What the OpenQASM reader collects: names, gates and measurements, with the rules that bind them. */
import type { Circuit, Gate, Register } from '../circuit.js';
import type { Scanner } from './scanner.js';
import { required } from '../../error.js';

/** Qubits or classical bits that a name or operand stands for. */
export interface Operand {
  readonly items: readonly number[];
  /** True for a single qubit or bit, which is broadcast against registers. */
  readonly scalar: boolean;
  readonly at: number;
}

/** A cut point in a subcircuit file: before gate number `position`. */
export interface CutPoint {
  readonly kind: 'in' | 'out' | 'gate';
  readonly cut: number;
  readonly qubit: number;
  readonly position: number;
  readonly at: number;
}

/** Most qubits, and most classical bits, in one file. */
const MAX_WIDTH = 1_000_000;

export class Program {
  readonly gates: Gate[] = [];
  readonly cutPoints: CutPoint[] = [];
  readonly quantum = new Map<string, Operand>();
  readonly classical = new Map<string, Operand>();
  /** Offsets of the measurements of qubits; undefined where a qubit is not measured. */
  private readonly measuredAt: (number | undefined)[] = [];
  private readonly qubitRegisters: Register[] = [];
  private readonly bitRegisters: Register[] = [];
  private readonly outcomes: number[] = [];
  private qubits = 0;
  private measured = false;
  private hardware = false;

  constructor(private readonly scanner: Scanner) {}

  /** Declares a register; `size` undefined means a single qubit or bit. */
  declare(name: string, size: number | undefined, quantum: boolean, at: number): void {
    const count = size ?? 1;
    const what = quantum ? 'qubits' : 'classical bits';
    const first = quantum ? this.qubits : this.outcomes.length;
    this.checkNewName(name, at);
    if (!Number.isInteger(count) || count < 1) {
      throw this.scanner.error(`a register needs a whole number of ${what}, at least 1, not ${count}`, at);
    }
    if (first + count > MAX_WIDTH) {
      throw this.scanner.error(`the file declares more than ${MAX_WIDTH} ${what}`, at);
    }
    if (quantum && this.hardware) {
      throw this.scanner.error('a file that uses hardware qubits such as $0 cannot declare others', at);
    }
    const items = Array.from({ length: count }, (_, i) => first + i);
    const operand = { items, scalar: size === undefined, at };
    if (quantum) {
      this.quantum.set(name, operand);
      this.qubitRegisters.push({ name, size: count });
      this.qubits += count;
    } else {
      this.classical.set(name, operand);
      this.bitRegisters.push({ name, size: count });
      for (let i = 0; i < count; i++) {
        this.outcomes.push(-1);
      }
    }
  }

  checkNewName(name: string, at: number): void {
    if (this.quantum.has(name) || this.classical.has(name)) {
      throw this.scanner.error(`'${name}' is declared twice; every register needs a name of its own`, at);
    }
  }

  /** The qubit `$index`. */
  hardwareQubit(index: number, at: number): Operand {
    if (!this.hardware && this.qubits > 0) {
      throw this.scanner.error(
        'a file that declares qubits cannot use hardware qubits such as $0 as well',
        at,
      );
    }
    if (index >= MAX_WIDTH) {
      throw this.scanner.error(`hardware qubits go to $${MAX_WIDTH - 1}`, at);
    }
    this.hardware = true;
    this.qubits = Math.max(this.qubits, index + 1);
    return { items: [index], scalar: true, at };
  }

  qubitName(qubit: number): string {
    return this.hardware ? `$${qubit}` : nameIn(this.qubitRegisters, qubit);
  }

  /** Throws where a gate acts on a measured qubit. */
  checkUnmeasured(qubits: readonly number[], at: number): void {
    if (!this.measured) {
      return;
    }
    for (const qubit of qubits) {
      if (this.measuredAt[qubit] !== undefined) {
        throw this.scanner.error(
          `mid-circuit measurement is not supported: ${this.qubitName(qubit)} was measured before; measure it after its last gate`,
          at,
        );
      }
    }
  }

  /** `measure qubits -> bits`. */
  measure(qubits: Operand, bits: Operand, at: number): void {
    if (qubits.items.length !== bits.items.length) {
      throw this.scanner.error(
        `${qubits.items.length} qubits cannot be measured into ${bits.items.length} bits; the sizes must agree`,
        at,
      );
    }
    for (const [i, qubit] of qubits.items.entries()) {
      const bit = required(bits.items[i], 'the bit of a measurement');
      if (this.measuredAt[qubit] !== undefined) {
        throw this.scanner.error(
          `${this.qubitName(qubit)} is measured twice; only one final measurement of a qubit is supported`,
          at,
        );
      }
      if (this.outcomes[bit] !== -1) {
        throw this.scanner.error(
          `${nameIn(this.bitRegisters, bit)} is written twice; every bit can hold one outcome`,
          at,
        );
      }
      this.measuredAt[qubit] = at;
      this.outcomes[bit] = qubit;
      this.measured = true;
    }
  }

  finish(): Circuit {
    const { qubits, gates, measured, bitRegisters } = this;
    if (qubits === 0) {
      throw this.scanner.error(
        'the file declares no qubits; a circuit needs at least one, as in: qreg q[3];',
      );
    }
    const outcomes = measured ? this.outcomes : Array.from({ length: qubits }, (_, q) => q);
    const qubitRegisters = this.hardware ? [{ name: 'q', size: qubits }] : this.qubitRegisters;
    return { qubits, gates, qubitRegisters, bitRegisters, outcomes, measured };
  }
}

/** Name of a qubit or bit, as `q[3]`. */
export function nameIn(registers: readonly Register[], index: number): string {
  let rest = index;
  for (const { name, size } of registers) {
    if (rest < size) {
      return `${name}[${rest}]`;
    }
    rest -= size;
  }
  return String(index);
}
