import {
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
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildCutCircuit } from '../../../../src/cut/solution/buildCutCircuit.js';
import { allocateShots } from '../../../../src/evaluate/exchange/allocation.js';
import {
  cutHash,
  inRunOrder,
  listExperiments,
  type TensorExperiments,
} from '../../../../src/evaluate/exchange/experiments.js';
import {
  exportFiles,
  type ExportFile,
  type ExportManifest,
  type ExportPlan,
} from '../../../../src/evaluate/exchange/exportFiles.js';
import { writeExport } from '../../../../src/evaluate/exchange/exportFolder.js';
import { CAPABILITIES } from '../../../../src/evaluate/exchange/formats.js';
import { splitJobs } from '../../../../src/evaluate/exchange/jobs.js';
import { namedSubcircuits } from '../../../../src/evaluate/tasks.js';
import { cutCases } from '../../../support/cutCases.js';

const { circuit, parts } = cutCases[0]!;
const cut = buildCutCircuit(circuit, parts, {});

function planFor(changes: Partial<ExportPlan> = {}): ExportPlan {
  return {
    tensors: listExperiments(cut, namedSubcircuits(cut)),
    cut: cutHash(cut),
    format: 'qasm2',
    capabilities: new Set(CAPABILITIES),
    shots: 1000,
    seed: 0,
    round: 1,
    limits: { circuits: 20, executions: 400 },
    ...changes,
  };
}

function made(plan: ExportPlan): { files: ExportFile[]; manifest: ExportManifest } {
  const generator = exportFiles(plan);
  const files: ExportFile[] = [];
  let next = generator.next();
  for (; next.done !== true; next = generator.next()) files.push(next.value);
  return { files, manifest: next.value };
}

function outcome(bits: number): object {
  return { name: 'outcome', bits, role: 'outcome' };
}

describe('files of an export', () => {
  it.each([
    ['qasm2', 'OPENQASM 2.0;', 'creg outcome[', '-> outcome[0];'],
    ['qasm3', 'OPENQASM 3.0;', '] outcome;', 'outcome[0] = measure'],
  ] as const)('%s: a circuit each, named and described', (format, begin, declared, measured) => {
    const { files, manifest } = made(planFor({ format }));
    expect(files.map(({ name }) => name)).toEqual(manifest.experiments.map(({ file }) => file));
    expect(new Set(files.map(({ name }) => name)).size).toBe(9 + 36);
    const [file, experiment] = [files[0]!, manifest.experiments[0]!];
    expect(file.name).toBe(`circuits/${experiment.id}.qasm`);
    for (const part of [begin, `// ${experiment.id}; cut`, declared, measured])
      expect(file.text).toContain(part);
  });

  it.each(['sampler', 'qrmi'] as const)(
    '%s: jobs within their limits, in the order of the manifest',
    (format) => {
      const { files, manifest } = made(planFor({ format }));
      const jobs = files.map(({ text }) => {
        const data = JSON.parse(text);
        if (format === 'qrmi') expect(data.program_id).toBe('sampler');
        return format === 'qrmi' ? data.parameters : data;
      });
      const pubs: [string, null, number][] = jobs.flatMap((job) => job.pubs);
      for (const job of jobs) {
        expect(job.version).toBe(2);
        expect(job.pubs.length).toBeLessThanOrEqual(20);
        expect(
          job.pubs.reduce((sum: number, [, , shots]: [string, null, number]) => sum + shots, 0),
        ).toBeLessThanOrEqual(400);
      }
      expect(pubs.map(([text]) => /^\/\/ (\S+);/m.exec(text)?.[1])).toEqual(
        manifest.experiments.map(({ id }) => id),
      );
      expect(pubs.map(([, , shots]) => shots)).toEqual(manifest.experiments.map(({ shots }) => shots));
      expect(pubs.reduce((sum, [, , shots]) => sum + shots, 0)).toBe(1000);
      expect(files.map(({ name }) => name)).toEqual([
        ...new Set(manifest.experiments.map(({ file }) => file)),
      ]);
    },
  );

  it('say what is in the registers', () => {
    const { experiments } = made(planFor()).manifest;
    // One outcome bit and an end that is measured in subcircuit 0; three outcome bits in the other.
    const of = (name: string): unknown => experiments.find(({ id }) => id.startsWith(name))?.registers;
    const [first, second] = cut.subcircuits;
    expect(of('0-')).toEqual([
      ...(first!.outcomes.length > 0 ? [outcome(first!.outcomes.length)] : []),
      { name: 'sign', bits: first!.outputs.length, role: 'sign' },
    ]);
    expect(of('1-')).toEqual([outcome(second!.outcomes.length)]);
  });

  it('come in an order that follows from seed and round alone', () => {
    const ids = (changes: Partial<ExportPlan>): string[] =>
      made(planFor(changes)).manifest.experiments.map(({ id }) => id);
    const first = ids({});
    expect(ids({ format: 'sampler', shots: 5000 })).toEqual(first);
    expect(ids({ seed: 1 })).not.toEqual(first);
    expect(ids({ round: 2 })).not.toEqual(first);
    expect(ids({ seed: 1 }).toSorted()).toEqual(first.toSorted());
    expect(inRunOrder(planFor().tensors, 0, 1).map(({ id }) => id)).toEqual(first);
  });
});

describe('shots', () => {
  const [tensor] = planFor().tensors;
  const grouped: TensorExperiments = {
    ...tensor!,
    experiments: [
      { ...tensor!.experiments[0]!, id: 'a', numbers: [0, 3] },
      { ...tensor!.experiments[1]!, id: 'b', numbers: [1] },
      { ...tensor!.experiments[2]!, id: 'c', numbers: [2], outcome: 0, sign: 0 },
    ],
  };

  it('are even among subexperiments, and none go where nothing is measured', () => {
    expect([...allocateShots([grouped], 11)]).toEqual([
      ['a', 8],
      ['b', 3],
    ]);
  });

  it('are refused where some would have none', () => {
    expect(() => allocateShots([grouped], 2)).toThrow(
      /shots 2 is fewer than one for each of \d+ subexperiments; give at least \d+/,
    );
  });

  it('of one subexperiment have to fit a job', () => {
    const one = { id: '0-0', shots: 50 };
    expect(splitJobs([one, one, one], { circuits: 2, executions: 100 })).toEqual([[one, one], [one]]);
    expect(splitJobs([one, one, one], { circuits: 3, executions: 100 })).toEqual([[one, one], [one]]);
    expect(() => splitJobs([one], { circuits: 9, executions: 49 })).toThrow(
      '0-0 has 50 shots, and a job takes 49',
    );
  });
});

describe('the folder of an export', () => {
  let folder = '';
  const at = (...names: string[]): string => path.join(folder, ...names);
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'kroncut-export-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const write = (
    name: string,
    changes: Partial<ExportPlan> = {},
    force = false,
  ): ReturnType<typeof writeExport> => {
    const plan = planFor(changes);
    return writeExport(at(name), exportFiles(plan), { cut: plan.cut, force });
  };

  it('has the files and the manifest, and is replaced by another export of the cut', async () => {
    const { manifest, files } = await write('new');
    expect(files).toBe(45);
    expect(readdirSync(at('new')).toSorted()).toEqual(['circuits', 'manifest.json']);
    expect(readdirSync(at('new', 'circuits')).length).toBe(45);
    expect(JSON.parse(readFileSync(at('new', 'manifest.json'), 'utf8'))).toEqual(manifest);
    await write('new', { format: 'sampler' });
    expect(readdirSync(at('new')).toSorted()).toEqual(['jobs', 'manifest.json']);
  });

  it('is not taken from others without force, which leaves what is theirs', async () => {
    mkdirSync(at('theirs'));
    writeFileSync(at('theirs', 'notes.txt'), 'mine');
    await expect(write('theirs')).rejects.toThrow(
      /theirs holds files that are no export; use another folder/,
    );
    expect(readdirSync(at('theirs'))).toEqual(['notes.txt']);
    await write('theirs', {}, true);
    expect(readdirSync(at('theirs')).toSorted()).toEqual(['circuits', 'manifest.json', 'notes.txt']);
    await expect(write('theirs', { cut: 'another' })).rejects.toThrow(/holds the export of another cut/);
    writeFileSync(at('theirs', 'manifest.json'), '{ "schemaVersion": 1, "stages": {} }');
    await expect(write('theirs', {}, true)).rejects.toThrow(/theirs is a run directory/);
  });

  it('is not there where something went wrong', async () => {
    await expect(write('failed', { shots: 1 })).rejects.toThrow(/shots 1 is fewer than one for each/);
    await expect(
      write('failed', { format: 'sampler', limits: { circuits: 9, executions: 1 } }),
    ).rejects.toThrow(/a job takes 1/);
    const controller = new AbortController();
    const generator = exportFiles(planFor());
    const aborting = (function* () {
      const first = generator.next();
      if (first.done !== true) yield first.value;
      controller.abort();
      return yield* generator;
    })();
    const { signal } = controller;
    await expect(writeExport(at('failed'), aborting, { cut: '', force: false, signal })).rejects.toThrow();
    expect(existsSync(at('failed'))).toBe(false);
    expect(readdirSync(folder).filter((name) => name.includes('partial'))).toEqual([]);
  });
});
