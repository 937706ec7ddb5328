// Sets up what is missing, then runs the main job on a circuit that the project carries: a random circuit on a grid of
// 16 qubits, cut to at most 12.
//
//   node scripts/start.mjs               (npm start)
//   npm start -- cut my.qasm -o runs/my  any other command of the program, after the set-up
import path from 'node:path';
import { setUp } from './setup.mjs';
import { main, run } from './shell.mjs';
import { root } from './sources.mjs';

const EXAMPLE = [
  'run',
  'examples/circuits/supremacy16.qasm',
  '-o',
  'runs/supremacy16',
  '--max-width',
  '12',
  // The example may be run again after a change.
  '--force',
];

await main(async () => {
  for (const note of await setUp()) console.error(note);
  const given = process.argv.slice(2);
  const args = given.length > 0 ? given : EXAMPLE;
  if (given.length === 0) console.error(`kroncut ${args.join(' ')}\n`);
  return await run(process.execPath, [path.join(root, 'dist', 'main.js'), ...args], {
    isInteractive: true,
    ...(given.length === 0 && { cwd: root }),
  });
});
