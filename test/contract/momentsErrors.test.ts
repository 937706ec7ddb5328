/** Error bars of entropy and collision probability of estimates. */
import { describe, expect, it } from 'vitest';
import { cut } from '../../src/api/cut.js';
import { evaluate } from '../../src/api/evaluate.js';
import { reconstruct } from '../../src/api/reconstruct.js';
import { run } from '../../src/api/run.js';
import { generateCircuit } from '../../src/circuit/families/families.js';
import { writeQasm } from '../../src/circuit/qasm/writeQasm.js';
import { required } from '../../src/error.js';
import { outcomeDistribution } from '../support/denseSimulator.js';

const SEEDS = 40;
const KINDS = ['entropy', 'collision'] as const;

const cases = [
  { family: 'random', options: { qubits: 5, depth: 2, seed: 11 }, maxWidth: 4 },
  { family: 'ghz', options: { qubits: 5 }, maxWidth: 3 },
] as const;

describe('errors of moments', () => {
  it.each(cases)('of $family hold the exact values, and shot noise moves them as is said', async (one) => {
    const circuit = generateCircuit(one.family, one.options);
    const truth = [...outcomeDistribution(circuit)];
    const exact = {
      entropy: truth.reduce((sum, q) => sum - (q > 0 ? q * Math.log(q) : 0), 0),
      collision: truth.reduce((sum, q) => sum + q * q, 0),
    };
    const made = await cut({ text: writeQasm(circuit, 2) }, { maxWidth: one.maxWidth, seed: 1 });
    const source = { run: required(made.run, 'a run') };
    for (const shotsEach of [100, 2000]) {
      const inside = { entropy: 0, collision: 0 };
      let [moved, said, spread] = [0, 0, 0];
      for (let seed = 1; seed <= SEEDS; seed += 1) {
        await evaluate(source, { shotsEach, seed, force: true });
        const { moments } = await reconstruct(source, { moments: true });
        const found = required(moments, 'an answer');
        for (const kind of KINDS) {
          const [low, high] = required(found.interval?.[kind] ?? undefined, 'an interval');
          inside[kind] += Number(low <= exact[kind] + 1e-12 && exact[kind] <= high + 1e-12);
        }
        const error = found.collision - exact.collision;
        moved += error / SEEDS;
        spread += error ** 2 / SEEDS;
        said += required(found.bias?.collision ?? undefined, 'a bias') / SEEDS;
      }
      // Of 40 that hold in 95 of 100 cases, fewer than 33 are one in 3000.
      for (const kind of KINDS) expect(inside[kind]).toBeGreaterThanOrEqual(33);
      expect(Math.abs(moved - said)).toBeLessThan(4 * Math.sqrt(spread / SEEDS) + said / 2);
    }
  });

  it('are not known for many outcomes, for repaired ones, and where data are exact', async () => {
    const asked = { maxWidth: 7, shots: 100_000, seed: 1, moments: true } as const;
    const wide = await run(generateCircuit('random', { qubits: 9, depth: 1, seed: 2 }), asked);
    expect(wide.moments?.standardError).toEqual({ entropy: null, collision: null });
    const small = generateCircuit('random', { qubits: 5, depth: 2, seed: 11 });
    const repaired = await run(small, { ...asked, maxWidth: 4, repair: 'mlft' });
    expect(repaired.moments?.interval).toEqual({ entropy: null, collision: null });
    const exact = await run(small, { maxWidth: 4, moments: true });
    expect(exact.moments).not.toHaveProperty('standardError');
  });
});
