import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildCutGraph, partOfEnd } from '../../../../../src/cut/model/cutGraph.js';
import { networkParts, wholeParts } from '../../../../../src/cut/search/modes/uncutParts.js';
import { buildCutCircuit } from '../../../../../src/cut/solution/buildCutCircuit.js';
import { checkCutCircuit } from '../../../../../src/cut/solution/checker.js';
import { cxCircuit, ghz, randomCircuit } from '../../circuits.js';

describe('a circuit as the tensors of its network', () => {
  test('is the whole circuit, in tensors no larger than that of a gate on four wires', () => {
    fc.assert(
      fc.property(randomCircuit(6, 30), (circuit) => {
        const parts = networkParts(circuit);
        const cut = buildCutCircuit(circuit, parts);
        checkCutCircuit(circuit, cut);
        // Gates are whole: only wires are bonds.
        expect(cut.cuts.every(({ kind }) => kind === 'wire')).toBe(true);
        for (const { inputs, outputs, outcomes } of cut.subcircuits) {
          expect(2 * (inputs.length + outputs.length) + outcomes.length).toBeLessThanOrEqual(8);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('has no two neighbours that one small tensor would hold', () => {
    fc.assert(
      fc.property(randomCircuit(6, 30), (circuit) => {
        const parts = networkParts(circuit);
        const graph = buildCutGraph(circuit);
        const bits = (inside: ReadonlySet<number>): number => {
          const isIn = (end: number): boolean => inside.has(partOfEnd(parts[end >> 1] ?? -1, 0));
          const wires = graph.wireEdges.filter(({ from, to }) => isIn(from) !== isIn(to)).length;
          const last = graph.wires.flatMap((wire) => wire.slice(-1)).filter(isIn).length;
          return 2 * wires + last;
        };
        for (const { from, to } of graph.wireEdges) {
          const [a, b] = [parts[from >> 1] ?? -1, parts[to >> 1] ?? -1];
          const together = new Set([a, b]);
          if (a !== b) expect(bits(together)).toBeGreaterThan(8);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('is one tensor where all of it is small, and takes 20,000 gates at once', () => {
    expect(new Set(networkParts(ghz(4))).size).toBe(1);
    const pairs = Array.from({ length: 20_000 }, (_, i): [number, number] => [i % 99, (i % 99) + 1]);
    const parts = networkParts(cxCircuit(100, pairs));
    expect(parts).toHaveLength(20_000);
    expect(new Set(parts).size).toBeGreaterThan(1000);
  });
});

describe('a circuit left whole', () => {
  test('has a part for each of its connected parts', () => {
    const two = cxCircuit(5, [
      [0, 1],
      [3, 4],
      [1, 2],
      [4, 3],
    ]);
    const cut = buildCutCircuit(two, wholeParts(two));
    expect(cut.cuts).toEqual([]);
    expect(cut.subcircuits.map(({ width }) => width)).toEqual([3, 2]);
  });
});
