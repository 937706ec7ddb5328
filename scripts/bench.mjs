// Sets up, compiles bench/ and runs it: npm run bench -- [--only NAME] [--json FILE]
import path from 'node:path';
import { setUp } from './setup.mjs';
import { main, run } from './shell.mjs';
import { root } from './sources.mjs';

await main(async () => {
  for (const note of await setUp({ variants: [] })) console.log(note);
  const tsc = path.join(root, 'node_modules', 'typescript7', 'bin', 'tsc');
  const compiled = await run(process.execPath, [tsc, '-p', path.join(root, 'bench')], { cwd: root });
  if (compiled !== 0) return compiled;
  const program = path.join(root, 'build', 'bench', 'main.js');
  return run(process.execPath, [program, ...process.argv.slice(2)], { cwd: process.cwd() });
});
