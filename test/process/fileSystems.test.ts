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

/** Calls that fail with `number` for files whose names hold `part`. */
function failing(part: string, number: string): string {
  return `
static int meant(int file) {
  char link[64], name[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const ssize_t length = readlink(link, name, sizeof name - 1);
  if (length < 0) return 0;
  name[length] = 0;
  return strstr(name, "${part}") != 0;
}
ssize_t write(int file, const void* data, size_t count) {
  if (meant(file)) { errno = ${number}; return -1; }
  return syscall(SYS_write, file, data, count);
}
ssize_t pwrite64(int file, const void* data, size_t count, off_t at) {
  if (meant(file)) { errno = ${number}; return -1; }
  return syscall(SYS_pwrite64, file, data, count, at);
}
ssize_t pwrite(int file, const void* data, size_t count, off_t at) { return pwrite64(file, data, count, at); }
int fsync(int file) {
  if (meant(file)) { errno = ${number}; return -1; }
  return syscall(SYS_fsync, file);
}
`;
}

describe.skipIf(missingPreload() !== undefined)('a file system', () => {
  it.each(['manifest.json', 'lock.json', 'cuts.json', 'tensors/', 'full.npy', 'top.json'])(
    'whose quota is used up at %s is a full disk, and the same command goes on later',
    (part) => {
      const run = path.join(folder, 'quota');
      rmSync(run, { recursive: true, force: true });
      const env = preload(folder, 'quota', failing(part, 'EDQUOT'));
      const argv = ['run', circuit, '-o', run, '--max-width', '4', '--top', '2', '--full', '--quiet'];
      const refused = kroncut(argv, { env });
      expect(refused).toMatchObject({ status: 4 });
      expect(refused.stderr).toMatch(/^kroncut: .*quota.*\n$/i);
      expect(kroncut(argv)).toMatchObject({ status: 0, stderr: '' });
    },
  );

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
