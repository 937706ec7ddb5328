/** The circuits with known answers (requirement `shared`). */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { sharedFolder } from './requirements.js';

const folder = path.join(sharedFolder, 'circuits');

/** The text of one of them, by file name. */
export function sharedCircuit(file: string): string {
  return readFileSync(path.join(folder, file), 'utf8');
}

/** The file names of all of them. */
export function sharedCircuitNames(): string[] {
  return readdirSync(folder).filter((file) => /\.qasm3?$/.test(file));
}
