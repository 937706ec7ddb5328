/** What else the program reads and writes: standard input, predictions, labels, files of every kind. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { cutSummary } from '../../support/cutSummary.js';
import { kroncut } from '../../support/kroncut.js';
import { repositoryRoot } from '../../support/requirements.js';

let folder: string;
const at = (...parts: string[]): string => join(folder, ...parts);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kroncut-main-'));
  const { stdout } = kroncut(['generate', 'supremacy', '--qubits', '8', '--seed', '2']);
  writeFileSync(at('circuit.qasm'), stdout);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('other ways in and out', () => {
  it('reads standard input', () => {
    const input = readFileSync(at('circuit.qasm'), 'utf8');
    const { status, stdout } = kroncut(['cut', '-', '-w', '6', '-o', at('stdin'), '--json'], { input });
    expect(status).toBe(0);
    expect(cutSummary.parse(JSON.parse(stdout)).qubits).toBe(8);
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
