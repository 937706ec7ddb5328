/** `generate`: benchmark circuits as OpenQASM. */
import { generateCircuit, type FamilyOptions } from '../circuit/families/families.js';
import { circuitDepth, countGates } from '../circuit/circuitFacts.js';
import { writeQasm } from '../circuit/qasm/writeQasm.js';

export interface GenerateOptions extends FamilyOptions {
  /** Version of OpenQASM; default 2. */
  readonly format?: 'qasm2' | 'qasm3' | undefined;
}

export interface GenerateResult {
  readonly family: string;
  readonly qubits: number;
  /** Number of gates by name. */
  readonly gates: Readonly<Record<string, number>>;
  readonly depth: number;
  readonly qasm: string;
}

/** Makes a circuit of a family (`FAMILIES` lists them). Throws `usage` for options that the family does not have. */
export function generate(family: string, options: GenerateOptions): GenerateResult {
  const circuit = generateCircuit(family, options);
  return {
    family,
    qubits: circuit.qubits,
    gates: countGates(circuit.gates),
    depth: circuitDepth(circuit),
    qasm: writeQasm(circuit, options.format === 'qasm3' ? 3 : 2),
  };
}
