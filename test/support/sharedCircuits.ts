/** The circuits with known answers that lie beside a checkout (or where KRONCUT_SHARED says). */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

const root = process.env['KRONCUT_SHARED'] ?? fileURLToPath(new URL('../../../shared', import.meta.url));
const folder = join(root, 'circuits');

/** Why tests of these circuits are skipped, or undefined where the circuits are there. */
export function missingSharedCircuits(): string | undefined {
  return existsSync(folder)
    ? undefined
    : `no circuits in ${folder}; set KRONCUT_SHARED to the folder above them`;
}

/** The text of one of them, by file name. */
export function sharedCircuit(file: string): string {
  return readFileSync(join(folder, file), 'utf8');
}
