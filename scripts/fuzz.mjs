// Random circuits, options and queries against Qiskit's simulation, without end.
//
//   node scripts/fuzz.mjs [--seed S] [--count N] [--first I] [--keep FOLDER]       (npm run fuzz -- --seed 7)
//
// A case that differs ends it, and is kept. Needs Qiskit: KRONCUT_PYTHON, or what scripts/python-packages.sh makes.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setUp } from './setup.mjs';
import { main, ScriptError } from './shell.mjs';
import { root } from './sources.mjs';

await main(async () => {
  const python = process.env['KRONCUT_PYTHON'] ?? path.join(root, 'build', 'python', 'bin', 'python');
  if (!existsSync(python)) {
    throw new ScriptError(`${python} is absent; scripts/python-packages.sh build/python makes it`);
  }
  for (const note of await setUp()) console.log(note);
  const program = path.join(root, 'test', 'outside', 'programs', 'fuzz.py');
  const { status } = spawnSync(python, [program, ...process.argv.slice(2)], { stdio: 'inherit' });
  return status ?? 1;
});
