import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Circuit } from '../../../../../src/circuit/circuit.js';
import type { CutCircuit } from '../../../../../src/cut/model/cutCircuit.js';
import { predictCost } from '../../../../../src/cut/model/costModel.js';
import { packPieces, type Packed } from '../../../../../src/cut/search/component/packing.js';
import { buildCutCircuit } from '../../../../../src/cut/solution/buildCutCircuit.js';
import { partitions } from '../../bruteForce.js';
import { ghz, randomCircuit, twoQubitGates } from '../../circuits.js';

const packed = (circuit: Circuit, parts: Packed['parts']): Packed => ({
  parts,
  cutCircuit: buildCutCircuit(circuit, parts),
});

/** Every way to unite the parts of a start. */
function unions(circuit: Circuit, parts: readonly number[]): Packed[] {
  const names = [...new Set(parts)];
  return [...partitions(names.length)].map((groups) =>
    packed(
      circuit,
      parts.map((part) => groups[names.indexOf(part)] ?? -1),
    ),
  );
}

const narrow =
  (maxWidth: number) =>
  ({ subcircuits }: CutCircuit): boolean =>
    subcircuits.every(({ width }) => width <= maxWidth);
/** A price that every union raises. */
const dearer = ({ subcircuits }: CutCircuit): number =>
  subcircuits.reduce((sum, { width }) => sum + 2 ** width, 0);
const seconds = (cut: CutCircuit): number => predictCost(cut).total;

describe('pieces packed together', () => {
  test('cost no more than before, are unions of them, and no two more of them fit for less', () => {
    fc.assert(
      fc.property(
        randomCircuit(6, 8).filter((circuit) => twoQubitGates(circuit).length > 1),
        fc.array(fc.nat(4), { minLength: 8, maxLength: 8 }),
        fc.integer({ min: 2, max: 6 }),
        (circuit, names, maxWidth) => {
          const parts = twoQubitGates(circuit).map((_, i) => names[i] ?? 0);
          const start = packed(circuit, parts);
          fc.pre(narrow(maxWidth)(start.cutCircuit));
          const found = packPieces(circuit, start, Infinity, seconds, narrow(maxWidth));
          const all = unions(circuit, parts).filter(({ cutCircuit }) => narrow(maxWidth)(cutCircuit));
          const same = all.find(
            ({ cutCircuit }) => JSON.stringify(cutCircuit) === JSON.stringify(found.cutCircuit),
          );
          expect(same).toBeDefined();
          const price = seconds(found.cutCircuit);
          expect(price).toBeLessThanOrEqual(seconds(start.cutCircuit));
          expect(price).toBeGreaterThanOrEqual(
            Math.min(...all.map(({ cutCircuit }) => seconds(cutCircuit))) * (1 - 1e-12),
          );
          const flat = found.parts.map((part) => (typeof part === 'number' ? part : -1));
          for (const next of unions(circuit, flat)) {
            const united = new Set(next.parts).size === new Set(flat).size - 1;
            const fewer = next.cutCircuit.subcircuits.length < found.cutCircuit.subcircuits.length;
            if (united && fewer && narrow(maxWidth)(next.cutCircuit)) {
              expect(seconds(next.cutCircuit)).toBeGreaterThanOrEqual(price * (1 - 1e-9));
            }
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  test('are united for any price while there are too many of them, and not beyond', () => {
    const chain = ghz(5);
    const start = packed(chain, [0, 1, 2, 3]);
    for (const most of [1, 2, 3, 4]) {
      const { cutCircuit } = packPieces(chain, start, most, dearer, () => true);
      expect(cutCircuit.subcircuits).toHaveLength(most);
    }
  });
});
