import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { Gate } from '../../../../src/circuit/circuit.js';
import { gateOf } from '../../../../src/circuit/gates.js';
import { BlockStore } from '../../../../src/compile/ranks/blockStore.js';
import { MAX_DENSE_QUBITS } from '../../../../src/compile/gates/unitary.js';
import { required } from '../../../../src/error.js';
import { unitaryOf } from '../../../support/denseSimulator.js';

const folder = mkdtempSync(join(tmpdir(), 'kroncut-blocks-'));
const store = new BlockStore(folder, 0, 'cpu');
const file = join(folder, 'blocks', '0.txt');
afterAll(() => rmSync(folder, { recursive: true }));

const QUBITS = 3;
const angle = fc.double({ min: -3, max: 3, noNaN: true });
const someGate: fc.Arbitrary<Gate> = fc.oneof(
  fc
    .tuple(fc.nat(QUBITS - 1), fc.integer({ min: 1, max: QUBITS - 1 }))
    .map(([a, step]) => gateOf('cx', [a, (a + step) % QUBITS])),
  fc.tuple(fc.nat(QUBITS - 1), angle, angle, angle).map(([q, ...angles]) => gateOf('u3', [q], ...angles)),
);
const someGates = fc.array(someGate, { minLength: 1, maxLength: 8 });

/** 1 - |Tr(A^dagger B)| / 2^n, entry by entry. */
function distanceOf(a: readonly Gate[], b: readonly Gate[]): number {
  const [left, right] = [unitaryOf(QUBITS, a), unitaryOf(QUBITS, b)];
  let [real, imaginary] = [0, 0];
  for (let i = 0; i < left.length; i += 2) {
    const [p = 0, q = 0, r = 0, s = 0] = [left[i], left[i + 1], right[i], right[i + 1]];
    real += p * r + q * s;
    imaginary += p * s - q * r;
  }
  return 1 - Math.hypot(real, imaginary) / 2 ** QUBITS;
}

describe('finished blocks on disk', () => {
  test('are kept for the kind of device that compiled them', async () => {
    const device = new BlockStore(folder, 0, 'cuda');
    const gates = [gateOf('u3', [0], 0.1, 0.2, 0.3)];
    const block = { qubits: QUBITS, gates };
    const load = async (from: BlockStore): Promise<readonly Gate[] | undefined> => {
      await from.refresh();
      return from.load('own', block, 1e-8)?.gates;
    };
    await device.save('own', { gates, distance: 0 });
    expect(await load(store)).toBeUndefined();
    expect(await load(device)).toEqual(gates);
    await store.save('own', { gates: [], distance: 0 });
    expect(await load(device)).toEqual(gates);
  });

  test('come back as they were, as far off as their gates are, and only within the threshold', async () => {
    await fc.assert(
      fc.asyncProperty(
        someGates,
        someGates,
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (gates, other, threshold) => {
          const block = { qubits: QUBITS, gates: other };
          await store.save('any', { gates, distance: 0 });
          const expected = distanceOf(gates, other);
          fc.pre(Math.abs(expected - threshold) > 1e-9);
          await store.refresh();
          const found = store.load('any', block, threshold);
          if (expected > threshold) expect(found).toBeUndefined();
          else {
            expect(found?.gates).toEqual(gates);
            expect(found?.distance).toBeCloseTo(expected, 12);
          }
        },
      ),
      { numRuns: 100, examples: [[[gateOf('u3', [0], -0, 0, 0)], [gateOf('u3', [0], 0, 0, 0)], 1]] },
    );
  });

  test('are not believed where the file is not what was written', async () => {
    const gates = [gateOf('u3', [0], 0.4, 0.1, 0.2), gateOf('cx', [0, 1]), gateOf('u3', [1], 1.1, 0, 0)];
    const block = { qubits: 2, gates };
    await store.save('whole', { gates, distance: 0 });
    await store.refresh();
    expect(store.load('whole', block, 1e-8)?.gates).toEqual(gates);
    const text = required(readFileSync(file, 'utf8').trimEnd().split('\n').at(-1), 'a line');
    const faults = {
      angle: text.replace('1.1', '1.2'),
      direction: text.replace('"cx",0,1', '"cx",1,0'),
      'one qubit twice': text.replace('"cx",0,1', '"cx",0,0'),
      'a qubit of no block': text.replace('"cx",0,1', '"cx",0,2'),
      'another gate': text.replace('"cx"', '"cz"'),
      'a missing gate': text.replace('["cx",0,1],', ''),
      'a missing angle': text.replace('1.1,0,0', '1.1,0'),
      'a negative distance': text.replace('"distance":0', '"distance":-1'),
      'a line cut short': text.slice(0, -9),
      'a line without a block': 'whole ',
    };
    for (const [what, fault] of Object.entries(faults)) {
      expect(fault, what).not.toBe(text);
      const other = join(folder, what);
      mkdirSync(join(other, 'blocks'), { recursive: true });
      writeFileSync(join(other, 'blocks', '0.txt'), `${fault}\n`);
      const faulty = new BlockStore(other, 0, 'cpu');
      await faulty.refresh();
      expect(faulty.load('whole', block, 1e-8), what).toBeUndefined();
    }
    expect(store.load('never', block, 1)).toBeUndefined();
  });

  test('of all ranks are found, and what a killed one has begun to write hides nothing', async () => {
    const work = join(folder, 'several');
    mkdirSync(work);
    const gates = [gateOf('cx', [0, 1])];
    const block = { qubits: 2, gates };
    const names = Array.from({ length: 50 }, (_, i) => `block${i}`);
    const [first, second] = [new BlockStore(work, 0, 'cpu'), new BlockStore(work, 1, 'cpu')];
    await Promise.all(
      names.map((name, i) => (i % 2 === 0 ? first : second).save(name, { gates, distance: 0 })),
    );
    await first.refresh();
    for (const name of names) expect(first.load(name, block, 1e-8)?.gates, name).toEqual(gates);
    appendFileSync(join(work, 'blocks', '1.txt'), '\nbegun {"distance":0,"ga');
    await first.refresh();
    const again = new BlockStore(work, 1, 'cpu');
    await again.save('begun', { gates, distance: 0 });
    await first.refresh();
    expect(first.load('begun', block, 1e-8)?.gates).toEqual(gates);
    expect(readdirSync(join(work, 'blocks'))).toEqual(['0.txt', '1.txt']);
  });

  test('too large to compare have the distance that was found when they were written', async () => {
    const block = { qubits: MAX_DENSE_QUBITS + 1, gates: [gateOf('cx', [0, MAX_DENSE_QUBITS])] };
    await store.save('large', { gates: block.gates, distance: 1e-3 });
    await store.refresh();
    expect(store.load('large', block, 1e-2)).toEqual({ gates: block.gates, distance: 1e-3 });
    expect(store.load('large', block, 1e-4)).toBeUndefined();
  });

  test('that cannot be read are an error, not work to do again', async () => {
    mkdirSync(join(folder, 'unread', 'blocks', '3.txt'), { recursive: true });
    await expect(new BlockStore(join(folder, 'unread'), 0, 'cpu').refresh()).rejects.toThrow(/3\.txt/);
  });
});
