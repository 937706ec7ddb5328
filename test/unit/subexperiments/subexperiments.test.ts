import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/circuit/random.js';
import type { CutCircuit, Subcircuit } from '../../../src/cut/model/cutCircuit.js';
import { buildCutCircuit } from '../../../src/cut/solution/buildCutCircuit.js';
import { bindSubcircuit, lowerSubcircuit } from '../../../src/evaluate/tasks.js';
import { subexperimentCircuit } from '../../../src/subexperiments/subexperimentCircuit.js';
import { cutEndsOf, settingNumbers, subexperimentCount } from '../../../src/subexperiments/subexperiments.js';
import { gather, scatter } from '../../../src/subexperiments/transform.js';
import { compute } from '../../../src/run/context.js';
import { testContext } from '../../support/context.js';
import { cutCases } from '../../support/cutCases.js';
import { subexperimentFrequencies } from '../../support/subexperimentReference.js';

const context = testContext();

async function tensorOf(cut: CutCircuit, subcircuit: Subcircuit, plain: boolean): Promise<Float64Array> {
  const program = lowerSubcircuit(bindSubcircuit(cut, subcircuit, plain));
  const { values } = await compute(context, (options) =>
    context.native.evaluateSubcircuit(program, { ...options, file: undefined, precision: 'double' }),
  );
  return values ?? new Float64Array();
}

describe('subexperiments', () => {
  it.each(cutCases)(
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

  it.each(cutCases)('of $name tell the tensor, whatever the weights', async ({ circuit, parts, joint }) => {
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
    const [first] = cutCases;
    if (first === undefined) throw new Error('there are cases');
    const cut = buildCutCircuit(first.circuit, first.parts, {});
    const ends = cutEndsOf(cut, cut.subcircuits[1]!);
    expect(settingNumbers(ends, 0)).toEqual([0, 0]);
    expect(settingNumbers(ends, 7)).toEqual([1, 1]);
  });
});
