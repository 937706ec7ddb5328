import type { Circuit } from '../circuit.js';
import { Reader } from './reader.js';

export interface ReadQasmOptions {
  /** Name of the file in messages; `<text>` where it is left out. */
  readonly file?: string | undefined;
  /** Values of the circuit's inputs (`input float theta;`), by name. */
  readonly parameters?: Readonly<Record<string, number>> | undefined;
}

/**
 * Reads an OpenQASM 2 or 3 program: a fixed circuit with, at most, final measurements.
 *
 * Gates on three and more qubits, definitions of the file and modifiers are expanded to gates of the table on one
 * and two qubits; a definition that spells out a gate of the table is read as that gate. Conventions are Qiskit's:
 * `U` and `u3` have a real first matrix entry also under `ctrl @`. Divisions of whole numbers are exact in angles and
 * powers (`pow(1/2)` is a square root) and truncated in sizes and indices.
 *
 * Throws `KroncutError` `input`, with file, line, column and the source line, for anything else.
 */
export function readQasm(text: string, options: ReadQasmOptions = {}): Circuit {
  const { file = '<text>', parameters = {} } = options;
  return new Reader(text, { file, parameters, allowCutPoints: false }).read().circuit;
}
