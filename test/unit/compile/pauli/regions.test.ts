import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countTwoQubitGates } from '../../../../src/circuit/circuitFacts.js';
import { rewriteRegions } from '../../../../src/compile/pauli/regions.js';
import { RegionMemory } from '../../../../src/compile/pauli/regionMemory.js';
import { gatesOf, sequenceOf } from '../../../../src/compile/pauli/gateSequence.js';
import { countPairs } from '../../../../src/compile/pauli/sequence.js';
import { distance, KINDS, pairsUsed, randomGates } from './randomGates.js';

describe('regions written anew', () => {
  for (const kind of Object.keys(KINDS)) {
    it(`are the same circuit, of fewer controlled Paulis: ${kind}`, async () => {
      let [gained, tried] = [0, 0];
      await fc.assert(
        fc.asyncProperty(
          fc.nat(),
          fc.integer({ min: 2, max: 6 }),
          fc.integer({ min: 0, max: 60 }),
          fc.constantFrom(2, 3, 6),
          fc.boolean(),
          async (seed, qubits, count, most, all) => {
            const gates = randomGates(seed, kind, qubits, count);
            const used = pairsUsed(gates);
            const mayShare = (a: number, b: number): boolean =>
              all || used.has(`${Math.min(a, b)},${Math.max(a, b)}`);
            const sequence = sequenceOf(qubits, gates);
            const lengths = [Infinity, 12, 5];
            const made = await rewriteRegions(sequence, {
              qubits: most,
              lengths,
              beam: 5,
              mayShare,
              memory: new RegionMemory(),
            });
            const written = gatesOf(made).gates;
            expect(distance(qubits, written, gates)).toBeLessThan(1e-20);
            expect(countPairs(made.operations)).toBeLessThanOrEqual(countPairs(sequence.operations));
            for (const pair of pairsUsed(written)) expect(all || used.has(pair)).toBe(true);
            tried += 1;
            if (countTwoQubitGates(written) < countPairs(sequence.operations)) gained += 1;
          },
        ),
        { numRuns: 60 },
      );
      // Most random circuits have something to gain.
      expect(gained).toBeGreaterThan(tried / 10);
    });
  }
});
