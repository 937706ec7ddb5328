/** Phases of several qubits that are cut as one: what is built, what it costs, and what the checker refuses. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeCircuit, type Circuit, type Gate } from '../../../../src/circuit/circuit.js';
import { controlGates, decomposeGate } from '../../../../src/circuit/decompose.js';
import { gateOf } from '../../../../src/circuit/gates.js';
import { jointGamma } from '../../../../src/cut/joint/jointGamma.js';
import { sharedBondFault } from '../../../../src/cut/joint/sharedChecker.js';
import { totalGamma } from '../../../../src/cut/model/overhead.js';
import type { CutCircuit, GateCut, Subcircuit } from '../../../../src/cut/model/cutCircuit.js';
import { buildCutCircuit } from '../../../../src/cut/solution/buildCutCircuit.js';
import { checkCutCircuit } from '../../../../src/cut/solution/checker.js';
import { cutsFile, readCutsFile } from '../../../../src/cut/solution/cutsFile.js';
import { planReuse } from '../../../../src/cut/reuse/planReuse.js';
import { checkReuse } from '../../../../src/cut/reuse/reuseChecker.js';
import { readSubcircuitQasm, writeSubcircuitQasm } from '../../../../src/circuit/qasm/subcircuitQasm.js';
import { findJointCuts } from '../../../../src/cut/search/modes/jointSearch.js';
import type { GatePart } from '../../../../src/cut/model/cutGraph.js';
import { COUNTED } from '../../../support/budget.js';
import { partsByHome } from '../../../support/cutCases.js';
import { partitions } from '../bruteForce.js';

function cutByHome(circuit: Circuit, home: readonly number[]): CutCircuit {
  const cut = buildCutCircuit(circuit, partsByHome(circuit, home), { joint: true });
  checkCutCircuit(circuit, cut);
  return cut;
}

function gateCuts(cut: CutCircuit): GateCut[] {
  return cut.cuts.filter((each): each is GateCut => each.kind === 'gate');
}

/** Two rows of three qubits that are joined inside. */
function rows(gates: readonly Gate[]): Circuit {
  const inside = [gateOf('cx', [0, 1]), gateOf('cx', [1, 2]), gateOf('cx', [3, 4]), gateOf('cx', [4, 5])];
  return makeCircuit(6, [...inside, ...gates.flatMap(decomposeGate), ...inside]);
}

/** Bonds of two cx with one control in the first row, and of a gate between them. */
function bondsAround(gate: Gate): number {
  const circuit = rows([gateOf('cx', [2, 3]), gate, gateOf('cx', [2, 4])]);
  return cutByHome(circuit, HALVES).cuts.reduce((sum, { bonds }) => sum + bonds.length, 0);
}

/** Cuts of phases of several qubits. */
function wholeCuts(cut: CutCircuit): number {
  return gateCuts(cut).filter(({ sides }) => sides !== undefined).length;
}

const HALVES = [0, 0, 0, 1, 1, 1];
const ccz = gateOf('ccz', [1, 2, 3]);

describe('phases that are cut as one', () => {
  test('have the sides that the parts give them, one bond, and the gamma of a cp', () => {
    const c3p = controlGates([gateOf('cp', [2, 3], 0.6)], [1, 4]);
    const cut = cutByHome(rows([ccz, ...c3p]), HALVES);
    expect(gateCuts(cut).map(({ sides, bonds }) => [sides, bonds])).toEqual([
      [[[3], [1, 2]], [0]],
      [
        [
          [1, 2],
          [3, 4],
        ],
        [1],
      ],
    ]);
    const [one = 0, other = 0] = gateCuts(cut).map((each) => totalGamma([each]));
    expect(one).toBe(3);
    expect(other).toBeCloseTo(1 + 2 * Math.sin(0.3), 12);
    expect(cut.subcircuits.map(({ width, gateEnds }) => [width, gateEnds.length])).toEqual([
      [3, 2],
      [3, 2],
    ]);
  });

  test('in one time slice cost less together, one after another they do not', () => {
    const far = gateOf('ccz', [0, 4, 5]);
    expect(jointGamma(cutByHome(rows([ccz, far]), HALVES))).toBeCloseTo(7, 12);
    const later = [ccz, gateOf('cx', [0, 1]), gateOf('h', [0]), far];
    expect(jointGamma(cutByHome(rows(later), HALVES))).toBeCloseTo(9, 12);
  });

  test('keep the basis of gates that share a bond around them', () => {
    expect(bondsAround(gateOf('ccz', [1, 2, 5]))).toBe(2);
    expect(bondsAround(gateOf('ccx', [1, 5, 2]))).toBe(3);
  });

  test('are cut gate by gate in three parts, where a wire is cut inside, and without joint', () => {
    const circuit = rows([ccz]);
    expect(wholeCuts(cutByHome(circuit, [0, 0, 2, 1, 1, 1]))).toBe(0);
    const parts = partsByHome(circuit, HALVES);
    expect(wholeCuts(buildCutCircuit(circuit, parts))).toBe(0);
    const inner = parts.findIndex((part) => typeof part === 'object');
    const torn = parts.map((part, i) => (i === inner ? 0 : part));
    const cut = buildCutCircuit(circuit, torn, { joint: true });
    checkCutCircuit(circuit, cut);
    expect(wholeCuts(cut)).toBe(0);
    expect(cut.cuts.some(({ kind }) => kind === 'wire')).toBe(true);
  });

  test('go through cuts.json, subcircuit files and plans of reuse', () => {
    const circuit = rows([...controlGates([gateOf('z', [3])], [2, 0, 1]), ccz]);
    const parts = partsByHome(circuit, HALVES);
    const cutCircuit = cutByHome(circuit, HALVES);
    expect(gateCuts(cutCircuit).map(({ sides }) => sides?.[1].length)).toEqual([3, 2]);
    const quality = { objective: 'cost', value: 1, lowerBound: null, proven: false, seconds: 0 } as const;
    expect(readCutsFile(cutsFile({ parts, quality, cutCircuit }), 'cuts.json').cutCircuit).toEqual(
      cutCircuit,
    );
    for (const sides of [
      undefined,
      [[0], [3, 4, 5]],
      [
        [2, 1],
        [3, 4],
      ],
    ] as const) {
      const cuts = cutCircuit.cuts.map((cut, i) =>
        i === 0 && cut.kind === 'gate' ? { ...cut, sides } : cut,
      );
      const forged = JSON.stringify({ version: 2, parts, quality, cutCircuit: { ...cutCircuit, cuts } });
      expect(() => readCutsFile(forged, 'cuts.json')).toThrow('gate cut 0 has an end on ');
    }
    for (const subcircuit of cutCircuit.subcircuits) {
      const text = writeSubcircuitQasm({ ...subcircuit, qubits: subcircuit.width });
      const read = readSubcircuitQasm(text, '0.qasm');
      const ends = subcircuit.gateEnds.map(({ cut, qubit, position, others }) => ({
        cut,
        qubit,
        position,
        ...(others && { others }),
      }));
      expect(read.gateEnds).toEqual(ends);
      checkReuse(subcircuit, planReuse(subcircuit));
    }
  });
});

describe('the checker', () => {
  const circuit = rows([ccz]);
  const cut = cutByHome(circuit, HALVES);

  function edited(change: (gate: GateCut) => Partial<GateCut>): CutCircuit {
    return {
      ...cut,
      cuts: cut.cuts.map((each) => (each.kind === 'gate' ? { ...each, ...change(each) } : each)),
    };
  }

  function withEnd(change: (end: Subcircuit['gateEnds'][number]) => object): CutCircuit {
    const subcircuits = cut.subcircuits.map((each) => ({
      ...each,
      gateEnds: each.gateEnds.map((end) => ({ ...end, ...change(end) })),
    }));
    return { ...cut, subcircuits };
  }

  test.each<[string, CutCircuit, RegExp]>([
    [
      'another angle',
      edited(({ unitary }) => ({ unitary: unitary.map((x, i) => (i === 30 ? 0 : i === 31 ? 1 : x)) })),
      /cut gate 0 is not the product of its gates/,
    ],
    [
      'a gate of two bits that is no phase',
      edited(({ unitary }) => ({ unitary: unitary.map((x, i) => (i === 2 ? 1e-3 : x)) })),
      /is not the product/,
    ],
    ['a gate left out', edited(({ gates }) => ({ gates: gates.slice(1) })), /not the product/],
    [
      'another order of the qubits of a side than its end has',
      edited(() => ({ sides: [[3], [2, 1]], qubits: [3, 2] })),
      /end 1 of cut gate 0 is not once on wire 2, 1/,
    ],
    [
      'first qubits that are not those of the sides',
      edited(() => ({ qubits: [3, 2] })),
      /first qubits of its sides/,
    ],
    [
      'an end without a qubit',
      withEnd(() => ({ others: undefined })),
      /end 1 of cut gate 0 is not once on wire 1, 2/,
    ],
    ['an end on a qubit that is not there', withEnd(() => ({ others: [7] })), /on no qubit of it/],
    [
      'an end at another time',
      withEnd(({ end }) => (end === 1 ? { position: 0 } : {})),
      /wire 1 is|gate 0 on wire/,
    ],
  ])('refuses %s', (_, wrong, message) => {
    expect(() => checkCutCircuit(circuit, wrong)).toThrow(message);
  });

  test('refuses a bond shared across a phase that does not keep its basis', () => {
    const mixed = rows([gateOf('cx', [3, 2]), gateOf('ccz', [1, 2, 5]), gateOf('cx', [4, 2])]);
    const plain = cutByHome(mixed, HALVES);
    const half = Math.SQRT1_2;
    // Both act by X of qubit 2, which the phase in between mixes.
    const basis = [half, 0, half, 0, half, 0, -half, 0];
    const pair = plain.cuts.filter((each) => each.kind === 'gate' && each.sides === undefined);
    expect(pair).toHaveLength(2);
    const cuts = plain.cuts.map((each) => {
      if (each.kind !== 'gate' || each.sides !== undefined) return each;
      const leader = pair[0]?.index ?? -1;
      return {
        ...each,
        bonds: each.index === leader ? each.bonds : [],
        shared: { leader, control: 1 as const, basis },
      };
    });
    expect(sharedBondFault({ ...plain, cuts })).toMatch(/does not keep their basis/);
  });
});

describe('the search', () => {
  const circuits = fc
    .array(
      fc.tuple(
        fc.constantFrom('ccz', 'ccx', 'cx', 'cp', 'cx'),
        fc.shuffledSubarray([0, 1, 2, 3], { minLength: 3, maxLength: 3 }),
      ),
      { minLength: 2, maxLength: 4 },
    )
    .map((list) =>
      list.map(([name, on]) =>
        gateOf(name, on.slice(0, name.startsWith('cc') ? 3 : 2), ...(name === 'cp' ? [0.8] : [])),
      ),
    )
    .filter((gates) => {
      const wide = gates.filter(({ qubits }) => qubits.length === 3).length;
      return wide > 0 && 3 * wide + 2 * (gates.length - wide) <= 7;
    });

  test('random circuits: no worse than the best of all partitions that keep phases whole, and bounded by it', async () => {
    let whole = 0;
    await fc.assert(
      fc.asyncProperty(circuits, fc.integer({ min: 2, max: 3 }), async (gates, maxWidth) => {
        const circuit = makeCircuit(4, gates.flatMap(decomposeGate));
        const least = leastWhole(circuit, gates, maxWidth);
        const options = { maxWidth, objective: 'sampling', timeLimit: 5, ...COUNTED } as const;
        const { value, lowerBound, cutCircuit } = await findJointCuts(circuit, options);
        whole += wholeCuts(cutCircuit);
        expect(value).toBeLessThanOrEqual(least * (1 + 1e-9));
        expect(lowerBound ?? 0).toBeLessThanOrEqual(least * (1 + 1e-9));
        expect(jointGamma(cutCircuit) ** 2).toBeCloseTo(value, 6);
      }),
      { numRuns: 25 },
    );
    expect(whole).toBeGreaterThan(5);
  }, 120_000);

  test('ccz between two clusters that cx fill costs 3 each, not what its gates do', async () => {
    const inside = [...cluster(0), ...cluster(4)];
    const gates = [...inside, gateOf('ccz', [2, 3, 4]), ...inside, gateOf('ccx', [5, 4, 3]), ...inside];
    const circuit = makeCircuit(8, gates.flatMap(decomposeGate));
    for (const objective of ['sampling', 'cost'] as const) {
      const found = await findJointCuts(circuit, { maxWidth: 4, objective, timeLimit: 4, ...COUNTED });
      expect(jointGamma(found.cutCircuit)).toBeCloseTo(9, 9);
    }
  }, 60_000);
});

/** All pairs of four qubits from `first` on, with h in between. */
function cluster(first: number): Gate[] {
  return [0, 1, 2].flatMap((a) =>
    [1, 2, 3]
      .filter((b) => b > a)
      .flatMap((b) => [gateOf('cx', [first + a, first + b]), gateOf('h', [first + a])]),
  );
}

/** The least squared gamma of all partitions of the ends of gates, each of which may have more than two. */
function leastWhole(circuit: Circuit, gates: readonly Gate[], maxWidth: number): number {
  const units = gates.flatMap(({ qubits }, gate) => qubits.map((qubit) => ({ gate, qubit })));
  const owner = gates.flatMap((gate, number) => decomposeGate(gate).map(() => number));
  let least = Infinity;
  for (const labels of partitions(units.length)) {
    const partOf = (gate: number, qubit: number): number =>
      labels[units.findIndex((unit) => unit.gate === gate && unit.qubit === qubit)] ?? -1;
    const parts = circuit.gates.flatMap(({ qubits: [a = 0, b] }, position): GatePart[] => {
      if (b === undefined) return [];
      const [one, other] = [a, b].map((qubit) => partOf(owner[position] ?? -1, qubit));
      return [one === other ? (one ?? 0) : [one ?? 0, other ?? 0]];
    });
    const cut = buildCutCircuit(circuit, parts, { joint: true });
    if (cut.subcircuits.some(({ width }) => width > maxWidth)) continue;
    least = Math.min(least, jointGamma(cut) ** 2);
  }
  return least;
}
