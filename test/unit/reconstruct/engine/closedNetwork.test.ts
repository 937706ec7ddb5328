/** Networks without open indices against the sum over all bits and bonds. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BitAction } from '../../../../src/native/addon.js';
import { ClosedNetwork, planClosed } from '../../../../src/reconstruct/engine/closedNetwork.js';
import { TensorCache } from '../../../../src/reconstruct/engine/tensorCache.js';
import { testContext } from '../../../support/context.js';
import { denseAnswer, networkOf } from '../../../support/denseNetwork.js';
import { anyNetwork, chainOf } from '../../../support/networks.js';

const context = testContext();
const ACTIONS: readonly BitAction[] = ['sum', 'fix0', 'fix1', 'weigh'];

describe('ClosedNetwork', () => {
  it('gives the signed sums and entries of any network, one after another', async () => {
    const settings = fc.tuple(anyNetwork(), fc.array(fc.nat(), { minLength: 1, maxLength: 4 }));
    await fc.assert(
      fc.asyncProperty(settings, async ([{ members, bits }, choices]) => {
        const network = networkOf(context.native, members);
        const closed = new ClosedNetwork(context, planClosed(network, context.memory));
        for (const choice of choices) {
          const actionOf = (bit: number): BitAction =>
            ACTIONS[Math.floor(choice / 4 ** (bit % 8)) % 4] ?? 'sum';
          const actions = new Map(Array.from({ length: bits }, (_, bit) => [bit, actionOf(bit)]));
          const [expected = NaN] = denseAnswer(members, { actions, order: [] });
          const found = await closed.value(network.members, actionOf);
          expect(Math.abs(found - expected)).toBeLessThan(1e-12 * 2 ** bits * 64);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('contracts again only what has changed', async () => {
    const { members } = chainOf([2, 2, 2], 5);
    const network = networkOf(context.native, members);
    const cache = new TensorCache();
    const closed = new ClosedNetwork(context, planClosed(network, context.memory), cache);
    const ask = async (weighed: number): Promise<number> => {
      cache.begin();
      await closed.value(network.members, (bit) => (bit === weighed ? 'weigh' : 'sum'));
      return cache.counts.made;
    };
    const first = await ask(0);
    expect(first).toBeGreaterThan(3);
    expect(await ask(0)).toBe(0);
    const changed = await ask(5);
    expect(changed).toBeGreaterThan(0);
    expect(changed).toBeLessThan(first);
  });

  it('keeps the memory of all its tensors in mind', () => {
    const { members } = chainOf([2, 2], 1);
    const large = networkOf(context.native, members);
    const opened = { ...large, members: large.members.map((each) => ({ ...each, openBytes: 2 ** 20 })) };
    expect(() => planClosed(opened, 2 ** 20)).toThrow(expect.objectContaining({ code: 'memory' }));
    expect(planClosed(opened, 2 ** 22).answerBits).toBe(0);
  });
});
