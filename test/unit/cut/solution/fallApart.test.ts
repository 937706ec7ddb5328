import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generateCircuit } from '../../../../src/circuit/families/families.js';
import { buildCutGraph, type GatePart } from '../../../../src/cut/model/cutGraph.js';
import { buildCutCircuit } from '../../../../src/cut/solution/buildCutCircuit.js';
import { fallApart } from '../../../../src/cut/solution/fallApart.js';
import type { Subcircuit } from '../../../../src/cut/model/cutCircuit.js';

/** Qubits that gates lead to from the first one. */
function reached({ gates, width }: Subcircuit): number {
  const seen = new Set([0]);
  for (let round = 0; round < width; round += 1) {
    for (const { qubits } of gates)
      if (qubits.some((qubit) => seen.has(qubit))) qubits.forEach((q) => seen.add(q));
  }
  return seen.size;
}

describe('parts that fall apart', () => {
  it('become connected subcircuits with the same cuts', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 50 }), fc.infiniteStream(fc.nat({ max: 2 })), (seed, numbers) => {
        const circuit = generateCircuit('random', { qubits: 6, depth: 3, seed });
        const next = (): number => Number(numbers.next().value);
        const parts = buildCutGraph(circuit).gatePositions.map((): GatePart => {
          const [one, other] = [next(), next()];
          return one === other ? one : [one, other];
        });
        const whole = buildCutCircuit(circuit, parts);
        const apart = buildCutCircuit(circuit, fallApart(circuit, parts));
        for (const subcircuit of apart.subcircuits) expect(reached(subcircuit)).toBe(subcircuit.width);
        const cutsOf = ({ cuts }: typeof whole): unknown[] => cuts.map(({ kind, bonds }) => [kind, bonds]);
        expect(cutsOf(apart)).toEqual(cutsOf(whole));
        const connected = whole.subcircuits.every((one) => reached(one) === one.width);
        expect(apart.subcircuits.length > whole.subcircuits.length).toBe(!connected);
        expect(fallApart(circuit, fallApart(circuit, parts))).toEqual(fallApart(circuit, parts));
      }),
    );
  });
});
