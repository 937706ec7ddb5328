import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { repositoryRoot } from '../support/requirements.js';

const native = path.join(repositoryRoot, 'native');

function readList(name: string): string[] {
  return readFileSync(path.join(native, name), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
}

const lists = readdirSync(native).filter((name) => /^sources.*\.txt$/.test(name));

test('every native source is in exactly one list', () => {
  const listed = lists.flatMap(readList).toSorted();
  const present = readdirSync(native, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(cpp|cu|c|cc)$/.test(file) && !/\.test\.(cpp|cu)$/.test(file))
    .map((file) => `native/${file}`)
    // Not part of the library: programs' own main.
    .filter((file) => !file.endsWith('_main.cpp'))
    .toSorted();
  expect(listed).toEqual(present);
});

test('both builds read every list', () => {
  const gyp = readFileSync(path.join(repositoryRoot, 'binding.gyp'), 'utf8');
  const cmake = readFileSync(path.join(repositoryRoot, 'CMakeLists.txt'), 'utf8');
  for (const list of lists) {
    const name = list.replace('.txt', '');
    expect(cmake).toMatch(new RegExp(`\\b${name}\\b`));
    if (name !== 'sources_cuda') expect(gyp).toMatch(new RegExp(`\\b${name}\\b`));
  }
});

test('what is compiled together is every file once, in whole', () => {
  const module = pathToFileURL(path.join(repositoryRoot, 'scripts', 'sources.mjs')).href;
  const code = `import { readSourceList, uniteSources } from '${module}';
    console.log(JSON.stringify(uniteSources(['sources', 'sources_addon'].flatMap(readSourceList))));`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' });
  const units: string[] = JSON.parse(stdout);
  const compiled = units.flatMap((unit) => {
    if (unit.startsWith('native/')) return [unit];
    const text = readFileSync(path.join(repositoryRoot, unit), 'utf8');
    return [...text.matchAll(/#include "(.*)"/g)].map(([, file = '']) => `native/${file}`);
  });
  expect(units.length).toBeLessThan(compiled.length / 2);
  expect(compiled.toSorted()).toEqual(
    [...readList('sources.txt'), ...readList('sources_addon.txt')].toSorted(),
  );
  // Code for one instruction set must not lend its inline functions to other files.
  for (const unit of compiled.filter((file) => /_avx(2|512)\.cpp$/.test(file))) expect(units).toContain(unit);
});

test('only native/addon includes the headers of Node, and only native/comm those of MPI', () => {
  const files = readdirSync(native, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.(cpp|hpp|cu|cuh)$/.test(file),
  );
  const including = (pattern: RegExp): string[] =>
    files.filter((file) => pattern.test(readFileSync(path.join(native, file), 'utf8')));
  expect(
    including(/#include\s*[<"](napi|node_api|node|v8|uv)\.h/).filter((f) => !f.startsWith('addon/')),
  ).toEqual([]);
  expect(including(/#include\s*[<"]mpi\.h/).filter((f) => !f.startsWith('comm/'))).toEqual([]);
  expect(
    including(/#include\s*[<"](cuda|cublas)\w*\.h/).filter((f) => !f.startsWith('device/cuda/')),
  ).toEqual([]);
});
