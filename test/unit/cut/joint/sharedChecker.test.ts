/** Faults planted into cut gates that share a bond: each is refused, and named. */
import { describe, expect, test } from 'vitest';
import { makeCircuit } from '../../../../src/circuit/circuit.js';
import { gateOf } from '../../../../src/circuit/gates.js';
import type { CutCircuit, GateCut, SharedBond } from '../../../../src/cut/model/cutCircuit.js';
import { sharedBondFault } from '../../../../src/cut/joint/sharedChecker.js';
import { checkCutCircuit } from '../../../../src/cut/solution/checker.js';
import { buildCutCircuit } from '../../../../src/cut/solution/buildCutCircuit.js';

/**
 * Three gates from qubit 0, whose basis is turned in between by t (which keeps it) and x (which exchanges it); qubit 1 is a
 * control no gate shares, and qubit 5 is beside them.
 */
const circuit = makeCircuit(6, [
  gateOf('cx', [0, 2]),
  gateOf('t', [0]),
  gateOf('cz', [0, 3]),
  gateOf('x', [0]),
  gateOf('cx', [0, 4]),
  gateOf('cx', [1, 2]),
  gateOf('cx', [0, 1]),
  gateOf('cx', [2, 3]),
  gateOf('cx', [3, 4]),
]);
const cut = buildCutCircuit(circuit, [[0, 1], [0, 1], [0, 1], [0, 1], 0, 1, 1], { joint: true });
const members = cut.cuts.filter((each): each is GateCut => each.kind === 'gate' && each.shared?.leader === 0);

type Edit = (cut: GateCut) => Partial<GateCut>;

function edited(index: number, edit: Edit): CutCircuit {
  const cuts = cut.cuts.map((each) =>
    each.kind === 'gate' && each.index === index ? { ...each, ...edit(each) } : each,
  );
  return { ...cut, cuts };
}

const inBond =
  (change: (bond: SharedBond) => Partial<SharedBond>): Edit =>
  ({ shared }) => ({ shared: shared && { ...shared, ...change(shared) } });

/** Subcircuit 0, which holds the controls, with something else in it. */
function inControl(change: (sub: CutCircuit['subcircuits'][number]) => object): CutCircuit {
  return {
    ...cut,
    subcircuits: cut.subcircuits.map((sub) => (sub.index === 0 ? { ...sub, ...change(sub) } : sub)),
  };
}

const turned = [0, 1]
  .map((row) => [0, 1].flatMap((column) => [(row * column ? -1 : 1) * Math.SQRT1_2, 0]))
  .flat();

/** The same basis with its vectors in the other order. */
function exchanged(basis: readonly number[]): number[] {
  return [2, 3, 0, 1, 6, 7, 4, 5].map((place) => basis[place] ?? 0);
}

describe('cut gates that share a bond', () => {
  test('three of them, along gates that keep and that exchange the basis, are accepted', () => {
    expect(members.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(sharedBondFault(cut)).toBeUndefined();
    // The other vector first, in all of them alike, is the same bond.
    const cuts = cut.cuts.map((each) =>
      each.kind === 'gate' && each.shared?.leader === 0
        ? { ...each, shared: { ...each.shared, basis: exchanged(each.shared.basis) } }
        : each,
    );
    expect(sharedBondFault({ ...cut, cuts })).toBeUndefined();
  });

  test.each<[string, CutCircuit, RegExp]>([
    [
      'the leader without a bond',
      edited(0, () => ({ bonds: [] })),
      /cut 0: the first of them has not the one bond/,
    ],
    ['the leader with two', edited(0, () => ({ bonds: [0, 9] })), /has not the one bond/],
    [
      'a leader that is not the first',
      edited(
        0,
        inBond(() => ({ leader: 1 })),
      ),
      /share the bond of cut/,
    ],
    ['a follower with a bond', edited(1, () => ({ bonds: [9] })), /cut 1 has a bond of its own/],
    [
      'a control at the other end',
      edited(
        1,
        inBond(({ control }) => ({ control: control === 0 ? 1 : 0 })),
      ),
      /cut 1 lies between other subcircuits/,
    ],
    ['another subcircuit', edited(2, () => ({ to: 2 })), /cut 2 lies between other subcircuits/],
    ['a control in no subcircuit', { ...cut, subcircuits: [] }, /their control is in no subcircuit/],
    [
      'a control on another qubit',
      inControl(({ gateEnds }) => ({
        gateEnds: gateEnds.map((end) => (end.cut === 1 ? { ...end, qubit: 1 } : end)),
      })),
      /their controls are several qubits/,
    ],
    [
      'an end that is nowhere',
      inControl(({ gateEnds }) => ({ gateEnds: gateEnds.filter((end) => end.cut !== 1) })),
      /their controls are several qubits/,
    ],
    [
      'another basis',
      edited(
        1,
        inBond(() => ({ basis: turned })),
      ),
      /the basis of cut 1 is another one/,
    ],
    [
      'a basis that is none',
      edited(
        1,
        inBond(() => ({ basis: [1, 0, 1, 0, 0, 0, 1, 0] })),
      ),
      /the basis of cut 1 is not orthonormal/,
    ],
    [
      'a gate in between that mixes the basis',
      inControl(({ gates }) => ({
        gates: gates.map((gate) => (gate.name === 't' ? gateOf('h', gate.qubits) : gate)),
      })),
      /the basis of cut 1 is another one/,
    ],
    [
      'a gate in between that entangles the control',
      inControl(({ gates, wires }) => ({
        gates: gates.map((gate) =>
          gate.name === 't' ? gateOf('swap', [wires.indexOf(0), wires.indexOf(1)]) : gate,
        ),
      })),
      /a gate between them does not keep their basis/,
    ],
    [
      'a gate that is not of that kind',
      edited(0, () => ({ unitary: [...swapMatrix()] })),
      /a gate between them does not keep their basis/,
    ],
  ])('%s is refused', (_, wrong, message) => {
    expect(sharedBondFault(wrong)).toMatch(message);
  });

  test('the checker refuses a bond that gates share wrongly', () => {
    const circuit = makeCircuit(3, [gateOf('cx', [0, 1]), gateOf('t', [0]), gateOf('cx', [0, 2])]);
    const cut = buildCutCircuit(
      circuit,
      [
        [0, 1],
        [0, 1],
      ],
      { joint: true },
    );
    const spoiled = (edit: (cut: GateCut) => Partial<GateCut>, index: number): CutCircuit => ({
      ...cut,
      cuts: cut.cuts.map((each) =>
        each.kind === 'gate' && each.index === index ? { ...each, ...edit(each) } : each,
      ),
    });
    checkCutCircuit(circuit, cut);
    const r = Math.SQRT1_2;
    for (const wrong of [
      spoiled(({ shared }) => ({ shared: shared && { ...shared, basis: [r, 0, r, 0, r, 0, -r, 0] } }), 1),
      spoiled(({ shared }) => ({ shared: shared && { ...shared, basis: exchanged(shared.basis) } }), 1),
      spoiled(({ shared }) => ({ shared: shared && { ...shared, control: 1 } }), 1),
      spoiled(() => ({ bonds: [1] }), 1),
      spoiled(() => ({ bonds: [] }), 0),
    ]) {
      expect(() => checkCutCircuit(circuit, wrong)).toThrow(/share the bond/);
    }
  });
});

function swapMatrix(): number[] {
  return [0, 2, 1, 3].flatMap((one) => [0, 1, 2, 3].flatMap((column) => [column === one ? 1 : 0, 0]));
}
