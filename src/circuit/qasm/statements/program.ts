/** What the OpenQASM reader collects: names, gates and measurements, with the rules that bind them. */
import type { Barrier, Circuit, Gate, Register } from '../../circuit.js';
import { gateOf } from '../../gates.js';
import type { Scanner } from '../syntax/scanner.js';
import { required } from '../../../error.js';

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

/** What is left out because it cannot matter, as long as nothing reads its qubits afterwards. */
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

/** Most qubits, and most classical bits, in one file. */
const MAX_WIDTH = 100_000;

export class Program {
  readonly gates: Gate[] = [];
  readonly cutPoints: CutPoint[] = [];
  readonly barriers: Barrier[] = [];
  readonly quantum = new Map<string, Operand>();
  readonly classical = new Map<string, Operand>();
  /** Where the condition stands that depends on a measurement, while what is under it is read. */
  condition: number | undefined;
  /** Offsets of the measurements of qubits; undefined where a qubit is not measured. */
  private readonly measuredAt: (number | undefined)[] = [];
  /** Qubits that gates have acted on. */
  private readonly touched: (true | undefined)[] = [];
  private readonly leftOut = new Map<number, LeftOut>();
  private readonly qubitRegisters: Register[] = [];
  private readonly bitRegisters: Register[] = [];
  private readonly outcomes: number[] = [];
  /** Place of the last measurement of a qubit that was measured before. */
  private again = 0;
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
    if (!Number.isInteger(count) || count < 0) {
      throw this.scanner.error(`a register needs a whole number of ${what}, not ${count}`, at);
    }
    if (first + count > MAX_WIDTH) {
      throw this.scanner.error(`the file declares more than ${MAX_WIDTH} ${what}`, at);
    }
    if (quantum && this.hardware) {
      throw this.scanner.error('a file that uses hardware qubits such as $0 cannot declare others', at);
    }
    const items = Array.from({ length: count }, (_, i) => first + i);
    const operand = { items, scalar: size === undefined, at };
    (quantum ? this.quantum : this.classical).set(name, operand);
    if (count > 0) {
      (quantum ? this.qubitRegisters : this.bitRegisters).push({ name, size: count });
    }
    if (quantum) {
      this.qubits += count;
    } else {
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

  /**
   * Notes that a gate acts on qubits. Throws where that is not the gate of a fixed circuit; false where the gate does not
   * matter, for it is under a condition and nothing reads its qubits afterwards.
   */
  use(qubits: readonly number[], at: number): boolean {
    if (this.condition !== undefined) {
      this.leaveOut(qubits, { kind: 'condition', at: this.condition });
      return false;
    }
    for (const qubit of qubits) {
      this.touched[qubit] = true;
    }
    if (this.leftOut.size > 0) {
      this.checkLeftOut(qubits, at);
    }
    if (this.measured) {
      for (const qubit of qubits) {
        if (this.measuredAt[qubit] !== undefined) {
          throw this.scanner.error(
            `mid-circuit measurement is not supported: ${this.qubitName(qubit)} was measured before; measure it after its last gate`,
            at,
          );
        }
      }
    }
    return true;
  }

  private leaveOut(qubits: readonly number[], what: LeftOut): void {
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
        const again = `${this.qubitName(qubit)} is used again in line ${this.scanner.lineOf(at)}`;
        throw this.scanner.error(`${refused} here, for ${again}; ${rule}`, what.at);
      }
    }
  }

  reset({ items }: Operand, at: number): void {
    for (const qubit of items) {
      if (this.touched[qubit] === true || this.measuredAt[qubit] !== undefined || this.leftOut.has(qubit)) {
        this.leaveOut([qubit], { kind: 'reset', at });
      }
    }
  }

  /** Notes a barrier; without operands it is one for all qubits. */
  barrier(operands: readonly Operand[]): void {
    const named = operands.flatMap(({ items }) => items);
    const qubits = operands.length === 0 ? Array.from({ length: this.qubits }, (_, q) => q) : named;
    this.barriers.push({ qubits: [...new Set(qubits)], position: this.gates.length });
  }

  /** The value of classical bits as a number, bit 0 first; undefined where it depends on a measurement. */
  bitsValue(items: readonly number[]): number | undefined {
    return items.every((bit) => this.outcomes[bit] === -1) ? 0 : undefined;
  }

  /** `measure qubits -> bits`; without bits the outcomes are kept nowhere. */
  measure(qubits: Operand, bits: Operand | undefined, at: number): void {
    if (this.condition !== undefined) {
      throw this.scanner.error(
        'measurements under a classical condition are not supported; only a fixed circuit can be cut',
        at,
      );
    }
    if (bits !== undefined && qubits.items.length !== bits.items.length) {
      throw this.scanner.error(
        `${qubits.items.length} qubits cannot be measured into ${bits.items.length} bits; the sizes must agree`,
        at,
      );
    }
    this.checkLeftOut(qubits.items, at);
    for (const [i, qubit] of qubits.items.entries()) {
      if (this.measuredAt[qubit] !== undefined) {
        this.again = at;
      }
      this.measuredAt[qubit] ??= at;
      this.measured = true;
      if (bits !== undefined) {
        this.write(required(bits.items[i], 'the bit of a measurement'), qubit, at);
      }
    }
  }

  private write(bit: number, qubit: number, at: number): void {
    const before = this.outcomes[bit];
    if (before !== -1 && before !== qubit) {
      throw this.scanner.error(
        `${nameIn(this.bitRegisters, bit)} is written twice; every bit can hold one outcome`,
        at,
      );
    }
    this.outcomes[bit] = qubit;
  }

  finish(): Circuit {
    const { qubits, gates, bitRegisters } = this;
    if (qubits === 0) {
      throw this.scanner.error(
        'the file declares no qubits; a circuit needs at least one, as in: qreg q[3];',
      );
    }
    const written = this.outcomes.some((qubit) => qubit >= 0);
    this.checkEnd(written);
    const outcomes = written ? this.outcomes : Array.from({ length: qubits }, (_, q) => q);
    const qubitRegisters = this.hardware ? [{ name: 'q', size: qubits }] : this.qubitRegisters;
    const circuit = { qubits, gates, qubitRegisters, bitRegisters, outcomes, measured: written };
    return this.withCopies(circuit);
  }

  /** A qubit that is measured into several bits gets a copy of itself for each but the first, by a cx. */
  private withCopies(circuit: Circuit): Circuit {
    const seen = new Set<number>([-1]);
    let { qubits } = circuit;
    const outcomes = circuit.outcomes.map((qubit) => {
      if (qubit === -1 || seen.size < seen.add(qubit).size) {
        return qubit;
      }
      this.gates.push(gateOf('cx', [qubit, qubits]));
      return qubits++;
    });
    if (qubits === circuit.qubits) {
      return circuit;
    }
    let name = 'copy';
    while (this.quantum.has(name) || this.classical.has(name)) {
      name += '_';
    }
    const size = qubits - circuit.qubits;
    this.scanner.warn(
      `${size === 1 ? 'a qubit is' : 'qubits are'} measured into several bits; the register '${name}' of ${size} is added, which holds copies`,
      this.again,
    );
    return { ...circuit, qubits, outcomes, qubitRegisters: [...circuit.qubitRegisters, { name, size }] };
  }

  /** What was left out changes no outcome that is measured; where none is, every qubit is an outcome. */
  private checkEnd(written: boolean): void {
    const all = new Map([...this.leftOut.values()].map((what) => [what.at, what]));
    for (const { kind, at } of all.values()) {
      if (!written) {
        const { refused, rule } = LEFT_OUT[kind];
        throw this.scanner.error(
          `${refused} here, for the file keeps no outcome and so every qubit is one; ${rule}`,
          at,
        );
      }
      const what = kind === 'reset' ? 'this reset is' : 'the gates under this condition are';
      this.scanner.warn(`${what} left out, for nothing reads the qubits afterwards`, at);
    }
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
