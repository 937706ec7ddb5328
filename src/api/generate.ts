/** `generate`: benchmark circuits as OpenQASM. */
import { generateCircuit } from '../circuit/families/families.js';
import { circuitDepth, countGates } from '../circuit/circuitFacts.js';
import { writeQasm } from '../circuit/qasm/writeQasm.js';
import { GENERATE_OPTIONS, type GenerateOptions } from './options/generate.js';
import { checkArgument, checkOptions } from '../options/option.js';
import { text } from '../options/readers.js';

const FAMILY = text('the name of a family of circuits');

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
  checkArgument('family', FAMILY, family);
  checkOptions(GENERATE_OPTIONS, options);
  const circuit = generateCircuit(family, options);
  return {
    family,
    qubits: circuit.qubits,
    gates: countGates(circuit.gates),
    depth: circuitDepth(circuit),
    qasm: writeQasm(circuit, options.format === 'qasm3' ? 3 : 2),
  };
}
