import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeCircuit, type Circuit, type Gate } from '../../../../src/circuit/circuit.js';
import { circuitHash } from '../../../../src/circuit/circuitHash.js';
import { gateMatrix, gateOf, GATES } from '../../../../src/circuit/gates.js';
import { equalUpToPhase, maxDifference } from '../../../../src/circuit/matrix.js';
import { formatAngle } from '../../../../src/circuit/qasm/formatAngle.js';
import { gateDefinitionText, LIBRARY_GATES } from '../../../../src/circuit/qasm/library.js';
import { circuitDepth, countGates } from '../../../../src/circuit/circuitFacts.js';
import { countTwoQubitGates, idleQubits } from '../../../support/circuitFacts.js';
import { readQasm } from '../../../../src/circuit/qasm/readQasm.js';
import { writeQasm } from '../../../../src/circuit/qasm/writeQasm.js';
import { unitaryOf } from '../../../support/denseSimulator.js';

const NARROW = [...GATES.values()].filter((spec) => spec.matrix);
const VERSIONS = [2, 3] as const;

const angle = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.double({ min: -10, max: 10, noNaN: true }),
  fc
    .tuple(fc.integer({ min: -40, max: 40 }), fc.integer({ min: 0, max: 12 }))
    .map(([n, k]) => (n * Math.PI) / 2 ** k),
);

const gate = (qubits: number): fc.Arbitrary<Gate> =>
  fc
    .tuple(
      fc.constantFrom(...NARROW.filter((spec) => spec.qubits <= qubits)),
      fc.shuffledSubarray(
        Array.from({ length: qubits }, (_, q) => q),
        { minLength: Math.min(2, qubits) },
      ),
      fc.array(angle, { minLength: 4, maxLength: 4 }),
    )
    .map(([spec, order, angles]) =>
      gateOf(spec.name, order.slice(0, spec.qubits), ...angles.slice(0, spec.params)),
    );

/** Circuits of one to five qubits in one or two registers, measured into shuffled bits or not at all. */
const circuit: fc.Arbitrary<Circuit> = fc.integer({ min: 1, max: 5 }).chain((qubits) =>
  fc
    .record({
      gates: fc.array(gate(qubits), { maxLength: 12 }),
      split: fc.integer({ min: 1, max: qubits }),
      measured: fc.boolean(),
      outcomes: fc.shuffledSubarray([...Array.from({ length: qubits }, (_, q) => q), -1, -1], {
        minLength: 3,
      }),
    })
    .map(({ gates, split, measured, outcomes }) => {
      const written = outcomes.some((q) => q >= 0);
      return {
        qubits,
        gates,
        qubitRegisters: [
          { name: 'q', size: split },
          ...(split < qubits ? [{ name: 'rest', size: qubits - split }] : []),
        ],
        bitRegisters:
          measured && written
            ? [
                { name: 'c', size: 2 },
                { name: 'd', size: outcomes.length - 2 },
              ]
            : [],
        outcomes: measured && written ? outcomes : Array.from({ length: qubits }, (_, q) => q),
        measured: measured && written,
      };
    }),
);

describe('writeQasm', () => {
  it.each(VERSIONS)('version %i reads back as the same circuit', (version) => {
    fc.assert(
      fc.property(circuit, (original) => {
        const read = readQasm(writeQasm(original, version));
        expect(read).toEqual(original);
        expect(circuitHash(read)).toBe(circuitHash(original));
      }),
      { numRuns: 150 },
    );
  });

  it.each(VERSIONS)('version %i defines what its library lacks, correctly', (version) => {
    for (const spec of NARROW) {
      const qubits = Array.from({ length: spec.qubits }, (_, q) => q);
      const original = gateOf(spec.name, qubits, ...[0.7, -1.3, 2.1, 0.4].slice(0, spec.params));
      const text = writeQasm(makeCircuit(spec.qubits, [original]), version);
      expect(text.includes(`gate ${spec.name}`)).toBe(
        !LIBRARY_GATES[version].has(spec.name) && spec.name !== 'u',
      );
      // Under another name the definition is not recognised, so this runs its body.
      const body = gateDefinitionText(spec.name, version)?.replace(`gate ${spec.name}`, 'gate made');
      if (body !== undefined) {
        const start =
          version === 2 ? 'OPENQASM 2.0; include "qelib1.inc";' : 'OPENQASM 3; include "stdgates.inc";';
        const params = original.params.length > 0 ? `(${original.params.join(',')})` : '';
        const names = qubits.map((q) => `q[${q}]`).join(',');
        const { gates } = readQasm(`${start} ${body} qreg q[${spec.qubits}]; made${params} ${names};`);
        const made = unitaryOf(spec.qubits, gates);
        const exact = maxDifference(made, gateMatrix(original));
        expect(
          version === 3 ? exact < 1e-14 : equalUpToPhase(made, gateMatrix(original), 1e-14),
          spec.name,
        ).toBe(true);
      }
    }
  });

  it('writes angles as multiples of pi where that is exact', () => {
    expect(formatAngle(Math.PI)).toBe('pi');
    expect(formatAngle(-Math.PI / 2)).toBe('-pi/2');
    expect(formatAngle((3 * Math.PI) / 4)).toBe('3*pi/4');
    expect(formatAngle(Math.PI / 2 ** 40)).toBe(`pi/${2 ** 40}`);
    expect(formatAngle(0.1)).toBe('0.1');
    expect(formatAngle(1e-7)).toBe('1.0e-7');
    expect(formatAngle(-0)).toBe('-0.0');
  });

  it('changes register names that the version does not allow', () => {
    const original: Circuit = {
      ...makeCircuit(3, [gateOf('rzz', [0, 2], 1)]),
      qubitRegisters: [
        { name: 'θ', size: 1 },
        { name: 'rzz', size: 1 },
        { name: 'h', size: 1 },
      ],
    };
    const names = (version: 2 | 3): string[] =>
      readQasm(writeQasm(original, version)).qubitRegisters.map(({ name }) => name);
    expect(names(2)).toEqual(['r__', 'rzz_0', 'h_0']);
    expect(names(3)).toEqual(['θ', 'rzz_0', 'h_0']);
    expect(readQasm(writeQasm(original, 2)).gates).toEqual(original.gates);
  });
});

describe('queries and hash', () => {
  const sample = makeCircuit(4, [
    gateOf('h', [0]),
    gateOf('cx', [0, 2]),
    gateOf('h', [0]),
    gateOf('rz', [2], 0.5),
  ]);

  it('counts gates, depth and idle qubits', () => {
    expect(countGates(sample.gates)).toEqual({ h: 2, cx: 1, rz: 1 });
    expect(countTwoQubitGates(sample.gates)).toBe(1);
    expect(circuitDepth(sample)).toBe(3);
    expect(idleQubits(sample)).toEqual([1, 3]);
  });

  it('hashes what the circuit does, not how it is written', () => {
    const two = readQasm(
      'OPENQASM 2.0; include "qelib1.inc"; qreg q[2]; // a comment\n rx(pi/2) q[0]; cx q[0],q[1];',
    );
    const three = readQasm('OPENQASM 3; include "stdgates.inc"; qubit[2] w; rx(0.5*pi) w[0]; CX w[0],w[1];');
    expect(circuitHash(two)).toBe(circuitHash(three));
    const others = [
      'rx(1.5707963267948968) q[0]; cx q[0],q[1];',
      'rx(pi/2) q[0]; cx q[1],q[0];',
      'rx(pi/2) q[1]; cx q[0],q[1];',
    ];
    for (const other of others) {
      expect(circuitHash(readQasm(`OPENQASM 2.0; include "qelib1.inc"; qreg q[2]; ${other}`))).not.toBe(
        circuitHash(two),
      );
    }
    expect(circuitHash(two)).toMatch(/^[0-9a-f]{64}$/);
  });
});
