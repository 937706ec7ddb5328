// With `node --import`: the program that `main.js` loads once it has the signals never arrives.
import { register } from 'node:module';

const hooks = `
export async function load(url, context, next) {
  if (url.endsWith('/cli/runProgram.js')) await new Promise((resolve) => setTimeout(resolve, 1e8));
  return next(url, context);
}`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
