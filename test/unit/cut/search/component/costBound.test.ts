import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEFAULT_COSTS, predictCost } from '../../../../../src/cut/model/costModel.js';
import { buildCutGraph } from '../../../../../src/cut/model/cutGraph.js';
import { costLowerBound } from '../../../../../src/cut/search/component/costBound.js';
import { leastParts } from '../../../../../src/cut/search/exact/bounds.js';
import { gateWeights } from '../../../../../src/cut/search/problem/cutProblem.js';
import { wireProblem } from '../../../../../src/cut/search/problem/wireProblem.js';
import { allCuts } from '../../bruteForce.js';
import { randomCircuit, twoQubitGates } from '../../circuits.js';

test('no cuts of wires that keep to the width cost less, whichever of them the bound is asked for', () => {
  let bounded = 0;
  fc.assert(
    fc.property(
      randomCircuit(5, 9).filter((circuit) => {
        const gates = twoQubitGates(circuit).length;
        return gates > 1 && gates <= 6 && buildCutGraph(circuit).components === 1;
      }),
      fc.integer({ min: 2, max: 4 }),
      fc.constantFrom(undefined, 1, 3, 500),
      (circuit, maxWidth, terms) => {
        const graph = buildCutGraph(circuit);
        const problem = wireProblem(
          graph,
          graph.component[twoQubitGates(circuit)[0]?.qubits[0] ?? 0] ?? 0,
          gateWeights(circuit, graph),
        );
        const fewest = leastParts(problem, maxWidth);
        fc.pre(fewest > 1);
        const all = [...allCuts(circuit, true)].filter(({ subcircuits }) =>
          subcircuits.every(({ width }) => width <= maxWidth),
        );
        fc.pre(all.length > 0);
        const bonds = Math.min(...all.map(({ cuts }) => cuts.length));
        const costs = { ...DEFAULT_COSTS, terms };
        const least = Math.min(...all.map((cut) => predictCost(cut, costs).total));
        for (const cut of all) {
          const wide = [{ problem, leastParts: fewest }];
          const bound = costLowerBound(cut, wide, bonds, costs);
          expect(bound).toBeGreaterThan(0);
          expect(bound).toBeLessThanOrEqual(least * (1 + 1e-12));
          // Fewer bonds that are proven bound no better.
          expect(costLowerBound(cut, wide, 0, costs)).toBeLessThanOrEqual(bound);
        }
        bounded += 1;
      },
    ),
    { numRuns: 60 },
  );
  expect(bounded).toBeGreaterThan(20);
});
