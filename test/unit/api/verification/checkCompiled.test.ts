/** Whether circuits too wide for any state are compared, and faults between their blocks refused. */
import { describe, expect, it } from 'vitest';
import { checkedDistance } from '../../../../src/api/verification/checkCompiled.js';
import { gateOf } from '../../../../src/circuit/gates.js';
import type { Gate } from '../../../../src/circuit/circuit.js';
import type { Fence } from '../../../../src/circuit/fence.js';
import { testContext } from '../../../support/context.js';

const QUBITS = 40;
const context = testContext();
const compared = { angle: 1e-6, name: 'wide.qasm' };

/** Turns, then cx on neighbours, there and on to the next ones. */
const gates: Gate[] = [
  ...Array.from({ length: QUBITS }, (_, q) => gateOf('u3', [q], 0.3 + q, 0.2 * q, 1 - q)),
  ...Array.from({ length: QUBITS / 2 }, (_, i) => gateOf('cx', [2 * i, 2 * i + 1])),
  ...Array.from({ length: QUBITS }, (_, q) => gateOf('rx', [q], 0.4 + q)),
  ...Array.from({ length: QUBITS / 2 - 1 }, (_, i) => gateOf('cx', [2 * i + 1, 2 * i + 2])),
];

const fence = (position: number): Fence => ({ kind: 'barrier', qubits: [10, 11], position });

describe('a circuit of forty qubits', () => {
  it('is compared with itself in other words', async () => {
    const after = gates.flatMap((gate) => {
      const [a = 0, b = 0] = gate.qubits;
      return gate.name === 'cx' ? [gateOf('h', [b]), gateOf('cz', [b, a]), gateOf('h', [b])] : [gate];
    });
    const distance = await checkedDistance(
      context,
      QUBITS,
      { gates, fences: [] },
      { gates: after, fences: [] },
      compared,
    );
    expect(distance).toBeLessThan(1e-12);
  });

  it('is refused where a turn is off by a thousandth', async () => {
    const after = gates.with(70, gateOf('rx', [10], 0.4 + 10 + 1e-3));
    expect(gates[70]?.qubits).toEqual([10]);
    await expect(
      checkedDistance(context, QUBITS, { gates, fences: [] }, { gates: after, fences: [] }, compared),
    ).rejects.toThrow(/at least .* away from wide\.qasm/u);
  });

  it('is refused where a gate has moved past a barrier', async () => {
    await expect(
      checkedDistance(
        context,
        QUBITS,
        { gates, fences: [fence(70)] },
        { gates, fences: [fence(71)] },
        compared,
      ),
    ).rejects.toThrow('away from wide.qasm');
  });
});
