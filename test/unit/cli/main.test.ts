/** The program as a user meets it: processes, exit codes, streams. */
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { cutSummary } from '../../support/cutSummary.js';
import { kroncut } from '../../support/kroncut.js';
import { readNpy } from '../../support/npy.js';
import { repositoryRoot } from '../../support/requirements.js';

let folder: string;
const at = (...parts: string[]): string => join(folder, ...parts);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kroncut-main-'));
  const { stdout } = kroncut(['generate', 'supremacy', '--qubits', '8', '--seed', '2']);
  writeFileSync(at('circuit.qasm'), stdout);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const top = z.object({
  proven: z.literal(true),
  bound: z.number(),
  outcomes: z.array(z.object({ bits: z.string().regex(/^[01]{8}$/), probability: z.number() })),
});
const full = z.object({
  file: z.literal('results/full.npy'),
  qubits: z.literal(8),
  sum: z.number(),
  min: z.number(),
  max: z.number(),
});
const agreement = z.object({
  maxAbsError: z.number(),
  relativeMeanSquaredError: z.number(),
  chiSquared: z.number(),
  hellingerFidelity: z.number(),
  crossEntropy: z.number().nullable(),
});

describe('a run, stage by stage', () => {
  it('cut, evaluate, reconstruct and verify print what the contract says', () => {
    const run = at('stages');
    const cut = kroncut(['cut', at('circuit.qasm'), '--max-width', '6', '-o', run, '--json']);
    expect(cut.stderr).toBe('');
    expect(cutSummary.parse(JSON.parse(cut.stdout)).width).toBeLessThanOrEqual(6);
    expect(readdirSync(join(run, 'subcircuits'))).toHaveLength(JSON.parse(cut.stdout).subcircuits.length);
    expect(JSON.parse(cut.stdout).explanation).toMatchObject({
      drawing: { file: 'circuit.svg' },
      uncut: { fits: true },
      predicted: { query: 'full', reconstruct: { seconds: expect.any(Number) } },
    });
    expect(readFileSync(join(run, 'circuit.svg'), 'utf8')).toMatch(/^<svg /);
    const text = kroncut(['cut', at('circuit.qasm'), '--max-width', '6', '-o', run]).stdout;
    expect(text).toContain(`Drawing: ${run}/circuit.svg`);
    expect(text).toMatch(/ {2}q0 \(\d\).*─[\s\S]*Predicted:/);
    expect(kroncut(['reconstruct', run, '--top', '1'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining(`run 'kroncut evaluate ${run}' first`),
    });
    expect(kroncut(['evaluate', run]).status).toBe(0);
    const answers = kroncut(
      `reconstruct ${run} --full --top 3 --marginal 7,0 --probability 00000001,11111111 --json`.split(' '),
    );
    const parsed = z
      .object({
        full,
        top,
        marginal: z.object({
          qubits: z.tuple([z.literal(7), z.literal(0)]),
          probabilities: z.array(z.number()).length(4),
        }),
        probability: z.object({ '00000001': z.number(), '11111111': z.number() }),
      })
      .strict()
      .parse(JSON.parse(answers.stdout));
    expect(parsed.full.sum).toBeCloseTo(1, 12);
    expect(parsed.top.outcomes).toHaveLength(3);
    expect(parsed.marginal.probabilities.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    const verified = kroncut(['verify', run, '--json', '--tolerance', '1e-12']);
    expect(verified.status).toBe(0);
    expect(agreement.parse(JSON.parse(verified.stdout)).maxAbsError).toBeLessThan(1e-12);
    // Single precision cannot agree to the last bit of a double.
    expect(kroncut(['evaluate', run, '--precision', 'single', '--force']).status).toBe(0);
    const differs = kroncut(['verify', run, '--tolerance', '1e-16']);
    expect(differs.status).toBe(1);
    expect(differs.stderr).toMatch(/differs from the uncut simulation by .*, more than 1e-16/);
  });

  it('run goes on from its own folder and refuses another run in it', async () => {
    const run = at('whole');
    const argv = ['run', at('circuit.qasm'), '--max-width', '6', '-o', run, '--json'];
    const first = kroncut(argv);
    const shape = z.object({
      cut: cutSummary,
      full,
      top,
      verify: agreement,
      timings: z.record(z.string(), z.number()),
    });
    expect(shape.parse(JSON.parse(first.stdout)).top.outcomes).toHaveLength(10);
    const before = readFileSync(join(run, 'results', 'full.npy'));
    expect((await readNpy(join(run, 'results', 'full.npy'))).shape).toEqual([256]);
    const second = kroncut(argv);
    expect(second.status).toBe(0);
    expect(readFileSync(join(run, 'results', 'full.npy')).equals(before)).toBe(true);
    const other = kroncut(['run', at('circuit.qasm'), '--max-width', '5', '-o', run]);
    expect(other).toMatchObject({ status: 2, stdout: '' });
    expect(other.stderr).toMatch(/--max-width 6, not 5; use another folder, or --force/);
    expect(
      kroncut(['run', at('circuit.qasm'), '--max-width', '5', '-o', run, '--force', '--quiet']).status,
    ).toBe(0);
  });

  it('prints a short readable result', () => {
    const { stdout, stderr } = kroncut(['run', at('circuit.qasm'), '--max-width', '6', '-o', at('text')]);
    expect(stderr).toBe('');
    for (const part of [
      'Cut: 8 qubits in',
      'Most likely outcomes',
      '█',
      'Agreement with the uncut simulation: yes',
      'Time: cut',
    ]) {
      expect(stdout).toContain(part);
    }
  });
});

describe('exit codes', () => {
  it.each([
    [
      'a missing file',
      ['run', '/nowhere.qasm', '-o', 'X'],
      2,
      /nowhere\.qasm cannot be read: there is no such file/,
    ],
    ['a folder that is no run', ['verify', '/nowhere'], 2, /not a run directory/],
    [
      'an infeasible width',
      ['cut', 'CIRCUIT', '--max-width', '1', '--wire-cuts-only', '-o', 'X'],
      3,
      /proven.*--max-width 2/,
    ],
    ['an unknown option', ['cut', 'CIRCUIT', '--wide'], 2, /./],
    [
      'an absent device',
      ['info', '--device', 'cuda'],
      5,
      /no CUDA device can be used \(.+\); use --device cpu or auto/,
      { CUDA_VISIBLE_DEVICES: '' },
    ],
  ])('%s', (_, argv, status, message, env: Readonly<Record<string, string>> = {}) => {
    const place = { CIRCUIT: at('circuit.qasm'), X: at('unused') };
    const finished = kroncut(
      argv.map((word) => Object.entries(place).find(([key]) => key === word)?.[1] ?? word),
      { env },
    );
    expect(finished).toMatchObject({ status, stdout: '' });
    expect(finished.stderr).toMatch(message);
    expect(finished.stderr).toMatch(/^kroncut: /);
    expect(finished.stderr).not.toMatch(/\n\s+at /);
  });

  it('prints the answer alone with --quiet, and says what it took from an earlier run', () => {
    const command = `run ${at('circuit.qasm')} --labels AAAABBBB -o ${at('quiet')} --top 300`.split(' ');
    const first = kroncut([...command, '--quiet']);
    expect(first).toMatchObject({ status: 0, stderr: '' });
    const [title, ...rows] = first.stdout.trimEnd().split('\n');
    expect(title).toMatch(/^Most likely outcomes/);
    expect(rows.slice(0, 64).every((row) => /^ {2}[01]{8} /.test(row))).toBe(true);
    expect(rows.slice(64).join()).toMatch(
      /\.\.\. and 192 more .*,.* no more than 256 are listed: these are all outcomes/,
    );
    const again = kroncut(command);
    expect(again.stdout).toMatch(/as found before/);
    expect(again.stdout).toMatch(/Tensors: 2 subcircuits found finished, none was left to evaluate/);
    expect(again.stdout).toContain(first.stdout);
    expect(kroncut([...command.slice(0, 2), ...'-w 5 --seed 4 -o'.split(' '), at('quiet')]).stderr).toMatch(
      /holds a run with/,
    );
  });

  it('a wrong question, or a width that no cut allows, leaves the run that --force would replace', () => {
    const argv = ['run', at('circuit.qasm'), '--max-width', '6', '-o', at('kept'), '--quiet'];
    expect(kroncut(argv).status).toBe(0);
    const manifest = readFileSync(at('kept', 'manifest.json'), 'utf8');
    for (const query of ['--probability=01', '--marginal=8', '--top=1000000000']) {
      const refused = kroncut([...argv, '--force', query]);
      expect(refused).toMatchObject({ status: 2, stdout: '' });
      expect(refused.stderr).toContain(query.split('=')[0]);
    }
    const none = kroncut([
      'cut',
      argv[1] ?? '',
      '-o',
      at('none', 'below'),
      '--max-width',
      '1',
      '--wire-cuts-only',
    ]);
    expect(none.status).toBe(3);
    expect(existsSync(at('none'))).toBe(false);
    const infeasible = ['--force', '--max-width', '1', '--wire-cuts-only'];
    expect(kroncut([...argv.filter((word) => !/^(--max-width|6)$/.test(word)), ...infeasible]).status).toBe(
      3,
    );
    expect(readFileSync(at('kept', 'manifest.json'), 'utf8')).toBe(manifest);
    expect(kroncut(['verify', at('kept')]).status).toBe(0);
  });

  it.each([
    ['run', 'CIRCUIT', '-o', ''],
    ['evaluate', ''],
  ])('%s refuses a folder without a name', (...argv) => {
    const refused = kroncut(argv.map((word) => (word === 'CIRCUIT' ? at('circuit.qasm') : word)));
    expect(refused).toMatchObject({ status: 2, stdout: '' });
    expect(refused.stderr).toContain('the name of the run directory is empty');
  });

  it.skipIf(!existsSync('/dev/full'))('says in one sentence that standard output is full', () => {
    const out = openSync('/dev/full', 'w');
    try {
      const argv = [join(repositoryRoot, 'dist', 'main.js'), 'generate', 'bv', '--qubits', '4'];
      const stdio = ['ignore', out, 'pipe'] as const;
      const { status, stderr } = spawnSync(process.execPath, argv, { stdio: [...stdio], encoding: 'utf8' });
      expect(stderr).toBe('kroncut: standard output cannot be written: the disk is full\n');
      expect(status).toBe(4);
    } finally {
      closeSync(out);
    }
  });

  it('names line and column of a mistake in a circuit', () => {
    writeFileSync(at('bad.qasm'), 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\nhh q[0];\n');
    const { status, stderr } = kroncut(['cut', at('bad.qasm'), '-o', at('bad')]);
    expect(status).toBe(2);
    expect(stderr).toContain(`${at('bad.qasm')}:4:1: `);
    expect(existsSync(at('bad'))).toBe(false);
  });

  it('refuses a job that does not fit, with the figures, before it starts', () => {
    const argv = ['run', at('circuit.qasm'), '--max-width', '6', '-o', at('tight')];
    const { status, stderr } = kroncut(argv, { env: { KRONCUT_MEMORY: '2000' } });
    expect(status).toBe(4);
    expect(stderr).toMatch(/needs .+ of memory on each rank, but .+ available/);
    expect(existsSync(at('tight', 'tensors', '0.npy'))).toBe(false);
  });
});
