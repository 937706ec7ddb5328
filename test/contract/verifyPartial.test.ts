/** Checks of runs that are too large to simulate. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSession } from '../../src/api/session/session.js';
import { withRun } from '../../src/api/input/openRun.js';
import { openTensors } from '../../src/api/reconstruct.js';
import { run } from '../../src/api/run.js';
import { verify, type PartialReport, type VerifyReport } from '../../src/api/verify.js';
import { chooseCones, largestError, partialChecks } from '../../src/api/verification/verifyPartial.js';
import { generateCircuit } from '../../src/circuit/families/families.js';
import { readQasm } from '../../src/circuit/qasm/readQasm.js';
import { writeQasm } from '../../src/circuit/qasm/writeQasm.js';
import { onLocalRanks } from '../support/localCluster.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kroncut-partial-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function angle(i: number): string {
  return (0.3 + ((i * 0.7548776662) % 1) * 2).toFixed(6);
}

/** Two layers of gates along a line, with angles that a formula decides. */
function line(qubits: number): string {
  const layer = (from: number): string[] => [
    ...Array.from(
      { length: qubits },
      (_, q) => `u3(${angle(from + q)},${angle(from + 3 * q)},${angle(q)}) q[${q}];`,
    ),
    ...Array.from({ length: qubits - 1 }, (_, q) => `cx q[${q}],q[${q + 1}];`),
  ];
  const turns = Array.from({ length: qubits }, (_, q) => `ry(${angle(5 * q)}) q[${q}];`);
  return ['OPENQASM 2.0; include "qelib1.inc";', `qreg q[${qubits}];`, ...layer(0), ...turns].join('\n');
}

function partialOf(report: VerifyReport): PartialReport {
  if (report.compared !== 'parts') throw new Error('the whole circuit was simulated');
  return report;
}

describe('a run that is too large to simulate', () => {
  it('is checked in part: sum, light cones, other cuts; the same on any number of ranks', async () => {
    await run({ text: line(60) }, { directory, maxWidth: 12, timeLimit: 2, samples: 1, verify: false });
    const report = partialOf(await verify(directory));
    expect(report).toMatchObject({ passed: true, tolerance: 1e-10 });
    const { normalization, lightCones, recut, skipped } = report.partial;
    expect(normalization.sum).toBeCloseTo(1, 11);
    expect(lightCones?.marginals.length).toBeGreaterThan(2);
    expect(Math.max(...(lightCones?.marginals ?? []).map(({ qubits }) => qubits))).toBe(20);
    expect(lightCones?.maxAbsError).toBeLessThan(1e-12);
    expect(recut?.outcomes).toBe(24);
    expect(recut?.width).not.toBe(12);
    expect(recut?.maxRelativeError).toBeLessThan(1e-11);
    expect(skipped).toEqual([]);
    expect(existsSync(join(directory, 'verify-recut'))).toBe(false);
    const shared = await onLocalRanks(2, (cluster) => verify(directory, { cluster, threads: 1 }));
    for (const other of shared) {
      expect(partialOf(other).passed).toBe(true);
      expect(partialOf(other).partial.normalization).toEqual(normalization);
    }
  });

  it('differs where a tensor is wrong, in every check that reads it', async () => {
    const text = line(12);
    await run({ text }, { directory, maxWidth: 7, full: true, verify: false });
    const good = partialOf(await verify(directory, { partial: true }));
    expect(good.passed).toBe(true);
    expect(good.partial.file?.outcomes).toBe(good.partial.recut?.outcomes);
    expect(good.partial.file?.maxRelativeError).toBeLessThan(1e-12);
    const strict = await verify(directory, { partial: true, tolerance: 1e-30 });
    expect(strict.passed).toBe(false);

    const session = await openSession();
    const bad = await session.job({}, (context) =>
      withRun(context, directory, async (opened) => {
        const source = await openTensors(opened);
        const { native } = context;
        const members = source.network.members.map((member) => ({
          ...member,
          open: async () => {
            const tensor = await member.open();
            const { bonds, bits, bytes } = native.tensorInfo(tensor);
            const values = native.readTensor(tensor, 0, bytes / 8);
            for (const [i, value] of values.entries()) values[i] = value * (1 + 1e-4 * (i % 3));
            return native.createTensor(bonds, bits, values);
          },
        }));
        const spoiled = { ...source, network: { ...source.network, members } };
        return partialChecks(opened, spoiled, true, () => {});
      }),
    );
    for (const error of [
      bad.normalization.error,
      bad.lightCones?.maxAbsError,
      bad.recut?.maxRelativeError,
      bad.file?.maxRelativeError,
      largestError(bad),
    ]) {
      expect(error).toBeGreaterThan(1e-7);
    }
  });
});

describe('light cones to simulate', () => {
  it('are the widest that can be, with the bits inside, or none', () => {
    const ghz = generateCircuit('ghz', { qubits: 30 });
    const bits = Array.from({ length: 30 }, (_, bit) => bit);
    const { cones, narrowest } = chooseCones(ghz, bits);
    expect(narrowest).toBeLessThanOrEqual(2);
    expect(cones[0]?.qubits).toBe(20);
    const listed = cones.flatMap((cone) => cone.bits);
    expect(new Set(listed).size).toBe(listed.length);
    for (const cone of cones) expect(cone.bits.length).toBeLessThanOrEqual(6);

    const backwards = Array.from({ length: 29 }, (_, i) => `cx q[${29 - i}],q[${28 - i}];`).join('');
    const all = readQasm(`${writeQasm(ghz, 2)}${backwards}`, { file: 'all.qasm' });
    expect(chooseCones(all, bits)).toMatchObject({ cones: [], narrowest: 30 });
  });
});
