// With `node --import`: the program that `main.js` loads once it has the signals never arrives. It waits where it is
// evaluated, because some versions of Node block the main thread while a hook loads it.
import { register } from 'node:module';

const source = 'await new Promise((resolve) => setTimeout(resolve, 1e8)); export function runProgram() {}';
const hooks = `
export async function load(url, context, next) {
  if (!url.endsWith('/cli/runProgram.js')) return next(url, context);
  return { format: 'module', shortCircuit: true, source: ${JSON.stringify(source)} };
}`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
