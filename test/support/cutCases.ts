/** Small circuits with cuts of every class, for what is drawn from them. */
import { makeCircuit, type Circuit } from '../../src/circuit/circuit.js';
import { controlGates, decomposeGate } from '../../src/circuit/decompose.js';
import { gateOf } from '../../src/circuit/gates.js';
import { Random } from '../../src/circuit/random.js';
import type { GatePart } from '../../src/cut/model/cutGraph.js';

/** Four qubits, turned and entangled at either side of gates that are cut, so that nothing is 0 by symmetry. */
export function around(gates: Circuit['gates'], seed: number): Circuit {
  const random = new Random(seed);
  const turns = (): Circuit['gates'] =>
    [0, 1, 2, 3].map((qubit) => gateOf('u3', [qubit], random.angle(), random.angle(), random.angle()));
  const inside = [gateOf('cx', [0, 1]), gateOf('cx', [3, 2])];
  return makeCircuit(4, [...turns(), ...inside, ...gates, ...turns(), ...inside, ...turns()]);
}

export interface CutCase {
  readonly name: string;
  readonly circuit: Circuit;
  readonly parts: readonly GatePart[];
  readonly joint?: boolean;
  /** Subexperiments of each subcircuit. */
  readonly counts: readonly number[];
}

const twoSides: readonly GatePart[] = [0, 1];
const general = [gateOf('rxx', [2, 1], 0.3), gateOf('ryy', [2, 1], 0.5), gateOf('rzz', [2, 1], 0.9)];

/** Gates of any number of qubits, taken apart, that are cut between the first two qubits and the last two. */
function halved(gates: Circuit['gates'], seed: number): Pick<CutCase, 'circuit' | 'parts' | 'joint'> {
  const circuit = around(gates.flatMap(decomposeGate), seed);
  return { circuit, parts: partsByHome(circuit, [0, 0, 1, 1]), joint: true };
}

/** Parts that cut no wire: each qubit has its own. */
export function partsByHome(circuit: Circuit, home: readonly number[]): GatePart[] {
  return circuit.gates.flatMap(({ qubits: [a = -1, b] }): GatePart[] => {
    if (b === undefined) return [];
    const [first = 0, second = 0] = [home[a], home[b]];
    return [first === second ? first : [first, second]];
  });
}

export const cutCases: readonly CutCase[] = [
  {
    name: 'cut wires',
    circuit: around([gateOf('cx', [1, 2])], 1),
    parts: [0, 1, 1, 1, 1],
    counts: [3 ** 2, 6 ** 2],
  },
  {
    name: 'a cut cx',
    circuit: around([gateOf('cx', [1, 2])], 2),
    parts: [...twoSides, [0, 1], ...twoSides],
    counts: [5, 5],
  },
  {
    name: 'a weak cut rotation',
    circuit: around([gateOf('rzz', [1, 2], 1e-5)], 3),
    parts: [...twoSides, [0, 1], ...twoSides],
    counts: [5, 5],
  },
  {
    name: 'a cut swap',
    circuit: around([gateOf('swap', [1, 2])], 4),
    parts: [...twoSides, [0, 1], ...twoSides],
    counts: [22, 22],
  },
  {
    name: 'a general cut gate, first end in the second part',
    circuit: around(general, 5),
    parts: [...twoSides, [1, 0], [1, 0], [1, 0], ...twoSides],
    counts: [22, 22],
  },
  {
    name: 'gates cut together, their control in the first part',
    circuit: around([gateOf('cx', [1, 2]), gateOf('cp', [1, 3], 0.7), gateOf('cx', [1, 2])], 6),
    parts: [...twoSides, [0, 1], [0, 1], [0, 1], ...twoSides],
    joint: true,
    counts: [5, 4],
  },
  {
    name: 'a cut ccz, one qubit against two',
    ...halved([gateOf('ccz', [0, 1, 2])], 8),
    counts: [4, 5],
  },
  {
    name: 'a cut phase of four qubits, two against two',
    ...halved([gateOf('h', [3]), ...controlGates([gateOf('cp', [2, 3], 0.7)], [0, 1])], 9),
    counts: [5, 4],
  },
  {
    name: 'two cut ccx of other sides',
    ...halved([gateOf('ccx', [1, 2, 3]), gateOf('ccx', [2, 1, 0])], 10),
    counts: [5 * 4, 4 * 5],
  },
];
