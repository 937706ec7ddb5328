/** What was measured elsewhere: taken in as a whole or not at all, added up, kept, and answered from with error bars. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cut } from '../../src/api/cut.js';
import { evaluate } from '../../src/api/evaluate.js';
import { dryRunImport, importCounts, type ResultsSource } from '../../src/api/importCounts.js';
import { exportSubexperiments } from '../../src/api/exportSubexperiments.js';
import { reconstruct } from '../../src/api/reconstruct.js';
import { run } from '../../src/api/run.js';
import { measuredTensors } from '../../src/api/input/measuredTensors.js';
import { generateCircuit } from '../../src/circuit/families/families.js';
import { writeQasm } from '../../src/circuit/qasm/writeQasm.js';
import { Random } from '../../src/circuit/random.js';
import { readCutsFile } from '../../src/cut/solution/cutsFile.js';
import { required } from '../../src/error.js';
import { drawCounts } from '../../src/evaluate/draw.js';
import { experimentCircuit, inRunOrder, listExperiments } from '../../src/evaluate/exchange/experiments.js';
import type { ExportManifest } from '../../src/evaluate/exchange/exportFiles.js';
import { outcomeDistribution } from '../support/denseSimulator.js';
import { marginalOf } from '../support/distributions.js';
import { onLocalRanks } from '../support/localCluster.js';
import { exactExpectation } from '../support/observables.js';
import { subexperimentFrequencies } from '../support/subexperimentReference.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kroncut-import-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const circuit = generateCircuit('random', { qubits: 5, depth: 2, seed: 11 });
const text = writeQasm(circuit, 2);
const exact = outcomeDistribution(circuit);
const SUM = 'ZZIII + 0.5*IXIIY - 0.25*IIIIZ';
const CUT = { maxWidth: 4, seed: 5 } as const;
const SHOTS = 40_000;
/** Standard errors between an estimate and the truth that nothing in a fixed draw reaches. */
const FAR = 4.5;

type Measured = Record<string, Record<string, number>>;

/** What a device gives of all subexperiments of a run, by their names: counts, or with no shots probabilities. */
function measured(
  folder: string,
  seed: number,
  shots: number | ReadonlyMap<string, number>,
  forExpect: string | null = null,
): Measured {
  const { cutCircuit } = readCutsFile(readFileSync(join(folder, 'cuts.json'), 'utf8'), 'cuts.json');
  const random = new Random(seed, 'device');
  const tensors = listExperiments(cutCircuit, measuredTensors(cutCircuit, forExpect));
  return Object.fromEntries(
    inRunOrder(tensors, 0, 1).map((experiment) => {
      const ends = required(
        tensors.find(({ name }) => name === experiment.tensor.name),
        'a tensor',
      ).ends;
      const { qubits, steps, signs, outcomes } = experimentCircuit(experiment, ends, new Set(['measure']));
      const found = subexperimentFrequencies({ qubits, steps, recorded: signs, outcomes });
      const own = typeof shots === 'number' ? shots : required(shots.get(experiment.id), experiment.id);
      const counts = own === 0 ? [...found.entries()] : [...drawCounts(found, own, random)];
      const bits = experiment.outcome + experiment.sign;
      return [
        experiment.id,
        Object.fromEntries(
          counts.map(([outcome, count]) => [outcome.toString(2).padStart(bits, '0'), count]),
        ),
      ];
    }),
  );
}

function as(name: string, content: unknown): ResultsSource {
  return { name, text: JSON.stringify(content) };
}

/** Names, contents and times of all files of a folder. */
function contents(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(
    names
      .filter((name) => statSync(join(folder, name)).isFile())
      .map((name) => [
        name,
        `${statSync(join(folder, name)).mtimeMs} ${readFileSync(join(folder, name), 'base64')}`,
      ]),
  );
}

async function errors(from: string): Promise<{ value: number; standardError: number | null }> {
  const { expect: sum } = await reconstruct(from, { expect: 'ZZIII' });
  return { value: required(sum, 'a value').value, standardError: sum?.standardError ?? null };
}

describe('an import', () => {
  it('gives answers with error bars, in a directory, in memory, and on several ranks', async () => {
    await cut({ text }, { ...CUT, directory });
    const all = measured(directory, 1, SHOTS, SUM);
    const summary = await importCounts(directory, [as('counts.json', { backend: 'nowhere', counts: all })], {
      forExpect: SUM,
    });
    const experiments = Object.keys(all).length;
    expect(summary).toMatchObject({
      experiments,
      shots: experiments * SHOTS,
      totalShots: experiments * SHOTS,
    });
    expect(summary.files).toMatchObject([{ file: 'counts.json', experiments, backend: 'nowhere' }]);
    const queries = { marginal: [0, 3], expect: SUM, top: 2 } as const;
    const answers = await reconstruct(directory, queries);
    expect(answers.expect).toMatchObject({ data: 'imported', errorMethod: 'gradient' });
    expect(answers.top).toMatchObject({ data: 'imported', proven: false });
    const { value, standardError } = required(answers.expect, 'a value');
    expect(standardError).toBeGreaterThan(0);
    expect(Math.abs(value - exactExpectation(circuit, SUM))).toBeLessThan(FAR * (standardError ?? 0));
    for (const [i, truth] of [...marginalOf(exact, [0, 3])].entries()) {
      const error = Number(answers.marginal?.standardError?.[i]);
      expect(error).toBeGreaterThan(0);
      expect(Math.abs((answers.marginal?.probabilities[i] ?? NaN) - truth)).toBeLessThan(FAR * error);
    }
    const kept = await cut({ text }, CUT);
    await importCounts(kept, [as('counts.json', all)], { forExpect: SUM });
    expect((await reconstruct(kept, { expect: SUM })).expect).toEqual(answers.expect);
    const other = join(directory, 'ranks');
    await cut({ text }, { ...CUT, directory: other });
    const [onRanks] = await onLocalRanks(2, async (cluster) => {
      await importCounts(other, [as('counts.json', all)], { forExpect: SUM, cluster, threads: 1 });
      return reconstruct(other, { expect: SUM, cluster, threads: 1 });
    });
    expect(onRanks?.expect).toEqual(answers.expect);
  });

  it('notes down where counts came from, and hashes them', async () => {
    await cut({ text }, { ...CUT, directory });
    await importCounts(directory, [
      as('a.json', { backend: 'nowhere', counts: measured(directory, 1, 100) }),
    ]);
    const registration = JSON.parse(readFileSync(join(directory, 'tensors', '0.json'), 'utf8'));
    expect(registration.uncertainty).toEqual({ data: 'imported' });
    expect(registration.sources).toEqual([
      {
        file: 'a.json',
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        imported: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        shots: 500,
        backend: 'nowhere',
      },
    ]);
    const manifest = JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8'));
    expect(manifest.options.sampling).toMatchObject({ data: 'imported', forExpect: null });
    expect(Object.keys(manifest.stages.evaluate.files).sort()).toEqual(
      ['0', '1']
        .flatMap((name) => [`subexperiments/${name}.npy`, `tensors/${name}.json`, `tensors/${name}.npy`])
        .sort(),
    );
    writeFileSync(join(directory, 'subexperiments', '0.npy'), 'changed');
    await expect(reconstruct(directory, { expect: 'ZZIII' })).rejects.toThrow(
      /subexperiments\/0\.npy is not what/,
    );
    await expect(importCounts(directory, [as('b.json', measured(directory, 2, 100))])).rejects.toThrow(
      /tensors\/0\.npy is not what was imported, or its counts are not; force begins anew/,
    );
    await expect(evaluate(directory)).rejects.toThrow(/lacks measurements of 0, or their files were changed/);
  });

  it('adds to an earlier one, in whatever form it comes', async () => {
    await cut({ text }, { ...CUT, directory });
    await importCounts(directory, [as('1.json', measured(directory, 1, SHOTS))]);
    const once = await errors(directory);
    const samples = Object.values(measured(directory, 2, 3 * SHOTS));
    const summary = await importCounts(directory, [as('2.json', samples)]);
    expect(summary.totalShots).toBe(4 * 10 * SHOTS);
    const twice = await errors(directory);
    expect(Number(twice.standardError) / Number(once.standardError)).toBeCloseTo(0.5, 1);
    expect(Math.abs(twice.value - exactExpectation(circuit, 'ZZIII'))).toBeLessThan(
      FAR * Number(twice.standardError),
    );
    // A round may be for some of them alone.
    const [[id, counts] = []] = Object.entries(measured(directory, 3, 100));
    expect(await importCounts(directory, [as('3.json', { [String(id)]: counts })])).toMatchObject({
      experiments: 1,
      subcircuits: 1,
      shots: 100,
      totalShots: 4 * 10 * SHOTS + 100,
    });
    const sources = JSON.parse(
      readFileSync(join(directory, 'tensors', `${id?.split('-')[0]}.json`), 'utf8'),
    ).sources;
    expect(sources.map(({ file }: { file: string }) => file)).toEqual(['1.json', '2.json', '3.json']);
  });

  it('says how the shots of a next round are best divided', async () => {
    const [run, others] = [join(directory, 'run'), join(directory, 'others')];
    await cut({ text }, { ...CUT, directory: run });
    const output = join(directory, 'next');
    const asked = { output, format: 'qasm3', shots: 400_000, round: 2, forExpect: SUM } as const;
    await expect(exportSubexperiments(run, asked)).rejects.toThrow(
      /has no counts of subcircuit 0 yet, which say how the next round is divided; import the round before/,
    );
    await importCounts(run, [as('1.json', measured(run, 1, 1000, SUM))], { forExpect: SUM });
    cpSync(run, others, { recursive: true });
    expect(await exportSubexperiments(run, asked)).toMatchObject({ shots: asked.shots, round: 2 });
    const manifest: ExportManifest = JSON.parse(readFileSync(join(output, 'manifest.json'), 'utf8'));
    const shots = new Map(manifest.experiments.map((each) => [each.id, each.shots]));
    expect(Math.min(...shots.values())).toBeGreaterThan(0);
    const errorWith = async (folder: string, more: number | ReadonlyMap<string, number>): Promise<number> => {
      await importCounts(folder, [as('2.json', measured(folder, 2, more, SUM))], {
        forExpect: SUM,
        round: 2,
      });
      const { expect: sum } = await reconstruct(folder, { expect: SUM });
      expect(Math.abs(required(sum, 'a value').value - exactExpectation(circuit, SUM))).toBeLessThan(
        FAR * Number(sum?.standardError),
      );
      return Number(sum?.standardError);
    };
    const divided = await errorWith(run, shots);
    expect(divided).toBeLessThan(0.9 * (await errorWith(others, Math.floor(asked.shots / shots.size))));
  });

  it('of quasi-probabilities has answers without error bars, and adds to nothing', async () => {
    await cut({ text }, { ...CUT, directory });
    const quasi = as('quasi.json', measured(directory, 1, 0));
    expect(await importCounts(directory, [quasi])).toMatchObject({ shots: null, totalShots: null });
    const { expect: sum } = await reconstruct(directory, { expect: 'ZZIII' });
    expect(sum).toMatchObject({ standardError: null, interval: null, data: 'imported' });
    expect(sum?.value).toBeCloseTo(exactExpectation(circuit, 'ZZIII'), 9);
    await expect(importCounts(directory, [as('2.json', measured(directory, 2, 10))])).rejects.toThrow(
      /^2\.json: \d-\d: quasi-probabilities without a number of shots do not add up with other results/,
    );
    await importCounts(directory, [as('2.json', measured(directory, 2, 10))], { force: true });
    expect((await errors(directory)).standardError).toBeGreaterThan(0);
  });

  it.each<[string, (all: Measured) => unknown, RegExp]>([
    [
      'lacks results',
      (all) => Object.fromEntries(Object.entries(all).filter(([id]) => !['0-0', '1-2'].includes(id))),
      /^f\.json: there are no results of 2 subexperiments: 0-0, 1-2; .*; nothing was imported$/,
    ],
    ['has another width', (all) => ({ ...all, '0-0': { '00': 5 } }), /^f\.json: 0-0: '00' has other bits/],
    [
      'is of another cut',
      (all) => ({ cut: 'abc', counts: all }),
      /^f\.json: cut: these are results of the cut abc/,
    ],
    [
      'has a name that there is not',
      (all) => ({ ...all, '7-0': { '0': 1 } }),
      /^f\.json: 7-0: there is no such subexperiment/,
    ],
    [
      'has a basis that was not named',
      (all) => ({ ...all, '0.X0-0': { '000': 1 } }),
      /^f\.json: 0\.X0-0: .* give forExpect as in the export/,
    ],
    [
      'has too few',
      (all) => Object.values(all).slice(0, -1),
      /^f\.json: there are 9 results without names, where .* has 10 subexperiments/,
    ],
    [
      'has too many',
      (all) => [...Object.values(all), { '0': 1 }],
      /^f\.json: \[10\]: there are more results/,
    ],
    [
      'is in another order',
      (all) => Object.values(all).toReversed(),
      /^f\.json: \[\d\] \(\d-\d\): '\d+' has other bits/,
    ],
  ])('changes nothing where a file %s', async (_, spoil, sentence) => {
    await cut({ text }, { ...CUT, directory });
    const before = contents(directory);
    const bad = as('f.json', spoil(measured(directory, 1, 50)));
    await expect(importCounts(directory, [bad])).rejects.toThrow(sentence);
    await expect(dryRunImport(directory, [bad])).rejects.toThrow(sentence);
    expect(contents(directory)).toEqual(before);
  });

  it('changes nothing where one of several files, or of several rounds, is wrong', async () => {
    await cut({ text }, { ...CUT, directory });
    const first = as('1.json', measured(directory, 1, 50));
    await importCounts(directory, [first]);
    const before = contents(directory);
    const good = as('2.json', measured(directory, 2, 50));
    for (const bad of [
      '{',
      '[]',
      '{"0-0": {"000": -1}}',
      '{"0-0": {"000": 0}}',
      '"no"',
      '{"results": [{"data": {}}]}',
    ]) {
      await expect(importCounts(directory, [good, { name: 'bad.json', text: bad }])).rejects.toThrow(
        /^bad\.json:/,
      );
    }
    await expect(importCounts(directory, [good, first])).rejects.toThrow(
      /^1\.json: these results were imported already, .* the same shots do not count twice/,
    );
    await expect(importCounts(directory, [good, join(directory, 'absent.json')])).rejects.toThrow(
      /absent\.json cannot be read/,
    );
    await dryRunImport(directory, [good]);
    expect(contents(directory)).toEqual(before);
  });

  it('is finished by whoever opens the run next where it was killed after it was whole, and forgotten otherwise', async () => {
    await cut({ text }, { ...CUT, directory });
    await importCounts(directory, [as('1.json', measured(directory, 1, SHOTS))]);
    const old = join(directory, '..', `${directory.split('/').at(-1)}-old`);
    cpSync(directory, old, { recursive: true });
    const [one, onceError] = [await errors(old), contents(old)];
    await importCounts(directory, [as('2.json', measured(directory, 2, SHOTS))]);
    const two = await errors(directory);
    // What a process leaves that dies while files come in: some are in their places, some are not.
    const names = [
      'tensors/0.npy',
      'tensors/0.json',
      'subexperiments/0.npy',
      'tensors/1.npy',
      'tensors/1.json',
      'subexperiments/1.npy',
      'manifest.json',
    ];
    const incoming = join(old, 'incoming');
    const leave = (from: number): void => {
      for (const part of ['tensors', 'subexperiments']) mkdirSync(join(incoming, part), { recursive: true });
      for (const [i, name] of names.entries())
        cpSync(join(directory, name), join(i < from ? old : incoming, name));
    };
    leave(0);
    expect(await errors(old)).toEqual(one);
    expect(existsSync(incoming)).toBe(false);
    expect(Object.keys(contents(old))).toEqual(expect.arrayContaining(Object.keys(onceError)));
    leave(3);
    writeFileSync(join(incoming, 'files.json'), JSON.stringify(names));
    expect(await errors(old)).toEqual(two);
    expect(existsSync(incoming)).toBe(false);
    // A list that somebody made moves nothing out of the run, or into it.
    mkdirSync(incoming);
    writeFileSync(join(old, 'outside'), 'stays');
    writeFileSync(join(incoming, 'files.json'), JSON.stringify(['../outside', 'cuts.json']));
    writeFileSync(join(incoming, 'cuts.json'), '{}');
    expect(await errors(old)).toEqual(two);
    rmSync(old, { recursive: true, force: true });
  });

  it('is never lost to another command', async () => {
    await cut({ text }, { ...CUT, directory });
    await importCounts(directory, [as('1.json', measured(directory, 1, SHOTS))]);
    const tensor = readFileSync(join(directory, 'tensors', '0.npy'));
    const warnings: string[] = [];
    expect(await evaluate(directory, { onWarning: (warning) => warnings.push(warning) })).toMatchObject({
      evaluated: 0,
      reused: 2,
    });
    expect(warnings).toEqual([expect.stringMatching(/holds measurements that were imported; they are kept/)]);
    for (const options of [{ force: true }, { shots: 1000 }, { precision: 'single' }] as const) {
      await expect(evaluate(directory, options)).rejects.toThrow(
        /no evaluation takes their place; use another folder/,
      );
    }
    await expect(cut({ text }, { ...CUT, directory, force: true })).rejects.toThrow(
      /holds measurements that were imported/,
    );
    await expect(run({ text }, { ...CUT, directory, top: 1, force: true })).rejects.toThrow(
      /holds measurements/,
    );
    const again = await run({ text }, { ...CUT, directory, top: 1 });
    expect(again.top).toMatchObject({ data: 'imported' });
    expect(again.verify).toBeUndefined();
    expect(readFileSync(join(directory, 'tensors', '0.npy'))).toEqual(tensor);
  });

  it('is not lost to other values of parameters', async () => {
    const free = `OPENQASM 3.0; include "stdgates.inc"; input float t; qubit[3] q; ry(t) q[0]; cx q[0], q[1]; ry(0.3) q[1]; cx q[1], q[2];`;
    const options = { directory, maxWidth: 2 };
    await cut({ text: free }, { ...options, parameters: { t: 0.4 } });
    await importCounts(directory, [as('1.json', measured(directory, 1, 100))]);
    await expect(run({ text: free }, { ...options, parameters: { t: 0.5 }, top: 1 })).rejects.toThrow(
      /holds measurements that were imported/,
    );
  });

  it('takes the place of another evaluation with force alone', async () => {
    await run({ text }, { ...CUT, directory, top: 1, verify: false });
    const all = [as('1.json', measured(directory, 1, SHOTS))];
    await expect(importCounts(directory, all)).rejects.toThrow(
      /is evaluated exactly, not by measurements; use another folder, or force/,
    );
    await importCounts(directory, all, { force: true });
    expect(existsSync(join(directory, 'results'))).toBe(false);
    expect((await errors(directory)).standardError).toBeGreaterThan(0);
  });

  it('in other bases is asked for by name, and adds them', async () => {
    await cut({ text }, { ...CUT, directory });
    const all = measured(directory, 1, SHOTS, SUM);
    const [own, others] = [false, true].map((other) =>
      Object.fromEntries(Object.entries(all).filter(([id]) => id.includes('.') === other)),
    );
    await importCounts(directory, [as('1.json', own)]);
    await expect(reconstruct(directory, { expect: SUM })).rejects.toThrow(
      /lacks measurements of 0\.\w+, 1\.\w+, .*exportSubexperiments\('.*', \{ output, format, shots, forExpect \}\) .*forExpect adds them/,
    );
    await importCounts(directory, [as('2.json', others)], { forExpect: SUM });
    const { expect: sum } = await reconstruct(directory, { expect: SUM });
    expect(Math.abs(required(sum, 'a value').value - exactExpectation(circuit, SUM))).toBeLessThan(
      FAR * Number(sum?.standardError),
    );
  });

  it('knows subcircuits of which nothing is measured', async () => {
    const half = `OPENQASM 2.0; include "qelib1.inc"; qreg q[4]; creg c[2]; h q[0]; cx q[0],q[1]; ry(0.7) q[1]; cx q[1],q[2]; cx q[2],q[3]; measure q[0] -> c[1]; measure q[1] -> c[0];`;
    await cut({ text: half }, { directory, maxWidth: 2 });
    const ids = measured(directory, 1, SHOTS);
    await importCounts(directory, [as('1.json', ids)]);
    await importCounts(directory, [as('2.json', measured(directory, 2, SHOTS))]);
    const { marginal } = await reconstruct(directory, { marginal: [0, 1] });
    const { marginal: truth } = await run({ text: half }, { marginal: [0, 1] });
    for (const [i, p] of [...required(truth, 'an answer').probabilities].entries()) {
      const error = Number(marginal?.standardError?.[i]);
      expect(Math.abs((marginal?.probabilities[i] ?? NaN) - p)).toBeLessThan(FAR * error + 1e-12);
    }
  });

  it('refuses what are no files', async () => {
    await cut({ text }, { ...CUT, directory });
    for (const files of [[], 'f.json', [7], [{ name: 'x' }]]) {
      await expect(Reflect.apply(importCounts, undefined, [directory, files])).rejects.toThrow(
        /^files: a list of files of results/,
      );
    }
  });
});
