/** Circuits for devices as OpenQASM that every reader takes: gates of the first libraries, numbers, no broadcast. */
import type { Gate } from '../../circuit/circuit.js';
import { definitionOf, foreignGates, gateText, header } from '../../circuit/qasm/writeQasm.js';
import type { DeviceCircuit } from './deviceCircuit.js';

/** The classical registers, in the order in which they are declared. */
export const REGISTERS = ['outcome', 'sign'] as const;
export type RegisterName = (typeof REGISTERS)[number];

/** Writes circuits that share most of their gates. */
export class DeviceQasm {
  readonly #version: 2 | 3;
  readonly #texts = new Map<Gate, string>();
  #names: string[] = [];

  constructor(version: 2 | 3) {
    this.#version = version;
  }

  /** The circuit, under a comment of one line. */
  write(circuit: DeviceCircuit, comment: string): string {
    const { qubits, steps, outcomes, signs } = circuit;
    const [begin, ...includes] = header(this.#version);
    const gates = steps.flatMap((step) => (step.kind === 'gate' ? [step.gate] : []));
    const foreign = foreignGates(gates, this.#version).map((name) => definitionOf(name, this.#version));
    const lines = [begin, `// ${comment}`, ...includes, ...foreign, this.#declared('qubit', 'q', qubits)];
    if (outcomes.length > 0) lines.push(this.#declared('bit', 'outcome', outcomes.length));
    if (signs > 0) lines.push(this.#declared('bit', 'sign', signs));
    for (let i = this.#names.length; i < qubits; i += 1) this.#names.push(`q[${i}]`);
    for (const step of steps) {
      lines.push(
        step.kind === 'gate' ? this.#gate(step.gate) : this.#measured(step.qubit, `sign[${step.bit}]`),
      );
    }
    lines.push(...outcomes.map((qubit, bit) => this.#measured(qubit, `outcome[${bit}]`)));
    return `${lines.join('\n')}\n`;
  }

  #declared(kind: 'qubit' | 'bit', name: string, size: number): string {
    if (this.#version === 3) return `${kind}[${size}] ${name};`;
    return `${kind === 'qubit' ? 'qreg' : 'creg'} ${name}[${size}];`;
  }

  #measured(qubit: number, bit: string): string {
    return this.#version === 2 ? `measure q[${qubit}] -> ${bit};` : `${bit} = measure q[${qubit}];`;
  }

  #gate(gate: Gate): string {
    const known = this.#texts.get(gate);
    if (known !== undefined) return known;
    const text = gateText(gate, this.#names);
    this.#texts.set(gate, text);
    return text;
  }
}
