import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cut as cutCall } from '../../../src/api/cut.js';
import { makeCircuit } from '../../../src/circuit/circuit.js';
import { generateCircuit } from '../../../src/circuit/families/families.js';
import { gateOf } from '../../../src/circuit/gates.js';
import type { CutCircuit, Subcircuit } from '../../../src/cut/model/cutCircuit.js';
import { findCuts } from '../../../src/cut/search/findCuts.js';
import { evaluateSubcircuits, type EvaluateInput } from '../../../src/evaluate/evaluate.js';
import type { EvaluateTask, Evaluator, NamedSubcircuit } from '../../../src/evaluate/evaluator.js';
import { exactEvaluator } from '../../../src/evaluate/exact.js';
import {
  bindSubcircuit,
  distinctTasks,
  evaluateTasks,
  namedSubcircuits,
  predictTask,
  tensorKey,
  tensorSize,
  type BoundSubcircuit,
} from '../../../src/evaluate/tasks.js';
import type { Precision } from '../../../src/native/addon.js';
import { dataOf, tensorNetwork } from '../../../src/reconstruct/network/tensorNetwork.js';
import type { Context } from '../../../src/run/context.js';
import { FileTensors } from '../../../src/run/tensors/fileTensors.js';
import { MemoryTensors } from '../../../src/run/tensors/memoryTensors.js';
import { testContext } from '../../support/context.js';
import { onLocalRanks } from '../../support/localCluster.js';
import { readNpy } from '../../support/npy.js';
import { referenceTensor } from '../../support/referenceTensor.js';

let directory: string;
let cut: CutCircuit;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kroncut-evaluate-'));
  const circuit = generateCircuit('random', { qubits: 5, depth: 1, seed: 3 });
  ({ cutCircuit: cut } = await findCuts(circuit, {
    maxWidth: 3,
    timeLimit: 1,
    objective: 'sampling',
    wireCutsOnly: true,
  }));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function inputFor(context: Context, precision: Precision = 'double'): EvaluateInput {
  return {
    store: new FileTensors(context, directory),
    evaluator: exactEvaluator(cut, precision, context.threads),
    named: namedSubcircuits(cut),
  };
}

function first(): BoundSubcircuit {
  const subcircuit = cut.subcircuits[0];
  if (subcircuit === undefined) throw new Error('the circuit was not cut');
  return bindSubcircuit(cut, subcircuit);
}

describe('tasks', () => {
  it('come largest first, with the size of their tensors', () => {
    const tasks = evaluateTasks(cut, 'double', 2);
    expect(tasks.map(({ work }) => work)).toEqual(tasks.map(({ work }) => work).sort((a, b) => b - a));
    expect(new Set(tasks.map(({ index }) => index)).size).toBe(cut.subcircuits.length);
    const task = predictTask(first(), 'single', 2);
    expect(task.fileBytes).toBe(4 * tensorSize(first()));
    expect(predictTask(first(), 'double', 2).bytes).toBeGreaterThan(task.bytes);
  });

  it('say their memory: the states, the tensor, and what the threads have in hand of it', () => {
    const subcircuit: Subcircuit = {
      ...first().subcircuit,
      width: 14,
      inputs: [0, 1, 2].map((cut) => ({ cut, qubit: cut })),
      outputs: [3, 4].map((cut) => ({ cut, qubit: cut })),
      outcomes: Array.from({ length: 12 }, (_, bit) => ({ bit, qubit: bit + 2 })),
    };
    const wide = { subcircuit, ends: [] };
    const states = 2 ** 17;
    const size = 4 ** 5 * 2 ** 12;
    const chunk = 4 ** 5 * 8;
    expect(predictTask(wide, 'double', 1).bytes).toBe(16 * states + 8 * (size + chunk));
    expect(predictTask(wide, 'single', 64).bytes).toBe(8 * states + 8 * (size + 64 * chunk));
    expect(predictTask(wide, 'double', 10_000).bytes).toBe(16 * states + 8 * (size + size));
  });

  it('have a key that every angle and the precision enter', () => {
    const { subcircuit, ends } = first();
    const key = tensorKey({ subcircuit, ends }, 'double');
    expect(tensorKey({ subcircuit: { ...subcircuit }, ends }, 'double')).toBe(key);
    expect(tensorKey({ subcircuit, ends }, 'single')).not.toBe(key);
    const gates = subcircuit.gates.map((gate, i) =>
      i === 0
        ? { ...gate, params: gate.params.map((angle) => angle + 1e-15 + 1e-15 * Math.abs(angle)) }
        : gate,
    );
    expect(tensorKey({ subcircuit: { ...subcircuit, gates }, ends }, 'double')).not.toBe(key);
  });
});

describe('evaluation', () => {
  it.each(['double', 'single'] as const)(
    'gives the tensors of the definition in %s precision',
    async (precision) => {
      await evaluateSubcircuits(testContext(), inputFor(testContext(), precision));
      for (const subcircuit of cut.subcircuits) {
        const { shape, type, values } = await readNpy(join(directory, 'tensors', `${subcircuit.index}.npy`));
        const ends = subcircuit.inputs.length + subcircuit.outputs.length;
        expect(shape).toEqual([...Array.from({ length: ends }, () => 4), 2 ** subcircuit.outcomes.length]);
        expect(type).toBe(precision === 'double' ? 'float64' : 'float32');
        const expected = referenceTensor(subcircuit);
        for (const [i, value] of expected.entries()) {
          expect(Math.abs((values[i] ?? Number.NaN) - value)).toBeLessThan(
            precision === 'double' ? 1e-13 : 1e-6,
          );
        }
      }
    },
  );

  it('goes on from the tensors that are there and still what they were', async () => {
    const input = inputFor(testContext());
    const all = await evaluateSubcircuits(testContext(), input);
    expect(all.evaluated).toBe(cut.subcircuits.length);
    const again = await evaluateSubcircuits(testContext(), input);
    expect(again).toMatchObject({ evaluated: 0, reused: cut.subcircuits.length, files: all.files });
    // One is damaged, one lost its registration, as after a kill between the two.
    const damaged = join(directory, 'tensors', '0.npy');
    const bytes = await readFile(damaged);
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
    await writeFile(damaged, bytes);
    await rm(join(directory, 'tensors', '1.json'));
    const repaired = await evaluateSubcircuits(testContext(), input);
    expect(repaired).toMatchObject({ evaluated: 2, files: all.files });
    // A tensor of another subcircuit under this name is not believed, for its registration says whose it is.
    await copyFile(join(directory, 'tensors', '1.json'), join(directory, 'tensors', '0.json'));
    await copyFile(join(directory, 'tensors', '1.npy'), join(directory, 'tensors', '0.npy'));
    expect((await evaluateSubcircuits(testContext(), input)).evaluated).toBe(1);
  });

  it('divides the subcircuits among ranks', async () => {
    const results = await onLocalRanks(3, (cluster) => {
      const context = testContext({}, cluster);
      return evaluateSubcircuits(context, inputFor(context));
    });
    expect(results[2]).toEqual(results[0]);
    expect(results[0]?.evaluated).toBe(cut.subcircuits.length);
    const files = (await readdir(join(directory, 'tensors'))).filter((name) => name.endsWith('.npy'));
    expect(files).toHaveLength(cut.subcircuits.length);
  });

  it('refuses before it starts where memory is short, with both figures', async () => {
    const context = testContext({ memory: 10 });
    await expect(evaluateSubcircuits(context, inputFor(context))).rejects.toMatchObject({
      code: 'memory',
      details: { available: 10 },
    });
    expect(existsSync(join(directory, 'tensors'))).toBe(false);
  });

  it('drives any evaluator, and keeps what it says of its errors', async () => {
    const context = testContext();
    const exact = exactEvaluator(cut, 'double', 1);
    const evaluator: Evaluator = {
      ...exact,
      key: (named) => `drawn ${exact.key(named)}`,
      evaluate: async (...task) => ({
        ...(await exact.evaluate(...task)),
        uncertainty: { data: 'sampled' as const },
      }),
    };
    const input = { ...inputFor(context), evaluator };
    expect((await evaluateSubcircuits(context, input)).evaluated).toBe(cut.subcircuits.length);
    const { store } = input;
    expect(await store.find('0')).toMatchObject({ uncertainty: { data: 'sampled' } });
    const uncertainties = await new FileTensors(context, directory).uncertainties(['0', '1', 'none']);
    expect(Object.keys(uncertainties)).toEqual(['0', '1']);
    // An answer from them must not pass for exact.
    expect(dataOf(tensorNetwork(cut, store, 'double', uncertainties).members)).toBe('sampled');
    expect(dataOf(tensorNetwork(cut, store, 'double').members)).toBe('exact');
    // Exact tensors have other keys: nothing is taken for something else.
    expect((await evaluateSubcircuits(context, inputFor(context))).reused).toBe(0);
    expect(await new FileTensors(context, directory).uncertainties(['0', '1'])).toEqual({});
  });

  it('goes to the memory of every rank as to files', async () => {
    const named = [
      ...namedSubcircuits(cut),
      ...cut.subcircuits.map((subcircuit) => ({
        name: `${subcircuit.index}.observed`,
        subcircuit: { ...subcircuit, outcomes: [] },
        strings: ['I'.repeat(subcircuit.width)],
      })),
    ];
    const files = { ...inputFor(testContext()), named };
    await evaluateSubcircuits(testContext(), files);
    const found = await onLocalRanks(2, async (cluster) => {
      const context = testContext({ threads: 1 }, cluster);
      const store = new MemoryTensors(context);
      const input = { ...files, store };
      expect(await evaluateSubcircuits(context, input)).toMatchObject({ files: {}, evaluated: named.length });
      expect((await evaluateSubcircuits(context, input)).reused).toBe(named.length);
      const values: number[][] = [];
      const { members } = tensorNetwork(cut, store, 'double');
      for (const { name, bonds, bits } of members.map((member, i) => ({ ...member, name: String(i) }))) {
        const size = 4 ** bonds.length;
        const handles = [
          await store.open(name, bonds, bits),
          await files.store.open(name, bonds, bits),
          ...(await store.openAll(`${name}.observed`, bonds, [])),
          ...(await files.store.openAll(`${name}.observed`, bonds, [])),
        ];
        expect(handles).toHaveLength(4);
        const [own, file, observed, fileObserved] = handles.map((handle, i) => [
          ...context.native.readTensor(handle, 0, i < 2 ? size * 2 ** bits.length : size),
        ]);
        expect(own).toEqual(file);
        expect(observed).toEqual(fileObserved);
        // The identity sums all outcomes.
        for (const [i, value] of (observed ?? []).entries()) {
          const row = (own ?? []).slice(i * 2 ** bits.length, (i + 1) * 2 ** bits.length);
          expect(value).toBeCloseTo(
            row.reduce((sum, each) => sum + each, 0),
            12,
          );
        }
        values.push(own ?? []);
      }
      return values;
    });
    expect(found[1]).toEqual(found[0]);
    const scarce = testContext({ memory: 100 });
    await expect(new MemoryTensors(scarce).prepare(101)).rejects.toMatchObject({ code: 'memory' });
  });

  it('stops when interrupted', async () => {
    const context = testContext({ signal: AbortSignal.abort() });
    await expect(evaluateSubcircuits(context, inputFor(context))).rejects.toMatchObject({
      code: 'cancelled',
    });
  });
});

/** Groups of three qubits with the same gates, each linked to the next by a cz; one of them may be different. */
async function repeated(groups: number, odd = -1): Promise<CutCircuit> {
  const gates = Array.from({ length: groups }, (_, group) => {
    const [a, b, c] = [3 * group, 3 * group + 1, 3 * group + 2];
    return [
      gateOf('ry', [a], 0.3),
      gateOf('cx', [a, b]),
      gateOf('ry', [c], group === odd ? 0.9 : 0.7),
      gateOf('cx', [b, c]),
      ...(group === 0 ? [] : [gateOf('cz', [a - 1, a])]),
      gateOf('h', [c]),
      gateOf('h', [a]),
    ];
  }).flat();
  const labels = Array.from({ length: 3 * groups }, (_, q) => Math.floor(q / 3)).join('');
  return (await cutCall(makeCircuit(3 * groups, gates), { labels })).cutCircuit;
}

function total(tasks: readonly EvaluateTask[]): number {
  return tasks.reduce((sum, { fileBytes }) => sum + fileBytes, 0);
}

function tensorBytes(folder: string, { name }: NamedSubcircuit): Promise<Buffer> {
  return readFile(join(folder, 'tensors', `${name}.npy`));
}

describe('pieces that are alike', () => {
  it('are one task, whose files are all counted', async () => {
    cut = await repeated(6);
    const tasks = distinctTasks(cut, 'double', 1);
    // The first and the last have one neighbour.
    expect(tasks.map(({ twins = [] }) => twins.length).sort((a, b) => a - b)).toEqual([0, 0, 3]);
    expect(total(tasks)).toBe(total(evaluateTasks(cut, 'double', 1)));
    expect(distinctTasks(await repeated(6, 2), 'double', 1).length).toBe(4);
  });

  it('are evaluated once, to the bits that each alone has, also where one of them was lost', async () => {
    cut = await repeated(6);
    const context = testContext();
    const alone = join(directory, 'alone');
    const exact = exactEvaluator(cut, 'double', context.threads);
    const each = { ...exact, tasks: () => evaluateTasks(cut, 'double', context.threads) };
    const named = namedSubcircuits(cut);
    await evaluateSubcircuits(context, { store: new FileTensors(context, alone), evaluator: each, named });
    const expected = await Promise.all(named.map((one) => tensorBytes(alone, one)));

    let calls = 0;
    const counted: Evaluator = {
      ...exact,
      evaluate: (...given) => {
        calls += 1;
        return exact.evaluate(...given);
      },
    };
    const once = { ...inputFor(context), evaluator: counted };
    expect(await evaluateSubcircuits(context, once)).toMatchObject({ evaluated: 6, reused: 0 });
    expect(calls).toBe(3);
    await rm(join(directory, 'tensors', '2.npy'));
    await writeFile(join(directory, 'tensors', '4.npy'), 'damaged');
    expect(await evaluateSubcircuits(context, once)).toMatchObject({ evaluated: 2, reused: 4 });
    expect(calls).toBe(4);
    expect(await Promise.all(named.map((one) => tensorBytes(directory, one)))).toEqual(expected);

    const memory = new MemoryTensors(context);
    await evaluateSubcircuits(context, { ...once, store: memory });
    expect(calls).toBe(7);
    for (const { name } of named)
      expect((await memory.find(name))?.key).toBe((await once.store.find(name))?.key);
  });
});
