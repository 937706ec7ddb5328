/** Simple angles of blocks, found again after an optimiser could have left them anywhere. */
import { describe, expect, it } from 'vitest';
import type { Gate } from '../../../../src/circuit/circuit.js';
import { fractionOfPi } from '../../../../src/circuit/fractionOfPi.js';
import { gateOf } from '../../../../src/circuit/gates.js';
import { Random } from '../../../../src/circuit/random.js';
import { withExactAngles } from '../../../../src/compile/block/exactAngles.js';
import { denseUnitary, unitaryDistance } from '../../../../src/compile/gates/unitary.js';

const TURN = Math.PI / 2;

/** Layers of `u3` on all qubits with a `cx` between them; angles by `angle`. */
function layers(qubits: number, cx: number, random: Random, angle: () => number): Gate[] {
  const gates: Gate[] = [];
  const turn = (q: number): void => void gates.push(gateOf('u3', [q], angle(), angle(), angle()));
  for (let q = 0; q < qubits; q += 1) turn(q);
  for (let i = 0; i < cx; i += 1) {
    const a = random.below(qubits);
    const b = (a + 1 + random.below(qubits - 1)) % qubits;
    gates.push(gateOf('cx', [a, b]));
    turn(a);
    turn(b);
  }
  return gates;
}

/** Turns put into every `cx`, about Z at the control or X at the target, which leave it what it is; and some noise. */
function disturbed(gates: readonly Gate[], random: Random, noise: number): Gate[] {
  const params = gates.map((gate) => [...gate.params]);
  const next = (from: number, q: number, step: 1 | -1): number => {
    let i = from + step;
    while (gates[i]?.qubits.includes(q) === false) i += step;
    return i;
  };
  for (const [i, gate] of gates.entries()) {
    const [control = 0] = gate.qubits;
    if (gate.name !== 'cx') continue;
    const angle = random.angle();
    // u3(theta, phi, lambda) = rz(phi) ry(theta) rz(lambda): a turn passes from phi in front to lambda behind.
    params[next(i, control, -1)]![1]! += angle;
    params[next(i, control, 1)]![2]! -= angle;
  }
  return gates.map((gate, i) =>
    gate.name === 'cx'
      ? gate
      : gateOf('u3', gate.qubits, ...params[i]!.map((angle) => angle + noise * (random.next() - 0.5))),
  );
}

function isSimple(angle: number): boolean {
  return angle === 0 || fractionOfPi(angle) !== undefined;
}

describe('angles that an optimiser has left', () => {
  it.each([
    [2, 2],
    [3, 3],
    [3, 6],
    [4, 5],
  ])('are simple again in Clifford blocks of %i qubits and %i cx', (qubits, cx) => {
    for (let seed = 0; seed < 6; seed += 1) {
      const random = new Random(seed, `clifford ${qubits} ${cx}`);
      const gates = layers(qubits, cx, random, () => TURN * random.below(4));
      const unitary = denseUnitary(qubits, gates);
      const off = disturbed(gates, random, 1e-8);
      const before = unitaryDistance(denseUnitary(qubits, off), unitary);
      expect(before).toBeGreaterThan(1e-20);
      const found = withExactAngles(qubits, off, unitary);
      const quarters = found.flatMap(({ params }) => params).map((angle) => angle / TURN);
      expect(quarters.filter((quarter) => !Number.isInteger(quarter))).toEqual([]);
      expect(unitaryDistance(denseUnitary(qubits, found), unitary)).toBeLessThan(1e-28);
    }
  });

  it('stay what they have to be elsewhere, and come nearer', () => {
    for (let seed = 0; seed < 6; seed += 1) {
      const random = new Random(seed, 'any');
      const gates = layers(3, 5, random, () => random.angle());
      const unitary = denseUnitary(3, gates);
      const off = disturbed(gates, random, 1e-8);
      const found = withExactAngles(3, off, unitary);
      expect(unitaryDistance(denseUnitary(3, found), unitary)).toBeLessThan(1e-26);
      // As many as a cx lets turns pass, at its control and its target, have any value: those are simple.
      const simple = found.flatMap(({ params }) => params).filter(isSimple);
      expect(simple.length).toBeGreaterThanOrEqual(10);
    }
  });

  it('are left alone where gates are not the block', () => {
    const random = new Random(1, 'far');
    const gates = layers(3, 4, random, () => random.angle());
    const unitary = denseUnitary(3, gates);
    const off = disturbed(gates, random, 1e-2);
    expect(withExactAngles(3, off, unitary)).toBe(off);
  });
});
