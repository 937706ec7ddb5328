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

/** Two deep halves with one gate between them, and the parts that cut that gate. */
function deepHalves(qubits: number): { circuit: Circuit; parts: GatePart[] } {
  const half = qubits / 2;
  const layers = Array.from({ length: 40 }, () => ghz(qubits).gates).flat();
  const circuit = makeCircuit(qubits, [
    ...layers.filter(({ qubits: on }) => on.every((qubit) => qubit < half)),
    gate('cx', half - 1, half),
    ...layers.filter(({ qubits: on }) => on.every((qubit) => qubit >= half)),
  ]);
  const twoQubit = circuit.gates.filter((each) => each.qubits.length === 2);
  const parts = twoQubit.map(({ qubits: [a = 0, b = 0] }): GatePart =>
    a < half === b < half ? Number(a >= half) : [0, 1],
  );
  return { circuit, parts };
}

describe('explainCut', () => {
  test('says when cutting is needed, and of what it predicts the probability', () => {
    const { circuit, parts } = deepHalves(48);
    const large = explain(circuit, parts, 2 ** 36);
    expect(large).toMatchObject({ verdict: 'needed', uncut: { fits: false }, contraction: null });
    expect(large.predicted.query).toBe('probability');
    expect(large.predicted.reconstruct?.memoryBytes).toBeLessThan(2 ** 36);
    expect(large.drawing.reason).toMatch(/lines/);
  });

  test('says when cutting loses, when it wins, and when nothing is cut', () => {
    expect(explain(ghz(4), halves(4)).verdict).toBe('loses');
    expect(explain(ghz(4), [0, 0, 0])).toMatchObject({ verdict: 'none', bondGraph: [] });
    const { circuit: deep, parts } = deepHalves(24);
    const answer = explain(deep, parts);
    expect(answer).toMatchObject({ verdict: 'wins', predicted: { query: 'full', reason: null } });
    expect(answer.bondGraph).toEqual([{ subcircuits: [0, 1], wireCuts: 0, gateCuts: 1, bonds: 1 }]);
  });

  test('says when neither fits', () => {
    const { circuit, parts } = deepHalves(60);
    expect(explain(circuit, parts, 2 ** 28).verdict).toBe('impossible');
  });

  test('says what contracting the network of the circuit takes', () => {
    const wide = explain(ghz(60), halves(60));
    expect(wide).toMatchObject({ verdict: 'loses', uncut: { fits: false }, contraction: { fits: true } });
  });

  test('titles the drawing', () => {
    const circuit = ghz(4);
    const parts = halves(4);
    const svg = drawSvg({ circuit, parts, cutCircuit: buildCutCircuit(circuit, parts) });
    expect(svg).toContain('<title>4 qubits, 2 subcircuits, cuts: 1</title>');
  });
});
