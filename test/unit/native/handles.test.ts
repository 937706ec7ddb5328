import { expect, it } from 'vitest';
import { loadAddon } from '../../../src/native/load.js';

const { addon } = loadAddon({ mpi: false, cuda: false, environment: {} });

/** The functions of the addon, to be called with what their types forbid. */
const untyped: Readonly<Record<string, (value: unknown) => unknown>> = Object.fromEntries(
  Object.entries(addon),
);

it('takes no handle, and no other value, for one of another kind', () => {
  const tensor = addon.createTensor([], [0], Float64Array.of(0.25, 0.75));
  const control = addon.createControl();
  expect(addon.tensorInfo(tensor)).toEqual({ bonds: [], bits: [0], bytes: 16 });
  expect(addon.controlProgress(control)).toEqual({ done: 0, total: 0 });
  for (const wrong of [control, {}, 1, undefined, null]) {
    expect(() => untyped['tensorInfo']?.(wrong)).toThrow('tensor handle expected');
  }
  for (const wrong of [tensor, {}, 'control']) {
    expect(() => untyped['cancelControl']?.(wrong)).toThrow('control handle expected');
  }
});
