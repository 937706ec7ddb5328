import { describe, expect, test } from 'vitest';
import { makeCircuit, type Circuit } from '../../../src/circuit/circuit.js';
import { drawSvg, explainCut, type CutExplanation } from '../../../src/predict/explainCut.js';
import { buildCutCircuit } from '../../../src/cut/solution/buildCutCircuit.js';
import type { GatePart } from '../../../src/cut/model/cutGraph.js';
import { testContext } from '../../support/context.js';
import { gate, ghz } from '../cut/circuits.js';

function explain(circuit: Circuit, parts: readonly GatePart[], memory = 2 ** 32): CutExplanation {
  return explainCut(testContext({ memory }), {
    circuit,
    parts,
    cutCircuit: buildCutCircuit(circuit, parts),
  });
}

const halves = (qubits: number): GatePart[] =>
  Array.from({ length: qubits - 1 }, (_, i) => (i < qubits / 2 - 1 ? 0 : 1));

describe('explainCut', () => {
  test('says when cutting is needed, and of what it predicts the probability', () => {
    const large = explain(ghz(48), halves(48), 2 ** 36);
    expect(large).toMatchObject({ verdict: 'needed', uncut: { fits: false } });
    expect(large.predicted.query).toBe('probability');
    expect(large.predicted.reconstruct?.memoryBytes).toBeLessThan(2 ** 36);
    expect(large.drawing.reason).toMatch(/lines/);
  });

  test('says when cutting loses, when it wins, and when nothing is cut', () => {
    expect(explain(ghz(4), halves(4)).verdict).toBe('loses');
    expect(explain(ghz(4), [0, 0, 0])).toMatchObject({ verdict: 'none', bondGraph: [] });
    const layers = Array.from({ length: 40 }, () => ghz(24).gates).flat();
    const deep = makeCircuit(24, [
      ...layers.filter(({ qubits }) => qubits.every((qubit) => qubit < 12)),
      gate('cx', 11, 12),
      ...layers.filter(({ qubits }) => qubits.every((qubit) => qubit >= 12)),
    ]);
    const twoQubit = deep.gates.filter(({ qubits }) => qubits.length === 2);
    const parts = twoQubit.map(({ qubits: [a = 0, b = 0] }): GatePart =>
      a < 12 === b < 12 ? Number(a >= 12) : [0, 1],
    );
    const answer = explain(deep, parts);
    expect(answer).toMatchObject({ verdict: 'wins', predicted: { query: 'full', reason: null } });
    expect(answer.bondGraph).toEqual([{ subcircuits: [0, 1], wireCuts: 0, gateCuts: 1, bonds: 1 }]);
  });

  test('says when neither fits', () => {
    expect(explain(ghz(60), halves(60), 2 ** 28).verdict).toBe('impossible');
  });

  test('titles the drawing', () => {
    const circuit = ghz(4);
    const parts = halves(4);
    const svg = drawSvg({ circuit, parts, cutCircuit: buildCutCircuit(circuit, parts) });
    expect(svg).toContain('<title>4 qubits, 2 subcircuits, cuts: 1</title>');
  });
});
