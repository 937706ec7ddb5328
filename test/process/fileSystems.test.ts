import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kroncut } from '../support/kroncut.js';
import { missingPreload, preload } from '../support/preload.js';

let folder = '';
let circuit = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'kroncut-file-systems-'));
  circuit = path.join(folder, 'circuit.qasm');
  expect(kroncut(['generate', 'ghz', '--qubits', '6', '-o', circuit])).toMatchObject({ status: 0 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(missingPreload() !== undefined)('a file system', () => {
  it.each([
    ['has no hard links (EPERM)', 'errno = EPERM; return -1;'],
    ['has no hard links (EOPNOTSUPP)', 'errno = EOPNOTSUPP; return -1;'],
    ['has no hard links (ENOSYS)', 'errno = ENOSYS; return -1;'],
    [
      'makes a link, loses its answer, and is asked again',
      'syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0); errno = EEXIST; return -1;',
    ],
  ])('that %s holds runs all the same', (_, body) => {
    const run = path.join(folder, 'links');
    const env = preload(folder, 'link', `int link(const char* from, const char* to) { ${body} }`);
    const argv = ['run', circuit, '-o', run, '--max-width', '4', '--top', '2', '--quiet', '--force'];
    expect(kroncut(argv, { env })).toMatchObject({ status: 0, stderr: '' });
    expect(readdirSync(run).filter((name) => name.startsWith('lock'))).toEqual([]);
  });
});
