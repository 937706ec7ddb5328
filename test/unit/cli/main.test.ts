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
import { kroncut, kroncutInterrupted } from '../../support/kroncut.js';
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

const summary = z.object({
  width: z.number(),
  qubits: z.literal(8),
  subcircuits: z.array(
    z.object({ index: z.number(), width: z.number(), outputQubits: z.number(), gates: z.number() }),
  ),
  wireCuts: z.number(),
  gateCuts: z.number(),
  samplingOverhead: z.number(),
  gamma: z.number(),
  gammaJoint: z.number(),
  lowerBound: z.number().nullable(),
  bonds: z.number(),
  proven: z.boolean(),
  seconds: z.number(),
});
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
    expect(summary.parse(JSON.parse(cut.stdout)).width).toBeLessThanOrEqual(6);
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
      cut: summary,
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

describe('other ways in and out', () => {
  it('reads standard input', () => {
    const input = readFileSync(at('circuit.qasm'), 'utf8');
    const { status, stdout } = kroncut(['cut', '-', '-w', '6', '-o', at('stdin'), '--json'], { input });
    expect(status).toBe(0);
    expect(summary.parse(JSON.parse(stdout)).qubits).toBe(8);
    // Manual cuts are read twice: to know the run by them, and to make them.
    const cuts = readFileSync(join(at('stdin'), 'cuts.json'), 'utf8');
    const again = kroncut(['cut', at('circuit.qasm'), '--cuts', '-', '-o', at('stdin-cuts'), '--json'], {
      input: cuts,
    });
    expect(again.stderr).toBe('');
    expect(again.status).toBe(0);
  });

  it('--dry-run predicts and writes nothing', () => {
    const prediction = z.object({ seconds: z.number(), memoryBytes: z.number(), diskBytes: z.number() });
    const shape = z.object({
      dryRun: z.literal(true),
      stages: z.record(z.string(), prediction),
      total: prediction,
    });
    const run = at('predicted');
    expect(kroncut(['run', at('circuit.qasm'), '-w', '6', '-o', run]).status).toBe(0);
    for (const argv of [
      ['run', at('circuit.qasm'), '-w', '6', '-o', at('dry')],
      ['cut', at('circuit.qasm'), '-w', '6', '-o', at('dry')],
      ['cut', at('circuit.qasm'), '-w', '6'],
      ['compile', at('circuit.qasm')],
      ['evaluate', run],
      ['reconstruct', run, '--full'],
      ['verify', run],
      ['generate', 'ghz', '--qubits', '5', '-o', at('dry')],
    ]) {
      const { status, stdout } = kroncut([...argv, '--dry-run', '--json']);
      expect(status).toBe(0);
      expect(shape.parse(JSON.parse(stdout)).total.memoryBytes).toBeGreaterThan(0);
    }
    expect(existsSync(at('dry'))).toBe(false);
    const nowhere = kroncut(['cut', at('circuit.qasm'), '-w', '6']);
    expect(nowhere.status).toBe(2);
    expect(nowhere.stderr).toMatch(/^kroncut: required option '-o, --output <dir>' not specified/);
  });

  it('the finder completes labels and cuts files', () => {
    const chain = kroncut(['generate', 'ghz', '--qubits', '6']).stdout;
    writeFileSync(at('chain.qasm'), chain);
    const cut = (...argv: string[]): ReturnType<typeof kroncut> =>
      kroncut(['cut', at('chain.qasm'), '-w', '4', '-o', at('wishes'), '--force', '--json', ...argv]);
    const byLabels = JSON.parse(cut('--labels', 'A????B').stdout);
    expect(byLabels).toMatchObject({ bonds: 1 });
    expect(byLabels.subcircuits).toHaveLength(2);
    expect(byLabels.lowerBound).toBeLessThanOrEqual(byLabels.value);
    writeFileSync(at('wishes.json'), '{ "wholeGates": [0, 1, 2, 3, 4] }');
    expect(JSON.parse(cut('--cuts', at('wishes.json')).stdout)).toMatchObject({ gateCuts: 0 });
    writeFileSync(at('wishes.json'), '{ "parts": [null, [0, 1], null, null, null], "wholeGates": [1] }');
    const contradiction = cut('--cuts', at('wishes.json'));
    expect(contradiction.status).toBe(2);
    expect(contradiction.stderr).toMatch(/wishes\.json: two-qubit gate 1 \(cx on qubits 1, 2\)/);
    const narrow = cut('--labels', 'AAAAA?');
    expect(narrow.status).toBe(3);
    expect(narrow.stderr).toMatch(/--max-width 5/);
  });

  it('new values of a parameter keep the cuts', () => {
    const text = `OPENQASM 3.0;\ninclude "stdgates.inc";\ninput float theta;\nqubit[3] q;\nry(theta) q[0];
cx q[0], q[1];\nrx(0.3) q[1];\ncx q[1], q[2];\n`;
    writeFileSync(at('free.qasm'), text);
    const run = (theta: number): z.infer<typeof shape> =>
      shape.parse(
        JSON.parse(
          kroncut(
            `run ${at('free.qasm')} -w 2 -o ${at('free')} --param theta=${theta} --probability 000 --json`.split(
              ' ',
            ),
          ).stdout,
        ),
      );
    const shape = z.object({ probability: z.object({ '000': z.number() }) });
    for (const theta of [0.4, 1.3]) {
      const expected = Math.cos(theta / 2) ** 2 * Math.cos(0.15) ** 2;
      expect(run(theta).probability['000']).toBeCloseTo(expected, 12);
    }
  });

  it('says once what is read but perhaps not as it was meant, and not with --quiet', () => {
    const text = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\nrx(3/2) q[0];\ncx q[0], q[1];\n';
    writeFileSync(at('meant.qasm'), text);
    const run = (...more: string[]): ReturnType<typeof kroncut> =>
      kroncut(['run', at('meant.qasm'), '-o', at('meant'), '--marginal', '0', '--json', ...more]);
    const { status, stdout, stderr } = run();
    expect(status).toBe(0);
    expect(stderr.split('\n').filter((line) => line.startsWith('warning:'))).toEqual([
      `warning: ${at('meant.qasm')}:4:5: 3/2 is 1 in OpenQASM 3, where whole numbers divide to a whole number; write 3.0/2 for 1.5`,
    ]);
    expect(JSON.parse(stdout).marginal.probabilities[0]).toBeCloseTo(Math.cos(0.5) ** 2, 12);
    expect(run('--quiet').stderr).toBe('');
  });

  it('takes parameters from a file, and from the command line first', () => {
    writeFileSync(
      at('inputs.qasm'),
      'OPENQASM 3.0;\ninclude "stdgates.inc";\ninput float θ;\ninput float b;\nqubit q;\nrx(θ) q;\nrx(b) q;\n',
    );
    writeFileSync(at('values.json'), '["pi/2", 5]');
    const { stdout, stderr } = kroncut(
      [
        'run',
        at('inputs.qasm'),
        '-o',
        at('inputs'),
        '--params',
        at('values.json'),
        '--param',
        'b=pi/6',
      ].concat('--expect 1.0*Z0+-0.5*I --json'.split(' ')),
    );
    expect(stderr).toBe('');
    expect(JSON.parse(stdout).expect.value).toBeCloseTo(Math.cos((2 * Math.PI) / 3) - 0.5, 12);
  });

  it('what was proven for other angles is not proven for new ones', () => {
    const text = `OPENQASM 3.0;\ninclude "stdgates.inc";\ninput float theta;\nqubit[3] q;\ncp(theta) q[0], q[1];
cx q[1], q[2];\n`;
    writeFileSync(at('angles.qasm'), text);
    const cut = (theta: number): ReturnType<typeof kroncut> =>
      kroncut([
        'cut',
        at('angles.qasm'),
        '-o',
        at('angles'),
        '--param',
        `theta=${theta}`,
        ...'-w 2 --objective sampling --seed 0 --json --max-overhead 9'.split(' '),
      ]);
    expect(JSON.parse(cut(0.1).stdout)).toMatchObject({ proven: true });
    const later = JSON.parse(cut(1).stdout);
    expect(later).toMatchObject({ proven: false, lowerBound: null, value: later.samplingOverhead });
  });

  it('a run of marginals alone keeps their light cone, and refuses wider questions with the command for them', () => {
    const text = kroncut(['generate', 'ghz', '--qubits', '30']).stdout;
    const run = at('cone');
    const argv = ['run', '-', '-w', '3', '-o', run, '--json', '--wire-cuts-only'];
    const { status, stdout } = kroncut([...argv, '--marginal', '2,0'], { input: text });
    expect(status).toBe(0);
    const answer = z.object({
      cut: z.object({ subcircuits: z.array(z.object({ gates: z.number() })) }),
      marginal: z.object({ probabilities: z.array(z.number()) }),
    });
    const { cut, marginal } = answer.parse(JSON.parse(stdout));
    expect(cut.subcircuits.reduce((sum, { gates }) => sum + gates, 0)).toBe(4);
    for (const [i, p] of [0.5, 0, 0, 0.5].entries()) expect(marginal.probabilities[i]).toBeCloseTo(p, 12);
    expect(JSON.parse(readFileSync(join(run, 'manifest.json'), 'utf8')).options.lightCone).toEqual([0, 2]);
    expect(kroncut(['reconstruct', run, '--marginal', '0']).status).toBe(0);
    for (const query of ['--full', '--top=3', '--marginal=0,5', `--probability=${'0'.repeat(30)}`]) {
      const wider = kroncut(['reconstruct', run, query]);
      expect(wider).toMatchObject({ status: 2, stdout: '' });
      expect(wider.stderr).toMatch(/outcome bits 0,2 alone.*'kroncut run .* --force .*' answers more/);
    }
    expect(kroncut([...argv, '--top', '2'], { input: text }).stderr).toMatch(
      /holds a run for the outcome bits 0,2 alone/,
    );
  });

  it('a run for more outcome bits answers a marginal that is asked for later', () => {
    const argv = ['run', at('circuit.qasm'), '-w', '6', '-o', at('wider'), '--json'];
    expect(kroncut([...argv, '--full']).status).toBe(0);
    const { status, stdout, stderr } = kroncut([...argv, '--marginal', '5,0']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout).marginal.qubits).toEqual([5, 0]);
    expect(JSON.parse(readFileSync(at('wider', 'manifest.json'), 'utf8')).options.lightCone).toBe(null);
    expect(kroncut([...argv, '--marginal', '8'])).toMatchObject({ status: 2, stdout: '' });
    const cone = ['run', at('circuit.qasm'), '-w', '6', '-o', at('cone2'), '--json', '--marginal'];
    for (const bits of ['3,0', '0']) expect(kroncut([...cone, bits]).status).toBe(0);
    // What answers more cuts in the same way.
    expect(kroncut(['reconstruct', at('cone2'), '--top', '3']).stderr).toMatch(
      /'kroncut run circuit\.qasm -o .*cone2 --max-width 6 --force --top 10' answers more/,
    );
    expect(kroncut([...cone, '1']).stderr).toMatch(/holds a run for the outcome bits 0,3 alone/);
  });

  it('info tells the build and the ranks', () => {
    const { stdout } = kroncut(['info', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      launcher: 'none',
      ranks: [{ rank: 0, device: expect.any(String), threads: expect.any(Number) }],
      devices: expect.arrayContaining([expect.objectContaining({ name: 'cpu' })]),
    });
    expect(kroncut(['info']).stdout).toContain('Launcher: none; 1 rank on 1 node');
  });

  it('the library can be embedded by its name', () => {
    const example = join(repositoryRoot, 'examples', 'embed.mjs');
    const { status, stdout, stderr } = spawnSync(process.execPath, [example], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^\d wire cuts, largest error \d\.?\d*(e-1\d)?\n([01]{12} 0\.0\d+\n){3}$/);
  });

  it('the library goes stage by stage in memory', () => {
    const example = join(repositoryRoot, 'examples', 'stages.mjs');
    const { status, stdout, stderr } = spawnSync(process.execPath, [example], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^\d subcircuits of at most \d qubits\n4096 probabilities, the largest 0\.0\d+\n(sample [01]{12}: \d\S+\n){3}<Z0 Z1> = \S+\n$/,
    );
  });

  it('importing the library starts nothing', () => {
    const code = "const k = await import('kroncut'); console.log(Object.keys(k).sort().join(' '));";
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
      encoding: 'utf8',
      cwd: repositoryRoot,
      env: { ...process.env, KRONCUT_ADDON: '/nowhere' },
    });
    expect(stderr).toBe('');
    for (const name of ['cut', 'evaluate', 'reconstruct', 'verify', 'run', 'generate', 'info']) {
      expect(stdout.split(/\s/)).toContain(name);
    }
  });
});

/** A run whose distribution takes a while to write. */
function wideRun(name: string): string {
  const { stdout } = kroncut(['generate', 'hwea', '--qubits', '25', '--seed', '1']);
  const run = at(name);
  expect(kroncut(['cut', '-', '-w', '13', '-o', run], { input: stdout }).status).toBe(0);
  expect(kroncut(['evaluate', run]).status).toBe(0);
  return run;
}

describe('interruptions', () => {
  it('of the search for cuts keep the best cuts so far, and the same command goes on with them', async () => {
    const circuit = at('hard.qasm');
    writeFileSync(circuit, kroncut(['generate', 'regular', '--qubits', '60', '--seed', '2']).stdout);
    const run = at('best-so-far');
    const args = ['cut', circuit, '-w', '25', '--objective', 'sampling', '-o', run, '--time-limit', '600'];
    let enough = false;
    setTimeout(() => (enough = true), 4000);
    // Only once: a second signal ends the process at once.
    const once = (): boolean => enough && !(enough = false);
    const first = await kroncutInterrupted(args, 'SIGINT', once);
    expect(first.status).toBe(130);
    expect(first.stderr).toMatch(/^kroncut: interrupted by SIGINT; the best cuts found so far are kept/m);
    const again = kroncut([...args, '--json']);
    expect(again.status).toBe(0);
    const { proven, lowerBound, samplingOverhead, width } = JSON.parse(again.stdout);
    expect(proven).toBe(false);
    expect(lowerBound).toBeLessThan(samplingOverhead);
    expect(width).toBeLessThanOrEqual(25);
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('%s ends the work with its exit code and leaves nothing half done', async (signal, status) => {
    const run = wideRun(signal);
    const partial = join(run, 'results', 'full.npy.partial');
    const finished = await kroncutInterrupted(['reconstruct', run, '--full'], signal, () =>
      existsSync(partial),
    );
    expect(finished.status).toBe(status);
    expect(finished.stderr).toContain(`kroncut: interrupted by ${signal}`);
    expect(existsSync(partial)).toBe(false);
    expect(existsSync(join(run, 'lock.json'))).toBe(false);
  });

  it('after a kill -9 in the middle a later command believes nothing of it', async () => {
    const run = wideRun('killed');
    const partial = join(run, 'results', 'full.npy.partial');
    const killed = await kroncutInterrupted(['reconstruct', run, '--full'], 'SIGKILL', () =>
      existsSync(partial),
    );
    expect(killed.signal).toBe('SIGKILL');
    expect(existsSync(partial)).toBe(true);
    expect(existsSync(join(run, 'results', 'full.npy'))).toBe(false);
    expect(existsSync(join(run, 'lock.json'))).toBe(true);
    const { status, stdout } = kroncut(['reconstruct', run, '--full', '--json']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout).full.sum).toBeCloseTo(1, 10);
    expect(existsSync(partial)).toBe(false);
  });
});
