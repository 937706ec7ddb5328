import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunIdentity } from '../../../../src/run/directory/manifest.js';
import { RunDirectory } from '../../../../src/run/directory/runDirectory.js';

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'kroncut-run-')), 'run');
});
afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }));

const identity: RunIdentity = {
  circuit: { source: 'a.qasm', hash: 'h', structure: 's', qubits: 3, gates: 4, outcomeBits: 3 },
  cut: { maxWidth: 2, seed: null },
  parameters: {},
  lightCone: null,
};

async function create(asked: RunIdentity = identity, force = false): Promise<RunDirectory> {
  return RunDirectory.create(folder, '1.2.3', asked, force);
}

describe('the run directory', () => {
  it('goes on with the same run', async () => {
    const first = await create();
    const record = await first.write('circuit.qasm', 'text');
    await first.setStage('cut', { status: 'done', seconds: 1, files: { 'circuit.qasm': record } });
    first.close();
    const second = await create();
    expect(await second.isDone('cut')).toBe(true);
    second.close();
  });

  it('does not believe a stage whose files were changed or whose work was cut short', async () => {
    const directory = await create();
    const record = await directory.write('a', 'text');
    await directory.setStage('cut', { status: 'running', seconds: 0, files: { a: record } });
    expect(await directory.isDone('cut')).toBe(false);
    expect(await directory.finished('cut', 'a')).toEqual(record);
    await directory.setStage('cut', { status: 'done', seconds: 0, files: { a: record } });
    await writeFile(directory.file('a'), 'Text');
    expect(await directory.isDone('cut')).toBe(false);
    expect(await directory.finished('cut', 'a')).toBeUndefined();
    directory.close();
  });

  it('removes what killed processes were writing, and nothing else', async () => {
    (await create()).close();
    const left = [
      'manifest.json.4711.partial',
      'subcircuits/0.qasm.4711.partial',
      'tensors/0.npy.0123456789abcdef.tmp',
      'tensors/0.json.4711.partial',
      'results/full.npy.partial',
    ];
    const kept = ['lock.json.4711.0a1b.partial', 'notes.tmp', 'tensors/1.npy', 'tensors/1.json'];
    for (const open of [() => create(), () => RunDirectory.open(folder)]) {
      for (const name of [...left, ...kept]) {
        await mkdir(dirname(join(folder, name)), { recursive: true });
        await writeFile(join(folder, name), 'x');
      }
      (await open()).close();
      const names = await readdir(folder, { recursive: true });
      for (const name of left) expect(names).not.toContain(name);
      for (const name of kept) expect(names).toContain(name);
    }
  });

  it('refuses another circuit or other options, says what differs, and replaces it when told to', async () => {
    const before = await create();
    await before.setStage('cut', { status: 'done', seconds: 0, files: {} });
    before.close();
    const circuit = { ...identity.circuit, hash: 'x', structure: 'x' };
    await expect(create({ ...identity, circuit })).rejects.toThrow(
      /holds the run of another circuit \(a\.qasm/,
    );
    const angles = { ...identity.circuit, hash: 'x' };
    await expect(create({ ...identity, circuit: angles })).rejects.toThrow(/other angles/);
    const cut = { maxWidth: 3, seed: null };
    await expect(create({ ...identity, cut })).rejects.toThrow(/maxWidth 2, not 3/);
    const directory = await create({ ...identity, cut }, true);
    expect(directory.manifest.options.cut['maxWidth']).toBe(3);
    directory.close();
  });

  it('opens a run from the time when manifests named flags, and compares it with others', async () => {
    const first = await create();
    await first.setStage('cut', { status: 'done', seconds: 0, files: {} });
    first.close();
    const file = join(folder, 'manifest.json');
    const manifest: { options: object } = JSON.parse(await readFile(file, 'utf8'));
    const cut = { '--max-width': 2, '--seed': null, '--classical-communication': true };
    const old = { ...manifest, options: { ...manifest.options, cut } };
    await writeFile(file, JSON.stringify(old));
    await expect(create()).rejects.toThrow(/with classicalCommunication true, and it is left out now/);
    const asked = { maxWidth: 2, seed: null, classicalCommunication: true };
    const again = await create({ ...identity, cut: asked });
    expect(again.manifest.options.cut).toEqual(asked);
    expect(again.stage('cut')?.status).toBe('done');
    await again.setStage('cut', { status: 'done', seconds: 1, files: {} });
    again.close();
    expect(await readFile(file, 'utf8')).not.toContain('--');
  });

  it('keeps the cuts and forgets the answers for new values of parameters', async () => {
    const first = await create({ ...identity, parameters: { theta: 1 } });
    const record = await first.write('results/top.json', '{}');
    await first.setStage('reconstruct', {
      status: 'done',
      seconds: 0,
      files: { 'results/top.json': record },
    });
    const cuts = await first.write('cuts.json', '{}');
    await first.setStage('cut', { status: 'done', seconds: 0, files: { 'cuts.json': cuts } });
    first.close();
    const circuit = { ...identity.circuit, hash: 'other' };
    const second = await create({ ...identity, circuit, parameters: { theta: 2 } });
    expect(second.stage('reconstruct')).toBeUndefined();
    expect(await second.isDone('cut')).toBe(false);
    expect(await second.finished('cut', 'cuts.json')).toEqual(cuts);
    expect(second.manifest.options.parameters).toEqual({ theta: 2 });
    second.close();
  });

  it('leaves no folder that was made for work that failed before it began', async () => {
    const deep = join(folder, 'a', 'b');
    const failed = await RunDirectory.create(deep, '1', identity, false);
    failed.abandon();
    failed.close();
    expect(await readdir(dirname(folder))).toEqual([]);
    const begun = await RunDirectory.create(deep, '1', identity, false);
    await begun.begin();
    await begun.setStage('cut', { status: 'running', seconds: 0, files: {} });
    begun.abandon();
    begun.close();
    expect(await readdir(deep)).toEqual(['manifest.json']);
  });

  it('writes nothing once its folder is gone', async () => {
    const directory = await create();
    await rm(folder, { recursive: true });
    await expect(directory.setStage('cut', { status: 'done', seconds: 0, files: {} })).rejects.toThrow(
      /lock\.json is gone/,
    );
    await expect(directory.write('results/top.json', '{}')).rejects.toThrow(/lock\.json is gone/);
    expect(await readdir(dirname(folder))).toEqual([]);
    directory.close();
  });

  it('names a folder that is no run directory, a file in its place, and a manifest that is broken', async () => {
    await expect(RunDirectory.open(folder)).rejects.toThrow(/not a run directory/);
    const directory = await create();
    directory.close();
    const manifest = join(folder, 'manifest.json');
    const text = await readFile(manifest, 'utf8');
    await writeFile(manifest, text.slice(0, 40));
    await expect(RunDirectory.open(folder)).rejects.toThrow(/manifest\.json: not JSON/);
    await writeFile(manifest, text.replace('"schemaVersion": 1', '"schemaVersion": 99'));
    await expect(RunDirectory.open(folder)).rejects.toThrow(/layout version 99/);
    await writeFile(manifest, text.replace('"qubits": 3', '"qubits": "three"'));
    await expect(RunDirectory.open(folder)).rejects.toThrow(/circuit\.qubits has to be a number/);
    await expect(RunDirectory.create(manifest, '1', identity, false)).rejects.toThrow(/is a file/);
  });

  it('is not bound by a run that never came to its first stage', async () => {
    (await create()).close();
    const directory = await create({ ...identity, cut: { maxWidth: 3, seed: null } });
    expect(directory.manifest.options.cut['maxWidth']).toBe(3);
    directory.close();
  });

  it('does not take over a folder with files of another origin', async () => {
    await mkdir(folder);
    await writeFile(join(folder, 'cuts.json'), '{}');
    await expect(create()).rejects.toThrow(/holds cuts\.json but no manifest/);
  });

  it('collects timings', async () => {
    const directory = await create();
    await directory.addTimings({ cut: 1 });
    await directory.addTimings({ evaluate: 2 });
    expect(await directory.timings()).toEqual({ cut: 1, evaluate: 2 });
    directory.close();
  });
});
