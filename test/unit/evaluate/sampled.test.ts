import { expect, it } from 'vitest';
import { buildCutCircuit } from '../../../src/cut/solution/buildCutCircuit.js';
import { required } from '../../../src/error.js';
import { ExactTensors, sampledEvaluator } from '../../../src/evaluate/sampled.js';
import { namedSubcircuits } from '../../../src/evaluate/tasks.js';
import type { Counts } from '../../../src/run/tensors/counts.js';
import { cutEndsOf, subexperimentCount } from '../../../src/subexperiments/subexperiments.js';
import { testContext } from '../../support/context.js';
import { cutCases } from '../../support/cutCases.js';

const plain = testContext();
const { circuit, parts } = required(cutCases[1], 'a case');
const cut = buildCutCircuit(circuit, parts, {});

/** Counts after each of two rounds, and how many tensors were evaluated for these. */
async function drawn(bytes: number): Promise<{ counts: Counts[]; evaluated: number }> {
  let evaluated = 0;
  const native = new Proxy(plain.native, {
    get(target, key, receiver) {
      if (key === 'evaluateSubcircuit') evaluated += 1;
      return Reflect.get(target, key, receiver);
    },
  });
  const exact = new ExactTensors(bytes);
  const counts: Counts[] = [];
  const round = new Map(
    namedSubcircuits(cut).map(({ name, subcircuit }) => [
      name,
      new Float64Array(subexperimentCount(cutEndsOf(cut, subcircuit))).fill(30),
    ]),
  );
  for (const rounds of [[round], [round, round]]) {
    const evaluator = sampledEvaluator(cut, 'double', 1, { seed: 4, identity: 'rounds', rounds }, exact);
    for (const named of namedSubcircuits(cut)) {
      const made = await evaluator.evaluate({ ...plain, native }, named, undefined, () => {});
      counts.push(required(made.counts, 'counts'));
    }
  }
  return { counts, evaluated };
}

it('draws what it would without keeping exact tensors, which are evaluated once where they have room', async () => {
  const [roomy, tight] = [await drawn(2 ** 20), await drawn(10)];
  expect(roomy.counts).toEqual(tight.counts);
  expect(roomy.evaluated).toBe(cut.subcircuits.length);
  expect(tight.evaluated).toBe(2 * cut.subcircuits.length);
});
