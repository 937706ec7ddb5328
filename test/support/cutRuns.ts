/** Runs of the small circuits that are cut in one way each. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { cut } from '../../src/api/cut.js';
import type { CutCase } from './cutCases.js';

/** Cuts the circuit of a case into a run directory. */
export async function cutCase({ circuit, parts, joint }: CutCase, directory: string): Promise<void> {
  const file = `${directory}.parts.json`;
  writeFileSync(file, JSON.stringify({ parts }));
  await cut(circuit, { directory, cuts: path.resolve(file), joint: joint ?? false });
}
