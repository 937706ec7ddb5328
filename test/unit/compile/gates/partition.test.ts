import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readQasm } from '../../../../src/circuit/qasm/readQasm.js';
import { makeCircuit, type Circuit, type Gate } from '../../../../src/circuit/circuit.js';
import { gateOf } from '../../../../src/circuit/gates.js';
import { Random } from '../../../../src/circuit/random.js';
import { roundBlocks } from '../../../../src/compile/rounds.js';
import {
  checkPartition,
  partitionCircuit,
  unfoldBlocks,
  type Block,
  type Partitioner,
} from '../../../../src/compile/gates/partition.js';
import { requireOrSkip } from '../../../support/requirements.js';
import { sharedCircuit, sharedCircuitNames } from '../../../support/sharedCircuits.js';

const PARTITIONERS: readonly Partitioner[] = ['quick', 'scan'];

/** Gates on random qubits; each has its number as an angle, so that no two are alike. */
function randomCircuit(seed: number, qubits: number, count: number): Circuit {
  const random = new Random(seed, 'partition');
  const gates = Array.from({ length: count }, (_, i): Gate => {
    const [a = 0, b = 0] = random.shuffle(Array.from({ length: qubits }, (_unused, q) => q));
    return qubits === 1 || random.below(3) === 0 ? gateOf('rz', [a], i) : gateOf('cp', [a, b], i);
  });
  return makeCircuit(qubits, gates);
}

/** The gates on each qubit, in order, as text: two circuits with the same ones are the same circuit. */
function wires(qubits: number, gates: readonly Gate[]): string[] {
  const result: string[][] = Array.from({ length: qubits }, () => []);
  for (const { name, qubits: on, params } of gates) {
    const text = [name, ...params, ...on].join(' ');
    for (const q of on) result[q]?.push(text);
  }
  return result.map((wire) => wire.join('; '));
}

function expectPartition(circuit: Circuit, blocks: readonly Block[], blockSize: number): void {
  expect(() => checkPartition(circuit, blocks, blockSize)).not.toThrow();
  const unfolded = unfoldBlocks(circuit, blocks);
  expect(unfolded.length).toBe(circuit.gates.length);
  const [before, after] = [circuit.gates, unfolded].map((gates) => wires(circuit.qubits, gates));
  expect(before?.every((wire, q) => wire === after?.[q])).toBe(true);
  for (const { qubits, gates } of blocks) {
    expect(qubits.length).toBeLessThanOrEqual(blockSize);
    const used = [...new Set(gates.flatMap((i) => circuit.gates[i]?.qubits ?? []))].toSorted((a, b) => a - b);
    expect(used.join(' ')).toBe(qubits.join(' '));
  }
}

describe('partition', () => {
  it.each(PARTITIONERS)('%s: unfolds to the circuit itself', (partitioner) => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 0, max: 120 }),
        fc.integer({ min: 2, max: 6 }),
        (seed, qubits, count, blockSize) => {
          const circuit = randomCircuit(seed, qubits, count);
          expectPartition(circuit, partitionCircuit(circuit, blockSize, partitioner), blockSize);
          for (const round of [0, 1])
            expectPartition(circuit, roundBlocks(circuit, { blockSize, number: round }), blockSize);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('is one block where all fits into one', () => {
    const circuit = randomCircuit(7, 4, 60);
    for (const partitioner of PARTITIONERS) {
      expect(partitionCircuit(circuit, 4, partitioner)).toEqual([
        { qubits: [0, 1, 2, 3], gates: circuit.gates.map((_, i) => i) },
      ]);
    }
  });

  it('gives qubits without two-qubit gates blocks of their own, and idle qubits none', () => {
    const circuit = makeCircuit(4, [gateOf('h', [3]), gateOf('cx', [0, 1]), gateOf('t', [3])]);
    expect(partitionCircuit(circuit, 3)).toEqual([
      { qubits: [0, 1], gates: [1] },
      { qubits: [3], gates: [0, 2] },
    ]);
  });

  it('is refused by the check where a gate is lost, doubled or out of order', () => {
    const circuit = makeCircuit(3, [gateOf('cx', [0, 1]), gateOf('cx', [1, 2])]);
    const [first, second] = [
      { qubits: [0, 1], gates: [0] },
      { qubits: [1, 2], gates: [1] },
    ];
    expect(() => checkPartition(circuit, [first, second], 2)).not.toThrow();
    for (const wrong of [
      [first],
      [first, second, second],
      [second, first],
      [{ ...first, qubits: [0, 2] }, second],
    ]) {
      expect(() => checkPartition(circuit, wrong, 2)).toThrow(/partition/);
    }
    expect(() => checkPartition(circuit, [{ qubits: [0, 1, 2], gates: [0, 1] }], 2)).toThrow(/block 0/);
  });

  it('scan needs no more blocks than quick', (context) => {
    requireOrSkip(context, 'shared');
    for (const name of ['adder63.qasm', 'qft64.qasm', 'tfim64.qasm', 'shor26.qasm', 'heisenberg16.qasm']) {
      const circuit = readQasm(sharedCircuit(name));
      for (const blockSize of [3, 4, 5]) {
        const [quick, scan] = PARTITIONERS.map((each) => partitionCircuit(circuit, blockSize, each).length);
        expect(scan, `${name} at ${blockSize}`).toBeLessThanOrEqual(quick ?? 0);
      }
    }
  });
});

it('unfolds every known circuit at block sizes 2 to 5', (context) => {
  requireOrSkip(context, 'shared');
  for (const name of sharedCircuitNames()) {
    const circuit = readQasm(sharedCircuit(name));
    for (const blockSize of [2, 3, 4, 5]) {
      for (const partitioner of PARTITIONERS) {
        expectPartition(circuit, partitionCircuit(circuit, blockSize, partitioner), blockSize);
      }
    }
  }
});
