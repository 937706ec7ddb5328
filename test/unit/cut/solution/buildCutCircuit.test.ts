import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeCircuit } from '../../../../src/circuit/circuit.js';
import { buildCutCircuit } from '../../../../src/cut/solution/buildCutCircuit.js';
import { checkCutCircuit } from '../../../../src/cut/solution/checker.js';
import { countCuts } from '../bruteForce.js';
import { cxCircuit, gate, ghz, randomCircuit, reentrant3, twoQubitGates } from '../circuits.js';

describe('buildCutCircuit', () => {
  test('one cut: three qubits, a chain', () => {
    const circuit = makeCircuit(3, [
      gate('h', 0),
      gate('cx', 0, 1),
      gate('t', 1),
      gate('cx', 1, 2),
      gate('h', 2),
    ]);
    expect(buildCutCircuit(circuit, [0, 1])).toEqual({
      qubits: 3,
      outcomeBits: 3,
      zeroBits: [],
      cuts: [{ kind: 'wire', index: 0, qubit: 1, from: 0, to: 1, bonds: [0] }],
      subcircuits: [
        {
          index: 0,
          width: 2,
          // The one-qubit gate between the two cx stays upstream of the cut.
          gates: [gate('h', 0), gate('cx', 0, 1), gate('t', 1)],
          inputs: [],
          outputs: [{ cut: 0, qubit: 1 }],
          gateEnds: [],
          outcomes: [{ bit: 0, qubit: 0 }],
          wires: [0, 1],
        },
        {
          index: 1,
          width: 2,
          gates: [gate('cx', 0, 1), gate('h', 1)],
          inputs: [{ cut: 0, qubit: 0 }],
          outputs: [],
          gateEnds: [],
          outcomes: [
            { bit: 1, qubit: 0 },
            { bit: 2, qubit: 1 },
          ],
          wires: [1, 2],
        },
      ],
    });
  });

  test('a wire that returns is a new qubit each time', () => {
    const cut = buildCutCircuit(reentrant3, [0, 0, 1, 0]);
    expect(cut.cuts).toHaveLength(4);
    expect(cut.subcircuits.map(({ width }) => width)).toEqual([5, 2]);
    expect(cut.subcircuits[0]?.wires).toEqual([0, 1, 1, 2, 2]);
    expect(cut.subcircuits[0]?.inputs.map(({ qubit }) => qubit)).toEqual([2, 4]);
    checkCutCircuit(reentrant3, cut);
  });

  test('a subcircuit may have no original input', () => {
    const circuit = cxCircuit(2, [
      [0, 1],
      [1, 0],
      [0, 1],
    ]);
    const cut = buildCutCircuit(circuit, [0, 1, 2]);
    expect(cut.subcircuits.map(({ inputs, width }) => width - inputs.length)).toEqual([2, 0, 0]);
    checkCutCircuit(circuit, cut);
  });

  test('idle wires are zero bits, lonely ones subcircuits, untouching parts are never joined', () => {
    const circuit = {
      ...makeCircuit(6, [gate('cx', 0, 2), gate('h', 3), gate('cx', 4, 5)]),
      outcomes: [5, -1, 1, 3, 0],
      measured: true,
    };
    const cut = buildCutCircuit(circuit, [0, 0]);
    expect(cut.subcircuits.map(({ wires }) => wires)).toEqual([[0, 2], [3], [4, 5]]);
    expect(cut.subcircuits.map(({ outcomes }) => outcomes)).toEqual([
      [{ bit: 4, qubit: 0 }],
      [{ bit: 3, qubit: 0 }],
      [{ bit: 0, qubit: 1 }],
    ]);
    expect(cut.zeroBits).toEqual([1, 2]);
    checkCutCircuit(circuit, cut);
  });

  test('GHZ on 20 qubits, two cuts', () => {
    const parts = Array.from({ length: 19 }, (_, i) => (i < 9 ? 0 : i < 18 ? 1 : 2));
    const cut = buildCutCircuit(ghz(20), parts);
    expect(cut.cuts.map((entry) => entry.kind === 'wire' && entry.qubit)).toEqual([9, 18]);
    expect(cut.subcircuits.map(({ width }) => width)).toEqual([10, 10, 2]);
  });

  test('names of parts do not matter, a wrong number of entries is refused', () => {
    expect(buildCutCircuit(reentrant3, [7, 7, 3, 7])).toEqual(buildCutCircuit(reentrant3, [0, 0, 1, 0]));
    expect(() => buildCutCircuit(reentrant3, [0])).toThrow(/1 entries.*4 two-qubit gates/);
  });

  test('cut gates: random parts of their ends pass the checker, and runs on one pair are one cut', () => {
    fc.assert(
      fc.property(
        randomCircuit(6, 14),
        fc.array(fc.tuple(fc.nat(2), fc.nat(2)), { minLength: 14 }),
        (circuit, pool) => {
          const parts = twoQubitGates(circuit).map((_, i) => pool[i] ?? 0);
          checkCutCircuit(circuit, buildCutCircuit(circuit, parts));
        },
      ),
      { numRuns: 300 },
    );
    const run = makeCircuit(3, [
      gate('cx', 0, 1),
      gate('h', 1),
      gate('cz', 1, 0),
      gate('cx', 1, 2),
      gate('cx', 0, 1),
    ]);
    const cut = buildCutCircuit(run, [[0, 1], [1, 0], 1, [0, 1]]);
    expect(cut.cuts.map((entry) => entry.kind === 'gate' && entry.gates)).toEqual([[0, 1, 2], [4]]);
    expect(cut.subcircuits.map(({ width, gates }) => [width, gates.length])).toEqual([
      [1, 0],
      [2, 1],
    ]);
  });

  test('random parts: the checker agrees, cuts and widths are those of the definition', () => {
    fc.assert(
      fc.property(
        randomCircuit(6, 14),
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 14 }),
        (circuit, pool) => {
          const parts = twoQubitGates(circuit).map((_, i) => pool[i] ?? 0);
          const cut = buildCutCircuit(circuit, parts);
          checkCutCircuit(circuit, cut);
          expect(cut.cuts).toHaveLength(countCuts(circuit, parts).cuts);
          const joined = new Set(parts).size === cut.subcircuits.length;
          if (joined) {
            const widths = countCuts(circuit, parts).widths.sort((a, b) => a - b);
            expect(cut.subcircuits.map(({ width }) => width).sort((a, b) => a - b)).toEqual(widths);
          }
          // Cuts are numbered by position: along every wire the numbers rise.
          for (let qubit = 0; qubit < circuit.qubits; qubit += 1) {
            const onWire = cut.cuts.filter((entry) => entry.kind === 'wire' && entry.qubit === qubit);
            onWire.forEach((entry, i) => {
              if (i > 0) expect(entry.from).toBe(onWire[i - 1]?.to);
            });
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
