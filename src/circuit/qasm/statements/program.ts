/** What the OpenQASM reader collects: names, gates, and what stands between them. */
import type { Circuit, Gate, Register } from '../../circuit.js';
import { isBarrier, qubitsOf, type Choice, type Condition, type Fence, type Sequence } from '../../fence.js';
import { isNameable, simplified } from '../../condition.js';
import { gateOf } from '../../gates.js';
import { FixedRules } from './fixedRules.js';
import { asVersion2, unsayable } from './version2.js';
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
  /** Further qubits of the end of a cut gate. */
  readonly others: readonly number[];
  readonly position: number;
  readonly at: number;
}

/** What is kept of a program that is not a fixed circuit. */
export interface Keeping {
  /** The version in which it has to be said again. */
  readonly version: 2 | 3;
  /** Keeps measurements in their places even where the circuit is fixed. */
  readonly always: boolean;
}

/** Most qubits, and most classical bits, in one file. */
const MAX_WIDTH = 100_000;

/** Gates and fences, as far as they are read. */
interface OpenSequence extends Sequence {
  readonly gates: Gate[];
  readonly fences: Fence[];
}

export class Program {
  readonly cutPoints: CutPoint[] = [];
  readonly quantum = new Map<string, Operand>();
  readonly classical = new Map<string, Operand>();
  /** Where the condition stands that depends on a measurement, while what is under it is read to be left out. */
  condition: number | undefined;
  private readonly whole: OpenSequence = { gates: [], fences: [] };
  /** Where gates go: the whole, or what is under a condition. */
  private open = this.whole;
  /** Gates of all sequences but the open one. */
  private elsewhere = 0;
  private readonly rules: FixedRules;
  private readonly places = new Map<Fence, number>();
  private readonly qubitRegisters: Register[] = [];
  private readonly bitRegisters: Register[] = [];
  private readonly outcomes: number[] = [];
  /** Place of the last measurement of a qubit that was measured before. */
  private again = 0;
  private qubits = 0;
  private hardware = false;

  constructor(
    private readonly scanner: Scanner,
    private readonly keeping: Keeping | undefined,
  ) {
    this.rules = new FixedRules(scanner, keeping !== undefined, (qubit) => this.qubitName(qubit));
  }

  /** The gates that are being collected. */
  get gates(): Gate[] {
    return this.open.gates;
  }

  /** Gates that the file has in all, so far. */
  get size(): number {
    return this.elsewhere + this.open.gates.length;
  }

  /** Whether what depends on measurements is kept, not refused. */
  get keeps(): boolean {
    return this.keeping !== undefined;
  }

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
   * Notes that a gate acts on qubits. Throws where that is not the gate of a fixed circuit, unless such are kept; false where
   * the gate does not matter, for it is under a condition and nothing reads its qubits afterwards.
   */
  use(qubits: readonly number[], at: number): boolean {
    if (this.condition !== undefined) {
      this.rules.underCondition(qubits, this.condition);
      return false;
    }
    this.rules.use(qubits, at);
    return true;
  }

  reset({ items }: Operand, at: number): void {
    this.rules.reset(items, at);
    if (this.keeps) {
      for (const qubit of items) this.fence({ kind: 'reset', qubits: [qubit], position: 0 }, at);
    }
  }

  /** Notes a barrier; without operands it is one for all qubits. */
  barrier(operands: readonly Operand[], at: number): void {
    const named = operands.flatMap(({ items }) => items);
    const qubits = operands.length === 0 ? Array.from({ length: this.qubits }, (_, q) => q) : named;
    this.fence({ kind: 'barrier', qubits: [...new Set(qubits)], position: 0 }, at);
  }

  /** Puts a fence behind the gates so far. */
  fence(fence: Fence, at: number): void {
    const placed = { ...fence, position: this.open.gates.length };
    this.places.set(placed, at);
    this.open.fences.push(placed);
  }

  /** What `read` reads, apart from what is around it. */
  aside(read: () => void): Sequence {
    const outer = this.open;
    const inner: OpenSequence = { gates: [], fences: [] };
    this.elsewhere += outer.gates.length;
    this.open = inner;
    read();
    this.open = outer;
    this.elsewhere += inner.gates.length - outer.gates.length;
    return inner;
  }

  /** Notes what is done under a condition that depends on a measurement. */
  choose(given: Condition, body: Sequence, otherwise: Sequence, at: number): void {
    this.rules.isFixed = false;
    const { bitRegisters } = this;
    const condition = simplified(given, bitRegisters);
    if (!isNameable(condition, bitRegisters)) {
      throw this.scanner.error(
        'a condition on some bits of a register as one number is not supported; compare them one by one, as in c[0] && !c[1]',
        at,
      );
    }
    const parts =
      this.keeping?.version === 2
        ? asVersion2({ condition, body, otherwise, position: 0 }, bitRegisters)
        : undefined;
    if (typeof parts === 'string') throw this.scanner.error(parts, at);
    const qubits = [...new Set([...qubitsOf(body), ...qubitsOf(otherwise)])];
    const choice: Choice = { kind: 'if', qubits, condition, body, otherwise, position: 0 };
    for (const part of parts ?? [choice]) this.fence(part, at);
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
    if (this.rules.measure(qubits.items, at)) {
      this.again = at;
    }
    for (const [i, qubit] of qubits.items.entries()) {
      const bit = bits === undefined ? null : required(bits.items[i], 'the bit of a measurement');
      if (this.keeps) {
        this.fence({ kind: 'measure', qubits: [qubit], bit, position: 0 }, at);
      }
      if (bit !== null) {
        this.write(bit, qubit, at);
      }
    }
  }

  private write(bit: number, qubit: number, at: number): void {
    const before = this.outcomes[bit];
    if (before !== -1 && before !== qubit) {
      this.rules.refuse(
        `${nameIn(this.bitRegisters, bit)} is written twice; every bit can hold one outcome`,
        at,
      );
    }
    this.outcomes[bit] = qubit;
  }

  /** The circuit, and the fences of it: those that are kept, or the barriers alone of a fixed circuit. */
  finish(): { readonly circuit: Circuit; readonly fences: readonly Fence[] } {
    const { qubits, bitRegisters } = this;
    const { gates, fences } = this.whole;
    if (qubits === 0) {
      throw this.scanner.error(
        'the file declares no qubits; a circuit needs at least one, as in: qreg q[3];',
      );
    }
    const qubitRegisters = this.hardware ? [{ name: 'q', size: qubits }] : this.qubitRegisters;
    const itself = Array.from({ length: qubits }, (_, q) => q);
    const plain = { qubits, gates, qubitRegisters, bitRegisters, outcomes: itself, measured: false };
    const written = this.outcomes.some((qubit) => qubit >= 0);
    this.rules.checkEnd(written);
    if (this.isKept(written)) {
      this.checkSayable(this.whole);
      return { circuit: plain, fences };
    }
    const circuit = this.withCopies(written ? { ...plain, outcomes: this.outcomes, measured: true } : plain);
    return { circuit, fences: fences.filter(isBarrier) };
  }

  /** Whether measurements stay where they are, for what the file has is no fixed circuit. */
  private isKept(written: boolean): boolean {
    if (this.keeping === undefined) return false;
    const { fences } = this.whole;
    if (this.keeping.always || !this.rules.isFixed || fences.some(({ kind }) => kind === 'symbolic'))
      return true;
    const measured = this.outcomes.filter((qubit) => qubit >= 0);
    return written && new Set(measured).size < measured.length;
  }

  /** Throws where a fence cannot be said in the version in which it has to be. */
  private checkSayable({ fences }: Sequence): void {
    if (this.keeping?.version !== 2) return;
    for (const fence of fences) {
      const reason = unsayable(fence);
      if (reason !== undefined) throw this.scanner.error(reason, this.places.get(fence));
    }
  }

  /** A qubit that is measured into several bits gets a copy of itself for each but the first, by a cx. */
  private withCopies(circuit: Circuit): Circuit {
    const seen = new Set<number>([-1]);
    let { qubits } = circuit;
    const outcomes = circuit.outcomes.map((qubit) => {
      if (qubit === -1 || seen.size < seen.add(qubit).size) {
        return qubit;
      }
      this.whole.gates.push(gateOf('cx', [qubit, qubits]));
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
