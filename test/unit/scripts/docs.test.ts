import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../../support/requirements.js';

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(repositoryRoot, 'docs')).map((name) => `docs/${name}`),
].filter((name) => name.endsWith('.md'));

/** Paths of the tree that a page names in code font; `path/name.*` stands for any ending. */
function namedPaths(page: string): string[] {
  const text = readFileSync(join(repositoryRoot, page), 'utf8');
  return [...text.matchAll(/`((?:src|native|test|scripts|bench|slurm|examples|docs)\/[\w./-]*\*?)`/g)].map(
    ([, path]) => path ?? '',
  );
}

function exists(path: string): boolean {
  if (!path.endsWith('*')) return existsSync(join(repositoryRoot, path));
  const stem = path.slice(path.lastIndexOf('/') + 1, -1);
  const folder = join(repositoryRoot, path.slice(0, path.lastIndexOf('/')));
  return existsSync(folder) && readdirSync(folder).some((name) => name.startsWith(stem));
}

describe('documentation', () => {
  it('names many paths', () => {
    expect(pages.flatMap(namedPaths).length).toBeGreaterThan(60);
  });

  it.each(pages)('%s names paths that exist', (page) => {
    expect(namedPaths(page).filter((path) => !exists(path))).toEqual([]);
  });
});
