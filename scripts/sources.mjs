// The lists of native sources (native/sources*.txt), and the hash that says whether a build is up to date.
// As a program: `node scripts/sources.mjs list sources sources_addon` prints the entries, one a line, for binding.gyp.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** @param {string} name of a list, such as `sources_addon` @returns {string[]} paths relative to the root */
export function readSourceList(name) {
  return readFileSync(path.join(root, 'native', `${name}.txt`), 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** All native files of the tree, tests included, relative to the root, in a fixed order. */
export function nativeFiles() {
  return readdirSync(path.join(root, 'native'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .sort();
}

/** Hash of every file that a native build depends on. */
export function sourcesHash() {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const hash = createHash('sha256').update(String(version));
  const files = [
    ...nativeFiles().filter((file) => !/\.test\.cpp$|testing_main\.cpp$/.test(file)),
    'binding.gyp',
    'CMakeLists.txt',
    'cmake/KroncutSources.cmake',
    'cmake/KroncutToolchain.cmake',
  ];
  for (const file of files) {
    const absolute = path.join(root, file);
    if (existsSync(absolute)) hash.update(file).update('\0').update(readFileSync(absolute)).update('\0');
  }
  return hash.digest('hex').slice(0, 32);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [verb, ...lists] = process.argv.slice(2);
  if (verb !== 'list' || lists.length === 0) {
    console.error('usage: node scripts/sources.mjs list NAME...');
    process.exitCode = 2;
  } else {
    console.log(lists.flatMap(readSourceList).join('\n'));
  }
}
