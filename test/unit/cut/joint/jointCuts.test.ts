import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeCircuit, type Circuit, type Gate } from '../../../../src/circuit/circuit.js';
import { gateOf } from '../../../../src/circuit/gates.js';
import { buildCutCircuit } from '../../../../src/cut/solution/buildCutCircuit.js';
import { checkCutCircuit } from '../../../../src/cut/solution/checker.js';
import type { CutCircuit } from '../../../../src/cut/model/cutCircuit.js';
import type { GatePart } from '../../../../src/cut/model/cutGraph.js';
import { jointGamma } from '../../../../src/cut/joint/jointGamma.js';
import { findJointCuts } from '../../../../src/cut/search/modes/jointSearch.js';
import { totalGamma } from '../../../../src/cut/model/overhead.js';
import { leastCover } from '../../../../src/cut/joint/sharedBonds.js';
import { requireOrSkip } from '../../../support/requirements.js';
import { leastOfEnds } from '../bruteForce.js';
import { sharedCircuit, twoQubitGates } from '../circuits.js';
import { COUNTED } from '../../../support/budget.js';

/** All gates between the first `left` qubits and the others are cut. */
function splitParts(circuit: Circuit, left: number): GatePart[] {
  return twoQubitGates(circuit).map(({ qubits: [a = 0, b = 0] }): GatePart => {
    const [x, y] = [Number(a >= left), Number(b >= left)];
    return x === y ? x : [x, y];
  });
}

function split(qubits: number, left: number, gates: readonly Gate[]): CutCircuit {
  const circuit = makeCircuit(qubits, gates);
  const cut = buildCutCircuit(circuit, splitParts(circuit, left), { joint: true });
  checkCutCircuit(circuit, cut);
  return cut;
}

function bonds(cut: CutCircuit): number {
  return cut.cuts.reduce((sum, each) => sum + each.bonds.length, 0);
}

const cx = (a: number, b: number): Gate => gateOf('cx', [a, b]);

function chain(from: number, to: number): Gate[] {
  return Array.from({ length: to - from - 1 }, (_, i) => cx(from + i, from + i + 1));
}

/** Gates between chains that join the qubits of either side: one before, one after. */
function joined(qubits: number, left: number, gates: readonly Gate[]): Gate[] {
  return [...chain(0, left), ...gates, ...chain(left, qubits)];
}

/** Random circuits of gates with controls: many share one. */
const controlCircuit = (maxQubits: number, maxGates: number): fc.Arbitrary<Circuit> =>
  fc.integer({ min: 2, max: maxQubits }).chain((qubits) => {
    const qubit = fc.nat(qubits - 1);
    const theta = fc.double({ min: 0.2, max: 3, noNaN: true });
    const one = fc.tuple(fc.constantFrom('h', 'ry', 'rz', 't'), qubit, theta);
    const two = fc.tuple(
      fc.constantFrom('cx', 'cz', 'cp', 'rzz', 'swap'),
      qubit,
      fc.integer({ min: 1, max: qubits - 1 }),
      theta,
    );
    const gate = fc.oneof(
      {
        weight: 1,
        arbitrary: one.map(([name, q, t]) => gateOf(name, [q], ...(name.startsWith('r') ? [t] : []))),
      },
      {
        weight: 3,
        arbitrary: two.map(([name, a, step, t]) =>
          gateOf(name, [a, (a + step) % qubits], ...(name === 'cp' || name === 'rzz' ? [t] : [])),
        ),
      },
    );
    return fc.array(gate, { maxLength: maxGates }).map((gates) => makeCircuit(qubits, gates));
  });

describe('cuts made together', () => {
  test('gates with one control or one target: one bond, gamma 3', () => {
    for (const gates of [
      [cx(0, 1), cx(0, 2), cx(0, 3)],
      [cx(1, 0), cx(2, 0), cx(3, 0)],
      [cx(0, 1), gateOf('t', [0]), gateOf('cz', [2, 0]), gateOf('h', [1]), cx(0, 3)],
    ]) {
      const cut = split(4, 1, gates);
      expect(bonds(cut)).toBe(1);
      expect(jointGamma(cut)).toBeCloseTo(3, 10);
      expect(totalGamma(cut.cuts)).toBeCloseTo(27, 10);
    }
    const turned = split(4, 1, [cx(0, 1), gateOf('h', [0]), cx(0, 2)]);
    expect(bonds(turned)).toBe(2);
    expect(jointGamma(turned)).toBeCloseTo(9, 10);
  });

  test.each([1, 2, 3, 4, 5])('%d parallel cx: 2^(k+1) - 1, not 3^k', (count) => {
    const cut = split(
      2 * count,
      count,
      joined(
        2 * count,
        count,
        Array.from({ length: count }, (_, i) => cx(i, count + i)),
      ),
    );
    expect(jointGamma(cut)).toBeCloseTo(2 ** (count + 1) - 1, 10);
    expect(bonds(cut)).toBe(count);
  });

  test('parallel gates of any kind: 2 prod (sum |u|)^2 - 1', () => {
    const theta = 0.7;
    const cut = split(6, 3, joined(6, 3, [gateOf('swap', [0, 3]), gateOf('rzz', [1, 4], theta), cx(5, 2)]));
    const square = (1 + 2 * Math.sin(theta) + 1) / 2;
    expect(jointGamma(cut)).toBeCloseTo(2 * 4 * square * 2 - 1, 10);
  });

  test('controlled phases from one qubit: one bond, gamma no more than of parallel gates', () => {
    const angles = [0.4, 1.1, 2.3];
    const cut = split(
      4,
      1,
      angles.map((t, i) => gateOf('cp', [0, i + 1], t)),
    );
    expect(bonds(cut)).toBe(1);
    const product = angles.reduce((all, t) => all * (1 + Math.sin(t / 2)), 1);
    expect(jointGamma(cut)).toBeCloseTo(2 * product - 1, 10);
  });

  test('gates that commute past one another and cancel cost nothing', () => {
    const cut = split(3, 1, [cx(0, 1), cx(0, 2), cx(0, 1)]);
    expect(bonds(cut)).toBe(1);
    expect(jointGamma(cut)).toBeCloseTo(3, 10);
    const none = split(4, 1, [cx(0, 1), cx(0, 2), cx(0, 1), cx(0, 2)]);
    expect(jointGamma(none)).toBeCloseTo(1, 10);
  });

  test('gates in an order that one side needs are not parallel', () => {
    const cut = split(4, 2, [cx(0, 2), gateOf('h', [2]), cx(2, 3), gateOf('h', [3]), cx(1, 3)]);
    expect(jointGamma(cut)).toBeCloseTo(9, 10);
  });

  test('random parts: the checker agrees, and together is never dearer than one by one', () => {
    fc.assert(
      fc.property(
        controlCircuit(6, 16),
        fc.array(fc.tuple(fc.nat(2), fc.nat(2)), { minLength: 16 }),
        (circuit, pool) => {
          const parts = twoQubitGates(circuit).map((_, i) => pool[i] ?? 0);
          const cut = buildCutCircuit(circuit, parts, { joint: true });
          checkCutCircuit(circuit, cut);
          const single = buildCutCircuit(circuit, parts);
          expect(jointGamma(cut)).toBeCloseTo(jointGamma(single), 8);
          expect(jointGamma(cut)).toBeLessThanOrEqual(totalGamma(single.cuts) * (1 + 1e-12));
          expect(bonds(cut)).toBeLessThanOrEqual(bonds(single));
        },
      ),
      { numRuns: 200 },
    );
  });

  test('a least vertex cover of a bipartite graph, against all subsets', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(4), fc.integer({ min: 5, max: 9 })), { maxLength: 14 }),
        (edges) => {
          const cover = leastCover(10, edges);
          const covers = (has: (node: number) => boolean): boolean =>
            edges.every(([a, b]) => has(a) || has(b));
          expect(covers((node) => cover.has(node))).toBe(true);
          let least = 10;
          for (let set = 0; set < 1024; set += 1) {
            if (covers((node) => ((set >> node) & 1) === 1)) {
              least = Math.min(least, set.toString(2).replaceAll('0', '').length);
            }
          }
          expect(cover.size).toBe(least);
        },
      ),
    );
  });
});

describe('the search for cuts made together', () => {
  for (const [file, maxWidth, gamma, proven] of [
    ['cliques8.qasm', 4, 3, true],
    ['star7.qasm', 2, 27, false],
    ['qft5.qasm', 4, 5.194743, false],
  ] as const) {
    test(`${file} at width ${maxWidth}: gamma ${gamma}`, async (context) => {
      requireOrSkip(context, 'shared');
      const options = { maxWidth, objective: 'sampling', timeLimit: 2, ...COUNTED } as const;
      const solution = await findJointCuts(sharedCircuit(file), options);
      expect(Math.sqrt(solution.value)).toBeLessThan(gamma * (1 + 1e-6));
      expect(jointGamma(solution.cutCircuit) ** 2).toBeCloseTo(solution.value, 6);
      expect(solution.lowerBound ?? 0).toBeLessThanOrEqual(solution.value);
      if (proven) expect(solution.proven).toBe(true);
    });
  }

  test('random circuits: the bound lies below all partitions of gate ends, the answer above the best', async () => {
    await fc.assert(
      fc.asyncProperty(
        controlCircuit(4, 6).filter((circuit) => twoQubitGates(circuit).length <= 4),
        fc.integer({ min: 1, max: 3 }),
        async (circuit, maxWidth) => {
          const least = leastOfEnds(circuit, maxWidth, (cut) => jointGamma(cut) ** 2);
          const solution = await findJointCuts(circuit, { maxWidth, objective: 'sampling', timeLimit: 5 });
          expect(solution.lowerBound ?? 0).toBeLessThanOrEqual(least * (1 + 1e-9));
          expect(solution.value).toBeGreaterThanOrEqual(least * (1 - 1e-9));
          if (solution.proven) expect(solution.value / least).toBeCloseTo(1, 8);
        },
      ),
      { numRuns: 20 },
    );
  });
});
