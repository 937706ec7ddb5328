/** The circuits of the benchmark tables: from generators, written here, and published ones where they are there. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { generate } from 'kroncut';

export const FOLDER = path.resolve(import.meta.dirname, '..', '..');
const KNOWN = path.resolve(FOLDER, '..', 'shared', 'circuits');

export interface NamedText {
  readonly name: string;
  readonly text: string;
}

/** A circuit of a family, drawn by seed 1 where it is `seeded`. */
export function generated(
  family: string,
  qubits: number,
  depth: number | undefined,
  seeded: boolean,
): NamedText {
  const options = { qubits, ...(depth === undefined ? {} : { depth }), ...(seeded ? { seed: 1 } : {}) };
  const layers = depth === undefined ? '' : `, ${depth} layers`;
  return { name: `${family} ${qubits}${layers}`, text: generate(family, options).qasm };
}

/** A published circuit; undefined where it is not here. */
export function published(file: string): string | undefined {
  const place = path.join(KNOWN, file);
  return existsSync(place) ? readFileSync(place, 'utf8') : undefined;
}

/** OpenQASM of some statements on one register. */
export function program(qubits: number, lines: readonly string[]): string {
  return `OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[${qubits}];\n${lines.join('\n')}\n`;
}
