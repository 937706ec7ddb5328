import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildCutCircuit } from '../../../src/cut/solution/buildCutCircuit.js';
import { planContraction } from '../../../src/reconstruct/plan/contractionPlan.js';
import { predictPlan } from '../../../src/reconstruct/plan/predictPlan.js';
import { DEFAULT_COSTS, predictCost, predictShapes, shapesOf } from '../../../src/cut/model/costModel.js';
import { partitionCost } from '../../../src/cut/search/component/improveCost.js';
import { buildCutGraph } from '../../../src/cut/model/cutGraph.js';
import { cutsFile, readCutsFile } from '../../../src/cut/solution/cutsFile.js';
import { readManualCuts } from '../../../src/cut/search/modes/manualCuts.js';
import { widestWidth } from '../../../src/circuit/simulationMemory.js';
import { cutSummary } from '../../../src/cut/solution/summary.js';
import { gateWeights } from '../../../src/cut/search/problem/cutProblem.js';
import { nodesOfGates } from './bruteForce.js';
import { wireProblem } from '../../../src/cut/search/problem/wireProblem.js';
import { ghz, randomCircuit, reentrant3 } from './circuits.js';

const parts = [0, 0, 1, 0];
const cutCircuit = buildCutCircuit(reentrant3, parts);
const quality = {
  objective: 'sampling',
  value: 16 ** 4,
  lowerBound: 256,
  proven: false,
  seconds: 0.5,
} as const;

describe('cutSummary', () => {
  test('has the keys of cut --json', () => {
    expect(cutSummary(cutCircuit, quality)).toEqual({
      width: 5,
      qubits: 3,
      subcircuits: [
        { index: 0, width: 5, outcomeBits: 3, outputQubits: 3, gates: 11 },
        { index: 1, width: 2, outcomeBits: 0, outputQubits: 0, gates: 2 },
      ],
      wireCuts: 4,
      gateCuts: 0,
      samplingOverhead: 65536,
      gamma: 256,
      gammaJoint: 256,
      objective: 'sampling',
      value: 65536,
      lowerBound: 256,
      bonds: 4,
      proven: false,
      seconds: 0.5,
    });
  });
});

describe('cuts.json', () => {
  test('comes back as it was written, and is a manual cuts file too', () => {
    const text = cutsFile({ parts, quality, cutCircuit });
    expect(readCutsFile(text, 'cuts.json')).toEqual({ parts, quality, cutCircuit });
    expect(readManualCuts(text, 'cuts.json', reentrant3).parts).toEqual(parts);
    const endless = { ...quality, value: Infinity };
    expect(readCutsFile(cutsFile({ parts, quality: endless, cutCircuit }), 'cuts.json').quality).toEqual(
      endless,
    );
  });

  test('names the place that is wrong', () => {
    const text = cutsFile({ parts, quality, cutCircuit });
    expect(() => readCutsFile('{', 'd/cuts.json')).toThrow(/^d\/cuts\.json: not JSON/);
    expect(() => readCutsFile(text.replace('"width":5', '"width":"5"'), 'd/cuts.json')).toThrow(
      /^d\/cuts\.json: cutCircuit\.subcircuits\.0\.width has to be/,
    );
    expect(() => readCutsFile(text.replace('"version":2', '"version":1'), 'd/cuts.json')).toThrow(/version/);
  });
});

describe('the cost model', () => {
  const free = {
    value: 0,
    entropy: 0,
    multiplyAdd: 0,
    memory: Infinity,
    disk: Infinity,
    call: 0,
    latency: 0,
    link: 1,
  };
  const unit = { ...free, amplitude: 1, addition: 0, task: 0, outcomeBits: 30 };
  const shape = { gates: 7, width: 3, inputs: 1, outputs: 2, outcomes: 1 };

  test('prices the isometry, the change of basis and the output', () => {
    expect(predictShapes([shape], [], unit).evaluate).toBe(2 * 7 * 8);
    expect(predictShapes([shape], [], { ...unit, amplitude: 0, addition: 1 }).evaluate).toBe(2 * 4 ** 3 * 3);
    expect(predictShapes([shape], [], { ...unit, value: 1 }).reconstruct).toBe(2);
    expect(predictShapes([shape], [], { ...unit, outcomeBits: 0, value: 1 }).reconstruct).toBe(1);
    // The tensor of 2 * 4^3 values goes to disk, and is read and rearranged before it is contracted.
    const stored = predictShapes([shape], [], {
      ...unit,
      amplitude: 0,
      disk: 8,
      memory: 8,
      task: 5,
      call: 7,
    });
    expect(stored).toMatchObject({ evaluate: 5 + 128, store: 128, reconstruct: 3 * 128 + 7 });
  });

  test('prices the best order of contractions', () => {
    const ends = { gates: 0, width: 0, inputs: 0, outputs: 0 };
    const products = { ...unit, amplitude: 0, multiplyAdd: 1 };
    // A chain a - b - c: (ab) c costs 2^(1+2) 4^2 + 2^(1+2+5) 4, a (bc) costs 2^(2+5) 4^2 + 2^8 4.
    const chain = [1, 2, 5].map((outcomes) => ({ ...ends, outcomes }));
    const bonds = [
      [0, 1],
      [1, 2],
    ] as const;
    expect(predictShapes(chain, bonds, products).reconstruct).toBe(8 * 16 + 256 * 4);
    // Eight tensors are ordered greedily: the same chain with five scalars beside it costs only more products of 1.
    const longer = [...chain, ...Array.from({ length: 5 }, () => ({ ...ends, outcomes: 0 }))];
    expect(predictShapes(longer, bonds, products).reconstruct).toBeLessThanOrEqual(
      8 * 16 + 256 * 4 + 5 * 256,
    );
  });

  test('prices two subcircuits as the planner of contractions does', () => {
    fc.assert(
      fc.property(
        fc.nat(6),
        fc.nat(6),
        fc.integer({ min: 0, max: 5 }),
        fc.double({ min: 0.1, max: 10, noNaN: true }),
        (a, b, cuts, scale) => {
          const rates = { ...DEFAULT_COSTS, memory: DEFAULT_COSTS.memory * scale };
          const bonds = Array.from({ length: cuts }, (_, i) => i);
          const shapes = [a, b].map((outcomes) => ({
            gates: 1,
            width: 1,
            inputs: 0,
            outputs: cuts,
            outcomes,
          }));
          const bits = Array.from({ length: a + b }, (_, i) => i);
          const members = [bits.slice(0, a), bits.slice(a)].map((own) => ({ bonds, bits: own }));
          const plan = planContraction(members, bits, Infinity, () => 4);
          const tensorBytes = 8 * (2 ** a + 2 ** b) * 4 ** cuts;
          const planned = predictPlan(
            plan,
            { rankSliceBits: 0, sliceBytes: 0, bytes: 0, tensorBytes },
            rates,
            1,
          );
          const pairs = bonds.map(() => [0, 1] as const);
          expect(predictShapes(shapes, pairs, rates).reconstruct / planned.seconds).toBeCloseTo(1, 9);
        },
      ),
    );
  });

  test('prices a partition as the subcircuits that it gives', () => {
    fc.assert(
      fc.property(
        randomCircuit(6, 14).filter((circuit) => buildCutGraph(circuit).components === 1),
        fc.array(fc.nat(2), { minLength: 14, maxLength: 14 }),
        (circuit, pool) => {
          const graph = buildCutGraph(circuit);
          const problem = wireProblem(graph, 0, gateWeights(circuit, graph));
          const part = Int32Array.from({ length: problem.nodes }, (_, node) => pool[node] ?? 0);
          const built = buildCutCircuit(
            circuit,
            nodesOfGates(problem).map((node) => part[node] ?? 0),
          );
          const expected = predictCost(built).total;
          expect(Math.abs(partitionCost(problem, part, DEFAULT_COSTS) / expected - 1)).toBeLessThan(1e-12);
        },
      ),
    );
  });

  test('shapes are those of the subcircuits', () => {
    expect(shapesOf(buildCutCircuit(ghz(4), [0, 0, 1]))).toEqual([
      { gates: 3, width: 3, inputs: 0, outputs: 1, outcomes: 2 },
      { gates: 1, width: 2, inputs: 1, outputs: 0, outcomes: 2 },
    ]);
  });
});

describe('widestWidth', () => {
  test('is the widest state that fits with its probabilities', () => {
    expect(widestWidth(24 * 2 ** 20)).toBe(20);
    expect(widestWidth(24 * 2 ** 20 - 1)).toBe(19);
    expect(widestWidth(0)).toBe(1);
  });
});
