import { describe, expect, test } from 'vitest';
import { makeCircuit } from '../../../../src/circuit/circuit.js';
import { buildCutCircuit } from '../../../../src/cut/solution/buildCutCircuit.js';
import { bondGraph, countSubexperiments } from '../../../../src/cut/solution/subexperiments.js';
import { cutSummary } from '../../../../src/cut/solution/summary.js';
import { cutCases } from '../../../support/cutCases.js';
import { gate, ghz, reentrant3 } from '../circuits.js';

describe('bondGraph', () => {
  test('counts what pairs of subcircuits share', () => {
    expect(bondGraph(buildCutCircuit(reentrant3, [0, 0, 1, 0]))).toEqual([
      { subcircuits: [0, 1], wireCuts: 4, gateCuts: 0, bonds: 4 },
    ]);
    const mixed = makeCircuit(3, [gate('cx', 0, 1), gate('iswap', 1, 2), gate('cx', 0, 1)]);
    expect(bondGraph(buildCutCircuit(mixed, [0, [0, 1], [2, 0]]))).toEqual([
      { subcircuits: [0, 1], wireCuts: 0, gateCuts: 1, bonds: 2 },
      { subcircuits: [0, 2], wireCuts: 1, gateCuts: 1, bonds: 2 },
    ]);
  });

  test('leaves out what costs nothing: a local gate between two subcircuits, as the summary does', () => {
    const local = { ...gate('cp', 0, 1), params: [0] };
    const cut = buildCutCircuit(makeCircuit(3, [local, gate('cx', 1, 2)]), [
      [0, 1],
      [1, 2],
    ]);
    expect(cut.cuts).toHaveLength(2);
    expect(bondGraph(cut)).toEqual([{ subcircuits: [1, 2], wireCuts: 0, gateCuts: 1, bonds: 1 }]);
    const quality = { objective: 'cost', value: 1, lowerBound: null, proven: false, seconds: 0 } as const;
    expect(cutSummary(cut, quality)).toMatchObject({ wireCuts: 0, gateCuts: 1, bonds: 1, gamma: 3 });
  });
});

describe('countSubexperiments', () => {
  test('wires: three bases upstream, six or four states downstream', () => {
    expect(countSubexperiments(buildCutCircuit(ghz(4), [0, 1, 2]))).toEqual({
      perSubcircuit: [3, 18, 6],
      total: 27,
      totalFourStates: 3 + 12 + 4,
      // Overhead of two wires, by an error of a hundredth.
      shotsForHundredth: 16 ** 2 * 100 ** 2,
      gateCutTerms: [],
    });
  });

  test.each([
    ['cx', [], 6, 5],
    ['rzz', [0.3], 6, 5],
    ['iswap', [], 30, 22],
    ['rxx', [0.7], 6, 5],
  ] as const)('a cut %s%j has %d terms, and %d settings at each end', (name, params, terms, settings) => {
    const cut = buildCutCircuit(makeCircuit(2, [{ name, params, qubits: [0, 1] }]), [[0, 1]]);
    expect(countSubexperiments(cut)).toMatchObject({
      perSubcircuit: [settings, settings],
      gateCutTerms: [{ cut: 0, terms }],
    });
  });

  test('gates cut together have the settings of one, five at the control and four at the targets', () => {
    const { circuit, parts, counts } = cutCases.find(({ joint }) => joint === true)!;
    expect(countSubexperiments(buildCutCircuit(circuit, parts, { joint: true })).perSubcircuit).toEqual(
      counts,
    );
  });

  test('a general gate has 58 terms', () => {
    const gates = [
      { name: 'rxx', params: [0.3], qubits: [0, 1] },
      { name: 'ryy', params: [0.5], qubits: [0, 1] },
      { name: 'rzz', params: [0.9], qubits: [0, 1] },
    ];
    const known = makeCircuit(
      2,
      gates.filter(({ name }) => name !== 'ryy'),
    );
    expect(
      countSubexperiments(
        buildCutCircuit(known, [
          [0, 1],
          [0, 1],
        ]),
      ).gateCutTerms[0]?.terms,
    ).toBe(30);
    const general = makeCircuit(2, gates);
    const parts = gates.map(() => [0, 1] as const);
    expect(countSubexperiments(buildCutCircuit(general, parts)).gateCutTerms).toEqual([
      { cut: 0, terms: 58 },
    ]);
  });
});
