import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KroncutError } from '../../src/error.js';
import { SIGNALS, signalExitCode } from '../../src/signals.js';
import type { EndSignal } from '../../src/signals.js';
import { kroncut, mainFile } from '../support/kroncut.js';
import { launch, scrubbedEnvironment } from '../support/launch.js';
import { repositoryRoot, requireOrSkip } from '../support/requirements.js';

const EXIT_CODES = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
  ['SIGUSR1', 138],
  ['SIGUSR2', 140],
] as const;

/** What Node says when it starts its debugger. */
const DEBUGGER = /debugger listening/i;

interface Ended {
  readonly status: number | null;
  readonly stderr: string;
}

/** Runs `node ...args`, and signals it once, as soon as `when` holds of its process. */
async function signalled(
  args: readonly string[],
  signal: EndSignal,
  when: (pid: number) => boolean,
): Promise<Ended> {
  const child = spawn(process.execPath, args, {
    env: scrubbedEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const closed = new Promise<number | null>((resolve) => {
    child.once('close', (status) => resolve(status));
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${process.execPath} does not start`);
  while (child.exitCode === null && child.signalCode === null && !when(pid)) await setTimeout(1);
  child.kill(signal);
  return { status: await closed, stderr };
}

/** True once the process has handlers for all signals. That of SIGUSR1 alone says nothing: Node has one, too. */
function hasHandlers(pid: number): boolean {
  const caught = /^SigCgt:\s*(\w+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
  const mask = BigInt(`0x${caught}`);
  return SIGNALS.every((name) => ((mask >> BigInt(constants.signals[name] - 1)) & 1n) === 1n);
}

let folder = '';
let circuit = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'kroncut-signals-'));
  circuit = path.join(folder, 'circuit.qasm');
  writeFileSync(circuit, kroncut(['generate', 'hwea', '--qubits', '25', '--seed', '1']).stdout);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A run whose distribution takes a while to write. */
function wideRun(directory: string): string[] {
  return ['run', circuit, '-o', directory, '-w', '13', '--full', '--json', '--quiet'];
}

function partialAnswer(directory: string): string {
  return path.join(directory, 'results', 'full.npy.partial');
}

describe('a signal before the program is there', () => {
  it.each(EXIT_CODES)('%s ends the process with %i', async (signal, status) => {
    const hold = path.join(repositoryRoot, 'test/process/programs/holdProgram.mjs');
    const ended = await signalled([`--import=${hold}`, mainFile, 'info'], signal, hasHandlers);
    expect(ended).toEqual({ status, stderr: '' });
  });
});

describe('a debugger that is open when the program starts', () => {
  const open = `--import=${path.join(repositoryRoot, 'test/process/programs/openDebugger.mjs')}`;

  it('means a SIGUSR1 before, and ends the process with 138', () => {
    const result = spawnSync(process.execPath, [open, mainFile, '--version'], { encoding: 'utf8' });
    expect(result).toMatchObject({ status: 138, stdout: '' });
    expect(result.stderr).toMatch(DEBUGGER);
  });

  it('is left to a user who has asked for it', () => {
    const args = ['--inspect=127.0.0.1:0', mainFile, '--version'];
    const result = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(result.status, result.stderr).toBe(0);
    expect(result.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('a signal while the program starts', () => {
  it.each(EXIT_CODES)('%s ends the process with %i', async (signal, status) => {
    const run = path.join(folder, `early-${signal}`);
    const ended = await signalled([mainFile, ...wideRun(run)], signal, hasHandlers);
    expect(ended.status, ended.stderr).toBe(status);
    expect(ended.stderr).not.toMatch(DEBUGGER);
    expect(existsSync(path.join(run, 'lock.json'))).toBe(false);
  });
});

describe('a signal in the middle of a run', () => {
  it('ends it with the code of the signal, and the same command goes on from what is there', async () => {
    const run = path.join(folder, 'long');
    const args = [mainFile, ...wideRun(run)];
    const tensor = path.join(run, 'tensors', '1.npy');
    let written: number | undefined;
    for (const [signal, status] of EXIT_CODES) {
      const ended = await signalled(args, signal, () => existsSync(partialAnswer(run)));
      expect(ended, signal).toEqual({ status, stderr: `kroncut: interrupted by ${signal}\n` });
      expect(existsSync(partialAnswer(run))).toBe(false);
      expect(existsSync(path.join(run, 'lock.json'))).toBe(false);
      written ??= statSync(tensor).mtimeMs;
    }
    const again = kroncut(wideRun(run));
    expect(again.status, again.stderr).toBe(0);
    expect(JSON.parse(again.stdout).full.sum).toBeCloseTo(1, 10);
    expect(statSync(tensor).mtimeMs).toBe(written);
  });

  it('ends all ranks with its code', async (context) => {
    requireOrSkip(context, 'mpi');
    const run = path.join(folder, 'ranks');
    let sent: Promise<void> | undefined;
    const result = await launch('dist/main.js', wideRun(run), {
      launcher: 'mpi',
      variant: 'mpi',
      ranks: 2,
      onStart: (pid) => {
        // mpirun passes it on.
        sent = (async () => {
          while (!existsSync(partialAnswer(run))) await setTimeout(2);
          process.kill(pid, 'SIGUSR1');
        })();
      },
    });
    await sent;
    expect(result.rankStatus, result.stderr).toEqual([138, 138]);
    expect(result.stderr).not.toMatch(DEBUGGER);
    expect(result.stderr.match(/kroncut: interrupted by SIGUSR1/g)).toHaveLength(1);
    expect(existsSync(path.join(run, 'lock.json'))).toBe(false);
  });
});

it('an error of cancelled work has the exit code of the signal that it names', () => {
  for (const [signal, status] of EXIT_CODES) {
    expect(signalExitCode(signal)).toBe(status);
    expect(new KroncutError('cancelled', 'interrupted', { details: { signal } }).exitCode).toBe(status);
  }
  expect(new KroncutError('cancelled', 'stopped').exitCode).toBe(130);
  expect(new KroncutError('disk', 'full', { details: { signal: 'SIGTERM' } }).exitCode).toBe(4);
});

/** The modules that a source names in import and export statements, which load before its first line runs. */
function staticImports(file: string): string[] {
  const text = readFileSync(path.join(repositoryRoot, 'src', file), 'utf8');
  const pattern = /^\s*(?:import\s*|(?:import|export)\b[^;'"]*\bfrom\s*)['"]([^'"]+)['"]/gm;
  return [...text.matchAll(pattern)].map(([, module]) => module ?? '');
}

it('nothing loads before the signals are taken', () => {
  expect(staticImports('main.ts')).toEqual(['./signals.js']);
  expect(staticImports('signals.ts').filter((name) => !name.startsWith('node:'))).toEqual([]);
  // The pattern finds what it should.
  expect(staticImports('error.ts')).toEqual(['./signals.js']);
  expect(staticImports('cli/runProgram.ts')).toContain('./program.js');
});

describe('a signal that JavaScript is too busy to hear', () => {
  const programs = path.join(repositoryRoot, 'test', 'process', 'programs');
  const busy = (...args: string[]) =>
    spawnSync(process.execPath, [path.join(programs, 'busySignal.mjs'), ...args], { encoding: 'utf8' });

  it('ends the process with its exit code', () => {
    const { status, stderr } = busy();
    expect({ status, stderr }).toEqual({
      status: 143,
      stderr: expect.stringMatching(/^kroncut: ended by a signal/),
    });
  });

  it('leaves alone a program that has heard it', () => {
    const { status, stdout, stderr } = busy('hears');
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'went on\n', stderr: '' });
  });

  it('nor native work holds up an exit', () => {
    const program = path.join(programs, 'exitWhileComputing.mjs');
    const { status } = spawnSync(process.execPath, [program], { stdio: 'ignore' });
    expect(status).toBe(3);
  });
});
