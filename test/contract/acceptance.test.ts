/** Circuits whose answers are known from elsewhere, cut by wire cuts and put together again. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { readQasm } from '../../src/circuit/qasm/readQasm.js';
import { verify } from '../../src/api/verify.js';
import { readCutsFile } from '../../src/cut/solution/cutsFile.js';
import type { Precision } from '../../src/native/addon.js';
import { outcomeDistribution } from '../support/denseSimulator.js';
import { readNpy } from '../support/npy.js';
import { requireOrSkip } from '../support/requirements.js';
import {
  entropy,
  expectSameOnRanks,
  largestDifference,
  withFullRun,
  type FinishedRun,
} from '../support/runs.js';
import { sharedCircuit } from '../support/sharedCircuits.js';
import type { RunOptions } from '../../src/api/options/run.js';
import { AMPLE } from '../support/budget.js';

beforeEach((context) => requireOrSkip(context, 'shared'));

const TOLERANCE: Readonly<Record<Precision, number>> = { double: 1e-12, single: 1e-6 };

interface Row {
  readonly name: string;
  readonly file: string;
  readonly options: Omit<RunOptions, 'directory'>;
  readonly cuts?: number;
  readonly widths?: readonly number[];
  /** All outcomes that have a probability worth mentioning. */
  readonly outcomes?: Readonly<Record<number, number>>;
  /** Probabilities known to ten digits, and the entropy in nats. */
  readonly some?: Readonly<Record<number, number>>;
  readonly entropy?: number;
}

const ROWS: readonly Row[] = [
  { name: 'bv3', file: 'bv3.qasm', options: { maxWidth: 2 }, cuts: 1, outcomes: { 7: 1 } },
  { name: 'bv10', file: 'bv10.qasm', options: { maxWidth: 6 }, outcomes: { 1023: 1 } },
  {
    name: 'fig4_cz',
    file: 'fig4_cz.qasm',
    options: { maxWidth: 3, maxSubcircuits: 2, maxCuts: 1 },
    cuts: 1,
    widths: [3, 3],
    some: { 0: 0.1080345869, 7: 0.1080345869 },
    entropy: 3.00912845811376,
  },
  {
    name: 'fig4_cx',
    file: 'fig4_cx.qasm',
    options: { maxWidth: 3, maxSubcircuits: 2, maxCuts: 1 },
    cuts: 1,
    entropy: 2.599681088367844,
  },
  {
    name: 'supremacy_6qubit',
    file: 'supremacy_6qubit.qasm3',
    options: { maxWidth: 5, objective: 'sampling' },
    cuts: 2,
    some: { 36: 0.0780675054 },
    entropy: 3.65830389437,
  },
  { name: 'adder10', file: 'adder10.qasm', options: { maxWidth: 9 }, outcomes: { 0: 1 } },
  { name: 'adder10 uncut', file: 'adder10.qasm', options: { maxWidth: 10 }, cuts: 0, outcomes: { 0: 1 } },
  { name: 'hwea10', file: 'hwea10.qasm', options: { maxWidth: 6 }, outcomes: { 31: 0.5, 992: 0.5 } },
];

describe.each(['double', 'single'] as const)('reconstruction in %s precision', (precision) => {
  it.each(ROWS)('$name', async (row) => {
    const text = sharedCircuit(row.file);
    // The cuts that the answers speak of are cuts of wires.
    const options = { ...row.options, wireCutsOnly: true, precision, timeLimit: AMPLE };
    await withFullRun(text, options, async (finished) => {
      const { cut } = finished.result;
      if (row.cuts !== undefined) expect(cut.wireCuts).toBe(row.cuts);
      if (row.widths !== undefined) expect(cut.subcircuits.map(({ width }) => width)).toEqual(row.widths);
      expect(cut.width).toBeLessThanOrEqual(row.options.maxWidth ?? Infinity);
      checkDistribution(row, finished, precision);
      const exact = outcomeDistribution(readQasm(text));
      expect(largestDifference(finished.distribution, exact)).toBeLessThan(TOLERANCE[precision]);
      await expectSameOnRanks([2, 3, 4], text, precision, finished);
    });
  });

  it('ghz20 in given parts', async () => {
    const parts = Array.from({ length: 19 }, (_, gate) => (gate <= 8 ? 0 : gate <= 17 ? 1 : 2));
    await withManualParts('ghz20.qasm', parts, precision, async (finished) => {
      const { result, distribution } = finished;
      expect(result.cut.wireCuts).toBe(2);
      for (const [index, p] of distribution.entries()) {
        const expected = index === 0 || index === 2 ** 20 - 1 ? 0.5 : 0;
        if (Math.abs(p - expected) >= TOLERANCE[precision]) expect.fail(`outcome ${index} has ${p}`);
      }
      await expectSameOnRanks([2, 3, 4], sharedCircuit('ghz20.qasm'), precision, finished);
    });
  });

  it('reentrant3: wires that return do not share a qubit', async () => {
    await withManualParts('reentrant3.qasm', [0, 0, 1, 0], precision, async (finished) => {
      const { result, distribution } = finished;
      expect(result.cut.wireCuts).toBe(4);
      expect(result.cut.subcircuits.map(({ width }) => width)).toEqual([5, 2]);
      const text = sharedCircuit('reentrant3.qasm');
      const exact = outcomeDistribution(readQasm(text));
      expect(largestDifference(distribution, exact)).toBeLessThan(TOLERANCE[precision]);
      await expectSameOnRanks([2, 3, 4], text, precision, finished);
    });
  });
});

function checkDistribution(row: Row, { distribution }: FinishedRun, precision: Precision): void {
  const tolerance = TOLERANCE[precision];
  if (row.outcomes !== undefined) {
    for (const [index, p] of distribution.entries()) {
      expect(Math.abs(p - (row.outcomes[index] ?? 0))).toBeLessThan(tolerance);
    }
  }
  for (const [index, p] of Object.entries(row.some ?? {})) {
    expect(distribution[Number(index)]).toBeCloseTo(p, precision === 'double' ? 10 : 6);
  }
  if (row.entropy !== undefined) {
    expect(entropy(distribution)).toBeCloseTo(row.entropy, precision === 'double' ? 10 : 5);
  }
}

async function withManualParts(
  file: string,
  parts: readonly number[],
  precision: Precision,
  body: (run: FinishedRun) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'kroncut-parts-'));
  try {
    const cuts = join(folder, 'cuts.json');
    await writeFile(cuts, JSON.stringify({ parts }));
    await withFullRun(sharedCircuit(file), { cuts, precision }, body);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe('what a run leaves behind', () => {
  it('bv3: the upstream tensor holds Tr(P rho) for I, X, Y, Z', async () => {
    const options = { maxWidth: 2, wireCutsOnly: true };
    await withFullRun(sharedCircuit('bv3.qasm'), options, async ({ directory, result }) => {
      const upstream = result.cut.subcircuits.find(({ outputQubits }) => outputQubits === 1);
      const { shape, values } = await readNpy(join(directory, 'tensors', `${upstream?.index}.npy`));
      expect(shape).toEqual([4, 2]);
      const expected = [
        [0, 1],
        [0, -1],
        [0, 0],
        [0, 0],
      ].flat();
      for (const [i, value] of expected.entries()) expect(values[i]).toBeCloseTo(value, 12);
    });
  });

  it('fig4_cz: the cut separates the gates 01, 02 from 24, 23', async () => {
    const options = { maxWidth: 3, maxSubcircuits: 2, maxCuts: 1, wireCutsOnly: true };
    await withFullRun(sharedCircuit('fig4_cz.qasm'), options, async ({ directory }) => {
      const file = join(directory, 'cuts.json');
      const { parts } = readCutsFile(await readFile(file, 'utf8'), file);
      const [first, second] = [parts[0], parts[2]];
      expect(parts).toEqual([first, first, second, second]);
      expect(first).not.toBe(second);
    });
  });

  it('verify agrees, with the cross entropy of the distribution with itself', async () => {
    await withFullRun(sharedCircuit('fig4_cx.qasm'), { maxWidth: 3 }, async ({ directory }) => {
      const report = await verify(directory, { tolerance: 1e-12 });
      expect(report).toMatchObject({ passed: true, compared: 'results/full.npy' });
      if (report.compared !== 'results/full.npy') throw new Error('the circuit is small enough to simulate');
      expect(report.crossEntropy).toBeCloseTo(2.599681088367844, 10);
      expect(report.hellingerFidelity).toBeCloseTo(1, 12);
      expect(report.chiSquared).toBeLessThan(1e-20);
      expect(report.relativeMeanSquaredError).toBeLessThan(1e-20);
    });
  });
});
