import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { batchScript, type ScriptJob } from '../../../src/slurm/script.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'kroncut-script-'));
  const programs = path.join(folder, 'bin');
  mkdirSync(programs);
  const program = (name: string, text: string): void => {
    writeFileSync(path.join(programs, name), `#!/bin/bash\n${text}\n`);
    chmodSync(path.join(programs, name), 0o755);
  };
  // Prints where it is and what it is given, and ends as it is told to.
  program('stub', `printf '%s\\0' "$PWD" "$@"; exit "\${STUB_STATUS:-0}"`);
  program('waiting', `trap 'exit 138' USR1; trap 'exit 143' TERM; echo ready; while :; do sleep 0.05; done`);
  program('squeue', 'echo "${STUB_STATE:-RUNNING}"');
  program(
    'scontrol',
    'if [[ $1 == show ]]; then echo "PreemptTime=${STUB_PREEMPTED:-None}"; else echo "$@" >>"$STUB_CALLS"; fi',
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function scriptOf(more: Partial<ScriptJob> = {}): string {
  const shape = {
    nodes: 1,
    tasksPerNode: 1,
    cpusPerTask: 1,
    gpusPerNode: 0,
    memory: undefined,
    rankMemory: undefined,
    time: 600,
    predicted: undefined,
  };
  return batchScript({
    options: {},
    site: { launcher: 'none' },
    shape,
    argv: ['info'],
    folder,
    logs: folder,
    name: 'job',
    program: 'main.js',
    node: path.join(folder, 'bin', 'stub'),
    version: '0',
    alone: false,
    ...more,
  });
}

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly calls: boolean;
}

let runs = 0;
function execute(script: string, env: Readonly<Record<string, string>> = {}): Ended {
  const calls = path.join(folder, `calls-${(runs += 1)}`);
  const { status, stdout } = spawnSync('bash', ['-c', script], {
    encoding: 'utf8',
    env: { PATH: `${path.join(folder, 'bin')}:${process.env['PATH'] ?? ''}`, STUB_CALLS: calls, ...env },
  });
  return { status, stdout, calls: existsSync(calls) };
}

const hostile = fc
  .string({ unit: fc.constantFrom(...Array.from('ab \'"\\$`(){}[]*?~!#&|;<>\n\t=%-é😀')) })
  .filter((text) => !text.includes('\0'));

describe('a batch script', () => {
  it('gives its command to the program word by word, from the folder, whatever they are called', () => {
    const name = hostile.filter(
      (text) => !/[/\n\\\t]/.test(text) && text !== '' && text !== '.' && text !== '..',
    );
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 1, maxLength: 6 }), name, (argv, place) => {
        const inside = path.join(folder, `x${place}`);
        mkdirSync(inside, { recursive: true });
        const { status, stdout } = execute(scriptOf({ argv, folder: inside, logs: inside, name: place }));
        expect(status).toBe(0);
        expect(stdout.split('\0').slice(0, -1)).toEqual([
          inside,
          '--inspect-publish-uid=stderr',
          'main.js',
          ...argv,
        ]);
      }),
      { numRuns: 25 },
    );
  });

  it('ends with the exit code of the program', () => {
    for (const code of ['0', '2', '5', '138', '143']) {
      expect(execute(scriptOf(), { STUB_STATUS: code })).toMatchObject({
        status: Number(code),
        calls: false,
      });
    }
  });

  it.each([
    { code: '138', again: true },
    { code: '143', preempted: '2026-11-29T22:39:12', again: true },
    // srun ends the other ranks so, where one has failed.
    { code: '143', again: false },
    { code: '0', again: false },
    { code: '4', again: false },
    { code: '140', again: false },
    { code: '138', state: 'CANCELLED', again: false },
    { code: '138', count: '10', again: false },
    { code: '138', count: '9', again: true },
    { code: '138', requeue: 0, again: false },
  ])('in a job that ends with $code it goes on or not ($again)', (job) => {
    const { code, state, preempted, count, requeue, again } = job;
    const env = {
      SLURM_JOB_ID: '7',
      STUB_STATUS: code,
      ...(state === undefined ? {} : { STUB_STATE: state }),
      ...(preempted === undefined ? {} : { STUB_PREEMPTED: preempted }),
      ...(count === undefined ? {} : { SLURM_RESTART_COUNT: count }),
    };
    const options = requeue === undefined ? {} : { requeue };
    expect(execute(scriptOf({ options }), env)).toMatchObject({ status: Number(code), calls: again });
  });

  it.each(['USR1', 'TERM'])('hands %s on to the ranks, and waits for their end', (name) => {
    const script = scriptOf({ node: path.join(folder, 'bin', 'waiting') });
    const outer = `bash -c "$1" > "$2" & pid=$!
until [[ -s $2 ]]; do sleep 0.05; done
kill -${name} $pid
wait $pid`;
    const { status } = spawnSync('bash', ['-c', outer, 'x', script, path.join(folder, `ready-${name}`)]);
    expect(status).toBe(name === 'USR1' ? 138 : 143);
  });

  it('is refused where the folder cannot be entered or a module is missing', () => {
    expect(execute(scriptOf({ folder: path.join(folder, 'nowhere') })).status).toBe(2);
    expect(execute(scriptOf({ site: { launcher: 'none', modules: ['x y'] } })).status).toBe(2);
  });
});
