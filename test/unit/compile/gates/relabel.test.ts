import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Gate } from '../../../../src/circuit/circuit.js';
import { countTwoQubitGates } from '../../../../src/circuit/circuitFacts.js';
import { gateOf } from '../../../../src/circuit/gates.js';
import { Random } from '../../../../src/circuit/random.js';
import {
  followedBy,
  identityOf,
  inverseOf,
  isIdentity,
  swapsBack,
} from '../../../../src/compile/gates/permutation.js';
import { Breath } from '../../../../src/compile/gates/breath.js';
import { objectiveOf } from '../../../../src/compile/gates/objective.js';
import { relabelSwaps, type RelabelOptions } from '../../../../src/compile/gates/relabel.js';
import { toU3Cx } from '../../../../src/compile/gates/rewrite.js';
import { unitaryDistance } from '../../../../src/compile/gates/unitary.js';
import { rewriteWhole } from '../../../../src/compile/rewriteWhole.js';
import { applyMatrix, unitaryOf } from '../../../support/denseSimulator.js';

const NAMES = ['swap', 'swap', 'iswap', 'cx', 'cx', 'cz', 'cp', 'dcx', 'h', 't', 'rx'];

function randomGates(seed: number, qubits: number, count: number): Gate[] {
  const random = new Random(seed, 'swaps');
  return Array.from({ length: count }, () => {
    const name = NAMES[random.below(NAMES.length)] ?? 'h';
    const places = random.shuffle(identityOf(qubits)).slice(0, ['h', 't', 'rx'].includes(name) ? 1 : 2);
    return gateOf(name, places, ...(['cp', 'rx'].includes(name) ? [random.angle()] : []));
  });
}

const nameOf = (qubits: readonly number[]): string => qubits.toSorted((a, b) => a - b).join();
const pairsOf = (gates: readonly Gate[]): Set<string> =>
  new Set(gates.flatMap(({ qubits }) => (qubits.length === 2 ? [nameOf(qubits)] : [])));
const within = (gates: readonly Gate[], isFree: boolean): RelabelOptions => {
  const used = pairsOf(gates);
  return { isFree, mayShare: (a, b) => used.has(nameOf([a, b])) };
};
/** A pair of places on which a `cx` counts twenty. */
const costly = (on: string): RelabelOptions => ({
  isFree: true,
  mayShare: () => true,
  costOn: (a, b) => (nameOf([a, b]) === on ? 20 : 1),
});
const anywhere = (isFree: boolean): RelabelOptions => ({ isFree, mayShare: () => true });

/** The columns of a matrix with the bits of each row's number where a permutation takes them. */
function moved(matrix: Float64Array, permutation: readonly number[]): Float64Array {
  const order = 2 ** permutation.length;
  const result = new Float64Array(matrix.length);
  for (let row = 0; row < order; row += 1) {
    const to = permutation.reduce((bits, place, q) => bits | (((row >> q) & 1) << place), 0);
    result.set(matrix.subarray(2 * row * order, 2 * (row + 1) * order), 2 * to * order);
  }
  return result;
}

describe('permutations', () => {
  it('compose, have inverses, and are undone by swaps', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 5 }), (seed, qubits) => {
        const random = new Random(seed, 'permutations');
        const [first, second] = [random.shuffle(identityOf(qubits)), random.shuffle(identityOf(qubits))];
        expect(isIdentity(followedBy(first, inverseOf(first)))).toBe(true);
        const state = Float64Array.from({ length: 2 ** (qubits + 1) }, (_, i) => i);
        const both = followedBy(first, second);
        const there = new Float64Array(state.length);
        for (let i = 0; i < 2 ** qubits; i += 1) {
          const once = first.reduce((bits, place, q) => bits | (((i >> q) & 1) << place), 0);
          const to = second.reduce((bits, place, q) => bits | (((once >> q) & 1) << place), 0);
          there.set(state.subarray(2 * i, 2 * i + 2), 2 * to);
        }
        const swap = Float64Array.from(
          [0, 2, 1, 3].flatMap((one) => [0, 1, 2, 3].flatMap((i) => [i === one ? 1 : 0, 0])),
        );
        let back: Float64Array = there;
        for (const gate of swapsBack(both)) back = applyMatrix(back, swap, gate.qubits);
        expect(back).toEqual(state);
      }),
    );
  });
});

describe('swaps pushed through a circuit', () => {
  it('leave it what it was on the places that they say, with fewer cx on pairs that may be used', () => {
    let free = 0;
    let back = 0;
    for (let seed = 0; seed < 100; seed += 1) {
      const qubits = 2 + (seed % 4);
      const gates = toU3Cx(randomGates(seed, qubits, 4 + (seed % 23)));
      const before = unitaryOf(qubits, gates);
      for (const options of [within(gates, false), within(gates, true), anywhere(false), anywhere(true)]) {
        const result = relabelSwaps(qubits, gates, options);
        if (result === undefined) continue;
        const { gates: after, permutation, angle } = result;
        expect(unitaryDistance(unitaryOf(qubits, after), moved(before, permutation))).toBeLessThan(1e-20);
        expect(angle).toBeLessThan(1e-9);
        expect(countTwoQubitGates(after)).toBeLessThanOrEqual(countTwoQubitGates(gates));
        expect(after.every(({ qubits: [a = 0, b] }) => b === undefined || options.mayShare(a, b))).toBe(true);
        if (options.isFree) free += isIdentity(permutation) ? 0 : 1;
        else expect(isIdentity(permutation)).toBe(true);
        back += isIdentity(permutation) ? 1 : 0;
      }
    }
    expect(free).toBeGreaterThan(30);
    expect(back).toBeGreaterThan(30);
  });

  it('are the best of all choices, where those can be tried one by one', () => {
    for (let seed = 0; seed < 40; seed += 1) {
      const gates = swapsAndCx(seed, 3 + (seed % 7));
      for (const options of [within(gates, false), within(gates, true), anywhere(true)]) {
        const plain = toU3Cx(gates);
        const found = relabelSwaps(3, plain, options)?.gates ?? plain;
        // What a swap stood between may undo itself then.
        expect(countTwoQubitGates(found)).toBeLessThanOrEqual(leastByTrying(gates, options));
      }
    }
  });

  it('need none at all where two swaps are all that is there, on whatever lies between', () => {
    const gates = [
      gateOf('swap', [0, 1]),
      gateOf('cx', [1, 2]),
      gateOf('t', [2]),
      gateOf('cx', [0, 2]),
      gateOf('swap', [1, 0]),
    ];
    const found = relabelSwaps(3, toU3Cx(gates), within(gates, false));
    expect(countTwoQubitGates(found?.gates ?? gates)).toBe(2);
    // One of them would put a cx on a pair without one.
    const one = gates.slice(0, 2);
    expect(relabelSwaps(3, toU3Cx(one), within(one, true))).toBeUndefined();
    expect(relabelSwaps(3, toU3Cx(one), anywhere(true))?.permutation).toEqual([1, 0, 2]);
    expect(relabelSwaps(3, toU3Cx(one), anywhere(false))).toBeUndefined();
  });

  it('make one cx of an iswap, and are found again behind what they free', async () => {
    const gates = [gateOf('iswap', [0, 1]), gateOf('cz', [0, 1]), gateOf('iswap', [1, 2]), gateOf('h', [2])];
    const { gates: found, permutation } = await rewriteWhole(
      { qubits: 3, gates },
      { ...anywhere(true), objective: objectiveOf({}), breath: new Breath() },
    );
    expect(countTwoQubitGates(found)).toBe(1);
    const before = moved(unitaryOf(3, gates), permutation);
    expect(unitaryDistance(unitaryOf(3, found), before)).toBeLessThan(1e-20);
  });

  it('stay where they are when there is no more time, and the circuit is what it was', async () => {
    const gates = [gateOf('iswap', [0, 1]), gateOf('cz', [0, 1]), gateOf('iswap', [1, 2]), gateOf('h', [2])];
    const breath = new Breath(AbortSignal.abort());
    const options = { ...anywhere(true), objective: objectiveOf({}), breath };
    const { gates: found, permutation } = await rewriteWhole({ qubits: 3, gates }, options);
    expect(permutation).toEqual([0, 1, 2]);
    expect(unitaryDistance(unitaryOf(3, found), unitaryOf(3, gates))).toBeLessThan(1e-20);
  });

  it('bring gates to the places where they cost less', () => {
    // Behind the swap, the other order of places has all of them on another pair.
    const gates = [
      gateOf('swap', [0, 1]),
      ...[0, 1, 2].flatMap((i) => [gateOf('cx', [1, 2]), gateOf('ry', [2], 0.3 + i), gateOf('rx', [1], 0.7)]),
      gateOf('cx', [1, 2]),
    ];
    const found = relabelSwaps(3, toU3Cx(gates), costly('1,2'));
    expect([...pairsOf(found?.gates ?? [])]).toEqual(['0,2']);
    expect(relabelSwaps(3, toU3Cx(gates), costly('0,2'))).toBeUndefined();
  });

  it('keep what they had where orders are too many to look at', () => {
    const gates = toU3Cx(randomGates(5, 40, 1500));
    const { gates: found, permutation } = relabelSwaps(40, gates, within(gates, true)) ?? {
      gates,
      permutation: [],
    };
    expect(countTwoQubitGates(found)).toBeLessThan(countTwoQubitGates(gates));
    expect(isIdentity(permutation)).toBe(false);
  });
});

/** Swaps, and `cx` alone, each on another pair than the one before: so each is a run of its own. */
function swapsAndCx(seed: number, count: number): Gate[] {
  const random = new Random(seed, 'runs');
  let away = 0;
  return Array.from({ length: count }, () => {
    away = (away + 1 + random.below(2)) % 3;
    const places = random.shuffle([0, 1, 2].filter((q) => q !== away));
    return gateOf(random.below(2) === 0 ? 'swap' : 'cx', places);
  });
}

/** Fewest `cx` over every choice of a swap behind each gate: a swap is three, or none; a `cx` is one, or two. */
function leastByTrying(gates: readonly Gate[], { isFree, mayShare }: RelabelOptions): number {
  let best = Infinity;
  for (let chosen = 0; chosen < 2 ** gates.length; chosen += 1) {
    const place = [0, 1, 2];
    let cost = 0;
    for (const [i, gate] of gates.entries()) {
      const [a = 0, b = 0] = gate.qubits;
      if (!mayShare(place[a]!, place[b]!)) cost = Infinity;
      const isExchanged = ((chosen >> i) & 1) === 1;
      if (gate.name === 'swap') cost += isExchanged ? 0 : 3;
      else cost += isExchanged ? 2 : 1;
      if (isExchanged) [place[a], place[b]] = [place[b]!, place[a]!];
    }
    if (isFree || isIdentity(place)) best = Math.min(best, cost);
  }
  return best;
}
