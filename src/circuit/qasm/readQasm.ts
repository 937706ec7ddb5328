import { checkArgument, checkOptions, type OptionTable } from '../../options/option.js';
import { aFunction, anObject, text as aText } from '../../options/readers.js';
import type { Circuit } from '../circuit.js';
import type { Fence, FreeInput } from '../fence.js';
import type { Keeping } from './statements/program.js';
import { Reader } from './statements/reader.js';

/** How OpenQASM is read: values of inputs, the name that messages call it by, where warnings go. */
export interface ReadQasmOptions {
  /** Name of the file in messages; `<text>` where it is left out. */
  readonly file?: string | undefined;
  /** Values of the circuit's inputs (`input float theta;`), by name. */
  readonly parameters?: Readonly<Record<string, number>> | undefined;
  /** The text of a file that the circuit includes; throws a `KroncutError` with the reason where it cannot be had. */
  readonly include?: ((file: string) => string) | undefined;
  /** Hears of what is read, but perhaps not as it was meant: `file:line:column: what`. */
  readonly onWarning?: ((warning: string) => void) | undefined;
}

const TEXT = aText('the text of an OpenQASM program');
const READ_OPTIONS = {
  file: { reader: aText('a name for messages') },
  parameters: { reader: anObject('an object with a number for each input') },
  include: { reader: aFunction('a function that gives the text of a file') },
  onWarning: { reader: aFunction() },
} satisfies OptionTable<ReadQasmOptions>;

/**
 * Reads an OpenQASM 2 or 3 program: a fixed circuit with, at most, final measurements.
 *
 * Gates on three and more qubits, definitions of the file and modifiers are expanded to gates of the table on one
 * and two qubits; a definition that spells out a gate of the table is read as that gate. Conventions are Qiskit's:
 * `U` and `u3` have a real first matrix entry also under `ctrl @`. In version 3 divisions of whole numbers are whole, but for
 * powers (`pow(1/2)` is a square root). docs/openqasm.md tells what else is read, and how.
 *
 * @throws KroncutError `input`, with file, line, column and the source line, for anything else; `usage` for arguments of another kind.
 * @example
 * ```js
 * import { readQasm } from 'kroncut';
 *
 * const circuit = readQasm('include "qelib1.inc"; qreg q[2]; h q[0]; cx q[0], q[1];');
 * console.log(circuit.qubits, circuit.gates);
 * ```
 */
export function readQasm(text: string, options: ReadQasmOptions = {}): Circuit {
  checkArgument('text', TEXT, text);
  checkOptions(READ_OPTIONS, options);
  return readProgram(text, options).circuit;
}

export interface ReadProgramOptions extends ReadQasmOptions {
  readonly parameterList?: readonly number[] | undefined;
  /** Keeps what makes the program none that is fixed, as fences; left out, that is refused. */
  readonly keeping?: Keeping | undefined;
}

/** A program with what stands between its gates. */
export interface ReadProgram {
  readonly circuit: Circuit;
  /** The values that inputs have, by name. */
  readonly parameters: Readonly<Record<string, number>>;
  /**
   * Barriers; and where the program is not fixed and that is kept, measurements, resets, what is under conditions, and gates
   * with angles without a value. Then the circuit itself has no measurements.
   */
  readonly fences: readonly Fence[];
  /** Inputs without a value, in the order of their declaration; none unless such are kept. */
  readonly inputs: readonly FreeInput[];
}

/** The same, with values of inputs in the order of their declaration too; also gives what is no part of a circuit. */
export function readProgram(text: string, options: ReadProgramOptions): ReadProgram {
  const { file = '<text>', parameters = {}, parameterList, include, onWarning, keeping } = options;
  const choices = { file, parameters, parameterList, allowCutPoints: false, include, keeping };
  const reader = new Reader(text, choices);
  const { circuit, fences, inputs } = reader.read();
  reader.scanner.warnings.forEach((warning) => onWarning?.(warning));
  return { circuit, parameters: reader.bound, fences, inputs };
}
