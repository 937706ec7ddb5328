/** What becomes of a run that keeps no outcomes: later questions, checks, predictions, ranks, memory. */
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cut } from '../../src/api/cut.js';
import { dryRunReconstruct } from '../../src/api/dryRun.js';
import { evaluate } from '../../src/api/evaluate.js';
import { reconstruct } from '../../src/api/reconstruct.js';
import { run } from '../../src/api/run.js';
import { verify } from '../../src/api/verify.js';
import { generateCircuit } from '../../src/circuit/families/families.js';
import { readQasm } from '../../src/circuit/qasm/readQasm.js';
import { writeQasm } from '../../src/circuit/qasm/writeQasm.js';
import { recordFile } from '../../src/run/files/files.js';
import { kroncut, mainFile } from '../support/kroncut.js';
import { launch } from '../support/launch.js';
import { exactExpectation, randomSum } from '../support/observables.js';
import { requireOrSkip } from '../support/requirements.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kroncut-reduced-runs-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const circuit = generateCircuit('random', { qubits: 6, depth: 2, seed: 11 });
const text = writeQasm(circuit, 2);
const SUM = 'X0 X5 + 0.5*Z1 Z4 - Y2 Y3';
const CUT = { maxWidth: 4, wireCutsOnly: true } as const;
const options = { ...CUT, verify: false } as const;

describe('a run without outcomes', () => {
  it('may be in memory', async () => {
    // Of qubits that are not measured the light cone is not looked for.
    const measured = `${text}creg c[5]; ${[0, 1, 2, 3, 4].map((q) => `measure q[${q}] -> c[${q}];`).join(' ')}`;
    const first = await run({ text: measured }, { ...options, expect: SUM, marginal: [0, 3] });
    const files = await run({ text: measured }, { ...options, expect: SUM, marginal: [0, 3], directory });
    expect(first.expect).toEqual(files.expect);
    expect(first.marginal).toEqual(files.marginal);
    const { run: held } = first;
    if (held === undefined) throw new Error('the run is in memory');
    const source = { run: held };
    expect((await verify(source)).compared).toBe('answers');
    const more = await reconstruct(source, { expect: 'Z0 Z5' });
    expect(more.expect?.value).toBeCloseTo(exactExpectation(circuit, 'Z0 Z5'), 12);
    await expect(reconstruct(source, { top: 1 })).rejects.toThrow(
      /the run in memory keeps no outcomes, .*; evaluate with that run makes tensors that answer more/,
    );
    await evaluate(source);
    expect((await reconstruct(source, { top: 1, expect: SUM })).expect?.value).toBeCloseTo(
      first.expect?.value ?? 9,
      12,
    );
    expect((await verify(source)).compared).toBe('tensors');
  });

  it('is made where there are no tensors of all outcomes yet; these answer otherwise', async () => {
    await cut({ text }, { ...CUT, directory });
    await evaluate(directory);
    const { expect: found } = await run({ text }, { ...options, directory, expect: 'Z0 Z5', marginal: [2] });
    expect(found?.value).toBeCloseTo(exactExpectation(circuit, 'Z0 Z5'), 12);
    const manifest = JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8'));
    expect(manifest.stages.evaluate.reduced).toBeUndefined();
    expect((await readdir(join(directory, 'tensors'))).filter((name) => /terms|bits/.test(name))).toEqual([]);
  });

  it('says in its manifest what it has tensors for, and predicts the rest', async () => {
    await cut({ text }, { ...CUT, directory });
    await run({ text }, { ...options, directory, expect: SUM });
    const questions = async (): Promise<unknown> =>
      JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8')).stages.evaluate.reduced;
    expect(await questions()).toEqual([{ expect: SUM }]);
    const predicted = async (query: object): Promise<number> =>
      (await dryRunReconstruct(directory, query)).stages['reconstruct']?.diskBytes ?? NaN;
    expect(await predicted({ expect: SUM })).toBe(0);
    expect(await predicted({ expect: 'Z1 Z4' })).toBe(0);
    const bytes = await predicted({ expect: 'Z0', marginal: [2] });
    expect(bytes).toBeGreaterThan(0);
    const size = async (): Promise<number> => {
      const { files } = JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8')).stages.evaluate;
      return Object.values<{ size: number }>(files).reduce((sum, file) => sum + file.size - 128, 0);
    };
    const before = await size();
    await reconstruct(directory, { expect: 'Z0', marginal: [2] });
    expect((await size()) - before).toBe(bytes);
    expect(await questions()).toEqual([{ expect: SUM }, { marginal: [2] }, { expect: 'Z0' }]);
    await expect(dryRunReconstruct(directory, { top: 2 })).rejects.toThrow(/keeps no outcomes/);
  });

  it('writes no large tensors that are evaluated again in a moment', async () => {
    // Ten gates between two halves: 4^10 values for a string.
    const lines = Array.from({ length: 10 }, (_, k) => [
      ...Array.from({ length: 8 }, (__, q) => `rx(${0.3 + 0.1 * q + 0.2 * k}) q[${q}];`),
      ...[0, 1, 2, 4, 5, 6].map((q) => `rzz(${0.4 + 0.1 * k}) q[${q}],q[${q + 1}];`),
      `rzz(${0.5 + 0.1 * k}) q[${k % 4}],q[${4 + ((3 * k) % 4)}];`,
    ]);
    const large = `OPENQASM 2.0; include "qelib1.inc"; qreg q[8]; ${lines.flat().join(' ')}`;
    const sum = ['Z0', 'Z1', 'Z2', 'Z3', 'Z4', 'Z5', 'Z6', 'Z7', 'X0 Y7'].join(' + ');
    const halves = { maxWidth: 4, gateCutsOnly: true, verify: true } as const;
    const first = await run({ text: large }, { ...halves, expect: sum, directory });
    const exact = exactExpectation(readQasm(large), sum);
    expect(first.expect?.value).toBeCloseTo(exact, 12);
    expect(first.verify).toMatchObject({ passed: true, compared: 'answers' });
    expect(first.reused).toEqual({ cut: false, tensors: 0, evaluated: 2 });
    expect((await run({ text: large }, { ...halves, expect: sum })).expect).toEqual(first.expect);
    const kept = async (): Promise<string[]> =>
      (await readdir(directory, { recursive: true })).filter((name) => /tensors.*npy$/.test(name));
    expect(await kept()).toEqual([]);
    expect(
      JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8')).stages.evaluate,
    ).toMatchObject({
      status: 'done',
      files: {},
      reduced: [],
      passing: [{ expect: sum }],
    });
    // What is asked later is evaluated again, or kept where it is small.
    expect(await verify(directory)).toMatchObject({ passed: true, compared: 'answers' });
    expect((await reconstruct(directory, { expect: sum })).expect).toEqual(first.expect);
    expect(await kept()).toEqual([]);
    const one = await reconstruct(directory, { expect: 'Z0' });
    expect(one.expect?.value).toBeCloseTo(exactExpectation(readQasm(large), 'Z0'), 12);
    expect((await kept()).length).toBe(2);
    expect((await verify(directory)).passed).toBe(true);
    expect((await run({ text: large }, { ...halves, expect: sum, directory })).expect).toEqual(first.expect);
  });

  it('is checked against other cuts where the circuit is not simulated, and what was changed is found', async () => {
    const { expect: found } = await run({ text }, { ...options, directory, expect: SUM, marginal: [1, 5] });
    expect(found?.value).toBeCloseTo(exactExpectation(circuit, SUM), 12);
    const report = await verify(directory, { partial: true });
    expect(report).toMatchObject({ compared: 'answers', passed: true });
    if (report.compared !== 'answers') throw new Error('answers are what is there');
    expect(report.recut?.width).toBeGreaterThan(0);
    expect(await readdir(directory)).not.toContain('verify-recut');
    // A wrong value that every record vouches for.
    const name = (await readdir(join(directory, 'tensors'))).find((file) => /^0\.terms-.*npy$/.test(file));
    const file = join(directory, 'tensors', name ?? '');
    const bytes = await readFile(file);
    for (let at = bytes.length - 8 * 4; at < bytes.length; at += 8) {
      bytes.writeDoubleLE(bytes.readDoubleLE(at) + 0.01, at);
    }
    await writeFile(file, bytes);
    await expect(reconstruct(directory, { expect: SUM })).rejects.toThrow(
      /tensors\/0\.terms-.* is not what run wrote; run it with its question again/,
    );
    const record = await recordFile(file);
    const registration = file.replace('.npy', '.json');
    const known = JSON.parse(await readFile(registration, 'utf8'));
    await writeFile(registration, JSON.stringify({ ...known, ...record }));
    const manifest = JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8'));
    manifest.stages.evaluate.files[`tensors/${name}`] = record;
    await writeFile(join(directory, 'manifest.json'), JSON.stringify(manifest));
    expect((await verify(directory, { partial: true })).passed).toBe(false);
    expect((await verify(directory)).passed).toBe(false);
  });

  it('is the same under mpirun', { timeout: 120_000 }, async (context) => {
    requireOrSkip(context, 'mpi');
    const file = join(directory, 'c.qasm');
    await writeFile(file, text);
    const argv = (name: string): string[] => [
      ...`run ${file} -w 4 --wire-cuts-only --marginal 5,2 --terms --json -o ${join(directory, name)}`.split(
        ' ',
      ),
      '--expect',
      randomSum(6, 20, 7),
    ];
    const alone = kroncut(argv('alone'));
    expect(alone.stderr).toBe('');
    const { expect: found, marginal, verify: report } = JSON.parse(alone.stdout);
    expect(report).toMatchObject({ compared: 'answers', passed: true });
    for (const ranks of [2, 3]) {
      const { status, stdout, stderr } = await launch(mainFile, argv(`on-${ranks}`), {
        launcher: 'mpi',
        variant: 'mpi',
        ranks,
      });
      expect(stderr).toBe('');
      expect(status).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ expect: found, marginal, verify: { passed: true } });
    }
  });
});
