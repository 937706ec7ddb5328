import { describe, expect, it } from 'vitest';
import { makeCircuit, type Circuit } from '../../../src/circuit/circuit.js';
import { gateOf } from '../../../src/circuit/gates.js';
import { Random } from '../../../src/circuit/random.js';
import type { GatePart } from '../../../src/cut/model/cutGraph.js';
import type { CutCircuit, Subcircuit } from '../../../src/cut/model/cutCircuit.js';
import { buildCutCircuit } from '../../../src/cut/solution/buildCutCircuit.js';
import { bindSubcircuit, lowerSubcircuit } from '../../../src/evaluate/tasks.js';
import { subexperimentCircuit } from '../../../src/subexperiments/subexperimentCircuit.js';
import { cutEndsOf, settingNumbers, subexperimentCount } from '../../../src/subexperiments/subexperiments.js';
import { gather, scatter } from '../../../src/subexperiments/transform.js';
import { compute } from '../../../src/run/context.js';
import { testContext } from '../../support/context.js';
import { subexperimentFrequencies } from '../../support/subexperimentReference.js';

const context = testContext();

async function tensorOf(cut: CutCircuit, subcircuit: Subcircuit, plain: boolean): Promise<Float64Array> {
  const program = lowerSubcircuit(bindSubcircuit(cut, subcircuit, plain));
  const { values } = await compute(context, (options) =>
    context.native.evaluateSubcircuit(program, { ...options, file: undefined, precision: 'double' }),
  );
  return values ?? new Float64Array();
}

/** Four qubits, turned and entangled at either side of the gates that are cut, so that nothing is 0 by symmetry. */
function around(gates: Circuit['gates'], seed: number): Circuit {
  const random = new Random(seed);
  const turns = (): Circuit['gates'] =>
    [0, 1, 2, 3].map((qubit) => gateOf('u3', [qubit], random.angle(), random.angle(), random.angle()));
  const inside = [gateOf('cx', [0, 1]), gateOf('cx', [3, 2])];
  return makeCircuit(4, [...turns(), ...inside, ...gates, ...turns(), ...inside, ...turns()]);
}

const twoSides: readonly GatePart[] = [0, 1];
const cases: readonly {
  name: string;
  circuit: Circuit;
  parts: readonly GatePart[];
  joint?: boolean;
  counts: number[];
}[] = [
  {
    name: 'a cut wire',
    circuit: around([gateOf('cx', [1, 2])], 1),
    parts: [0, 1, 1, 1, 1],
    counts: [3 ** 2, 6 ** 2],
  },
  {
    name: 'a cut cx',
    circuit: around([gateOf('cx', [1, 2])], 2),
    parts: [...twoSides, [0, 1], ...twoSides],
    counts: [5, 5],
  },
  {
    name: 'a weak cut rotation',
    circuit: around([gateOf('rzz', [1, 2], 1e-5)], 3),
    parts: [...twoSides, [0, 1], ...twoSides],
    counts: [5, 5],
  },
  {
    name: 'a cut swap',
    circuit: around([gateOf('swap', [1, 2])], 4),
    parts: [...twoSides, [0, 1], ...twoSides],
    counts: [22, 22],
  },
  {
    name: 'a general cut gate, first end in the second part',
    circuit: around([gateOf('rxx', [2, 1], 0.3), gateOf('ryy', [2, 1], 0.5), gateOf('rzz', [2, 1], 0.9)], 5),
    parts: [...twoSides, [1, 0], [1, 0], [1, 0], ...twoSides],
    counts: [22, 22],
  },
  {
    name: 'gates cut together, their control in the first part',
    circuit: around([gateOf('cx', [1, 2]), gateOf('cp', [1, 3], 0.7), gateOf('cx', [1, 2])], 6),
    parts: [...twoSides, [0, 1], [0, 1], [0, 1], ...twoSides],
    joint: true,
    counts: [5, 4],
  },
];

describe('subexperiments', () => {
  it.each(cases)(
    'of $name have the frequencies that their circuits have',
    async ({ circuit, parts, joint, counts }) => {
      const cut = buildCutCircuit(circuit, parts, { joint: joint ?? false });
      expect(cut.subcircuits.map((one) => subexperimentCount(cutEndsOf(cut, one)))).toEqual(counts);
      for (const subcircuit of cut.subcircuits) {
        const ends = cutEndsOf(cut, subcircuit);
        const transforms = ends.map(({ table }) => ({ matrix: table.effects, rows: table.rows }));
        const tensor = await tensorOf(cut, subcircuit, true);
        let seen = 0;
        for (const { subexperiment, frequencies } of scatter(
          tensor,
          transforms,
          2 ** subcircuit.outcomes.length,
        )) {
          expect(subexperiment).toBe(seen);
          seen += 1;
          const expected = subexperimentFrequencies(subexperimentCircuit(subcircuit, ends, subexperiment));
          expect(frequencies.length).toBe(expected.length);
          expected.forEach((value, i) => expect(frequencies[i]).toBeCloseTo(value, 12));
        }
        expect(seen).toBe(subexperimentCount(ends));
      }
    },
  );

  it.each(cases)('of $name tell the tensor, whatever the weights', async ({ circuit, parts, joint }) => {
    const cut = buildCutCircuit(circuit, parts, { joint: joint ?? false });
    const random = new Random(7);
    for (const subcircuit of cut.subcircuits) {
      const ends = cutEndsOf(cut, subcircuit);
      const transforms = ends.map(({ table: { settings, rows, dual } }) => ({
        matrix: dual(settings.map(() => 0.2 + random.next())),
        rows,
      }));
      const told = gather(
        (subexperiment) => subexperimentFrequencies(subexperimentCircuit(subcircuit, ends, subexperiment)),
        transforms,
        2 ** subcircuit.outcomes.length,
      );
      const expected = await tensorOf(cut, subcircuit, false);
      expect(told.length).toBe(expected.length);
      expected.forEach((value, i) => expect(told[i]).toBeCloseTo(value, 12));
    }
  });

  it('are numbered with the setting of the first end as the highest digit', () => {
    const cut = buildCutCircuit(cases[0]!.circuit, cases[0]!.parts, {});
    const ends = cutEndsOf(cut, cut.subcircuits[1]!);
    expect(settingNumbers(ends, 0)).toEqual([0, 0]);
    expect(settingNumbers(ends, 7)).toEqual([1, 1]);
  });
});
