/** What the types know of answers: checked by the compiler, with the rest of the tests. */
import { describe, expect, expectTypeOf, it } from 'vitest';
import { reconstruct, run, type RunOptions, type RunResult } from '../../../src/index.js';

const text = 'include "qelib1.inc"; qreg q[2]; h q[0]; cx q[0],q[1];';

describe('answers that were asked for', () => {
  it('are there, in the types too', async () => {
    const asked = await run({ text }, { top: 2, full: true, device: 'cpu' });
    expectTypeOf(asked.top.outcomes.length).toEqualTypeOf<number>();
    expectTypeOf(asked.full.sum).toEqualTypeOf<number>();
    expectTypeOf(asked.expect).toEqualTypeOf<RunResult['expect']>();
    expect([asked.top.outcomes.length, asked.expect]).toEqual([2, undefined]);
    const again = await reconstruct(asked, { expect: 'ZZ', device: 'cpu' });
    expectTypeOf(again.expect.value).toEqualTypeOf<number>();
    expect(again.expect.value).toBeCloseTo(1, 12);
  });

  it('may be missing where options are not known, and none are taken that are none', async () => {
    const options: RunOptions = { top: 1, device: 'cpu' };
    const found = await run({ text }, options);
    expectTypeOf(found.top).toEqualTypeOf<RunResult['top']>();
    expect(found.top?.outcomes).toHaveLength(1);
    // @ts-expect-error: there is no such option
    await expect(run({ text }, { tops: 1 })).rejects.toThrow('did you mean top');
    // @ts-expect-error: a number is needed
    await expect(run({ text }, { top: 'two' })).rejects.toThrow('top');
  });
});
