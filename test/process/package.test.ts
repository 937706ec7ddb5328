/** The package as `npm pack` makes it, installed in a folder of its own: what people get who have no checkout. */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scrubbedEnvironment } from '../support/launch.js';
import { deadLinks } from '../support/links.js';
import { nodeFile, repositoryRoot, requireOrSkip, variantFile } from '../support/requirements.js';

let folder = '';
let installed = '';

interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program in the folder that has the package installed. */
function inApp(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Finished {
  const options = {
    cwd: path.join(folder, 'app'),
    encoding: 'utf8',
    env: { ...scrubbedEnvironment(), ...env },
  } as const;
  return spawnSync(command, args, options);
}

/** Installs the tarball as npm does, without compiling: the addon comes from this checkout. */
function install(): void {
  const packed = spawnSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], {
    cwd: repositoryRoot,
    encoding: 'utf8',
  });
  const [{ filename }] = JSON.parse(packed.stdout);
  mkdirSync(path.join(folder, 'app'));
  writeFileSync(path.join(folder, 'app', 'package.json'), '{ "name": "app", "private": true }');
  const argv = ['install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'];
  const { status, stderr } = inApp('npm', [...argv, path.join(folder, filename)]);
  expect(stderr.split('\n').filter((line) => /npm error|ERR!/.test(line))).toEqual([]);
  expect(status).toBe(0);
}

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'kroncut-package-'));
  installed = path.join(folder, 'app', 'node_modules', 'kroncut');
  install();
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const USE = `
  const circuit = readQasm('include "qelib1.inc"; qreg q[4]; h q[0]; cx q[0],q[1]; cx q[1],q[2]; cx q[2],q[3];');
  const tensors = await evaluate(await cut(circuit, { maxWidth: 3 }));
  const { full } = await reconstruct(tensors, { full: true });
  if (full === undefined) throw new Error('no answer');
  const values: Float64Array | Float32Array | undefined = full.values;
  console.log(values?.length, (values?.[0] ?? 0).toFixed(6), (values?.[15] ?? 0).toFixed(6));`;
const IMPORT = `import { cut, evaluate, readQasm, reconstruct } from 'kroncut';`;
const withoutTypes = (code: string): string => code.replace(/: Float64Array[^=]*=/, ' =');
const PRINTED = '16 0.500000 0.500000\n';

describe('before the addon is built', () => {
  test('says with which command it is built, which is there', () => {
    const { status, stderr } = inApp('npx', ['--no-install', 'kroncut', 'info']);
    expect(status).toBe(2);
    const [, file = ''] = /build it with: node (\S+)\./.exec(stderr) ?? [];
    expect(stderr).not.toContain('npm run');
    expect(file.startsWith(installed)).toBe(true);
    const skipped = inApp(process.execPath, [file], { KRONCUT_SKIP_BUILD: '1' });
    expect(skipped).toMatchObject({ status: 0, stderr: expect.stringContaining('KRONCUT_SKIP_BUILD=1') });
    // All sources that it compiles are there.
    const lists = readdirSync(path.join(installed, 'native')).filter((name) => /^sources.*\.txt$/.test(name));
    const sources = lists.flatMap((list) =>
      readFileSync(path.join(installed, 'native', list), 'utf8').split('\n'),
    );
    const named = sources.filter((line) => line.startsWith('native/'));
    expect(named.length).toBeGreaterThan(90);
    expect(named.filter((file_) => !existsSync(path.join(installed, file_)))).toEqual([]);
  });

  test('has the pages, examples and scripts that its README and docs name', () => {
    const pages = [
      'README.md',
      'CONTRIBUTING.md',
      ...readdirSync(path.join(installed, 'docs'), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.md'))
        .map((name) => path.join('docs', name)),
    ];
    expect(pages.length).toBeGreaterThan(15);
    expect(pages.flatMap((page) => deadLinks(installed, page))).toEqual([]);
    const readme = readFileSync(path.join(installed, 'README.md'), 'utf8');
    const named = [...readme.matchAll(/`((?:docs|examples|slurm)\/[\w./-]*)`/g)].map(([, name = '']) => name);
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((name) => !existsSync(path.join(installed, name)))).toEqual([]);
  });
});

describe.each([20, 22, 24])('with the addon of this machine, on Node.js %i', (major) => {
  let node = '';
  beforeAll(() => {
    node = nodeFile(major) ?? '';
    cpSync(path.dirname(variantFile('cpu') ?? ''), path.join(installed, 'build', 'cpu'), { recursive: true });
  });

  const program = (name: string, text: string): Finished => {
    writeFileSync(path.join(folder, 'app', name), text);
    return inApp(node, [name]);
  };

  test('is imported', (context) => {
    requireOrSkip(context, 'nodes', node === '' ? `there is no Node.js ${major}` : undefined);
    const found = program('use.mjs', `${IMPORT}\n${withoutTypes(USE)}`);
    expect(found).toMatchObject({ status: 0, stdout: PRINTED, stderr: '' });
  });

  test('is required', (context) => {
    requireOrSkip(context, 'nodes', node === '' ? `there is no Node.js ${major}` : undefined);
    const code = IMPORT.replace('import', 'const').replace(`from 'kroncut'`, `= require('kroncut')`);
    const found = program('use.cjs', `${code}\n(async () => {${withoutTypes(USE)}\n})();`);
    expect(found).toMatchObject({ status: 0, stdout: PRINTED });
  });

  test('is a program', (context) => {
    requireOrSkip(context, 'nodes', node === '' ? `there is no Node.js ${major}` : undefined);
    const command = path.join(folder, 'app', 'node_modules', '.bin', 'kroncut');
    const circuit = path.join(installed, 'examples', 'circuits', 'supremacy16.qasm');
    const { status, stdout } = inApp(node, [
      command,
      'run',
      circuit,
      '-o',
      `run${major}`,
      '--max-width',
      '12',
      '--json',
      '--quiet',
    ]);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ cut: { qubits: 16, width: 10 }, top: { proven: true } });
    const info = JSON.parse(inApp(node, [command, 'info', '--json']).stdout);
    expect(JSON.stringify(info)).toContain(path.join(installed, 'build', 'cpu', 'kroncut.node'));
  });
});

describe('for TypeScript that is as strict as can be', () => {
  const STRICT = [
    '--strict',
    '--noUncheckedIndexedAccess',
    '--noPropertyAccessFromIndexSignature',
    '--noImplicitOverride',
  ];
  test.each([
    ['a module', 'use.mts', USE, []],
    ['CommonJS', 'use.cts', `async function use() {${USE}\n}\nvoid use();`, []],
    // Types of Node.js itself do not pass with this one.
    ['exact optional properties', 'exact.mts', USE, ['--exactOptionalPropertyTypes', '--skipLibCheck']],
  ])('%s', (_, name, code, options) => {
    writeFileSync(path.join(folder, 'app', name), `${IMPORT}\n${code}`);
    const tsc = path.join(repositoryRoot, 'node_modules', 'typescript7', 'bin', 'tsc');
    const { stdout, status } = inApp(process.execPath, [
      tsc,
      '--noEmit',
      '--module',
      'nodenext',
      '--target',
      'es2022',
      ...STRICT,
      ...options,
      name,
    ]);
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });

  test('and what is wrong is found', () => {
    writeFileSync(
      path.join(folder, 'app', 'wrong.mts'),
      `import { cut } from 'kroncut';\nawait cut('a.qasm', { maxWidth: '3' });`,
    );
    const tsc = path.join(repositoryRoot, 'node_modules', 'typescript7', 'bin', 'tsc');
    const { stdout } = inApp(process.execPath, [
      tsc,
      '--noEmit',
      '--module',
      'nodenext',
      '--target',
      'es2022',
      'wrong.mts',
    ]);
    expect(stdout).toMatch(/'string' is not assignable to type 'number/);
  });
});
