/** Circuits with generic output, in every kind of cut, against a dense simulation. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reconstruct } from '../../src/api/reconstruct.js';
import { run } from '../../src/api/run.js';
import { verify } from '../../src/api/verify.js';
import { generateCircuit } from '../../src/circuit/families/families.js';
import { readQasm } from '../../src/circuit/qasm/readQasm.js';
import { writeQasm } from '../../src/circuit/qasm/writeQasm.js';
import { makeCircuit, type Circuit, type Gate } from '../../src/circuit/circuit.js';
import { gateOf } from '../../src/circuit/gates.js';
import { bitStringProbabilitiesOf, marginalOf } from '../support/distributions.js';
import { outcomeDistribution } from '../support/denseSimulator.js';
import { onLocalRanks } from '../support/localCluster.js';
import { readNpy } from '../support/npy.js';
import { largestDifference, withFullRun } from '../support/runs.js';
import { AMPLE } from '../support/budget.js';

/** Numbers in [0, 1) that a seed decides. */
function numbers(seed: number): () => number {
  let state = (seed * 2654435761) >>> 0;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 374761393) >>> 0;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
}

/** A random one-qubit gate on every qubit in front, so that no outcome is special. */
function stirred(circuit: Circuit, seed: number): Circuit {
  const next = numbers(seed);
  const front: Gate[] = Array.from({ length: circuit.qubits }, (_, q) =>
    gateOf('u', [q], Math.PI * next(), 2 * Math.PI * next(), 2 * Math.PI * next()),
  );
  return { ...circuit, gates: [...front, ...circuit.gates] };
}

/** Sparse random circuits: some qubits stay idle, some parts do not touch, wires come back to a subcircuit. */
function scattered(seed: number): Circuit {
  const next = numbers(seed + 1000);
  const qubits = 3 + Math.floor(next() * 6);
  const gates: Gate[] = [];
  const pick = (): number => Math.floor(next() * qubits);
  for (let i = 0; i < 4 + 2 * qubits; i += 1) {
    const a = pick();
    const b = pick();
    const angle = 2 * Math.PI * next();
    if (a === b) {
      gates.push(gateOf('u', [a], angle, 1 + angle, 2 - angle));
    } else {
      const name = ['cx', 'cz', 'cp', 'rzz', 'swap'][i % 5] ?? 'cx';
      gates.push(gateOf(name, [a, b], ...(name === 'cp' || name === 'rzz' ? [angle] : [])));
    }
  }
  return makeCircuit(qubits, gates);
}

interface Case {
  readonly name: string;
  readonly circuit: Circuit;
  readonly maxWidth: number;
}

function cases(): Case[] {
  const made: Case[] = [];
  for (let seed = 0; seed < 110; seed += 1) {
    const circuit = scattered(seed);
    made.push({ name: `scattered ${seed}`, circuit, maxWidth: Math.max(2, circuit.qubits - 1 - (seed % 3)) });
  }
  for (let seed = 0; seed < 30; seed += 1) {
    const circuit = generateCircuit('random', { qubits: 4 + (seed % 4), depth: 1 + (seed % 3), seed });
    made.push({ name: `random ${seed}`, circuit, maxWidth: circuit.qubits - 1 });
  }
  for (const [family, qubits, depth] of [
    ['bv', 7, undefined],
    ['ghz', 9, undefined],
    ['qft', 4, undefined],
    ['aqft', 5, undefined],
    ['adder', 6, undefined],
    ['hwea', 8, 2],
    ['supremacy', 6, 8],
    ['regular', 6, 1],
  ] as const) {
    for (let seed = 0; seed < 7; seed += 1) {
      const circuit = stirred(generateCircuit(family, { qubits, depth }), seed);
      made.push({ name: `${family} ${seed}`, circuit, maxWidth: qubits - 1 - (seed % 2) });
    }
  }
  return made;
}

const CASES = cases();
const LIMITS = { timeLimit: 0.2 };
/** Cuts of wires that the time limit has no say in, so that all searches find the same. */
const SAME = { timeLimit: AMPLE, wireCutsOnly: true, objective: 'sampling' } as const;

describe('generic circuits', () => {
  it('there are some two hundred', () => {
    expect(CASES.length).toBeGreaterThanOrEqual(190);
  });

  it.each(CASES)('$name', async ({ circuit, maxWidth }) => {
    const exact = outcomeDistribution(circuit);
    await withFullRun(writeQasm(circuit, 2), { ...LIMITS, maxWidth }, ({ distribution, result }) => {
      expect(result.cut.width).toBeLessThanOrEqual(maxWidth);
      expect(largestDifference(distribution, exact)).toBeLessThan(1e-12);
      expect(result.full?.sum).toBeCloseTo(1, 12);
    });
  });
});

function generic(qubits: number): Case {
  const circuit = generateCircuit('random', { qubits, depth: 2, seed: qubits });
  return { name: `random ${qubits}`, circuit, maxWidth: qubits - 2 };
}

describe('other queries and storage', () => {
  const chosen = CASES.filter((_, i) => i % 8 === 0);

  it.each(chosen)('$name: marginals, top, bit strings', async ({ circuit, maxWidth }) => {
    const exact = outcomeDistribution(circuit);
    const bits = circuit.qubits;
    const marginal = [bits - 1, 0, 1];
    const strings = [0, 1, exact.length - 1, exact.length >> 1].map((i) => i.toString(2).padStart(bits, '0'));
    await withFullRun(writeQasm(circuit, 3), { ...LIMITS, maxWidth, full: true }, async ({ directory }) => {
      const answers = await reconstruct(directory, { marginal, top: 5, probability: [...new Set(strings)] });
      const expected = marginalOf(exact, marginal);
      for (const [i, p] of expected.entries()) expect(answers.marginal?.probabilities[i]).toBeCloseTo(p, 12);
      const ranked = [...exact].sort((a, b) => b - a);
      expect(answers.top?.proven).toBe(true);
      for (const [i, { bits: text, probability }] of (answers.top?.outcomes ?? []).entries()) {
        expect(probability).toBeCloseTo(ranked[i] ?? 0, 12);
        expect(probability).toBeCloseTo(exact[Number.parseInt(text, 2)] ?? 0, 12);
      }
      expect(answers.top?.outcomes).toHaveLength(Math.min(5, exact.length));
      const found = bitStringProbabilitiesOf(exact, strings);
      for (const [text, p] of Object.entries(found)) expect(answers.probability?.[text]).toBeCloseTo(p, 12);
    });
  });

  it.each(chosen)('$name: single precision', async ({ circuit, maxWidth }) => {
    const exact = outcomeDistribution(circuit);
    const options = { ...LIMITS, maxWidth, precision: 'single' } as const;
    await withFullRun(writeQasm(circuit, 2), options, ({ distribution }) => {
      expect(largestDifference(distribution, exact)).toBeLessThan(1e-6);
    });
  });

  it.each([2, 3, 4])('%d ranks give the same file to the last bit', async (ranks) => {
    for (const { circuit, maxWidth } of [generic(9), generic(10)]) {
      const text = writeQasm(circuit, 2);
      await withFullRun(text, { ...SAME, maxWidth }, async (alone) => {
        const directory = await mkdtemp(join(tmpdir(), 'kroncut-ranks-'));
        try {
          const results = await onLocalRanks(ranks, (cluster) =>
            run({ text }, { ...SAME, maxWidth, directory, cluster, full: true, top: 4, threads: 1 }),
          );
          for (const result of results) {
            expect(result.full).toEqual(alone.result.full);
            expect(result.top).toEqual(results[0]?.top);
          }
          const { values } = await readNpy(join(directory, 'results', 'full.npy'));
          expect(Buffer.from(values.buffer).equals(Buffer.from(alone.distribution.buffer))).toBe(true);
        } finally {
          await rm(directory, { recursive: true, force: true });
        }
      });
    }
  });
});

describe('measurements', () => {
  it('outcomes follow the classical bits; bits never written are 0, qubits not measured are summed away', async () => {
    const text = `OPENQASM 2.0;
include "qelib1.inc";
qreg a[3];
qreg idle[1];
creg low[2];
creg high[3];
ry(0.3) a[0];
cx a[0],a[1];
rx(1.1) a[1];
cx a[1],a[2];
ry(0.7) a[2];
measure a[2] -> low[0];
measure a[0] -> high[1];
measure idle[0] -> high[2];
`;
    const exact = outcomeDistribution(readQasm(text));
    expect(exact.length).toBe(32);
    await withFullRun(
      text,
      { maxWidth: 2, wireCutsOnly: true },
      async ({ directory, distribution, result }) => {
        expect(result.cut.wireCuts).toBe(1);
        expect(largestDifference(distribution, exact)).toBeLessThan(1e-12);
        const answers = await reconstruct(directory, {
          top: 4,
          marginal: [4, 3, 0, 1],
          probability: ['01001', '11001', '00010'],
        });
        expect(answers.top?.outcomes.map(({ bits }) => bits).sort()).toEqual([
          '00000',
          '00001',
          '01000',
          '01001',
        ]);
        const expected = marginalOf(exact, [4, 3, 0, 1]);
        for (const [i, p] of expected.entries())
          expect(answers.marginal?.probabilities[i]).toBeCloseTo(p, 12);
        expect(answers.probability?.['01001']).toBeCloseTo(exact[9] ?? 0, 12);
        expect(answers.probability).toMatchObject({ '11001': 0, '00010': 0 });
        const byFile = await verify(directory);
        expect(byFile).toMatchObject({ passed: true, compared: 'results/full.npy' });
        expect(byFile.maxAbsError).toBeLessThan(1e-12);
      },
    );
  });

  it('the uncut simulation agrees where some outcome bits are always 0', async () => {
    const text =
      'OPENQASM 2.0; include "qelib1.inc"; qreg q[5]; h q[1]; cx q[1],q[3]; ry(0.4) q[3]; cx q[3],q[4]; rx(1) q[4];';
    const directory = await mkdtemp(join(tmpdir(), 'kroncut-verify-'));
    try {
      const result = await run({ text }, { directory, maxWidth: 2, full: false, top: 3, verify: true });
      expect(result.verify?.compared).toBe('tensors');
      expect(result.verify?.maxAbsError).toBeLessThan(1e-12);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });

  it('a circuit without gates is all zeros', async () => {
    const text = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[3];\n';
    await withFullRun(text, {}, ({ distribution }) => {
      expect([...distribution]).toEqual([1, 0, 0, 0, 0, 0, 0, 0]);
    });
  });
});
