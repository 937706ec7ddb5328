/** Predictions for queries, against what the definitions of costs say in a case that can be done by hand. */
import { describe, expect, it } from 'vitest';
import { makeCircuit } from '../../../src/circuit/circuit.js';
import { buildCutCircuit } from '../../../src/cut/solution/buildCutCircuit.js';
import { evaluateTasks } from '../../../src/evaluate/tasks.js';
import { predictReconstruct, type ReconstructPrediction } from '../../../src/predict/predictReconstruct.js';
import { addPredictions, predictEvaluate, predictUncut } from '../../../src/predict/predictStages.js';
import type { Queries } from '../../../src/reconstruct/queries/registry.js';
import { evaluationSeconds } from '../../../src/run/resources/costs.js';
import { ratesFor } from '../../../src/run/resources/rates.js';
import { testContext } from '../../support/context.js';
import { gate, ghz } from '../cut/circuits.js';

const context = testContext();
const rates = ratesFor(context);
/** Six qubits in two subcircuits with one wire cut: 3 + 1 and 3 qubits. */
const cutCircuit = buildCutCircuit(ghz(6), [0, 0, [0, 1], 1, 1]);
const predict = (queries: Queries, ranks = 1): ReconstructPrediction =>
  predictReconstruct(context, cutCircuit, 'double', queries, { ranks, memory: 2 ** 32, rates });

const remarksOn = (device: string): readonly string[] =>
  predictReconstruct(testContext({ device }), cutCircuit, 'double', { full: true }).remarks;

describe('predictReconstruct', () => {
  it('counts the bytes of tensors, files and messages', () => {
    const bytes = cutCircuit.subcircuits.reduce(
      (sum, { inputs, outputs, gateEnds, outcomes }) =>
        sum + 8 * 4 ** (inputs.length + outputs.length + gateEnds.length) * 2 ** outcomes.length,
      0,
    );
    const alone = predict({ full: true });
    expect(alone.traffic).toEqual({ readBytes: bytes, messageBytes: 0, writeBytes: 2 ** 6 * 8 + 128 });
    expect(alone.diskBytes).toBe(2 ** 6 * 8 + 128);
    expect(predict({ top: 1 }, 4).traffic.readBytes).toBe(4 * bytes);
    const [one, ten] = [1, 10].map((top) => predict({ top }, 4).traffic.messageBytes);
    // Each of four ranks sends the outcomes that it found, 60 bytes each.
    expect((ten ?? 0) - (one ?? 0)).toBe(4 * 9 * 60);
  });

  it('adds up queries, and names each once', () => {
    const parts: Queries[] = [
      { full: true },
      { marginal: [0, 5] },
      { probability: ['000000', '111111'] },
      { bins: 2, depth: 3 },
      { samples: 7 },
      { expect: 'Z0 + X1' },
    ];
    const all = predict(Object.assign({}, ...parts));
    const each = parts.map((part) => predict(part));
    expect(all.seconds).toBeCloseTo(addPredictions(each).seconds, 12);
    expect(all.memoryBytes).toBe(addPredictions(each).memoryBytes);
    expect(all.explanation.map(({ query, times }) => [query, times])).toEqual([
      ['full', 1],
      ['marginal', 1],
      ['probability', 2],
      ['bins', 3],
      ['samples', 7],
      ['expect', 2],
    ]);
  });

  it('has what reads the whole distribution share one pass', () => {
    const { explanation, diskBytes } = predict({ full: true, top: 5, moments: true });
    expect(explanation.map(({ query, outcomeBits }) => [query, outcomeBits])).toEqual([['full', 6]]);
    expect(diskBytes).toBeGreaterThan(0);
    expect(predict({ top: 5, moments: true }).explanation.map(({ query }) => query)).toEqual(['moments']);
  });

  it('predicts the tensors in other bases that an expectation value needs', () => {
    const [z, x] = ['Z0', 'X0'].map((sum) => predict({ expect: sum }));
    const first = cutCircuit.subcircuits.find(({ wires }) => wires.includes(0));
    if (first === undefined || z === undefined || x === undefined)
      throw new Error('no subcircuit has qubit 0');
    const rotated = { ...first, gates: [...first.gates, gate('h', 0)] };
    const [task] = evaluateTasks(cutCircuit, 'double', context.threads, [{ name: 'x', subcircuit: rotated }]);
    if (task === undefined) throw new Error('there is no task');
    expect(z.diskBytes).toBe(0);
    expect(x.diskBytes).toBe(task.fileBytes);
    const evaluation = evaluationSeconds(task.shape, rates).compute + task.fileBytes / rates.disk;
    expect(x.seconds - z.seconds).toBeCloseTo(evaluation, 12);
  });

  it('says what a search may take where there are too many outcomes to stream', () => {
    const wide = buildCutCircuit(
      ghz(40),
      Array.from({ length: 39 }, (_, i) => (i < 20 ? 0 : 1)),
    );
    const { seconds, remarks, explanation } = predictReconstruct(context, wide, 'double', {
      top: 3,
      topWork: 1e9,
    });
    expect(seconds).toBeCloseTo(2, 12);
    expect(remarks).toEqual([expect.stringMatching(/at most 1000000000 multiply-adds/)]);
    expect(explanation).toEqual([]);
  });

  it('says that a device takes less than the processor that times are those of', () => {
    expect(remarksOn('cpu')).toEqual([]);
    expect(remarksOn('cuda:1')).toEqual(['times are those of the processor; cuda:1 takes less']);
  });

  it('refuses what the circuit cannot be asked', () => {
    expect(() => predict({ marginal: [6] })).toThrow(/no outcome bit 6/);
  });
});

describe('predictions of stages', () => {
  it('add times and files, and take the largest memory', () => {
    const parts = [
      { seconds: 1, memoryBytes: 10, diskBytes: 3 },
      { seconds: 2, memoryBytes: 7, diskBytes: 4 },
    ];
    expect(addPredictions(parts)).toEqual({ seconds: 3, memoryBytes: 10, diskBytes: 7 });
  });

  it('of evaluating: the longest task, or an even share, and all files', () => {
    const tasks = evaluateTasks(cutCircuit, 'double', context.threads);
    const seconds = tasks.map(({ shape }) => evaluationSeconds(shape, rates).compute);
    const files = tasks.reduce((sum, { fileBytes }) => sum + fileBytes, 0);
    const found = predictEvaluate(context, cutCircuit, 'double');
    expect(found.diskBytes).toBe(files);
    expect(found.seconds).toBeCloseTo(seconds.reduce((sum, s) => sum + s, 0) + files / rates.disk, 12);
  });

  it('of the uncut simulation: qubits that carry gates or outcomes alone', () => {
    const idle = makeCircuit(8, [gate('h', 0), gate('cx', 0, 1)]);
    const cut = buildCutCircuit(idle, [0]);
    const small = makeCircuit(2, [gate('h', 0), gate('cx', 0, 1)]);
    expect(predictUncut(context, idle, cut)).toEqual(
      predictUncut(context, small, buildCutCircuit(small, [0])),
    );
  });
});
