import { expect, test } from 'vitest';
import { generateCircuit } from '../../../src/circuit/families/families.js';
import type { Circuit } from '../../../src/circuit/circuit.js';
import { solveCuts } from '../../../src/predict/solveCuts.js';
import { predictEvaluate } from '../../../src/predict/predictStages.js';
import { predictReconstruct } from '../../../src/predict/predictReconstruct.js';
import type { CutChoices } from '../../../src/predict/cutChoices.js';
import { isUnfit, withRemedy } from '../../../src/predict/whatFits.js';
import type { Queries } from '../../../src/reconstruct/queries/registry.js';
import { testContext } from '../../support/context.js';

const queries: Queries = { top: 1 };

/** The message where these choices do not fit so much memory. */
async function message(circuit: Circuit, choices: CutChoices, memory: number): Promise<string> {
  const context = testContext({ memory });
  const { cutCircuit } = await solveCuts(circuit, context, choices);
  try {
    predictReconstruct(context, cutCircuit, 'double', queries);
  } catch (error) {
    if (!isUnfit(error)) throw error;
    const told = await withRemedy(context, error, { circuit, choices, queries, precision: 'double' });
    expect(isUnfit(told)).toBe(false);
    return told.message;
  }
  throw new Error('it fits');
}

const fourier = generateCircuit('qft', { qubits: 14 });

test('where the whole circuit fits, its width is named', async () => {
  expect(await message(fourier, { maxWidth: 7, timeLimit: 2 }, 2 ** 20)).toMatch(
    /are available; maxWidth 14 cuts nothing and takes \d+ KiB$/,
  );
});

test('other cuts are named where they were found, and those options do find them', async () => {
  const chain = generateCircuit('hwea', { qubits: 16, depth: 1, seed: 1 });
  // Three qubits a part make many bonds between many tensors; two cuts are enough.
  const labels = '0101010101010101';
  const memory = 2 ** 17;
  const told = await message(chain, { labels }, memory);
  const [, bytes] = /; maxMemory (\d+) finds cuts that fit$/.exec(told) ?? [];
  const context = testContext({ memory });
  const { cutCircuit } = await solveCuts(chain, context, { maxMemory: Number(bytes), timeLimit: 2 });
  expect(predictEvaluate(context, cutCircuit, 'double').memoryBytes).toBeLessThanOrEqual(memory);
  expect(predictReconstruct(context, cutCircuit, 'double', queries).memoryBytes).toBeLessThanOrEqual(memory);
});

test('where nothing is found, that is said', async () => {
  expect(await message(fourier, { maxWidth: 7, timeLimit: 2 }, 2 ** 15)).toMatch(
    /; no cuts that fit were found, and the whole circuit takes 384 KiB$/,
  );
});
