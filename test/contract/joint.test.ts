/** Cuts made together give what the uncut circuit gives, whatever gates share a bond. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeCircuit, type Circuit, type Gate } from '../../src/circuit/circuit.js';
import { controlGates, decomposeGate } from '../../src/circuit/decompose.js';
import { gateOf } from '../../src/circuit/gates.js';
import { writeQasm } from '../../src/circuit/qasm/writeQasm.js';
import { reconstruct } from '../../src/api/reconstruct.js';
import { run } from '../../src/api/run.js';
import { buildCutCircuit } from '../../src/cut/solution/buildCutCircuit.js';
import { randomNumbers } from '../../src/run/resources/pace.js';
import { outcomeDistribution } from '../support/denseSimulator.js';
import { expectSameOnRanks, largestDifference, withFullRun } from '../support/runs.js';

/** Generic circuits in which many gates keep a basis of a qubit that they share. */
function controlled(seed: number): Circuit {
  const next = randomNumbers(seed);
  const qubits = 4 + Math.floor(2.5 * next());
  const pick = (): number => Math.floor(next() * qubits);
  const gates: Gate[] = Array.from({ length: qubits }, (_, q) =>
    gateOf('u', [q], 3 * next(), next(), next()),
  );
  for (let i = 0; i < 2 * qubits; i += 1) {
    const [a, b] = [pick() >> 1, pick()];
    const angle = 0.2 + 2 * next();
    const name = ['cx', 'cp', 'cz', 'rzz', 'cx', 'crx', 'swap'][Math.floor(6.1 * next())] ?? 'cx';
    if (a === b) gates.push(gateOf(i % 2 === 0 ? 'rz' : 'ry', [b], angle));
    else gates.push(gateOf(name, [a, b], ...(['cp', 'rzz', 'crx'].includes(name) ? [angle] : [])));
  }
  return makeCircuit(qubits, gates);
}

/** Random parts for the ends of all two-qubit gates; wires are cut where they change. */
function randomParts(circuit: Circuit, seed: number): (number | [number, number])[] {
  const next = randomNumbers(seed + 500);
  const home = Array.from({ length: circuit.qubits }, () => Math.floor(2 * next()));
  return circuit.gates
    .filter(({ qubits }) => qubits.length === 2)
    .map(({ qubits }) => {
      const [a = 0, b = 0] = qubits.map((qubit) => {
        const own = home[qubit] ?? 0;
        return next() < 0.05 ? 1 - own : own;
      });
      return a === b ? a : [a, b];
    });
}

async function withCuts<T>(parts: unknown, body: (file: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'kroncut-joint-'));
  try {
    const file = join(directory, 'cuts.json');
    await writeFile(file, JSON.stringify({ parts }));
    return await body(file);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

describe('cuts made together', () => {
  let shared = 0;

  it.each(Array.from({ length: 60 }, (_, seed) => seed))('random cuts %d: exact', async (seed) => {
    const circuit = controlled(seed);
    const exact = outcomeDistribution(circuit);
    await withCuts(randomParts(circuit, seed), (cuts) =>
      withFullRun(writeQasm(circuit, 2), { cuts, joint: true }, ({ distribution, result }) => {
        expect(largestDifference(distribution, exact)).toBeLessThan(1e-11);
        const { bonds, gateCuts, wireCuts, gamma, gammaJoint } = result.cut;
        if (bonds < gateCuts + wireCuts) shared += 1;
        expect(gammaJoint).toBeLessThanOrEqual(gamma * (1 + 1e-12));
      }),
    );
  });

  it('bonds were shared in many of them', () => {
    expect(shared).toBeGreaterThan(20);
  });

  it('the search, other ranks and an expectation value', async () => {
    const circuit = controlled(7);
    const text = writeQasm(circuit, 2);
    const options = {
      joint: true,
      maxWidth: circuit.qubits - 1,
      objective: 'sampling',
      timeLimit: 2,
    } as const;
    const exact = outcomeDistribution(circuit);
    const parity = exact.reduce((sum, p, i) => sum + ((i & 1) ^ ((i >> 2) & 1) ? -p : p), 0);
    await withFullRun(text, options, async (finished) => {
      expect(largestDifference(finished.distribution, exact)).toBeLessThan(1e-11);
      const { expect: answer } = await reconstruct(finished.directory, { expect: 'Z0 Z2' });
      expect(answer?.value).toBeCloseTo(parity, 10);
      await withCuts(randomParts(circuit, 3), (cuts) =>
        withFullRun(text, { cuts, joint: true }, async (manual) => {
          await expectSameOnRanks([2, 3], text, 'double', manual, { joint: true });
        }),
      );
    });
  });
});

/** Generic circuits with phases and flips that two to four qubits control. */
function widely(seed: number): Circuit {
  const next = randomNumbers(seed + 900);
  const qubits = 4 + Math.floor(3 * next());
  const turns = (): Gate[] =>
    Array.from({ length: qubits }, (_, q) => gateOf('u', [q], 3 * next(), next(), next()));
  const gates = turns();
  for (let i = 0; i < 4; i += 1) {
    const on = [...Array(qubits).keys()].toSorted(() => next() - 0.5);
    const [a = 0, b = 0, c = 0] = on;
    const kinds = [
      [gateOf('ccz', [a, b, c])],
      [gateOf('ccx', [a, b, c])],
      controlGates(
        [gateOf('x', [c])],
        on
          .slice(3, 6)
          .concat(a, b)
          .slice(0, 2 + Math.floor(3 * next())),
      ),
      controlGates([gateOf('p', [a], 0.2 + 2 * next())], on.slice(1, 3 + Math.floor(2 * next()))),
      controlGates([gateOf('z', [a])], on.slice(1, 4)),
    ];
    gates.push(...(kinds[Math.floor(5 * next())] ?? []).flatMap(decomposeGate));
    gates.push(gateOf('cx', [b, c]), gateOf('ry', [b], next()), gateOf('rx', [c], next()));
  }
  return makeCircuit(qubits, [...gates, ...turns()]);
}

/** Random parts of whole qubits. */
function partsOfQubits(circuit: Circuit, seed: number): (number | [number, number])[] {
  const next = randomNumbers(seed + 50);
  const home = Array.from({ length: circuit.qubits }, (_, q) => (q < 2 ? q : Math.floor(2 * next())));
  return circuit.gates.flatMap(({ qubits: [a = 0, b] }): (number | [number, number])[] => {
    const [one = 0, other = 0] = [home[a], home[b ?? a]];
    return b === undefined ? [] : [one === other ? one : [one, other]];
  });
}

describe('phases of several qubits, cut as one', () => {
  let whole = 0;

  it.each(Array.from({ length: 40 }, (_, seed) => seed))('random cuts %d: exact', async (seed) => {
    const circuit = widely(seed);
    const exact = outcomeDistribution(circuit);
    const text = writeQasm(circuit, 2);
    await withCuts(partsOfQubits(circuit, seed), async (cuts) => {
      await withFullRun(text, { cuts, joint: true }, async (finished) => {
        expect(largestDifference(finished.distribution, exact)).toBeLessThan(1e-12);
        const { gateCuts, bonds } = finished.result.cut;
        const apart = buildCutCircuit(circuit, partsOfQubits(circuit, seed)).cuts;
        if (gateCuts < apart.length) whole += 1;
        expect(bonds).toBeLessThanOrEqual(apart.reduce((sum, each) => sum + each.bonds.length, 0));
        if (seed < 3) await expectSameOnRanks([2, 3], text, 'double', finished, { joint: true });
      });
    });
  });

  it('phases were cut as one in many of them', () => {
    expect(whole).toBeGreaterThan(20);
  });

  it.each([3, 4, 5])('the search at width %d: exact, with an expectation value', async (maxWidth) => {
    const circuit = widely(maxWidth);
    const exact = outcomeDistribution(circuit);
    const parity = exact.reduce((sum, p, i) => sum + ((i & 1) ^ ((i >> 2) & 1) ? -p : p), 0);
    const options = { joint: true, maxWidth, timeLimit: 2 } as const;
    await withFullRun(writeQasm(circuit, 2), options, async ({ distribution, directory, result }) => {
      expect(result.cut.width).toBeLessThanOrEqual(maxWidth);
      expect(largestDifference(distribution, exact)).toBeLessThan(1e-12);
      const { expect: answer } = await reconstruct(directory, { expect: 'Z0 Z2' });
      expect(answer?.value).toBeCloseTo(parity, 10);
    });
  });

  it('shots: as far from the exact value as their standard error says', async () => {
    const circuit = widely(1);
    const exact = outcomeDistribution(circuit);
    const value = exact.reduce((sum, p, i) => sum + ((i & 1) ^ ((i >> 2) & 1) ? -p : p), 0);
    const text = writeQasm(circuit, 2);
    await withCuts(partsOfQubits(circuit, 1), async (cuts) => {
      for (const seed of [1, 2, 3]) {
        const { expect: answer } = await run(
          { text },
          { cuts, joint: true, shots: 4e6, seed, expect: 'Z0 Z2' },
        );
        const error = answer?.standardError ?? 0;
        expect(error).toBeGreaterThan(0);
        expect(error).toBeLessThan(0.5);
        expect(Math.abs((answer?.value ?? NaN) - value)).toBeLessThan(4.5 * error);
      }
    });
  });
});
