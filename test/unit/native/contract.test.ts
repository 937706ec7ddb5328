import { describe, expect, test } from 'vitest';
import { invoke } from '../../../src/native/invoke.js';
import { loadAddon } from '../../../src/native/load.js';

const { addon } = loadAddon();
const one = addon.createTensor([], [], Float64Array.of(1));
const control = addon.createControl();

describe('what is wrong with the arguments of a contraction rejects its promise', () => {
  const product = { order: [], begin: 0, end: 1, sliceSize: 1 };
  test.each([
    ['threads', { device: 'cpu', threads: 0, control }, /threads must be a whole number of at least 1/],
    ['device', { device: 'tpu', threads: 1, control }, /no such device: tpu/],
  ])('%s', async (_, options, message) => {
    for (const call of [
      () => addon.contractTensors(one, one, options),
      () => addon.streamProduct(one, one, { ...options, ...product }),
    ]) {
      const promise = call();
      await expect(promise).rejects.toMatchObject({
        code: 'usage',
        message: expect.stringMatching(message),
      });
    }
  });

  test('a file that is no tensor', async () => {
    for (const call of [
      () => addon.openTensor('/nonexistent/0.npy', [], []),
      () => addon.publishFile('/nonexistent/a', '/nonexistent/b'),
    ]) {
      const promise = call();
      await expect(promise).rejects.toMatchObject({
        code: 'input',
        message: expect.stringMatching('/nonexistent/'),
      });
    }
  });
});

test('what does not fit together is refused with the reason', async () => {
  const options = { device: 'cpu', threads: 1 };
  const bit = addon.createTensor([], [3], Float64Array.of(1, 2));
  const twice = addon.createTensor(
    [
      { label: 7, extent: 2 },
      { label: 7, extent: 2 },
    ],
    [],
    Float64Array.of(1, 2, 3, 4),
  );
  const contract = (left: typeof bit, right: typeof bit) =>
    invoke(addon, (own) => addon.contractTensors(left, right, { ...options, control: own }));
  await expect(contract(bit, bit)).rejects.toMatchObject({
    code: 'input',
    message: expect.stringMatching(/outcome bit 3 belongs to both/),
  });
  await expect(contract(twice, bit)).rejects.toThrow(/bond 7 appears twice/);
  expect(() => addon.createTensor([], [0], Float64Array.of(1))).toThrow(/does not fit its bonds and bits/);
  const made = (bonds: unknown, bits: unknown): unknown =>
    Reflect.apply(Reflect.get(addon, 'createTensor'), addon, [bonds, bits, new Float64Array(4)]);
  for (const label of [undefined, 'a', 1.5, -1, 2 ** 31]) {
    expect(() => made([{ label, extent: 4 }], [])).toThrow(/label of a bond must be a whole number/);
  }
  for (const bit of ['x', -1, 0.5]) {
    expect(() => made([], [bit])).toThrow(/bit of a tensor must be a whole number/);
  }
  expect(() => addon.createTensor([], [1, 1], new Float64Array(4))).toThrow(/^bit 1 appears twice/);
});

test('a tensor shares values that an evaluation gave, and outlives them; others it copies', async () => {
  const program = {
    qubits: 1,
    targets: new Int32Array(),
    matrices: new Float64Array(),
    inputs: new Int32Array(),
    mirrored: new Int32Array(),
    outputs: new Int32Array(),
    outcomes: Int32Array.of(0),
  };
  const { values } = await invoke(addon, (own) =>
    addon.evaluateSubcircuit(program, { device: 'cpu', threads: 1, control: own, precision: 'double' }),
  );
  if (values === undefined) throw new Error('no values');
  expect([...values]).toEqual([1, 0]);
  const [shared, part] = [
    addon.createTensor([], [0], values),
    addon.createTensor([], [], values.subarray(1)),
  ];
  const foreign = Float64Array.of(1, 2);
  Object.assign(foreign.buffer, { kroncutOwner: shared });
  const copied = addon.createTensor([], [0], foreign);
  values[1] = 3;
  foreign[1] = 4;
  expect([...addon.readTensor(shared, 0, 2)]).toEqual([1, 3]);
  expect([...addon.readTensor(part, 0, 1)]).toEqual([3]);
  expect([...addon.readTensor(copied, 0, 2)]).toEqual([1, 2]);
});
