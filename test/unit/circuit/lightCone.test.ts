import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generateCircuit } from '../../../src/circuit/families/families.js';
import { lightCone } from '../../../src/circuit/lightCone.js';
import { readQasm } from '../../../src/circuit/qasm/readQasm.js';
import { writeQasm } from '../../../src/circuit/qasm/writeQasm.js';
import { outcomeDistribution } from '../../support/denseSimulator.js';
import { marginalOf } from '../../support/distributions.js';

describe('the light cone', () => {
  it('gives the same marginal with no more gates, also when written and read', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 6 }),
        fc.integer({ min: 1, max: 2 }),
        fc.nat(1000),
        fc.nat(63),
        fc.option(fc.nat(7), { nil: undefined }),
        (qubits, depth, seed, mask, unusedBits) => {
          const generated = generateCircuit('random', { qubits, depth, seed });
          const circuit =
            unusedBits === undefined
              ? generated
              : {
                  ...generated,
                  bitRegisters: [{ name: 'unused', size: unusedBits }],
                  outcomes: Array.from({ length: qubits }, (_, q) => q),
                  measured: false,
                };
          const bits = Array.from({ length: qubits }, (_, bit) => bit).filter((bit) => (mask >> bit) & 1);
          const cone = lightCone(circuit, bits);
          expect(cone.gates.length).toBeLessThanOrEqual(circuit.gates.length);
          const expected = marginalOf(outcomeDistribution(circuit), bits);
          const found = marginalOf(outcomeDistribution(readQasm(writeQasm(cone, 2))), bits);
          for (const [i, p] of expected.entries()) expect(found[i]).toBeCloseTo(p, 12);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('of a circuit that was made without classical registers is written with one', () => {
    const made = {
      ...generateCircuit('ghz', { qubits: 3 }),
      measured: true,
      outcomes: [2, 0],
      bitRegisters: [],
    };
    const { outcomes, bitRegisters } = readQasm(writeQasm(lightCone(made, [1]), 2));
    expect(outcomes).toEqual([-1, 0]);
    expect(bitRegisters).toEqual([{ name: 'c', size: 2 }]);
  });

  it('leaves out what comes later and what never meets', () => {
    const circuit = readQasm(
      'OPENQASM 2.0; include "qelib1.inc"; qreg q[4]; h q[0]; cx q[0],q[1]; cx q[1],q[2]; h q[3]; x q[2];',
    );
    expect(lightCone(circuit, [0]).gates.map(({ name }) => name)).toEqual(['h', 'cx']);
    expect(lightCone(circuit, []).gates).toEqual([]);
    expect(lightCone(circuit, [3]).outcomes).toEqual([-1, -1, -1, 3]);
  });
});
