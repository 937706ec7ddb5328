/** Pipes where files are expected: a pipe without a writer must not hold the program up. */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import {
  closeSync,
  constants,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rotatedChain } from '../support/chains.js';
import { kroncut, mainFile } from '../support/kroncut.js';
import { scrubbedEnvironment } from '../support/launch.js';

const COMMON = ['--threads', '1', '--device', 'cpu'];

let folder = '';
let circuit = '';
let directory = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kroncut-pipes-'));
  circuit = join(folder, 'chain.qasm');
  directory = join(folder, 'run');
  writeFileSync(circuit, rotatedChain(6));
  const made = kroncut(['run', circuit, '-o', directory, '--max-width', '4', '--top', '1', ...COMMON]);
  expect(made.stderr).toBe('');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function pipeAt(path: string): void {
  rmSync(path, { force: true });
  execFileSync('mkfifo', [path]);
}

/** Runs the program; one that hangs is killed, and has no status. */
function limited(argv: readonly string[]): { readonly status: number | null; readonly stderr: string } {
  const { status, stderr } = spawnSync(process.execPath, [mainFile, ...argv, ...COMMON], {
    encoding: 'utf8',
    env: scrubbedEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  return { status, stderr };
}

/** A copy of the run with pipes in the place of some of its files. */
function runWithPipes(name: string, files: readonly string[]): string {
  const copy = join(folder, name);
  cpSync(directory, copy, { recursive: true });
  for (const file of files) pipeAt(join(copy, file));
  return copy;
}

describe('files of a run directory that are pipes', () => {
  it.each(['manifest.json', 'lock.json'])('%s is refused', (file) => {
    const copy = runWithPipes(file, [file]);
    const { status, stderr } = limited(['reconstruct', copy, '--top', '1']);
    expect(stderr).toBe(`kroncut: ${join(copy, file)} cannot be read: it is no regular file\n`);
    expect(status).toBe(2);
  });

  it('cuts and tensors are not what was recorded', () => {
    const cuts = limited(['evaluate', runWithPipes('cuts', ['cuts.json'])]);
    expect(cuts.stderr).toContain('holds no finished cut, or its files were changed');
    expect(cuts.status).toBe(2);
    const tensors = readdirSync(join(directory, 'tensors')).map((name) => join('tensors', name));
    expect(tensors.filter((name) => name.endsWith('.json')).length).toBeGreaterThan(0);
    const changed = runWithPipes('tensors', tensors);
    const { status, stderr } = limited(['reconstruct', changed, '--top', '1']);
    expect(stderr).toMatch(/is not .*evaluate/);
    expect(status).toBe(2);
    // What is lost is computed again, in files in the place of the pipes.
    expect(limited(['evaluate', changed]).status).toBe(0);
    expect(limited(['reconstruct', changed, '--top', '1']).status).toBe(0);
  });
});

it('an include that is a pipe is refused', () => {
  const own = join(folder, 'include');
  mkdirSync(own);
  pipeAt(join(own, 'gates.inc'));
  const text = 'OPENQASM 2.0;\ninclude "qelib1.inc";\ninclude "gates.inc";\nqreg q[1];\nh q[0];\n';
  writeFileSync(join(own, 'circuit.qasm'), text);
  const { status, stderr } = limited(['cut', join(own, 'circuit.qasm'), '-o', join(own, 'run')]);
  expect(stderr).toMatch(/gates\.inc.*no regular file/);
  expect(status).toBe(2);
});

describe('a circuit in a pipe', () => {
  it('is read when somebody writes it', () => {
    const script = '"$0" "$1" cut <(cat "$2") -o "$3" --max-width 4 --json';
    const read = spawnSync(
      'bash',
      ['-c', script, process.execPath, mainFile, circuit, join(folder, 'passed')],
      {
        encoding: 'utf8',
        env: scrubbedEnvironment(),
        timeout: 60_000,
      },
    );
    expect(read.stderr).toBe('');
    expect(JSON.parse(read.stdout)).toMatchObject({ qubits: 6 });
  });

  it('beside cuts in another one is read once, as they are', () => {
    const script = '"$0" "$1" cut <(cat "$2") --cuts <(cat "$3") -o "$4" --max-width 4 --json';
    const cuts = join(directory, 'cuts.json');
    const words = ['-c', script, process.execPath, mainFile, circuit, cuts, join(folder, 'given')];
    const read = spawnSync('bash', words, { encoding: 'utf8', env: scrubbedEnvironment(), timeout: 60_000 });
    expect(read.stderr).toBe('');
    expect(JSON.parse(read.stdout)).toMatchObject({ qubits: 6 });
  });

  it('may have a name, and a writer who comes late', async () => {
    const pipe = join(folder, 'late');
    pipeAt(pipe);
    const { ended } = await begun(
      ['cut', pipe, '-o', join(folder, 'of-late'), '--max-width', '4', ...COMMON],
      pipe,
    );
    execFileSync('cp', [circuit, pipe], { timeout: 60_000 });
    expect(await ended).toMatchObject({ status: 0 });
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('without a writer ends with %s', async (signal, code) => {
    const pipe = join(folder, signal);
    pipeAt(pipe);
    const { child, ended } = await begun(['cut', pipe, '-o', join(folder, `of-${signal}`), ...COMMON], pipe);
    child.kill(signal);
    expect(await ended).toEqual({ status: code, stderr: `kroncut: interrupted by ${signal}\n` });
  });
});

describe('a pipe for the distribution', () => {
  const full = (pipe: string): string[] => ['reconstruct', wide, '--full', '-o', pipe, ...COMMON];
  let wide = '';
  beforeAll(() => {
    // Of more bytes than a pipe takes before somebody reads it.
    const chain = join(folder, 'wide.qasm');
    wide = join(folder, 'wide');
    writeFileSync(chain, rotatedChain(16));
    const made = kroncut(['run', chain, '-o', wide, '--max-width', '9', '--top', '1', ...COMMON]);
    expect(made.stderr).toBe('');
  });

  it('holds what a file holds', () => {
    const pipe = join(folder, 'taken');
    pipeAt(pipe);
    const [inPipe, inFile] = [join(folder, 'taken.npy'), join(folder, 'file.npy')];
    const script = '"${@:3}" & cat "$1" > "$2"; wait "$!"';
    const words = ['-c', script, 'bash', pipe, inPipe, process.execPath, mainFile, ...full(pipe)];
    execFileSync('bash', words, { env: scrubbedEnvironment(), stdio: 'ignore', timeout: 60_000 });
    execFileSync(process.execPath, [mainFile, ...full(inFile)], {
      env: scrubbedEnvironment(),
      stdio: 'ignore',
    });
    expect(readFileSync(inPipe).equals(readFileSync(inFile))).toBe(true);
  });

  it('whose reader takes nothing does not hold off a signal', async () => {
    const pipe = join(folder, 'untaken');
    pipeAt(pipe);
    const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    const { child, ended } = await begun(full(pipe), pipe);
    child.kill('SIGTERM');
    expect(await ended).toEqual({ status: 143, stderr: 'kroncut: interrupted by SIGTERM\n' });
    closeSync(reader);
  });
});

/** The program once it holds a pipe open, and what comes of it; one that hangs is killed. */
async function begun(
  argv: readonly string[],
  pipe: string,
): Promise<{
  readonly child: ChildProcess;
  readonly ended: Promise<{ status: number | null; stderr: string }>;
}> {
  const child = spawn(process.execPath, [mainFile, ...argv], {
    env: scrubbedEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<{ status: number | null; stderr: string }>((resolve) =>
    child.once('close', (status) => resolve({ status, stderr })),
  );
  while (child.pid !== undefined && child.exitCode === null && !reads(child.pid, pipe)) await setTimeout(5);
  return { child, ended };
}

/** True once a process holds the file open. */
function reads(pid: number, file: string): boolean {
  try {
    const open = `/proc/${pid}/fd`;
    return readdirSync(open).some((number) => readlinkSync(join(open, number)) === file);
  } catch {
    // One that has ended has no list, and what was listed may be closed by now.
    return false;
  }
}
