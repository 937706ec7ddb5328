import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeCircuit } from '../../../src/circuit/circuit.js';
import { methodCost } from '../../../src/predict/methods.js';
import { solveByMethod } from '../../../src/predict/solveByMethod.js';
import { testContext } from '../../support/context.js';
import { cxCircuit, ghz, randomCircuit } from '../cut/circuits.js';

const context = testContext();

/** All pairs of some qubits, over and over: nothing that cutting, or a contraction, makes small. */
const tangle = (qubits: number, layers: number) =>
  makeCircuit(
    qubits,
    Array.from({ length: layers }, (_, layer) =>
      Array.from({ length: qubits }, (__, a): [number, number] => [
        a,
        (a + 1 + (layer % (qubits - 1))) % qubits,
      ]),
    ).flatMap((pairs) => cxCircuit(qubits, pairs).gates),
  );

describe('solveByMethod', () => {
  test('leaves the circuit whole, or takes it apart, as it is told, and says so', async () => {
    const whole = await solveByMethod(ghz(20), context, { method: 'statevector' });
    expect(whole.cutCircuit.subcircuits).toHaveLength(1);
    expect(whole.method).toEqual({ asked: 'statevector', taken: 'statevector', predicted: {} });
    const network = await solveByMethod(ghz(20), context, { method: 'contract' });
    expect(network.cutCircuit.subcircuits.length).toBeGreaterThan(2);
    expect(network).toMatchObject({ method: { taken: 'contract' }, lowerBound: null, proven: false });
    const cut = await solveByMethod(ghz(20), context, { maxWidth: 12 });
    expect(cut.method).toBeUndefined();
  });

  test('takes what is predicted to take least of what it looked at', async () => {
    await fc.assert(
      fc.asyncProperty(randomCircuit(8, 40), fc.integer({ min: 3, max: 8 }), async (circuit, maxWidth) => {
        const { method, cutCircuit } = await solveByMethod(circuit, context, { method: 'auto', maxWidth });
        const { predicted = {}, taken = 'cut' } = method ?? {};
        const least = Math.min(...Object.values(predicted).map(({ seconds }) => seconds));
        expect(predicted[taken]?.seconds).toBe(least);
        expect(
          methodCost(context, cutCircuit, { precision: 'double', queries: () => ({ full: true }) }).seconds,
        ).toBe(least);
      }),
      { numRuns: 20 },
    );
  });

  test('answers by contraction what is too wide, and by state vector what is too tangled', async () => {
    expect((await solveByMethod(ghz(60), context, { method: 'auto' })).method).toMatchObject({
      taken: 'contract',
      predicted: { statevector: { fits: false }, contract: { fits: true } },
    });
    const tangled = await solveByMethod(tangle(16, 12), context, { method: 'auto' });
    expect(tangled.method?.taken).toBe('statevector');
  });

  test('looks for cuts where the other ways take long, and minds the width for these alone', async () => {
    const deep = makeCircuit(
      24,
      Array.from({ length: 200 }, () => [
        ...tangle(12, 1).gates,
        ...tangle(12, 1).gates.map((gate) => ({ ...gate, qubits: gate.qubits.map((q) => q + 12) })),
      ]).flat(),
    );
    const joined = makeCircuit(24, [...deep.gates, ...cxCircuit(24, [[0, 12]]).gates, ...deep.gates]);
    const { method, cutCircuit } = await solveByMethod(joined, context, { method: 'auto', maxWidth: 12 });
    expect(method).toMatchObject({ asked: 'auto', taken: 'cut' });
    expect(method?.predicted.cut?.seconds).toBeLessThan(method?.predicted.statevector?.seconds ?? 0);
    expect(cutCircuit.subcircuits.every(({ width }) => width <= 12)).toBe(true);
  });

  test('refuses what is about cuts where there are none', async () => {
    await expect(solveByMethod(ghz(4), context, { method: 'contract', maxWidth: 3 })).rejects.toThrow(
      'method contract cuts nothing; leave out maxWidth, or ask for method auto, which minds it where it cuts',
    );
    await expect(solveByMethod(ghz(4), context, { method: 'statevector', labels: 'AABB' })).rejects.toThrow(
      'leave out labels',
    );
    await expect(solveByMethod(ghz(4), context, { method: 'auto', labels: 'AABB' })).rejects.toThrow(
      'method auto chooses how to answer, and labels where to cut; leave out one of them',
    );
    const large = tangle(100, 400);
    await expect(solveByMethod(large, context, { method: 'contract' })).rejects.toThrow(
      /more than 3000 tensors.*method cut finds larger pieces/,
    );
  });
});
