// For `node --import`: appends the URL or path of every JavaScript file that the process loads to KRONCUT_TEST_MODULES.
import { appendFileSync } from 'node:fs';
import { createRequire, register } from 'node:module';

const list = process.env['KRONCUT_TEST_MODULES'] ?? '';
const hooks = `
import { appendFileSync } from 'node:fs';
export async function load(url, context, next) {
  if (url.startsWith('file:')) appendFileSync(${JSON.stringify(list)}, url + '\\n');
  return next(url, context);
}`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);

const require = createRequire(import.meta.url);
process.on('exit', () => {
  for (const file of Object.keys(require.cache)) appendFileSync(list, `file://${file}\n`);
});
