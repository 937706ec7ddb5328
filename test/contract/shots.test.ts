/** Evaluation with shots: answers with error bars, alone and on several ranks, in files and in memory, begun and gone on with. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cut } from '../../src/api/cut.js';
import { evaluate } from '../../src/api/evaluate.js';
import type { RunOptions } from '../../src/api/options/run.js';
import { reconstruct, type ReconstructResult } from '../../src/api/reconstruct.js';
import { run } from '../../src/api/run.js';
import { verify } from '../../src/api/verify.js';
import { generateCircuit } from '../../src/circuit/families/families.js';
import { writeQasm } from '../../src/circuit/qasm/writeQasm.js';
import { required } from '../../src/error.js';
import { outcomeDistribution } from '../support/denseSimulator.js';
import { marginalOf } from '../support/distributions.js';
import { onLocalRanks } from '../support/localCluster.js';
import { exactExpectation } from '../support/observables.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kroncut-shots-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const circuit = generateCircuit('random', { qubits: 5, depth: 2, seed: 11 });
const text = writeQasm(circuit, 2);
const exact = outcomeDistribution(circuit);
const SUM = 'ZZIII + 0.5*IXIIY - 0.25*IIIIZ';
const CUT = { maxWidth: 4, seed: 5 } as const;
const SHOTS = { ...CUT, shots: 400_000 } as const;
const QUERIES = { marginal: [0, 3], probability: ['00000', '10110'], top: 3, bins: 2, expect: SUM } as const;

/** Standard errors between an estimate and the truth that nothing in a fixed draw reaches. */
const FAR = 4.5;

function near(value: number | undefined, standardError: number | null | undefined, truth: number): void {
  expect(standardError).toBeGreaterThan(0);
  expect(Math.abs(required(value, 'a value') - truth)).toBeLessThan(FAR * (standardError ?? 0));
}

function expectNear({ marginal, probability, top, bins, expect: sum }: ReconstructResult): void {
  for (const [i, truth] of [...marginalOf(exact, [0, 3])].entries()) {
    near(marginal?.probabilities[i], marginal?.standardError?.[i], truth);
  }
  const errors = probability?.['standardError'];
  for (const bits of QUERIES.probability) {
    near(
      Number(probability?.[bits]),
      Number(Reflect.get(Object(errors), bits)),
      exact[Number.parseInt(bits, 2)] ?? 0,
    );
  }
  expect(top?.proven).toBe(false);
  for (const { bits, probability: p, standardError } of top?.outcomes ?? []) {
    near(p, standardError, exact[Number.parseInt(bits, 2)] ?? 0);
  }
  expect(bins?.every(({ standardError }) => typeof standardError === 'number')).toBe(true);
  near(sum?.value, sum?.standardError, exactExpectation(circuit, SUM));
  const [low, high] = required(sum?.interval ?? undefined, 'an interval');
  expect(low).toBeLessThan(required(sum, 'a value').value);
  expect(high).toBeGreaterThan(required(sum, 'a value').value);
  for (const answer of [marginal, top, sum]) expect(answer?.data).toBe('sampled');
}

function checkIn(registration: string): string | undefined {
  return /"check":"\w+"/.exec(registration)?.[0];
}

describe('shots', () => {
  it('give answers with error bars, the same in memory, in a directory, and on any number of ranks', async () => {
    const options = { ...SHOTS, ...QUERIES };
    const { timings: _, run: __, cut: ___, ...alone } = await run({ text }, options);
    expectNear(alone);
    await cut({ text }, { ...CUT, directory });
    const asked: Pick<RunOptions, 'shots' | 'seed'> & { forExpect: string } = {
      shots: SHOTS.shots,
      seed: SHOTS.seed,
      forExpect: SUM,
    };
    await onLocalRanks(3, (cluster) => evaluate(directory, { ...asked, cluster, threads: 1 }));
    const [onRanks] = await onLocalRanks(2, (cluster) =>
      reconstruct(directory, { ...QUERIES, cluster, threads: 1 }),
    );
    const close = (a: unknown, b: unknown): void => {
      if (typeof a === 'number') expect(b).toBeCloseTo(a, 12);
      else if (typeof a !== 'object' || a === null) expect(b).toEqual(a);
      else for (const [key, value] of Object.entries(a)) close(value, Reflect.get(Object(b), key));
    };
    const { expect: sum, marginal, probability } = alone;
    close(
      { sum, marginal, probability },
      { sum: onRanks?.expect, marginal: onRanks?.marginal, probability: onRanks?.probability },
    );
  });

  it('of bases that nobody planned for are drawn when they are asked for', async () => {
    await cut({ text }, { ...CUT, directory });
    await evaluate(directory, { shots: SHOTS.shots, seed: SHOTS.seed });
    const { expect: sum } = await reconstruct(directory, { expect: SUM });
    near(sum?.value, sum?.standardError, exactExpectation(circuit, SUM));
    expect(await reconstruct(directory, { expect: SUM })).toEqual({ expect: sum });
  });

  it('are drawn once: what is there is gone on with, what was changed is drawn again alike', async () => {
    await cut({ text }, { ...CUT, directory });
    const first = await evaluate(directory, { shots: 10_000, seed: 3 });
    expect(first.evaluated).toBe(first.subcircuits);
    expect(await evaluate(directory, { shots: 10_000, seed: 3 })).toMatchObject({ evaluated: 0 });
    // Without options the run goes on as it was begun.
    expect(await evaluate(directory)).toMatchObject({ evaluated: 0 });
    await expect(evaluate(directory, { seed: 4 })).rejects.toThrow(
      /seed 3, not with 10000 shots \(even\), seed 4/,
    );
    const file = join(directory, 'subexperiments', '0.npy');
    const before = await readFile(file);
    await writeFile(file, 'changed');
    expect(await evaluate(directory)).toMatchObject({ evaluated: 1, reused: first.subcircuits - 1 });
    expect(await readFile(file)).toEqual(before);
  });

  it('are divided by what an observable needs, alike on any number of ranks and after what was lost', async () => {
    await cut({ text }, { ...CUT, directory });
    const asked = { shots: 200_000, seed: 3, allocation: 'query', forExpect: SUM } as const;
    const first = await evaluate(directory, asked);
    expect(first).toMatchObject({ shots: asked.shots, reused: 0 });
    const file = join(directory, 'subexperiments', '0.npy');
    const before = await readFile(file);
    await writeFile(file, 'changed');
    await onLocalRanks(2, (cluster) => evaluate(directory, { cluster, threads: 1 }));
    expect(await readFile(file)).toEqual(before);
    expect(await evaluate(directory, asked)).toMatchObject({ evaluated: 0 });
    const { expect: sum } = await reconstruct(directory, { expect: SUM });
    near(sum?.value, sum?.standardError, exactExpectation(circuit, SUM));
    // With as many shots divided evenly the error is larger.
    const even = await run({ text }, { ...CUT, shots: asked.shots, expect: SUM });
    expect(sum?.standardError).toBeLessThan(required(even.expect?.standardError ?? undefined, 'an error'));
    // Bases that nobody planned for get as many again.
    const other = await reconstruct(directory, { expect: 'IIYII' });
    near(other.expect?.value, other.expect?.standardError, exactExpectation(circuit, 'IIYII'));
    await expect(evaluate(directory, { shots: asked.shots, seed: 3, forExpect: SUM })).rejects.toThrow(
      /is evaluated with 200000 shots \(query\), seed 3, for ZZIII .* not with 200000 shots \(even\)/,
    );
  });

  it('are as many as a standard error takes', async () => {
    for (const standardError of [0.05, 0.01]) {
      const { expect: sum } = await run({ text }, { ...CUT, standardError, expect: SUM });
      expect(sum?.standardError).toBeGreaterThan(0.8 * standardError);
      expect(sum?.standardError).toBeLessThan(1.2 * standardError);
      near(sum?.value, sum?.standardError, exactExpectation(circuit, SUM));
    }
    const twice = { ...CUT, expect: SUM, shots: 10_000, standardError: 0.1 };
    await expect(run({ text }, twice)).rejects.toThrow(
      /shots and standardError both say how many shots there are; leave one out/,
    );
    await expect(run({ text }, { ...CUT, standardError: 0.1, top: 3 })).rejects.toThrow(
      /standardError goes by an observable; ask for it with expect/,
    );
    await expect(run({ text }, { ...CUT, shots: 9999, allocation: 'query' })).rejects.toThrow(
      /allocation query goes by an observable/,
    );
  });

  it('are not believed where what is said of them was changed', async () => {
    await cut({ text }, { ...CUT, directory });
    await evaluate(directory, { shots: 10_000, seed: 3 });
    const answer = await reconstruct(directory, { expect: 'ZZIII' });
    const file = join(directory, 'tensors', '0.json');
    const before = await readFile(file, 'utf8');
    // The same draw has the same check, however long it took.
    await evaluate(directory, { shots: 10_000, seed: 3, force: true });
    expect(checkIn(before)).toBeDefined();
    expect(checkIn(await readFile(file, 'utf8'))).toBe(checkIn(before));
    const fewerShots = before.replace(/("shots":\[)\d+/, '$11');
    expect(fewerShots).not.toBe(before);
    for (const changed of [fewerShots, before.slice(0, 200), before.replace('sampled', 'exact')]) {
      await writeFile(file, changed);
      await expect(reconstruct(directory, { expect: 'ZZIII' })).rejects.toThrow(
        /0\.json is not what evaluate wrote/,
      );
      expect(await evaluate(directory)).toMatchObject({ evaluated: 1 });
      expect(await reconstruct(directory, { expect: 'ZZIII' })).toEqual(answer);
    }
    await rm(join(directory, 'tensors', '0.npy'));
    await mkdir(join(directory, 'tensors', '0.npy'));
    await expect(evaluate(directory)).rejects.toThrow(/0\.npy cannot be written: it is a folder/);
  });

  it.each([
    [
      { shots: 10_001, seed: 3 },
      /is evaluated with 10000 shots \(even\), seed 3, not with 10001 shots .*--force/,
    ],
    [{ shots: 10_000, seed: 4 }, /not with 10000 shots \(even\), seed 4/],
    [{ shotsEach: 100 }, /not with 100 shots each/],
  ])('are not mixed with others: %j', async (options, message) => {
    await cut({ text }, { ...CUT, directory });
    await evaluate(directory, { shots: 10_000, seed: 3 });
    await expect(evaluate(directory, options)).rejects.toThrow(
      new RegExp(message.source.replace('--force', 'force')),
    );
    expect(await evaluate(directory, { ...options, force: true })).toMatchObject({ reused: 0 });
  });

  it('for a sum that is none are refused by the name of the option', async () => {
    await cut({ text }, { ...CUT, directory });
    await expect(evaluate(directory, { shots: 10_000, forExpect: 'ZZ' })).rejects.toThrow(
      /forExpect: 'ZZ' needs 5 characters/,
    );
  });

  it('have to be one for each subexperiment', async () => {
    await cut({ text }, { ...CUT, directory });
    await expect(evaluate(directory, { shots: 3 })).rejects.toThrow(
      /shots 3 is fewer than one for each of \d+ subexperiments; give at least \d+/,
    );
    await expect(evaluate(directory, { allocation: 'weight' })).rejects.toThrow(/allocation divides shots/);
    await expect(evaluate(directory, { shots: 1, shotsEach: 1 })).rejects.toThrow(/leave one out/);
  });

  it('of an exact run stay apart from it', async () => {
    await run({ text }, { ...CUT, directory, marginal: [0], probability: ['00000'], verify: false });
    await expect(
      run({ text }, { ...SHOTS, directory, marginal: [0], probability: ['00000'] }),
    ).rejects.toThrow(/is evaluated exactly, not with 400000 shots/);
  });

  it('converge, and verify says how far they are', async () => {
    await run({ text }, { ...CUT, directory, shotsEach: 1_000_000, probability: ['00000'] });
    const { maxAbsError } = await verify(directory, { tolerance: 1 });
    expect(maxAbsError).toBeGreaterThan(1e-8);
    expect(maxAbsError).toBeLessThan(0.01);
    const report = await verify(directory);
    if (report.compared !== 'tensors') throw new Error('the tensors were to be compared');
    expect(report.passed).toBe(true);
    expect(report.standardErrors).toMatchObject({ values: 5 });
    expect(report.standardErrors?.largest).toBeLessThan(FAR);
    expect(report.standardErrors?.rootMeanSquare).toBeGreaterThan(0.1);
    // A tolerance that is given is what passes.
    expect(await verify(directory, { tolerance: 1e-9 })).toMatchObject({ passed: false });
  });
});
