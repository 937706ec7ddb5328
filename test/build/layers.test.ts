import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { repositoryRoot } from '../support/requirements.js';

// Every folder that holds sources, lowest first, with the folders whose headers it may include. A folder may include
// only what stands before it here, so there are no circles.
const kernels = ['core', 'simulate', 'contract/*', 'synthesize', 'synthesize/*'];
const nativeLayers: readonly (readonly [folder: string, below: readonly string[]])[] = [
  ['core', []],
  ['simulate', ['core']],
  ['contract/network', ['core']],
  ['contract/product', ['core', 'contract/network']],
  ['contract/consumers', ['core', 'contract/network', 'contract/product']],
  ['contract/rank', ['core', 'contract/network', 'contract/product']],
  ['contract/tree', ['core', 'contract/network', 'contract/product']],
  ['synthesize/columns', ['core']],
  ['synthesize/problem', ['core', 'synthesize/columns']],
  ['synthesize/lm', ['core', 'synthesize/columns', 'synthesize/problem']],
  ['synthesize/qfactor', ['core', 'synthesize/columns', 'synthesize/problem']],
  ['synthesize', ['core', 'synthesize/*']],
  ['comm', ['core']],
  ['bench', kernels],
  ['device', kernels],
  ['device/cpu', [...kernels, 'device']],
  ['device/cuda/runtime', ['core', 'device']],
  ['device/cuda/tensor', ['core', 'simulate', 'device/cuda/runtime']],
  ['device/cuda/reduction', ['core', 'contract/*', 'device/cuda/runtime']],
  ['device/cuda/product', ['core', 'contract/*', 'device/cuda/runtime', 'device/cuda/reduction']],
  ['device/cuda/sweep', ['core', 'synthesize', 'synthesize/*', 'device/cuda/runtime']],
  [
    'device/cuda/timings',
    [
      ...kernels,
      'device',
      ...['runtime', 'product', 'reduction', 'tensor'].map((wing) => `device/cuda/${wing}`),
    ],
  ],
  ['device/cuda/simulated', [...kernels, 'device', 'device/cuda/*']],
  ['device/cuda', ['core', 'device', 'device/cuda/*']],
  ['addon', [...kernels, 'comm', 'device', 'bench']],
];

/** What is wrong with an include, or undefined. A test may include all of its own room: nothing includes a test. */
function includeFault(file: string, header: string): string | undefined {
  const folder = path.dirname(file);
  if (header === 'napi.h') return folder === 'addon' ? undefined : 'the headers of Node are for addon/ alone';
  const room = header.split('/')[0] ?? '';
  if (!header.includes('/') || !nativeLayers.some(([name]) => name.split('/')[0] === room)) return undefined;
  const target = path.dirname(header);
  if (target === folder || (/\.test\./.test(file) && file.startsWith(`${room}/`))) return undefined;
  const below = nativeLayers.find(([name]) => name === folder)?.[1];
  if (below === undefined) return 'its folder has no place among the layers';
  const isBelow = below.includes(target) || below.includes(`${path.dirname(target)}/*`);
  return isBelow ? undefined : 'it goes upward or sideways';
}

test('the layers of the native folders have no circles', () => {
  for (const [index, [folder, below]] of nativeLayers.entries()) {
    const before = nativeLayers.slice(0, index).map(([name]) => name);
    for (const target of below) {
      const isThere = target.endsWith('/*')
        ? before.some((name) => path.dirname(name) === path.dirname(target))
        : before.includes(target);
      expect(isThere, `${folder} includes ${target}, which stands below it in the table`).toBe(true);
    }
    // A folder that includes `room/*` must stand behind all of that room's wings.
    for (const [later] of nativeLayers.slice(index + 1))
      expect(below, `${folder} stands before ${later}`).not.toContain(`${path.dirname(later)}/*`);
  }
});

test('the native folders include downward only', () => {
  const native = path.join(repositoryRoot, 'native');
  const faults: string[] = [];
  const folders = new Set<string>();
  let includes = 0;
  for (const file of readdirSync(native, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(?:cpp|hpp|cu|cuh)$/.test(file)) continue;
    folders.add(path.dirname(file));
    const text = readFileSync(path.join(native, file), 'utf8');
    for (const [, header = ''] of text.matchAll(/^#include [<"]([^>"]+)[>"]/gm)) {
      includes += 1;
      const fault = includeFault(file, header);
      if (fault !== undefined) faults.push(`${file}: ${header}: ${fault}`);
    }
  }
  expect(includes).toBeGreaterThan(100);
  expect(faults).toEqual([]);
  expect([...folders].toSorted()).toEqual(nativeLayers.map(([name]) => name).toSorted());
});

test('and an include that goes upward, sideways or to Node is found', () => {
  expect(includeFault('contract/product/last_step.cpp', 'contract/network/permute.hpp')).toBeUndefined();
  expect(includeFault('contract/product/last_step.test.cpp', 'contract/rank/shrink.hpp')).toBeUndefined();
  expect(includeFault('contract/product/last_step.cpp', 'contract/rank/shrink.hpp')).toBeDefined();
  expect(includeFault('synthesize/qfactor/qfactor.cpp', 'synthesize/lm/lm.hpp')).toBeDefined();
  expect(includeFault('synthesize/qfactor/qfactor.cpp', 'synthesize/methods.hpp')).toBeDefined();
  expect(includeFault('synthesize/qfactor/qfactor.test.cpp', 'device/backend.hpp')).toBeDefined();
  expect(
    includeFault('device/cuda/sweep/sweep_plan.cpp', 'device/cuda/tensor/tensor_plan.hpp'),
  ).toBeDefined();
  expect(includeFault('comm/engine.cpp', 'napi.h')).toBeDefined();
});
