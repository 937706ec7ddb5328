import { describe, expect, it } from 'vitest';
import { gateOf } from '../../../../src/circuit/gates.js';
import { ratesOf, readDeviceGates } from '../../../../src/compile/gates/deviceGates.js';
import { predicted } from '../../../../src/compile/gates/predicted.js';

const u3 = { error: 0.001, time: 2 };
const cz = { error: 0.01, time: 5, on: { '1-0': { error: 0.02 }, '1-2': { time: 7 } } };
const read = (data: unknown): ReturnType<typeof readDeviceGates> =>
  readDeviceGates(JSON.stringify(data), 'device.json');
const faultOf = (data: unknown): string => {
  try {
    read(data);
  } catch (error) {
    return String(error);
  }
  return 'none';
};
const gatesFault = (gates: unknown): string => faultOf({ version: 1, gates });

describe('a file of gates', () => {
  it('says what holds everywhere, and what differs on a pair, whichever qubit comes first', () => {
    const device = read({ version: 1, gates: { u3, cz } });
    expect(ratesOf(device, gateOf('cz', [0, 1]))).toEqual({ error: 0.02, time: 5 });
    expect(ratesOf(device, gateOf('cz', [2, 1]))).toEqual({ error: 0.01, time: 7 });
    expect(ratesOf(device, gateOf('cz', [2, 3]))).toEqual({ error: 0.01, time: 5 });
  });

  it.each([
    [
      'none on two qubits',
      { u3 },
      '"gates" has none on two qubits; name one or more of cx, cz, ecr, rzz, iswap',
    ],
    ['no turns', { sx: u3, cz }, '"gates" cannot make every gate on one qubit; name u3, or rz and sx'],
    ['two kinds', { u3, sx: u3, cz }, '"gates" has u3 beside others on one qubit; leave one kind out'],
    ['an unknown gate', { u3, cz, ccx: u3 }, '"gates" has a key "ccx" that is not known'],
    ['no error', { u3: { time: 1 }, cz }, '"gates.u3.error" has to be a number, and is missing'],
    ['a sure error', { u3, cz: { error: 1 } }, '"gates.cz.error" has to be less than 1'],
    ['no pair', { u3, cz: { error: 0.1, on: { '0': { error: 0 } } } }, 'a pair of qubits, such as 0-1'],
    [
      'one qubit',
      { u3, cz: { error: 0.1, on: { '2-2': { error: 0 } } } },
      '"gates.cz.on.2-2" is one qubit twice',
    ],
    [
      'a pair twice',
      { u3, cz: { error: 0.1, on: { '0-1': { error: 0 }, '1-0': { error: 0 } } } },
      '"gates.cz.on" has 0-1 and 1-0, which are one pair',
    ],
  ])('with %s is refused in a sentence', (_, gates, sentence) => {
    expect(gatesFault(gates)).toContain(`device.json: `);
    expect(gatesFault(gates)).toContain(sentence);
  });

  it('refuses times that nothing has, and what is no JSON', () => {
    const relaxation = { t1: 10, t2: 30 };
    expect(faultOf({ version: 1, gates: { u3, cz }, relaxation })).toContain(
      '"relaxation.t2" 30 is more than twice t1 10, which nothing can be',
    );
    expect(faultOf({ version: 1, gates: { u3, cz }, qubits: { 2: { t1: 4 } } })).toContain(
      '"qubits.2" has a t1 or t2, but there is no "relaxation" that says those of the others',
    );
    expect(() => readDeviceGates('{', 'device.json')).toThrow(
      'device.json:1:2: not JSON, a "}" is missing here; a gate set is an object such as',
    );
  });
});

describe('what a file predicts', () => {
  const gates = [
    gateOf('u3', [0], 1, 2, 3),
    gateOf('cz', [0, 1]),
    gateOf('u3', [1], 1, 2, 3),
    gateOf('cz', [0, 2]),
    gateOf('cz', [1, 2]),
  ];

  it('is the product of what does not err, and the longest path', () => {
    const { fidelity, duration } = predicted(3, gates, read({ version: 1, gates: { u3, cz } }));
    expect(fidelity).toBeCloseTo(0.999 ** 2 * 0.98 * 0.99 * 0.99, 14);
    expect(duration).toBe(2 + 5 + 5 + 7);
  });

  it('loses by waiting between gates, not before the first', () => {
    const device = read({
      version: 1,
      gates: { u3, cz },
      relaxation: { t1: 100, t2: 50 },
      qubits: { 1: { t2: 20 } },
    });
    const { fidelity } = predicted(3, gates, device);
    // Qubit 1 waits from 9 to 12.
    const waited = (3 + Math.exp(-3 / 100) + 2 * Math.exp(-3 / 20)) / 6;
    expect(fidelity).toBeCloseTo(0.999 ** 2 * 0.98 * 0.99 * 0.99 * waited, 14);
  });
});
