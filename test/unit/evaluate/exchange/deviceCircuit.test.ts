import { describe, expect, it } from 'vitest';
import { makeCircuit } from '../../../../src/circuit/circuit.js';
import { gateOf } from '../../../../src/circuit/gates.js';
import { buildCutCircuit } from '../../../../src/cut/solution/buildCutCircuit.js';
import { deviceCircuit, type DeviceCircuit } from '../../../../src/evaluate/exchange/deviceCircuit.js';
import { CAPABILITIES } from '../../../../src/evaluate/exchange/formats.js';
import { listExperiments } from '../../../../src/evaluate/exchange/experiments.js';
import { namedSubcircuits } from '../../../../src/evaluate/tasks.js';
import { subexperimentCircuit } from '../../../../src/subexperiments/subexperimentCircuit.js';
import { cutEndsOf, subexperimentCount } from '../../../../src/subexperiments/subexperiments.js';
import { cutCases } from '../../../support/cutCases.js';
import { subexperimentFrequencies } from '../../../support/subexperimentReference.js';

function frequencies({ qubits, steps, signs, outcomes }: DeviceCircuit): Float64Array {
  return subexperimentFrequencies({ qubits, steps, recorded: signs, outcomes });
}

const ALL = new Set(CAPABILITIES);
const NONE = new Set<never>();

describe('circuits for devices', () => {
  it.each(cutCases)('of $name have the frequencies of their subexperiments', ({ circuit, parts, joint }) => {
    const cut = buildCutCircuit(circuit, parts, { joint: joint ?? false });
    let copies = 0;
    for (const subcircuit of cut.subcircuits) {
      const ends = cutEndsOf(cut, subcircuit);
      for (let number = 0; number < subexperimentCount(ends); number += 1) {
        const subexperiment = subexperimentCircuit(subcircuit, ends, number);
        const expected = subexperimentFrequencies(subexperiment);
        const [able, plain] = [deviceCircuit(subexperiment, ALL), deviceCircuit(subexperiment, NONE)];
        for (const found of [frequencies(able), frequencies(plain)]) {
          expect(found.length).toBe(expected.length);
          expected.forEach((value, i) => expect(found[i]).toBeCloseTo(value, 12));
        }
        // What goes on after its measurement is copied, and nothing else is.
        expect(plain.capabilities).toEqual([]);
        expect(plain.qubits - able.qubits).toBe(able.capabilities.length);
        copies += able.capabilities.length;
        const onTheWay = plain.steps.findIndex(({ kind }) => kind === 'measure');
        const after = onTheWay < 0 ? [] : plain.steps.slice(onTheWay);
        for (const step of after)
          if (step.kind === 'gate') expect(step.gate.qubits).not.toContain(measuredAt(plain, onTheWay));
      }
    }
    if (circuit.gates.some(({ name }) => name === 'swap')) expect(copies).toBeGreaterThan(0);
  });

  it('leave out what no measurement sees, and need no measurement on the way for it', () => {
    const gates = [gateOf('h', [0]), gateOf('cx', [0, 1]), gateOf('rx', [0], 0.3)];
    const circuit = { ...makeCircuit(2, gates), outcomes: [-1, 1], measured: true };
    const cut = buildCutCircuit(circuit, [[0, 1]]);
    const [first] = cut.subcircuits;
    const ends = cutEndsOf(cut, first!);
    const circuits = Array.from({ length: 5 }, (_, number) =>
      deviceCircuit(subexperimentCircuit(first!, ends, number), ALL),
    );
    expect(circuits.map(({ capabilities }) => capabilities)).toEqual([[], [], [], [], []]);
    // Only where a bit is recorded is there anything to run.
    expect(circuits.filter(({ steps }) => steps.length > 0).map(({ signs }) => signs)).toEqual([1]);
  });
});

function measuredAt({ steps }: DeviceCircuit, place: number): number {
  const step = steps[place];
  return step?.kind === 'measure' ? step.qubit : -1;
}

describe('experiments', () => {
  it('are listed once where ends of cuts meet on a qubit', () => {
    // Qubit 0 is the control of two cut gates, with nothing in between.
    const gates = [gateOf('ry', [0], 0.4), gateOf('cx', [0, 1]), gateOf('cx', [0, 2]), gateOf('h', [0])];
    const cut = buildCutCircuit(makeCircuit(3, gates), [
      [0, 1],
      [0, 2],
    ]);
    const [listed, ...others] = listExperiments(cut, namedSubcircuits(cut));
    // Of 16 products of turns about Z four differ. One measurement comes before or after one of four turns, of which
    // turns by nothing are alike. Two measurements are one more.
    expect(listed?.count).toBe(25);
    expect(listed?.experiments.length).toBe(4 + 2 * 4 - 1 + 1);
    expect(listed?.experiments.flatMap(({ numbers }) => numbers).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 25 }, (_, i) => i),
    );
    for (const { numbers } of listed?.experiments ?? []) {
      const [first, ...alike] = numbers.map((number) =>
        subexperimentFrequencies(subexperimentCircuit(listed!.subcircuit, listed!.ends, number)),
      );
      for (const same of alike) same.forEach((value, i) => expect(value).toBeCloseTo(first![i]!, 12));
    }
    for (const { count, experiments } of others) expect(experiments.length).toBe(count);
  });

  it('have names of their tensors and numbers', () => {
    const { circuit, parts, counts } = cutCases[0]!;
    const cut = buildCutCircuit(circuit, parts, {});
    const listed = listExperiments(cut, namedSubcircuits(cut));
    expect(listed.map(({ experiments }) => experiments.length)).toEqual(counts);
    expect(listed[1]?.experiments[17]?.id).toBe('1-17');
  });
});
