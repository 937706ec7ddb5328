// What tests need that a machine may lack. KRONCUT_REQUIRE (a comma list of these) makes its absence a failure.
import { ScriptError } from './shell.mjs';

export const REQUIREMENTS = /** @type {const} */ ([
  'mpi',
  'mpich',
  'slurm',
  'cuda-build',
  'sanitizer',
  'shared',
  'cmake',
  'python',
  'chromium',
  'nodes',
]);

/** The names in KRONCUT_REQUIRE. Throws ScriptError for one that nothing is called. @returns {Set<string>} */
export function required() {
  const names = (process.env['KRONCUT_REQUIRE'] ?? '').split(',').filter((name) => name !== '');
  const unknown = names.find((name) => !REQUIREMENTS.some((known) => known === name));
  if (unknown === undefined) return new Set(names);
  throw new ScriptError(
    `KRONCUT_REQUIRE lists '${unknown}', and what can be required is ${REQUIREMENTS.join(', ')}`,
  );
}
