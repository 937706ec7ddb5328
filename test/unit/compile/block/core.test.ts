import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeCircuit, type Gate } from '../../../../src/circuit/circuit.js';
import { gateOf } from '../../../../src/circuit/gates.js';
import { Random } from '../../../../src/circuit/random.js';
import { coreOf, localBlock, padCore } from '../../../../src/compile/block/core.js';
import { placeGates } from '../../../../src/compile/gates/partition.js';
import { denseUnitary, unitaryDistance } from '../../../../src/compile/gates/unitary.js';

function randomGates(seed: number, qubits: number, count: number): Gate[] {
  const random = new Random(seed, 'core');
  return Array.from({ length: count }, (_, i) => {
    const [a = 0, b = 1] = random.shuffle(Array.from({ length: qubits }, (__, q) => q));
    return (seed + i) % 3 === 0
      ? gateOf('cx', [a, b])
      : gateOf('u', [a], random.angle(), random.angle(), random.angle());
  });
}

const wholeBlock = (qubits: number, gates: readonly Gate[]) => {
  const circuit = makeCircuit(qubits, gates);
  return { circuit, core: coreOf(circuit, { gates: [...gates.keys()] }) };
};

describe('the core of a block', () => {
  it('is the block again with what was taken off, with and without placeholders', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 2, max: 4 }),
        fc.nat(14),
        fc.boolean(),
        (seed, qubits, count, everywhere) => {
          const gates = randomGates(seed, qubits, count);
          const { circuit, core } = wholeBlock(qubits, gates);
          const at = (positions: readonly number[]): Gate[] => positions.flatMap((i) => gates[i] ?? []);
          expect([...core.before, ...core.core.gates, ...core.after].toSorted((a, b) => a - b)).toEqual([
            ...gates.keys(),
          ]);
          const ends = [...core.core.gates].map((i) => gates[i]?.qubits.length);
          if (ends.length > 0) expect([ends[0], ends.at(-1)]).toEqual([2, 2]);
          const padded = padCore(circuit, core, everywhere);
          for (const middle of [
            placeGates(localBlock(circuit, core.core).gates, core.core),
            [...padded.before, ...placeGates(padded.block.gates, core.core), ...padded.after],
          ]) {
            const again = [...at(core.before), ...middle, ...at(core.after)];
            const apart = unitaryDistance(denseUnitary(qubits, again), denseUnitary(qubits, gates));
            expect(apart).toBeLessThan(1e-26);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('is the same for blocks that differ in their ends, their qubits or the order within a layer', () => {
    const turn = gateOf('u', [1], 0.3, 0.2, 0.1);
    const [first, second, third] = [gateOf('cx', [0, 1]), gateOf('cx', [2, 3]), gateOf('cx', [1, 2])];
    const inner = [first, second, turn, third, first, second];
    const padded = ([before, after]: readonly [number, number], gates: readonly Gate[]) => {
      const all = [gateOf('rx', [0], before), ...gates, gateOf('rz', [0], after)];
      const { circuit, core } = wholeBlock(4, all);
      return padCore(circuit, core, false).block;
    };
    const one = padded([0.4, 0.5], inner);
    expect(padded([1, 2], inner)).toEqual(one);
    expect(padded([0.4, 0.5], [first, second, turn, third, second, first])).toEqual(one);
    const swapped = inner.map((gate) => ({ ...gate, qubits: gate.qubits.map((q) => 3 - q) }));
    const other = wholeBlock(4, [gateOf('rx', [3], 1), ...swapped, gateOf('rz', [3], 1)]);
    expect(padCore(other.circuit, other.core, false).block).toEqual(one);
  });

  it('has a placeholder where there was a gate, or everywhere', () => {
    const { circuit, core } = wholeBlock(3, [
      gateOf('h', [1]),
      gateOf('cx', [0, 1]),
      gateOf('t', [0]),
      gateOf('h', [2]),
    ]);
    const names = (everywhere: boolean): string[] =>
      padCore(circuit, core, everywhere).block.gates.map(({ name, qubits }) => `${name} ${qubits.join(' ')}`);
    expect(names(false)).toEqual(['u3 1', 'cx 0 1', 'u3 0']);
    expect(names(true)).toEqual(['u3 0', 'u3 1', 'cx 0 1', 'u3 0', 'u3 1']);
    expect(core.before.map((i) => circuit.gates[i]?.name)).toEqual(['h', 'h']);
    const none = wholeBlock(2, [gateOf('h', [0])]);
    expect(padCore(none.circuit, none.core, true).block.gates).toEqual([]);
  });
});
