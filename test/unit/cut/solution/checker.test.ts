import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeCircuit } from '../../../../src/circuit/circuit.js';
import { gateOf } from '../../../../src/circuit/gates.js';
import { buildCutCircuit } from '../../../../src/cut/solution/buildCutCircuit.js';
import { checkCutCircuit } from '../../../../src/cut/solution/checker.js';
import type { CutCircuit, Subcircuit } from '../../../../src/cut/model/cutCircuit.js';
import { cxCircuit, ghz, reentrant3 } from '../circuits.js';

const good = buildCutCircuit(reentrant3, [0, 0, 1, 0]);

function change(
  cut: CutCircuit,
  index: number,
  edit: (subcircuit: Subcircuit) => Partial<Subcircuit>,
): CutCircuit {
  return {
    ...cut,
    subcircuits: cut.subcircuits.map((sub, i) => (i === index ? { ...sub, ...edit(sub) } : sub)),
  };
}

/** Ways to spoil a cut circuit, and what the checker should say of each. */
const corruptions: readonly [string, CutCircuit, RegExp][] = [
  ['a gate is missing', change(good, 0, ({ gates }) => ({ gates: gates.slice(1) })), /gates/],
  ['a gate is doubled', change(good, 0, ({ gates }) => ({ gates: [...gates, ...gates.slice(-1)] })), /13|14/],
  ['gates change places', change(good, 0, ({ gates }) => ({ gates: gates.toReversed() })), /on wire/],
  [
    'a gate changes its operands',
    change(good, 1, ({ gates }) => ({ gates: gates.map((g) => ({ ...g, qubits: g.qubits.toReversed() })) })),
    /on wire/,
  ],
  [
    'a parameter changes',
    change(good, 0, ({ gates }) => ({
      gates: gates.map((g) => (g.name === 't' ? { ...g, params: [1] } : g)),
    })),
    /t\(1\)/,
  ],
  [
    'an input is lost',
    change(good, 0, ({ inputs }) => ({ inputs: inputs.slice(1) })),
    /two ends|starts twice/,
  ],
  ['an output is lost', change(good, 0, ({ outputs }) => ({ outputs: outputs.slice(1) })), /two ends/],
  [
    'an output is named twice',
    change(good, 0, ({ outputs }) => ({ outputs: [...outputs, ...outputs.slice(0, 1)] })),
    /two outputs/,
  ],
  [
    'two inputs are exchanged',
    change(good, 0, ({ inputs }) => ({
      inputs: inputs.map(({ cut }, i) => ({ cut, qubit: inputs[inputs.length - 1 - i]?.qubit ?? 0 })),
    })),
    /on wire/,
  ],
  [
    'an outcome is lost',
    change(good, 0, ({ outcomes }) => ({ outcomes: outcomes.slice(1) })),
    /outcome bits/,
  ],
  [
    'an outcome is read before the end of its wire',
    change(good, 0, ({ outcomes }) => ({
      outcomes: outcomes.map((entry) => (entry.bit === 1 ? { bit: 1, qubit: 1 } : entry)),
    })),
    /before the end/,
  ],
  [
    'an outcome is read from another wire',
    change(good, 0, ({ outcomes }) => ({
      outcomes: outcomes.map((entry) => (entry.bit === 0 ? { bit: 0, qubit: 4 } : entry)),
    })),
    /outcome bit 0/,
  ],
  ['a width is wrong', change(good, 0, () => ({ width: 4 })), /width 4/],
  [
    'a qubit has no gate',
    change(good, 1, ({ wires }) => ({ width: 3, wires: [...wires, 0] })),
    /without a gate/,
  ],
  ['subcircuits are numbered wrongly', change(good, 1, () => ({ index: 0 })), /number 0/],
  ['a bit is called zero', { ...good, zeroBits: [0] }, /has gates/],
  ['a cut is lost', { ...good, cuts: good.cuts.slice(1) }, /cut/],
  ['a cut changes its wire', { ...good, cuts: good.cuts.map((c) => ({ ...c, qubit: 0 })) }, /on wire 0/],
  [
    'a cut changes its ends',
    { ...good, cuts: good.cuts.map((c) => ({ ...c, from: c.to, to: c.from })) },
    /should have its/,
  ],
  ['a subcircuit is lost', { ...good, subcircuits: good.subcircuits.slice(0, 1) }, /./],
  ['qubits are counted wrongly', { ...good, qubits: 4 }, /4 qubits/],
];

/** Parts of a chain of eleven gates that is cut once. */
function splitAt(gates: number): number[] {
  return Array.from({ length: 11 }, (_, i) => (i < gates ? 0 : 1));
}

describe('checkCutCircuit', () => {
  test.each(corruptions)('refuses it when %s', (_, cut, message) => {
    expect(() => checkCutCircuit(reentrant3, good)).not.toThrow();
    expect(() => checkCutCircuit(reentrant3, cut)).toThrow(message);
  });

  test('refuses partners of gates that are exchanged', () => {
    const circuit = cxCircuit(4, [
      [0, 1],
      [2, 3],
    ]);
    const other = cxCircuit(4, [
      [0, 3],
      [2, 1],
    ]);
    expect(() => checkCutCircuit(circuit, buildCutCircuit(other, [0, 0]))).toThrow(/other qubit/);
  });

  test('refuses the subcircuits of any other parts that are named alike', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 10 }), (a, b) => {
        fc.pre(a !== b);
        const cut = buildCutCircuit(ghz(12), splitAt(a));
        const mixed = {
          ...cut,
          subcircuits: [cut.subcircuits[0], buildCutCircuit(ghz(12), splitAt(b)).subcircuits[1]],
        };
        const subcircuits = mixed.subcircuits.flatMap((sub) => sub ?? []);
        expect(() => checkCutCircuit(ghz(12), { ...cut, subcircuits })).toThrow(/wrong/);
      }),
    );
  });

  test('holds the limits', () => {
    expect(() =>
      checkCutCircuit(reentrant3, good, { maxWidth: 5, maxSubcircuits: 2, maxCuts: 4 }),
    ).not.toThrow();
    expect(() => checkCutCircuit(reentrant3, good, { maxWidth: 4 })).toThrow(/5 qubits, more than 4/);
    expect(() => checkCutCircuit(reentrant3, good, { maxSubcircuits: 1 })).toThrow(/2 subcircuits/);
    expect(() => checkCutCircuit(reentrant3, good, { maxCuts: 3 })).toThrow(/4 cuts/);
  });

  test('counts no cut for a gate that turns by nothing', () => {
    const circuit = makeCircuit(2, [gateOf('cx', [0, 1]), gateOf('rzz', [0, 1], 0)]);
    const cut = buildCutCircuit(circuit, [
      [0, 1],
      [0, 1],
    ]);
    expect(() => checkCutCircuit(circuit, cut, { maxCuts: 1 })).not.toThrow();
    expect(() => checkCutCircuit(circuit, cut, { maxCuts: 0 })).toThrow(/has 1 cuts, more than 0/);
  });
});
