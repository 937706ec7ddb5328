/** The most likely outcomes of distributions that are too large to stream. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withContext } from '../../src/api/context.js';
import { withRun } from '../../src/api/input/openRun.js';
import { openTensors, reconstruct } from '../../src/api/reconstruct.js';
import { run } from '../../src/api/run.js';
import { generateCircuit } from '../../src/circuit/families/families.js';
import { writeQasm } from '../../src/circuit/qasm/writeQasm.js';
import { searchOutcomes } from '../../src/reconstruct/queries/answers/topSearchAnswer.js';
import { onLocalRanks } from '../support/localCluster.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kroncut-top-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const QUBITS = 60;

/** Qubits that are each 0 with a probability, joined by gates that a measurement does not see. */
function product(probabilities: readonly number[]): string {
  const gates = probabilities.map((p, i) => `ry(${2 * Math.acos(Math.sqrt(p))}) q[${i}];`);
  const links = probabilities.slice(1).map((_, i) => `cz q[${i}],q[${i + 1}];`);
  return ['OPENQASM 2.0; include "qelib1.inc";', `qreg q[${probabilities.length}];`, ...gates, ...links].join(
    '\n',
  );
}

function withOne(bit: number): string {
  return Array.from({ length: QUBITS }, (_, i) => (QUBITS - 1 - i === bit ? '1' : '0')).join('');
}

describe('the most likely outcomes of sixty qubits', () => {
  it('are proven for a product, the same on any number of ranks', async () => {
    // Bit 59 is the likeliest to be 1, then bit 58, and so on.
    const probabilities = Array.from({ length: QUBITS }, (_, i) => 0.7 - 0.002 * i);
    const options = { directory, maxWidth: 11, timeLimit: 2, verify: false, top: 4 };
    const { cut, top } = await run({ text: product(probabilities) }, options);
    expect(cut.subcircuits.length).toBeGreaterThan(4);
    const likeliest = probabilities.reduce((value, p) => value * p, 1);
    expect(top?.proven).toBe(true);
    expect(top?.outcomes.map(({ bits }) => bits)).toEqual([
      '0'.repeat(QUBITS),
      withOne(59),
      withOne(58),
      withOne(57),
    ]);
    for (const [i, { probability }] of (top?.outcomes ?? []).entries()) {
      const p = probabilities[QUBITS - i] ?? 0.5;
      const expected = i === 0 ? likeliest : (likeliest * (1 - p)) / p;
      expect(Math.abs(probability / expected - 1)).toBeLessThan(1e-11);
    }
    expect(top?.bound).toBe(top?.outcomes.at(-1)?.probability);
    const all = await onLocalRanks(3, (cluster) => reconstruct(directory, { cluster, threads: 1, top: 4 }));
    for (const answer of all) expect(answer.top).toEqual(top);
  });

  it.each([
    ['ghz', ['0', '1'], 0.5],
    ['bv', ['1'], 1],
  ] as const)('are those of %s', async (family, bits, probability) => {
    const text = writeQasm(generateCircuit(family, { qubits: QUBITS }), 2);
    const options = { directory, maxWidth: 10, timeLimit: 2, verify: false, top: bits.length };
    const { top } = await run({ text }, options);
    expect(top).toMatchObject({ proven: true });
    expect(top?.outcomes.map((outcome) => outcome.bits).toSorted()).toEqual(
      bits.map((bit) => bit.repeat(QUBITS)),
    );
    for (const outcome of top?.outcomes ?? []) expect(outcome.probability).toBeCloseTo(probability, 11);
  });

  it('are the likeliest samples, with a bound, where a search does not fit', async () => {
    const text = writeQasm(generateCircuit('ghz', { qubits: QUBITS }), 2);
    await run({ text }, { directory, maxWidth: 10, timeLimit: 2, verify: false, samples: 1 });
    const top = await withContext({}, (context) =>
      withRun(context, directory, async (opened) =>
        searchOutcomes({ ...context, memory: 200_000 }, await openTensors(opened), 5),
      ),
    );
    expect(top).toMatchObject({ proven: false, search: { work: 0 } });
    expect(top.bound).toBeCloseTo(0.5, 12);
    expect(top.outcomes.map(({ bits }) => bits).toSorted()).toEqual(
      ['0', '1'].map((bit) => bit.repeat(QUBITS)),
    );
  });

  it('come with a bound on all others where the search ends too soon', async () => {
    const text = writeQasm(generateCircuit('ghz', { qubits: QUBITS }), 2);
    await run({ text }, { directory, maxWidth: 10, timeLimit: 2, verify: false, samples: 1 });
    const { top } = await reconstruct(directory, { top: 1, topWork: 0 });
    expect(top?.bound).toBeGreaterThanOrEqual(top?.proven ? 0 : 0.5);
    expect(top?.search).toMatchObject({ limit: 0 });
    await expect(reconstruct(directory, { full: true })).rejects.toThrow(/full would go through 2\^60/);
    await expect(reconstruct(directory, { marginal: [0], topWork: 5 })).rejects.toThrow(
      /topWork limits the search of top/,
    );
  });
});
