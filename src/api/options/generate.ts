/** Options of `generate`. */
import type { FamilyOptions } from '../../circuit/families/families.js';
import type { OptionTable } from '../../options/option.js';
import { choice, wholeNumber } from '../../options/readers.js';

/** Options of `generate`. */
export interface GenerateOptions extends FamilyOptions {
  /** Version of OpenQASM; default 2. */
  readonly format?: 'qasm2' | 'qasm3' | undefined;
}

export const GENERATE_OPTIONS = {
  qubits: { flags: '--qubits <n>', help: 'number of qubits', reader: wholeNumber(1), required: true },
  depth: { flags: '--depth <d>', help: 'depth, where the family has one', reader: wholeNumber(1) },
  seed: { flags: '--seed <s>', help: 'seed of what is random', reader: wholeNumber(0) },
  format: {
    flags: '--format <version>',
    help: 'version of OpenQASM',
    reader: choice(['qasm2', 'qasm3']),
    default: 'qasm2',
  },
} satisfies OptionTable<GenerateOptions>;
