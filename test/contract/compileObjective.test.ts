/** `compile --objective`: what is sought is reached by no less than before, and the circuit is the same. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compile } from '../../src/api/compile.js';
import { synthesize } from '../../src/api/synthesize.js';
import type { CompileOptions } from '../../src/api/options/compile.js';
import { makeCircuit, type Circuit, type Gate } from '../../src/circuit/circuit.js';
import { twoQubitDepth } from '../../src/circuit/circuitFacts.js';
import { gateOf } from '../../src/circuit/gates.js';
import { toU3Cx } from '../../src/compile/gates/rewrite.js';
import { expectFaithful, matrixDistance, textOf, toffolis, trotter } from '../support/compiledCircuits.js';
import { onLocalRanks } from '../support/localCluster.js';

const COMMON: CompileOptions = { device: 'cpu', threads: 2 };
const QUBITS = 5;

/** Pairs differ, and two kinds of gates do. */
const DEVICE = {
  version: 1,
  gates: {
    rz: { error: 0 },
    sx: { error: 0.0003, time: 0.04 },
    x: { error: 0.0003, time: 0.04 },
    cz: { error: 0.005, time: 0.07, on: { '0-1': { error: 0.03 }, '2-1': { error: 0.002 } } },
    rzz: { error: 0.006, time: 0.09 },
  },
  relaxation: { t1: 250, t2: 180 },
  qubits: { '3': { t1: 90 } },
};

let folder = '';
let file: `${string}.json` = '.json';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kroncut-objective-'));
  file = `${folder}/device.json`;
  await writeFile(file, JSON.stringify(DEVICE));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const pair = fc.uniqueArray(fc.integer({ min: 0, max: QUBITS - 1 }), { minLength: 2, maxLength: 2 });
const angle = fc.constantFrom(Math.PI / 4, Math.PI / 2, 0.3);
const gate: fc.Arbitrary<Gate> = fc.oneof(
  fc.record({ name: fc.constantFrom('cx', 'cz', 'swap'), on: pair }).map(({ name, on }) => gateOf(name, on)),
  fc
    .record({ name: fc.constantFrom('rzz', 'rxx', 'cp'), on: pair, angle })
    .map((each) => gateOf(each.name, each.on, each.angle)),
  fc
    .record({ name: fc.constantFrom('rx', 'rz'), on: pair, angle })
    .map((each) => gateOf(each.name, each.on.slice(0, 1), each.angle)),
  fc
    .record({ name: fc.constantFrom('h', 't'), on: pair })
    .map(({ name, on }) => gateOf(name, on.slice(0, 1))),
);
const circuits = fc.array(gate, { minLength: 1, maxLength: 18 }).map((gates) => makeCircuit(QUBITS, gates));

/** Two-qubit layers, each gate as the `cx` that it takes. */
function depthOf({ qubits, gates }: Circuit): number {
  return twoQubitDepth({ qubits, gates: toU3Cx(gates) });
}

describe('compile for depth', () => {
  it('is the same circuit, and never deeper', async () => {
    await fc.assert(
      fc.asyncProperty(circuits, async (circuit) => {
        const result = await compile(textOf(circuit), { ...COMMON, objective: 'depth', multistarts: 2 });
        expectFaithful(circuit, result);
        expect(result.after.twoQubitDepth).toBe(depthOf(result.circuit));
        expect(result.after.twoQubitDepth).toBeLessThanOrEqual(depthOf(circuit));
      }),
      { numRuns: 12 },
    );
  });

  it('puts side by side what commutes, also between other gates', async () => {
    const turns = Array.from({ length: 9 }, (_, q) => gateOf('rzz', [q, q + 1], 0.3));
    const mixer = Array.from({ length: 10 }, (_, q) => gateOf('rx', [q], 0.4));
    const circuit = makeCircuit(10, [...turns, ...mixer, ...turns, ...mixer]);
    const [plain, deep] = [
      await compile(textOf(circuit), COMMON),
      await compile(textOf(circuit), { ...COMMON, objective: 'depth' }),
    ];
    expectFaithful(circuit, deep);
    expect(deep.after.twoQubitDepth).toBe(8);
    expect(plain.after.twoQubitDepth).toBeGreaterThan(8);
  });
});

interface Wall {
  readonly position: number;
  readonly qubits: readonly number[];
}
const walled = circuits.chain((circuit) =>
  fc
    .array(fc.record({ position: fc.nat(circuit.gates.length), qubits: pair }), {
      minLength: 1,
      maxLength: 3,
    })
    .map((walls) => ({ circuit, walls: walls.toSorted((a, b) => a.position - b.position) })),
);

/** Gates with a turn on each qubit of each wall that nothing else passes. */
function withTurns(gates: readonly Gate[], walls: readonly Wall[]): Gate[] {
  const turns = (at: number): Gate[] =>
    walls.flatMap(({ position, qubits }, wall) =>
      position === at ? qubits.map((q, i) => gateOf('u', [q], 1 + wall + 0.3 * i, 0.7 * wall, 0.4 + i)) : [],
    );
  return [...gates, undefined].flatMap((each, at) => [...turns(at), ...(each === undefined ? [] : [each])]);
}

describe('barriers', () => {
  it.each(['two-qubit', 'depth', 'fidelity'] as const)('keep gates apart for %s', async (objective) => {
    await fc.assert(
      fc.asyncProperty(walled, async ({ circuit, walls }) => {
        const lines = textOf(circuit).text.split('\n');
        const head = lines.findIndex((line) => line.startsWith('qreg')) + 1;
        for (const { position, qubits } of walls.toReversed())
          lines.splice(head + position, 0, `barrier ${qubits.map((q) => `q[${q}]`).join()};`);
        const given = objective === 'fidelity' ? { gateSet: file } : {};
        const text = { text: lines.join('\n') };
        const result = await compile(text, { ...COMMON, objective, multistarts: 2, rounds: 1, ...given });
        const [before, after] = [
          withTurns(circuit.gates, walls),
          withTurns(result.circuit.gates, result.fences),
        ].map((gates) => makeCircuit(QUBITS, gates));
        expect(result.fences).toHaveLength(walls.length);
        expect(matrixDistance(before!, after!)).toBeLessThan(result.errorBound + 1e-11);
      }),
      { numRuns: 10 },
    );
  });
});

describe('compile for fidelity', () => {
  it('is the same circuit in gates of the device, and never expected to be worse', async () => {
    await fc.assert(
      fc.asyncProperty(circuits, async (circuit) => {
        const options = { ...COMMON, objective: 'fidelity', gateSet: file, multistarts: 2 } as const;
        const result = await compile(textOf(circuit), options);
        expectFaithful(circuit, result);
        expect(Object.keys(result.after.gates).filter((name) => !Object.hasOwn(DEVICE.gates, name))).toEqual(
          [],
        );
        expect(result.after.fidelity).toBeGreaterThanOrEqual((result.before.fidelity ?? 1) - 1e-9);
      }),
      { numRuns: 12 },
    );
  });

  it('leaves alone what other gates would only make worse', async () => {
    await writeFile(
      file,
      JSON.stringify({ version: 1, gates: { u3: { error: 0.05 }, cz: { error: 0.001 } } }),
    );
    const circuit = makeCircuit(2, [gateOf('cz', [0, 1])]);
    const made = await compile(textOf(circuit), { ...COMMON, objective: 'fidelity', gateSet: file });
    expect(made.circuit.gates).toEqual(circuit.gates);
    expect(made.after.fidelity).toBe(made.before.fidelity);
  });

  it('takes on each pair the gate that errs least there', async () => {
    const circuit = makeCircuit(3, [gateOf('cx', [0, 1]), gateOf('cx', [1, 2])]);
    const { circuit: made } = await compile(textOf(circuit), {
      ...COMMON,
      objective: 'fidelity',
      gateSet: file,
    });
    const pairs = made.gates.filter(({ qubits }) => qubits.length === 2);
    expect(pairs.map(({ name, qubits }) => [name, Math.min(...qubits), Math.max(...qubits)])).toEqual([
      ['rzz', 0, 1],
      ['cz', 1, 2],
    ]);
  });

  it('brings about the fidelity of a product of errors, and the duration of the longest path', async () => {
    const circuit = makeCircuit(2, [gateOf('sx', [0]), gateOf('cz', [0, 1]), gateOf('sx', [0])]);
    const { before } = await compile(textOf(circuit), { ...COMMON, gateSet: file });
    expect(before.fidelity).toBeCloseTo((1 - 0.0003) ** 2 * (1 - 0.03), 12);
    expect(before.duration).toBeCloseTo(0.15, 12);
  });

  it('needs errors of gates', async () => {
    const circuit = textOf(toffolis(4));
    await expect(compile(circuit, { ...COMMON, objective: 'fidelity' })).rejects.toThrow(
      'objective fidelity needs the errors of gates; say them by gateSet FILE.json',
    );
    await writeFile(file, '{ "version": 1, "gates": { "cz": { "error": 0.1 } } }');
    await expect(compile(circuit, { ...COMMON, gateSet: file })).rejects.toThrow(
      `${file}: "gates" cannot make every gate on one qubit; name u3, or rz and sx (and x, if there is one)`,
    );
  });

  it('refuses work that was begun with other errors', async () => {
    const circuit = textOf(toffolis(4));
    const options = { ...COMMON, objective: 'fidelity', gateSet: file, work: join(folder, 'work') } as const;
    await compile(circuit, options);
    await writeFile(file, JSON.stringify({ ...DEVICE, relaxation: { t1: 100, t2: 180 } }));
    await expect(compile(circuit, options)).rejects.toThrow(
      /with gateSet of a file [0-9a-f]{12}, not of a file/,
    );
  });
});

describe('compile with an error that is allowed', () => {
  /** Turns of small angles between others, which are worth little. */
  const small = makeCircuit(
    4,
    Array.from({ length: 8 }, (_, i) => [
      gateOf('ry', [i % 4], 0.4 + i),
      gateOf('cx', [i % 4, (i + 1) % 4]),
      gateOf('rzz', [(i + 1) % 4, (i + 2) % 4], 0.01 + 0.02 * i),
    ]).flat(),
  );

  it('has fewer gates the more is allowed, and keeps to the bound', async () => {
    const counts: number[] = [];
    for (const maxError of [1e-6, 1e-4, 1e-2]) {
      const result = await compile(textOf(small), { ...COMMON, maxError, multistarts: 2 });
      expect(result.errorBound).toBeLessThanOrEqual(maxError);
      expect(matrixDistance(small, result.circuit)).toBeLessThanOrEqual(result.errorBound + 1e-10);
      counts.push(result.after.gates['cx'] ?? 0);
    }
    expect(counts).toEqual(counts.toSorted((a, b) => b - a));
    expect(counts[2]).toBeLessThan(counts[0]!);
    // One block may lose no more than its own threshold.
    const strict = await compile(textOf(small), {
      ...COMMON,
      maxError: 1e-2,
      threshold: 1e-8,
      multistarts: 2,
    });
    expect(strict.after.gates['cx']).toBe(counts[0]);
  });

  it('is the same for any number of ranks', async () => {
    const options = { ...COMMON, maxError: 1e-2, multistarts: 2 };
    const alone = await compile(textOf(small), options);
    const many = await onLocalRanks(2, (cluster) => compile(textOf(small), { ...options, cluster }));
    for (const each of many) expect(each.circuit).toEqual(alone.circuit);
  });

  it('for fidelity leaves a gate out where that costs less than the gate', async () => {
    const counted = async (error: number): Promise<number> => {
      await writeFile(file, JSON.stringify({ version: 1, gates: { u3: { error: 0 }, cz: { error } } }));
      const options = { ...COMMON, objective: 'fidelity', gateSet: file, maxError: 1e-2 } as const;
      const { after } = await compile(textOf(small), { ...options, multistarts: 2 });
      return after.gates['cz'] ?? 0;
    };
    const [good, bad] = [await counted(1e-9), await counted(0.05)];
    expect(bad).toBeLessThan(good);
    expect(good).toBe((await compile(textOf(small), { ...COMMON, multistarts: 2 })).after.gates['cx']);
  });
});

describe.each(['depth', 'fidelity'] as const)('compile for %s', (objective) => {
  it('is the same for any number of ranks', async () => {
    const source = textOf(trotter(6, 2));
    const options = { ...COMMON, objective, gateSet: file, multistarts: 3, seed: 5 };
    const alone = await compile(source, { ...options, threads: 1 });
    const many = await onLocalRanks(2, (cluster) => compile(source, { ...options, cluster }));
    for (const each of many) expect(each.circuit).toEqual(alone.circuit);
  });
});

describe('synthesize', () => {
  it('writes the gates of a device', async () => {
    const target = textOf(makeCircuit(2, [gateOf('rzz', [0, 1], 0.3), gateOf('h', [0])]));
    const { gates, circuit } = await synthesize(target, { ...COMMON, gateSet: file });
    expect(Object.keys(gates).filter((name) => !Object.hasOwn(DEVICE.gates, name))).toEqual([]);
    expect(gates['rzz']).toBe(1);
    expect(
      matrixDistance(circuit, makeCircuit(2, [gateOf('rzz', [0, 1], 0.3), gateOf('h', [0])])),
    ).toBeLessThan(1e-8);
  });
});
