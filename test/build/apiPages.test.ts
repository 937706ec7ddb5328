/** docs/api: what the docstrings of the library say. `npm run api` writes it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { repositoryRoot } from '../support/requirements.js';

let folder = '';
let said = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'kroncut-api-'));
  const typedoc = path.join(repositoryRoot, 'node_modules', 'typedoc', 'bin', 'typedoc');
  const { stdout, stderr } = spawnSync(process.execPath, [typedoc, '--out', folder], {
    cwd: repositoryRoot,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  said = stdout + stderr;
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function pagesIn(root: string): Map<string, string> {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).toSorted();
  const files = names.filter((name) => statSync(path.join(root, name)).isFile());
  return new Map(files.map((name) => [name, readFileSync(path.join(root, name), 'utf8')]));
}

test('every export has a docstring, every type that it names a page, and every link leads somewhere', () => {
  expect(said.split('\n').filter((line) => /\[(warning|error)\]/.test(line))).toEqual([]);
});

test('docs/api is what the docstrings say; if not, run npm run api', () => {
  const fresh = pagesIn(folder);
  const kept = pagesIn(path.join(repositoryRoot, 'docs', 'api'));
  expect(fresh.size).toBeGreaterThan(150);
  expect([...kept.keys()]).toEqual([...fresh.keys()]);
  const stale = [...fresh].filter(([name, text]) => kept.get(name) !== text).map(([name]) => name);
  expect(stale).toEqual([]);
});

test('no function is described as collective and nothing else', () => {
  const functions = [...pagesIn(folder)].filter(([name]) => name.includes('functions/'));
  expect(functions.length).toBeGreaterThan(35);
  expect(functions.filter(([, text]) => /^Collective\.?$/m.test(text)).map(([name]) => name)).toEqual([]);
});
