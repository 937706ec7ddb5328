/** Sections between fences: the order on every qubit stays, and fences keep theirs. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Gate } from '../../../src/circuit/circuit.js';
import type { Fence, Sequence } from '../../../src/circuit/fence.js';
import { gateOf } from '../../../src/circuit/gates.js';
import { freeSection, fromSections, intoSections } from '../../../src/compile/sections.js';

const QUBITS = 4;

/** Gates are told apart by their angle, fences by their bit. */
const sequences = fc
  .array(fc.tuple(fc.boolean(), fc.uniqueArray(fc.nat(QUBITS - 1), { minLength: 1, maxLength: 2 })), {
    maxLength: 30,
  })
  .map((steps): Sequence => {
    const gates: Gate[] = [];
    const fences: Fence[] = [];
    for (const [i, [isGate, qubits]] of steps.entries()) {
      if (isGate) gates.push(gateOf(qubits.length === 1 ? 'rz' : 'rzz', qubits, i));
      else fences.push({ kind: 'measure', qubits, bit: i, position: gates.length });
    }
    return { gates, fences };
  });

/** On each qubit what acts on it, in order. */
function wires({ gates, fences }: Sequence): number[][] {
  const lines: number[][] = Array.from({ length: QUBITS }, () => []);
  for (let position = 0; position <= gates.length; position += 1) {
    for (const fence of fences) {
      if (fence.position === position)
        fence.qubits.forEach((q) => lines[q]?.push(-1 - fences.indexOf(fence)));
    }
    const gate = gates[position];
    gate?.qubits.forEach((q) => lines[q]?.push(gate.params[0] ?? 0));
  }
  return lines;
}

function bitsOf(fences: readonly Fence[]): (number | null)[] {
  return fences.map((fence) => (fence.kind === 'measure' ? fence.bit : null));
}

function measure(qubit: number): Fence {
  return { kind: 'measure', qubits: [qubit], bit: qubit, position: 2 };
}

describe('sections', () => {
  it.each(['early', 'late'] as const)(
    'keep the order on every qubit, and of fences, with gates as %s as can be',
    (side) => {
      fc.assert(
        fc.property(sequences, (sequence) => {
          const split = intoSections(sequence, QUBITS, side);
          expect(split.sections).toHaveLength(split.fences.length + 1);
          const back = fromSections(split);
          expect(wires(back)).toEqual(wires(sequence));
          expect(back.gates).toHaveLength(sequence.gates.length);
          expect(bitsOf(back.fences)).toEqual(bitsOf(sequence.fences));
          // Nothing is gained by doing it again.
          expect(intoSections(back, QUBITS, side).sections).toEqual(split.sections);
        }),
      );
    },
  );

  it('leave what has nothing to do with a fence in one piece', () => {
    const [a, b] = [gateOf('cx', [0, 1]), gateOf('cx', [2, 3])];
    const fence: Fence = { kind: 'reset', qubits: [0], position: 2 };
    const sequence: Sequence = { gates: [a, b, a, b], fences: [fence] };
    expect(intoSections(sequence, QUBITS, 'early').sections).toEqual([[a, b, b], [a]]);
    expect(intoSections(sequence, QUBITS, 'late').sections).toEqual([[a], [b, a, b]]);
  });

  it('give places for fences that share one as one', () => {
    const gates = [gateOf('h', [0]), gateOf('h', [1])];
    const { sections, fences } = intoSections({ gates, fences: [measure(0), measure(1)] }, QUBITS, 'early');
    expect(sections).toEqual([gates, []]);
    expect(fences).toEqual([[measure(0), measure(1)]]);
  });

  it('are free at the end where what is behind can be told where qubits are', () => {
    const gates = [gateOf('cx', [0, 1]), gateOf('cx', [1, 2])];
    const at = (fences: readonly Fence[]) => freeSection(intoSections({ gates, fences }, QUBITS, 'early'));
    expect(at([])).toBe(0);
    expect(at([{ kind: 'measure', qubits: [1], bit: 0, position: 2 }])).toBe(0);
    expect(at([{ kind: 'measure', qubits: [1], bit: 0, position: 1 }])).toBe(1);
    const none = { gates: [], fences: [] };
    const body = { gates: [gateOf('cx', [0, 1])], fences: [] };
    const condition = { kind: 'bits', bits: [0] } as const;
    expect(at([{ kind: 'if', condition, qubits: [0, 1], body, otherwise: none, position: 2 }])).toBe(
      undefined,
    );
  });
});
