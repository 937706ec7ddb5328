// The lists of native sources (native/sources*.txt), and the hash that says whether a build is up to date.
// As a program, for binding.gyp: `node scripts/sources.mjs list sources sources_addon` prints the entries, one a line, and
// `unite` in place of `list` what to compile instead, the files of a folder together.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
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

/** Files that are compiled as one: more save little, and keep the other processors waiting. */
const MOST_TOGETHER = 7;

/**
 * What to compile in place of some sources: most of the time goes into the headers that the files of a room share. Code for
 * an instruction set of its own stays alone, since others must not get it.
 * @param {readonly string[]} sources @returns {string[]} sources, and files in build/united that include several
 */
export function uniteSources(sources) {
  const united = [];
  /** @type {Map<string, string[]>} */
  const rooms = new Map();
  for (const file of sources) {
    const room = file.split('/')[1] ?? '';
    if (/\btarget\(|_portable/.test(file + readFileSync(path.join(root, file), 'utf8'))) united.push(file);
    else rooms.set(room, [...(rooms.get(room) ?? []), file]);
  }
  mkdirSync(path.join(root, 'build', 'united'), { recursive: true });
  for (const [room, files] of rooms) {
    const units = Math.ceil(files.length / MOST_TOGETHER);
    for (let unit = 0; unit < units; unit += 1) {
      const together = files.slice((unit * files.length) / units, ((unit + 1) * files.length) / units);
      const text = together.map((file) => `#include "${path.relative('native', file)}"\n`).join('');
      const name = `build/united/${room}_${unit + 1}.cpp`;
      const place = path.join(root, name);
      // One that did not change is not compiled again.
      if (!existsSync(place) || readFileSync(place, 'utf8') !== text) writeFileSync(place, text);
      united.push(name);
    }
  }
  return united;
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
  if ((verb !== 'list' && verb !== 'unite') || lists.length === 0) {
    console.error('usage: node scripts/sources.mjs list|unite NAME...');
    process.exitCode = 2;
  } else {
    const sources = lists.flatMap(readSourceList);
    console.log((verb === 'unite' ? uniteSources(sources) : sources).join('\n'));
  }
}
