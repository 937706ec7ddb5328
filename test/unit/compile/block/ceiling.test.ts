import { describe, expect, it } from 'vitest';
import type { Gate } from '../../../../src/circuit/circuit.js';
import { countTwoQubitGates } from '../../../../src/circuit/circuitFacts.js';
import { gateOf } from '../../../../src/circuit/gates.js';
import { Random } from '../../../../src/circuit/random.js';
import { ceilingOf, gatesAtCeiling, isAboveCeiling } from '../../../../src/compile/block/ceiling.js';
import type { QubitPair } from '../../../../src/compile/block/schmidtNeeds.js';
import { instantiator, shortenBlock } from '../../../../src/compile/block/shortenBlock.js';
import type { BlockContext, BlockOptions } from '../../../../src/compile/block/block.js';
import { unitaryDistance } from '../../../../src/compile/gates/unitary.js';
import { loadAddon } from '../../../../src/native/load.js';
import { unitaryOf } from '../../../support/denseSimulator.js';

const { addon } = loadAddon();
const context: BlockContext = {
  native: addon,
  call: (body) => body({ threads: 1, device: 'cpu', control: addon.createControl() }),
};
const OPTIONS: BlockOptions = {
  threshold: 1e-8,
  multistarts: 4,
  scan: 'weight',
  pairs: false,
  stage: 'shorten',
  synthesis: 'off',
  method: 'auto',
  seed: 3,
};

/** So many `cx` on these pairs, any turns between them. */
function dense(seed: number, pairs: readonly QubitPair[], cx: number): Gate[] {
  const random = new Random(seed, 'dense');
  return Array.from({ length: cx }, () => {
    const pair = random.shuffle([...(pairs[random.below(pairs.length)] ?? [0, 1])]);
    const turns = pair.map((q) => gateOf('u3', [q], random.angle(), random.angle(), random.angle()));
    return [...turns, gateOf('cx', pair)];
  }).flat();
}

const LINES: Readonly<Record<number, readonly QubitPair[]>> = {
  3: [
    [0, 1],
    [1, 2],
  ],
  4: [
    [0, 1],
    [1, 2],
    [2, 3],
  ],
};

describe('blocks with more cx than any unitary takes', () => {
  it.each([
    [3, 30],
    [4, 90],
  ])('of %i qubits come to what any takes, on their own pairs', async (qubits, cx) => {
    const pairs = LINES[qubits] ?? [];
    const gates = dense(qubits, pairs, cx);
    expect(isAboveCeiling(qubits, gates)).toBe(true);
    const made = await shortenBlock(context, { qubits, gates }, OPTIONS, 5);
    expect(countTwoQubitGates(made.gates)).toBe(ceilingOf(qubits));
    expect(unitaryDistance(unitaryOf(qubits, made.gates), unitaryOf(qubits, gates))).toBeLessThan(
      OPTIONS.threshold,
    );
    for (const { qubits: on } of made.gates.filter(({ name }) => name === 'cx')) {
      expect(pairs).toContainEqual(on.toSorted((a, b) => a - b));
    }
  });

  it('are found on pairs that connect their qubits alone', async () => {
    const gates = dense(1, [[0, 1]], 20);
    const target = { qubits: 3, kind: 'unitary', values: unitaryOf(3, gates) } as const;
    const finder = instantiator(context, OPTIONS, 1);
    expect(await gatesAtCeiling(target, [[0, 1]], OPTIONS, finder)).toBeUndefined();
    expect(await gatesAtCeiling(target, LINES[3] ?? [], OPTIONS, finder)).toBeDefined();
  });

  it('stay below what is asked of wider ones', () => {
    expect(isAboveCeiling(5, dense(2, LINES[4] ?? [], 400))).toBe(false);
    expect([1, 2, 3, 4].map(ceilingOf)).toEqual([0, 3, 14, 62]);
  });
});
