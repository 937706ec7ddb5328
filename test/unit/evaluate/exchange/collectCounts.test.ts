import { describe, expect, it } from 'vitest';
import { makeCircuit } from '../../../../src/circuit/circuit.js';
import { gateOf } from '../../../../src/circuit/gates.js';
import { Random } from '../../../../src/circuit/random.js';
import type { CutCircuit } from '../../../../src/cut/model/cutCircuit.js';
import { buildCutCircuit } from '../../../../src/cut/solution/buildCutCircuit.js';
import { collectCounts, type CollectInput } from '../../../../src/evaluate/exchange/collectCounts.js';
import {
  cutHash,
  experimentCircuit,
  inRunOrder,
  isRun,
  listExperiments,
  type Experiment,
  type TensorExperiments,
} from '../../../../src/evaluate/exchange/experiments.js';
import { readResultFile, type ResultFile } from '../../../../src/evaluate/exchange/readResults.js';
import { bindSubcircuit, lowerSubcircuit, namedSubcircuits } from '../../../../src/evaluate/tasks.js';
import { KroncutError } from '../../../../src/error.js';
import { compute } from '../../../../src/run/context.js';
import { countsOf } from '../../../../src/run/tensors/counts.js';
import { tensorOfCounts } from '../../../../src/subexperiments/counts.js';
import { testContext } from '../../../support/context.js';
import { cutCases } from '../../../support/cutCases.js';
import { subexperimentFrequencies } from '../../../support/subexperimentReference.js';
import { bitArray, dataBin } from '../../../support/encodedResults.js';

function listed(cut: CutCircuit): TensorExperiments[] {
  return listExperiments(cut, namedSubcircuits(cut));
}

function input(cut: CutCircuit, ...files: ResultFile[]): CollectInput {
  return { run: 'out', cut: cutHash(cut), tensors: listed(cut), files, seed: 0, round: 1 };
}

function file(name: string, content: unknown): ResultFile {
  return readResultFile(name, JSON.stringify(content));
}

/** What devices would give in the limit of many shots: probabilities by bit strings. */
function probabilities(tensor: TensorExperiments, experiment: Experiment): Record<string, number> {
  const { qubits, steps, signs, outcomes } = experimentCircuit(experiment, tensor.ends, new Set());
  const found = subexperimentFrequencies({ qubits, steps, recorded: signs, outcomes });
  return Object.fromEntries(
    [...found].map((value, i) => [i.toString(2).padStart(experiment.outcome + experiment.sign, '0'), value]),
  );
}

function allProbabilities(cut: CutCircuit): Record<string, Record<string, number>> {
  return Object.fromEntries(
    listed(cut).flatMap((tensor) =>
      tensor.experiments.filter(isRun).map((one) => [one.id, probabilities(tensor, one)] as const),
    ),
  );
}

const context = testContext();

async function expectTensors(cut: CutCircuit, files: ResultFile[]): Promise<void> {
  const collected = collectCounts(input(cut, ...files));
  for (const { name, subcircuit, ends } of listed(cut)) {
    const found = collected.get(name);
    expect(found?.missing).toEqual([]);
    const told = tensorOfCounts(ends, subcircuit.outcomes.length, found!.counts);
    const program = lowerSubcircuit(bindSubcircuit(cut, subcircuit));
    const { values } = await compute(context, (options) =>
      context.native.evaluateSubcircuit(program, { ...options, file: undefined, precision: 'double' }),
    );
    expect(told.length).toBe(values?.length);
    values?.forEach((value, i) => expect(told[i]).toBeCloseTo(value, 10));
  }
}

describe('what comes back', () => {
  it.each(cutCases)('tells the tensors of $name', async ({ circuit, parts, joint }) => {
    const cut = buildCutCircuit(circuit, parts, { joint: joint ?? false });
    await expectTensors(cut, [file('all.json', allProbabilities(cut))]);
  });

  it('tells them where few bits are measured, in any order', async () => {
    const { circuit, parts } = cutCases[1]!;
    const measured = { ...circuit, outcomes: [3, -1, 0, 2], measured: true };
    const cut = buildCutCircuit(measured, parts, {});
    expect(cut.subcircuits.map(({ outcomes }) => outcomes.length)).toEqual([1, 2]);
    await expectTensors(cut, [file('all.json', allProbabilities(cut))]);
    // Where nothing of a subcircuit is measured, nothing is run but what records a bit.
    const half = buildCutCircuit({ ...measured, outcomes: [0, 1] }, parts, {});
    expect(Object.keys(allProbabilities(half)).filter((id) => id.startsWith('1-')).length).toBe(1);
    await expectTensors(half, [file('all.json', allProbabilities(half))]);
  });

  it('tells them where ends of cuts meet', async () => {
    const gates = [gateOf('ry', [0], 0.4), gateOf('cx', [0, 1]), gateOf('cx', [0, 2]), gateOf('h', [0])];
    const cut = buildCutCircuit(makeCircuit(3, gates), [
      [0, 1],
      [0, 2],
    ]);
    await expectTensors(cut, [file('all.json', allProbabilities(cut))]);
  });

  it('comes without names in the order of the export, in one file or in several', async () => {
    const { circuit, parts } = cutCases[1]!;
    const cut = buildCutCircuit(circuit, parts, {});
    const all = allProbabilities(cut);
    const order = inRunOrder(listed(cut), 0, 1).map(({ id }) => all[id]);
    await expectTensors(cut, [file('all.json', order)]);
    await expectTensors(cut, [file('1.json', order.slice(0, 3)), file('2.json', order.slice(3))]);
  });
});

describe('counts of several files', () => {
  const { circuit, parts } = cutCases[1]!;
  const cut = buildCutCircuit(circuit, parts, {});
  const all = Object.fromEntries(
    listed(cut).flatMap(({ experiments }) =>
      experiments.map(({ id, outcome, sign }) => [id, { ['1'.repeat(outcome + sign)]: 10 }] as const),
    ),
  );

  it('add up, and say how many shots came from which', () => {
    const [first, second] = [
      file('first.json', all),
      file('second.json', { cut: cutHash(cut), '0-0': { '00': 5, '11': 2 } }),
    ];
    const collected = collectCounts(input(cut, first, second));
    expect([...countsOf(collected.get('0')!.counts, 0)]).toEqual([
      [0, 5],
      [3, 12],
    ]);
    expect(collected.get('0')!.counts.shots.slice(0, 2)).toEqual(Float64Array.of(17, 10));
    expect([...collected.get('0')!.shots].map(([{ file: name }, shots]) => [name, shots])).toEqual([
      ['first.json', 50],
      ['second.json', 7],
    ]);
    expect([...collected.get('1')!.shots.keys()]).toEqual([first]);
  });

  it('say what is missing', () => {
    const collected = collectCounts(input(cut, file('some.json', { '0-0': { '00': 5 } })));
    expect([...collected.keys()]).toEqual(['0']);
    expect(collected.get('0')?.missing).toEqual(['0-1', '0-2', '0-3', '0-4']);
    expect([...countsOf(collected.get('0')!.counts, 1)]).toEqual([]);
  });

  it('are dealt out to the subexperiments that a circuit was run for', () => {
    const gates = [gateOf('ry', [0], 0.4), gateOf('cx', [0, 1]), gateOf('cx', [0, 2]), gateOf('h', [0])];
    const star = buildCutCircuit(makeCircuit(3, gates), [
      [0, 1],
      [0, 2],
    ]);
    const [tensor] = listed(star);
    const shared = tensor!.experiments.find(({ numbers }) => numbers.length === 4)!;
    const collected = collectCounts(input(star, file('some.json', { [shared.id]: { '0': 700, '1': 302 } })));
    const { counts: found } = collected.get('0')!;
    expect(shared.numbers.map((number) => found.shots[number])).toEqual([251, 251, 250, 250]);
    const sums = [0, 1].map((outcome) =>
      shared.numbers.reduce((sum, number) => sum + (countsOf(found, number).get(outcome) ?? 0), 0),
    );
    expect(sums).toEqual([700, 302]);
    // Not the same counts over and over: they would not be independent.
    expect(new Set(shared.numbers.map((number) => countsOf(found, number).get(0))).size).toBeGreaterThan(1);
    expect(() => collectCounts(input(star, file('some.json', { [shared.id]: { '0': 1, '1': 2 } })))).toThrow(
      /3 shots are too few for 4 subexperiments/,
    );
  });

  it.each([
    [
      'of another cut',
      { cut: 'abc', ...all },
      /^f\.json: cut: these are results of the cut abc, and out has the cut [0-9a-f]{64}; import/,
    ],
    [
      'of a subexperiment that there is not',
      { '0-5': { '00': 1 } },
      "f.json: 0-5: there is no such subexperiment of out; 'kroncut subexperiments out' lists them",
    ],
    [
      'of another width',
      { '0-0': { '000': 1 } },
      "f.json: 0-0: '000' has other bits than the subexperiment, which has 2 of 'outcome'; nothing was imported",
    ],
    [
      'too few without names',
      [{ '00': 1 }],
      'f.json: there is 1 result without names, where out has 10 subexperiments',
    ],
    [
      'neither counts nor probabilities',
      { '0-0': { '00': 0.5, '11': 0.4 } },
      'f.json: 0-0: the numbers add up to 0.9: counts are whole numbers, and quasi-probabilities add up to 1',
    ],
    [
      'more than can be counted',
      { '0-0': { '00': 2 ** 53 } },
      'f.json: 0-0: the counts add up to 9007199254740992',
    ],
    ['all 0', { '0-0': { '00': 0 } }, 'f.json: 0-0: the counts are all 0'],
    ['no counts', 'none', "f.json: counts or results of SamplerV2 are needed, not 'none'"],
    [
      'what was exported',
      { pubs: [], version: 2 },
      'f.json: pubs: this is a job of an export, and no result',
    ],
    [
      'what says what was exported',
      { cut: 'a', experiments: [] },
      'f.json: experiments: this is the manifest of an export',
    ],
    ['results of one name', { results: {} }, 'f.json: results: a list of results is needed, not an object'],
    ['empty', {}, 'f.json: there are no counts'],
  ])('are refused that are %s', (_, content, sentence) => {
    expect(() => collectCounts(input(cut, file('f.json', content)))).toThrow(sentence);
  });

  it('are refused with a name that is there twice', () => {
    const twice = '{ "0-0": { "00": 5 }, "0-1": { "00": 5 }, "0-0" : { "00": 6 } }';
    expect(() => readResultFile('f.json', twice)).toThrow(/^f\.json: 0-0: this name is there twice/);
  });

  it('are refused without JSON, and with too many results', () => {
    expect(() => readResultFile('f.json', '{')).toThrow(/^f\.json:1:2: not JSON/);
    const results = inRunOrder(listed(cut), 0, 1).map(({ id }) => all[id]);
    expect(() => collectCounts(input(cut, file('f.json', [...results, results[0]])))).toThrow(
      'f.json: [10]: there are more results than the 10 subexperiments of out',
    );
  });

  it('have weights that quasi-probabilities lack', () => {
    const quasi = file('q.json', { '0-0': { '00': 1.25, '11': -0.25 } });
    const collected = collectCounts(input(cut, quasi));
    expect(collected.get('0')?.counts.shots[0]).toBe(0);
    expect([...collected.get('0')!.shots.values()]).toEqual([null]);
    expect(() => collectCounts(input(cut, quasi, file('first.json', all)))).toThrow(
      'q.json: 0-0: quasi-probabilities without a number of shots do not add up with other results',
    );
  });

  it('may come in results of SamplerV2 or of Aer', () => {
    const order = inRunOrder(listed(cut), 0, 1);
    const samples = order.map(({ outcome, sign }) => ({
      data: {
        outcome: { samples: ['0x3', '0x3'], num_bits: outcome },
        ...(sign > 0 ? { sign: { samples: ['0x1', '0x0'], num_bits: sign } } : {}),
      },
      metadata: {},
    }));
    const collected = collectCounts(input(cut, file('v2.json', { results: samples, metadata: {} })));
    const measured = order.find(({ sign }) => sign > 0)!;
    const { counts: found } = collected.get(measured.tensor.name)!;
    expect([...countsOf(found, measured.numbers[0]!)]).toEqual([
      [0b011, 1],
      [0b111, 1],
    ]);
    const aer = order.map(() => ({ shots: 8, data: { counts: { '0x3': 8 } } }));
    expect(collectCounts(input(cut, file('aer.json', { results: aer }))).get('0')?.counts.shots[0]).toBe(8);
  });

  it('may be wrapped, and say of which cut they are and what ran them', () => {
    const order = inRunOrder(listed(cut), 0, 1).map(({ id }) => all[id]);
    const said = { cut: cutHash(cut), backend: 'ibm_nowhere' };
    for (const content of [
      { ...said, counts: all },
      { ...said, counts: order },
      { ...said, ...all },
    ]) {
      const read = file('f.json', content);
      expect(read.backend).toBe('ibm_nowhere');
      expect(collectCounts(input(cut, read)).get('0')?.missing).toEqual([]);
    }
    expect(() => file('f.json', { counts: 7 })).toThrow(/^f\.json: counts: a list, or counts by the names/);
    expect(() => file('f.json', { ...all, backend: 7 })).toThrow(/^f\.json: backend: the name of what ran/);
    expect(file('f.json', { results: [{}], metadata: { backend: 'b' } }).backend).toBe('b');
  });

  it('of the encoder of Qiskit are those of SamplerV2', () => {
    const order = inRunOrder(listed(cut), 0, 1);
    const pubs = order.map(({ outcome, sign }) => ({
      __type__: 'SamplerPubResult',
      __value__: {
        data: dataBin({
          outcome: bitArray(outcome, [[3], [3]]),
          ...(sign > 0 ? { sign: bitArray(sign, [[1], [0]]) } : {}),
        }),
        metadata: {},
      },
    }));
    const result = {
      __type__: 'PrimitiveResult',
      __value__: { pub_results: pubs, metadata: { version: 2 } },
    };
    const collected = collectCounts(input(cut, file('encoded.json', result)));
    const measured = order.find(({ sign }) => sign > 0)!;
    expect([...countsOf(collected.get(measured.tensor.name)!.counts, measured.numbers[0]!)]).toEqual([
      [0b011, 1],
      [0b111, 1],
    ]);
    expect(collected.get('0')?.missing).toEqual([]);
  });

  it('are not the same twice', () => {
    expect(() => collectCounts(input(cut, file('a.json', all), file('b.json', all)))).toThrow(
      'b.json: these are the same results as in a.json; nothing was imported',
    );
  });

  it('name what is wrong, and never end in another way, whatever is put in their place', () => {
    const random = new Random(5, 'garbage');
    const order = inRunOrder(listed(cut), 0, 1);
    const samples = order.map(({ outcome, sign }) => ({
      data: { outcome: { samples: ['0x1'], num_bits: outcome }, sign: { samples: ['0x0'], num_bits: sign } },
    }));
    const wholes: readonly unknown[] = [
      all,
      { results: samples },
      order.map(({ id }) => all[id]),
      { counts: all },
    ];
    let refused = 0;
    for (let round = 0; round < 600; round += 1) {
      const data: unknown = structuredClone(wholes[round % wholes.length]);
      const place = spoil(data, random);
      try {
        collectCounts(input(cut, file('f.json', data)));
      } catch (error) {
        refused += 1;
        if (!(error instanceof KroncutError)) throw error;
        const { code, message } = error;
        expect(code, `${place}: ${message}`).toBe('input');
        expect(message).toMatch(/^f\.json: [^\n]+$/);
      }
    }
    expect(refused).toBeGreaterThan(300);
  });
});

const GARBAGE: readonly unknown[] = [
  null,
  true,
  -1,
  0.5,
  1e300,
  '',
  '0x',
  '0b1',
  '00 1',
  [],
  {},
  [[]],
  { '': 1 },
  { __type__: 'BitArray', __value__: 3 },
  { __proto__: null, a: { b: 1 } },
  'x'.repeat(1000),
];

/** Replaces something in an object or list, at a random depth; gives where. */
function spoil(data: unknown, random: Random): string {
  let at: unknown = data;
  const place: string[] = [];
  for (;;) {
    const keys = Object.keys(Object(at));
    const key = keys[random.below(keys.length)];
    if (key === undefined) return place.join('.');
    place.push(key);
    const inner: unknown = Reflect.get(Object(at), key);
    if (typeof inner !== 'object' || inner === null || random.next() < 0.4) {
      const value = GARBAGE[random.below(GARBAGE.length)];
      if (random.next() < 0.3 && !Array.isArray(at)) {
        Reflect.deleteProperty(Object(at), key);
        Reflect.set(Object(at), `${JSON.stringify(value).slice(0, 20)}\n`, inner);
      } else Reflect.set(Object(at), key, value);
      return place.join('.');
    }
    at = inner;
  }
}
