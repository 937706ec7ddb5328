/** The blocks of code in README and docs: those of a page run in order, in one folder, as a reader would run them. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { complexNpy } from '../support/npy.js';
import { scrubbedEnvironment } from '../support/launch.js';
import { deadLinks } from '../support/links.js';
import { kroncut, mainFile } from '../support/kroncut.js';
import { pythonFile, repositoryRoot, requireOrSkip } from '../support/requirements.js';

interface Block {
  readonly page: string;
  readonly line: number;
  readonly language: string;
  /** What a block of JSON is called in those that read it. */
  readonly file: string;
  readonly code: string;
}

// test/outside/python.test.ts runs docs/python.md.
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(path.join(repositoryRoot, 'docs'), { recursive: true, encoding: 'utf8' })
    .map((name) => path.join('docs', name))
    .toSorted(),
].filter((name) => name.endsWith('.md'));
const pagesHere = pages.filter((name) => name !== 'docs/python.md' && !name.startsWith('docs/api/'));

function blocksOf(page: string): Block[] {
  const text = readFileSync(path.join(repositoryRoot, page), 'utf8');
  return [...text.matchAll(/^```(\w+) *(\S*)[^\n]*\n([\s\S]*?)^```$/gm)].map((found) => {
    const [, language = '', file = '', code = ''] = found;
    return { page, line: text.slice(0, found.index).split('\n').length, language, file, code };
  });
}

/** What a block says that it needs and no test has: a comment on its first line, for readers too. */
function needsOf({ code }: Block): string | undefined {
  return /^(?:#|\/\/) Needs (.*?)\.?\n/.exec(code)?.[1];
}

const ANSATZ = `OPENQASM 3.0; include "stdgates.inc"; input float theta; input float phi; qubit[4] q;
ry(theta) q; cz q[0], q[1]; cz q[1], q[2]; cz q[2], q[3]; ry(phi) q;`;

/** What a page takes for given beside a circuit. */
const PREPARED: Readonly<Record<string, (folder: string) => void>> = {
  'docs/run-directory.md': (folder) => {
    const made = kroncut([
      'run',
      path.join(folder, 'circuit.qasm'),
      '-o',
      path.join(folder, 'run'),
      '--full',
    ]);
    expect(made.status).toBe(0);
  },
};

/** The matrix, as a file, that has its ones in these rows. */
function permutation(rows: readonly number[]): Buffer {
  const values = new Float64Array(2 * rows.length ** 2);
  for (const [column, row] of rows.entries()) values[2 * (row * rows.length + column)] = 1;
  return complexNpy(values, [rows.length, rows.length]);
}

/** Circuits and matrices that blocks read. */
function prepare(folder: string, page: string): void {
  const qubits = page === 'docs/shots.md' ? '3' : '13';
  const circuit = kroncut(['generate', 'hwea', '--qubits', qubits, '--depth', '1', '--seed', '1']);
  writeFileSync(path.join(folder, 'circuit.qasm'), circuit.stdout);
  writeFileSync(path.join(folder, 'ansatz.qasm'), ANSATZ);
  // The controlled not and, beside it, a qubit that nothing happens to; and a controlled not.
  const cx = [0, 3, 2, 1];
  writeFileSync(path.join(folder, 'unitary.npy'), permutation([...cx, ...cx.map((row) => row + 4)]));
  writeFileSync(path.join(folder, 'pair.npy'), permutation(cx));
  const blocks = page.endsWith('.md') ? blocksOf(page) : [];
  for (const block of blocks) if (block.file !== '') writeFileSync(path.join(folder, block.file), block.code);
  PREPARED[page]?.(folder);
}

/** How a block runs: a program and its arguments; undefined for JSON, which is read. */
function commandOf(block: Block, name: string): readonly [string, readonly string[]] | undefined {
  switch (block.language) {
    case 'sh':
    case 'bash':
      // What it leaves running is ended with its page.
      return ['bash', ['-c', `set -euo pipefail; trap 'jobs -p >> .running' EXIT\n${block.code}`]];
    case 'js':
    case 'ts': {
      // In the package's own tree, so that `kroncut` is this one.
      const file = path.join(modules, `${name}.mjs`);
      writeFileSync(file, block.code);
      return [process.execPath, [file]];
    }
    case 'python':
      return [pythonFile, ['-c', block.code]];
    case 'json':
      return undefined;
    default:
      throw new Error(`${block.page}:${block.line}: no test knows how to run ${block.language}`);
  }
}

let modules = '';
beforeAll(() => {
  mkdirSync(path.join(repositoryRoot, 'build'), { recursive: true });
  modules = mkdtempSync(path.join(repositoryRoot, 'build', 'blocks-'));
  const program = path.join(modules, 'kroncut');
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${mainFile}' "$@"\n`);
  chmodSync(program, 0o755);
});
afterAll(() => rmSync(modules, { recursive: true, force: true }));

/** What a block printed where it failed; undefined where it ran to its end. */
function failureOf(block: Block, folder: string): string | undefined {
  const command = commandOf(block, `${path.basename(block.page, '.md')}-${block.line}`);
  if (command === undefined) {
    JSON.parse(block.code);
    return undefined;
  }
  const log = path.join(folder, `.log-${block.line}`);
  const output = openSync(log, 'w');
  const { status } = spawnSync(...command, {
    cwd: folder,
    // A file, since a pipe would wait for what runs on.
    stdio: ['ignore', output, output],
    env: {
      ...scrubbedEnvironment(),
      PYTHONPATH: path.join(repositoryRoot, 'python'),
      KRONCUT: path.join(modules, 'kroncut'),
      HOME: folder,
      PATH: `${modules}${path.delimiter}${process.env['PATH'] ?? ''}`,
    },
    timeout: 150_000,
  });
  closeSync(output);
  return status === 0
    ? undefined
    : `${block.page}:${block.line} ended with ${status}\n${readFileSync(log, 'utf8')}`;
}

/** Ends what the blocks of a page have left running. */
async function endRunning(folder: string): Promise<void> {
  const list = path.join(folder, '.running');
  const numbers = existsSync(list) ? readFileSync(list, 'utf8').split('\n').filter(Boolean).map(Number) : [];
  for (const number of new Set(numbers)) {
    const isThere = (signal: number | NodeJS.Signals): boolean => {
      try {
        return process.kill(number, signal);
      } catch {
        return false;
      }
    };
    isThere('SIGTERM');
    while (isThere(0)) await sleep(50);
  }
}

describe.each(pagesHere.filter((page) => blocksOf(page).length > 0))('%s', (page) => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'kroncut-page-'));
    prepare(folder, page);
  });
  afterAll(async () => {
    await endRunning(folder);
    rmSync(folder, { recursive: true, force: true });
  });

  for (const block of blocksOf(page)) {
    test(`line ${block.line}: ${block.language}`, (context) => {
      const needs = needsOf(block);
      if (needs !== undefined) context.skip(`it says that it needs ${needs}`);
      if (block.language === 'python') requireOrSkip(context, 'python');
      expect(failureOf(block, folder)).toBeUndefined();
    });
  }
});

// Signatures there are in TypeScript, examples in JavaScript: many, and small enough for one process.
describe('docs/api', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'kroncut-page-'));
    prepare(folder, 'docs/api');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('examples run', () => {
    const found = pages.filter((page) => page.startsWith('docs/api/')).flatMap(blocksOf);
    // Overloads repeat theirs.
    const examples = new Map(
      found.filter(({ language }) => language === 'js').map((block) => [block.code, block]),
    );
    expect(examples.size).toBeGreaterThan(20);
    const files = [...examples.values()].map((block) => {
      const name = `${path.basename(block.page, '.md')}-${block.line}.mjs`;
      writeFileSync(path.join(modules, name), block.code);
      return name;
    });
    const all = files.map((name) => `console.log('${name}'); await import('./${name}');\n`).join('');
    const code = `process.once('exit', (status) => console.log('ended with', status));\n${all}console.log('whole');`;
    const block = { page: 'docs/api', line: 1, language: 'js', file: '', code };
    expect(failureOf(block, folder)).toBeUndefined();
    expect(readFileSync(path.join(folder, '.log-1'), 'utf8')).toMatch(/^whole$/m);
  });
});

describe('links', () => {
  test('lead to what is there', () => {
    expect(pages.length).toBeGreaterThan(150);
    expect(pages.flatMap((page) => deadLinks(repositoryRoot, page))).toEqual([]);
  });
});
