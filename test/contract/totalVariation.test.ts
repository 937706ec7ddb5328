/** How far a whole distribution that follows from estimates is said to be off, beside how far it is. */
import { expect, it } from 'vitest';
import { run } from '../../src/api/run.js';
import { generateCircuit } from '../../src/circuit/families/families.js';
import { required } from '../../src/error.js';
import { outcomeDistribution } from '../support/denseSimulator.js';

const SEEDS = 12;

function distance(found: ArrayLike<number>, truth: ArrayLike<number>): number {
  return Array.from(found).reduce((sum, value, i) => sum + Math.abs(value - (truth[i] ?? NaN)), 0) / 2;
}

it.each([
  ['few', 20_000],
  ['many', 2_000_000],
])('with %s shots it is off by as much, over seeds', async (_, shots) => {
  const circuit = generateCircuit('random', { qubits: 5, depth: 2, seed: 11 });
  const truth = outcomeDistribution(circuit);
  let [said, seen] = [0, 0];
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const { full } = await run(circuit, { maxWidth: 4, shots, seed, full: true });
    const off = required(full?.expectedTotalVariation ?? undefined, 'the distance');
    // All 32 outcomes are looked at.
    expect(off.standardError).toBe(0);
    said += off.value / SEEDS;
    seen += distance(required(full?.values, 'values'), truth) / SEEDS;
  }
  // The mean of 12 distances, each of which varies by a fifth.
  expect(said / seen).toBeGreaterThan(0.85);
  expect(said / seen).toBeLessThan(1.25);
});

it('what some outcomes say of all is what all say', async () => {
  const circuit = generateCircuit('random', { qubits: 9, depth: 3, seed: 2 });
  const strings = Array.from({ length: 512 }, (_, index) => index.toString(2).padStart(9, '0'));
  const { full, probability } = await run(circuit, {
    maxWidth: 7,
    shots: 1_000_000,
    seed: 3,
    full: true,
    probability: strings,
  });
  const { value, standardError } = required(full?.expectedTotalVariation ?? undefined, 'the distance');
  expect(standardError).toBeGreaterThan(0);
  const errors: Record<string, number> = Object(probability?.['standardError']);
  const sum = strings.reduce((all, bits) => all + (errors[bits] ?? NaN), 0);
  const whole = (Math.sqrt(2 / Math.PI) / 2) * sum;
  expect(Math.abs(value - whole)).toBeLessThan(4 * standardError);
  expect(standardError).toBeLessThan(0.2 * whole);
});

it('samples and moments say what the whole distribution does, and nothing where the data are exact', async () => {
  const circuit = generateCircuit('random', { qubits: 5, depth: 2, seed: 11 });
  const asked = { maxWidth: 4, seed: 1, full: true, samples: 10, moments: true };
  const estimated = await run(circuit, { ...asked, shots: 20_000 });
  const said = required(estimated.full?.expectedTotalVariation ?? undefined, 'the distance');
  expect(estimated.samples?.expectedTotalVariation).toEqual(said);
  expect(estimated.moments?.expectedTotalVariation).toEqual(said);
  const exact = await run(circuit, asked);
  expect(
    [exact.full, exact.samples, exact.moments].some((part) => 'expectedTotalVariation' in Object(part)),
  ).toBe(false);
});
