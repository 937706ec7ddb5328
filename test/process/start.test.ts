import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mainFile } from '../support/kroncut.js';
import { scrubbedEnvironment } from '../support/launch.js';
import { repositoryRoot } from '../support/requirements.js';

/** The JavaScript files, relative to the repository, that the program opens. */
function openedFiles(...argv: string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'kroncut-start-'));
  try {
    const list = join(folder, 'modules');
    const counter = join(repositoryRoot, 'test', 'process', 'programs', 'countModules.mjs');
    const env = { ...scrubbedEnvironment(), KRONCUT_TEST_MODULES: list };
    const { status } = spawnSync(process.execPath, ['--import', counter, mainFile, ...argv], { env });
    expect(status).toBe(0);
    const urls = readFileSync(list, 'utf8').trimEnd().split('\n');
    return [...new Set(urls)].filter((url) => /\.[cm]?js$/.test(url) && !url.endsWith('countModules.mjs'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// A thousand ranks on a shared file system open each of these files.
describe('the files that the program opens', () => {
  it.each([
    [['--help'], 60],
    [['cut', '--help'], 60],
    [['info'], 60],
  ] as const)('%j: no more than %i, and no library that it does not need', (argv, most) => {
    const files = openedFiles(...argv);
    expect(files.length).toBeGreaterThan(20);
    expect(files.length).toBeLessThanOrEqual(most);
    const needless =
      /node_modules\/(zod|highs|cli-progress)\/|\/(search|engine|topSearch|ranks)\/(?!answerSlices)/;
    expect(files.filter((file) => needless.test(file))).toEqual([]);
  });
});
