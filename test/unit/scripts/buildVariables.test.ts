import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../../support/requirements.js';

const SCRIPTS = ['build-native', 'cuda', 'mpi', 'setup'].map((name) => path.join('scripts', `${name}.mjs`));
/** What npm says to programs that it runs. */
const OF_NPM = /^npm_/;

/** Variables of the environment that a file reads. */
function readIn(file: string): string[] {
  const text = readFileSync(path.join(repositoryRoot, file), 'utf8');
  return [...text.matchAll(/\bprocess\.env\['(\w+)'\]|ENV\{(\w+)\}/g)].map(
    ([, script = '', cmake = '']) => script + cmake,
  );
}

describe('the variables of the build', () => {
  it('are all in one table of docs/cluster.md', () => {
    const cmake = readdirSync(path.join(repositoryRoot, 'cmake')).map((name) => path.join('cmake', name));
    const read = [...SCRIPTS, ...cmake, 'CMakeLists.txt']
      .flatMap(readIn)
      .filter((name) => !OF_NPM.test(name));
    expect(read.length).toBeGreaterThan(5);
    const docs = readFileSync(path.join(repositoryRoot, 'docs', 'cluster.md'), 'utf8');
    const table = new Set([...docs.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name]) => name));
    expect([...new Set(read)].filter((name) => !table.has(name))).toEqual([]);
  });
});
