/** `generate`: benchmark circuits as OpenQASM. */
import { generateCircuit } from '../circuit/families/families.js';
import { circuitDepth, countGates } from '../circuit/circuitFacts.js';
import { writeQasm } from '../circuit/qasm/writeQasm.js';
import { GENERATE_OPTIONS, type GenerateOptions } from './options/generate.js';
import { checkArgument, checkOptions } from '../options/option.js';
import { text } from '../options/readers.js';
import type { Prediction } from '../predict/predictStages.js';
import { writeOutput } from '../run/files/output.js';
import { withContext } from './context.js';
import type { CommonOptions } from './options/common.js';

const FAMILY = text('the name of a family of circuits');

/** A generated circuit as OpenQASM 2, and its size. */
export interface GenerateResult {
  readonly family: string;
  readonly qubits: number;
  /** Number of gates by name. */
  readonly gates: Readonly<Record<string, number>>;
  readonly depth: number;
  readonly qasm: string;
}

/**
 * Makes a circuit of a family (`FAMILIES` lists them), the same for the same seed.
 *
 * @throws KroncutError `usage` for a family that there is not, and for options that the family does not have.
 * @example
 * ```js
 * import { generate } from 'kroncut';
 *
 * const { qasm, depth } = generate('ghz', { qubits: 5 });
 * console.log(depth, qasm);
 * ```
 */
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

/** A circuit that was made, in a file or here. */
export type GenerateAnswer = Omit<GenerateResult, 'qasm'> & {
  readonly qasm?: string;
  readonly file?: string;
};

/** What `generate` would make, without the circuit. */
export interface GenerateDryRun extends Omit<GenerateResult, 'qasm'> {
  readonly dryRun: true;
  readonly stages: { readonly generate: Prediction };
  readonly total: Prediction;
}

/** Collective: makes a circuit and writes it to a file, where one is named. */
export async function generateInto(
  family: string,
  options: GenerateOptions,
  file: string | undefined,
  common: CommonOptions,
): Promise<GenerateAnswer> {
  const { qasm, ...facts } = generate(family, options);
  if (file === undefined) return { ...facts, qasm };
  await withContext(common, ({ cluster, signal }) => cluster.onRoot(() => writeOutput(file, qasm, signal)));
  return { ...facts, file };
}

export function dryRunGenerate(family: string, options: GenerateOptions): GenerateDryRun {
  const { qasm, ...facts } = generate(family, options);
  const total = { seconds: 0, memoryBytes: 2 * qasm.length, diskBytes: qasm.length };
  return { dryRun: true, ...facts, stages: { generate: total }, total };
}
