/** Every query by every method: the same answers, in a directory and in memory, on several ranks, resumed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reconstruct } from '../../src/api/reconstruct.js';
import { run } from '../../src/api/run.js';
import { verify } from '../../src/api/verify.js';
import { everyQuery, rotatedChain } from '../support/chains.js';
import { onLocalRanks } from '../support/localCluster.js';
import { openSession } from '../../src/api/session/session.js';

const BITS = 10;
const TEXT = rotatedChain(
  9,
  Array.from({ length: BITS }, (_, q) => (q * 3 + 1) % BITS),
);
const QUERIES = { full: true, ...everyQuery(BITS) };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kroncut-method-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const common = { threads: 1, device: 'cpu' } as const;

/** The numbers of an answer, rounded to what rounding leaves. */
function numbers(value: unknown): unknown {
  if (typeof value === 'number') return Number(value.toFixed(10)) + 0;
  if (value instanceof Float64Array || Array.isArray(value)) return Array.from(value, numbers);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, numbers(each)]));
}

async function answers(method: 'cut' | 'statevector' | 'contract' | 'auto', size = 1): Promise<unknown> {
  const [found] = await onLocalRanks(size, async (cluster) => {
    const session = await openSession({ cluster, ...common });
    const {
      full,
      top,
      marginal,
      probability,
      expect: sum,
    } = await run({ text: TEXT }, { ...QUERIES, method, session });
    await session.close();
    const values = full !== undefined && 'values' in full ? full.values : undefined;
    const likely = top?.outcomes.map(({ probability: each }) => each);
    return {
      values,
      likely,
      marginal: marginal?.probabilities,
      probability,
      value: sum?.value,
      terms: sum?.terms,
    };
  });
  return numbers(found);
}

describe('ways to answer', () => {
  it('give what the cuts give', async () => {
    const cut = await answers('cut');
    for (const method of ['statevector', 'contract', 'auto'] as const) {
      expect(await answers(method), method).toEqual(cut);
    }
    expect(await answers('contract', 3)).toEqual(cut);
  });

  it('are noted in the run directory, which goes on from there', async () => {
    const directory = join(folder, 'run');
    const first = await run({ text: TEXT }, { directory, method: 'auto', top: 3, ...common });
    expect(first.cut.method).toMatchObject({
      asked: 'auto',
      taken: expect.stringMatching(/statevector|contract/),
    });
    const again = await run({ text: TEXT }, { directory, method: 'auto', top: 3, ...common });
    expect(again.cut.method).toEqual(first.cut.method);
    expect(again.reused).toMatchObject({ cut: true, evaluated: 0 });
    await expect(run({ text: TEXT }, { directory, top: 3, ...common })).rejects.toThrow(/method/);
    const { marginal } = await reconstruct(directory, { marginal: [0], ...common });
    expect(marginal?.probabilities).toHaveLength(2);
    expect((await verify(directory, common)).passed).toBe(true);
  });

  it('answer exactly where the network is contracted, or may be', async () => {
    for (const method of ['contract', 'auto'] as const) {
      await expect(run({ text: TEXT }, { method, shots: 1000, top: 1, ...common })).rejects.toThrow(
        `method ${method} answers exactly; for shots and noise ask for method cut or statevector`,
      );
    }
    const nothing: unknown = Reflect.apply(run, undefined, [{ text: TEXT }, null]);
    await expect(nothing).rejects.toMatchObject({ code: 'usage' });
    const drawn = await run({ text: TEXT }, { method: 'statevector', shots: 1000, top: 1, ...common });
    expect(drawn.top?.data).toBe('sampled');
  });

  it('answer local questions from their light cone alone', async () => {
    const directory = join(folder, 'cone');
    const asked = { expect: 'Z0 Z1', ...common };
    const network = await run({ text: TEXT }, { directory, method: 'contract', ...asked });
    const cut = await run({ text: TEXT }, { ...asked });
    expect(network.lightCone).toEqual(cut.lightCone);
    expect(network.expect?.value).toBeCloseTo(cut.expect?.value ?? NaN, 12);
  });
});
