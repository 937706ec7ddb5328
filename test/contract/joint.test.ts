/** Cuts made together give what the uncut circuit gives, whatever gates share a bond. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeCircuit, type Circuit, type Gate } from '../../src/circuit/circuit.js';
import { gateOf } from '../../src/circuit/gates.js';
import { writeQasm } from '../../src/circuit/qasm/writeQasm.js';
import { reconstruct } from '../../src/api/reconstruct.js';
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
