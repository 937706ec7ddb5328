/** Runs of local queries alone, which keep no outcomes: against a dense simulation, and against the tensors of all outcomes. */
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dryRunRun } from '../../src/api/dryRun.js';
import { cut } from '../../src/api/cut.js';
import { evaluate } from '../../src/api/evaluate.js';
import { reconstruct } from '../../src/api/reconstruct.js';
import { run } from '../../src/api/run.js';
import { verify } from '../../src/api/verify.js';
import { makeCircuit, type Circuit } from '../../src/circuit/circuit.js';
import { generateCircuit } from '../../src/circuit/families/families.js';
import { gateOf } from '../../src/circuit/gates.js';
import { readCutsFile } from '../../src/cut/solution/cutsFile.js';
import { writeQasm } from '../../src/circuit/qasm/writeQasm.js';
import { outcomeDistribution } from '../support/denseSimulator.js';
import { marginalOf } from '../support/distributions.js';
import { onLocalRanks } from '../support/localCluster.js';
import { exactExpectation, randomSum } from '../support/observables.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kroncut-reduced-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function tensorFiles(folder: string): Promise<string[]> {
  return (await readdir(join(folder, 'tensors'))).sort();
}

const at = (name: string): string => join(directory, name);

describe('a run of local queries alone', () => {
  it.each([
    ['both kinds of cuts', {}],
    ['cuts of wires', { wireCutsOnly: true }],
    ['cuts of gates', { gateCutsOnly: true }],
  ] as const)('answers as the dense simulation and the general tensors do, by %s', async (_, kind) => {
    for (const seed of [1, 2, 3, 4]) {
      const { qubits, gates } = generateCircuit('random', { qubits: 6, depth: 2, seed });
      // The last qubit has no gate, and its outcome is 0.
      const circuit = makeCircuit(qubits + 1, gates);
      const text = writeQasm(circuit, 2);
      const sum = randomSum(qubits + 1, 12, seed);
      const marginal = [4, 6, 1];
      const options = { ...kind, maxWidth: 4, timeLimit: 0.3 };
      const asked = { expect: sum, terms: true, marginal };
      const reduced = at(`reduced-${seed}`);
      const found = await run({ text }, { ...options, directory: reduced, ...asked });
      expect((await tensorFiles(reduced)).every((name) => /^\d+\.(terms|bits)-/.test(name))).toBe(true);
      expect(Math.abs((found.expect?.value ?? 0) - exactExpectation(circuit, sum))).toBeLessThan(1e-11);
      expect(found.verify).toMatchObject({ passed: true, compared: 'answers' });
      const distribution = marginalOf(outcomeDistribution(circuit), marginal);
      for (const [i, p] of (found.marginal?.probabilities ?? []).entries()) {
        expect(Math.abs(p - (distribution[i] ?? 1))).toBeLessThan(1e-12);
      }
      const general = at(`general-${seed}`);
      await cut({ text }, { ...options, directory: general });
      await evaluate(general);
      const whole = await reconstruct(general, asked);
      for (const [i, { value }] of (whole.expect?.terms ?? []).entries()) {
        expect(Math.abs(value - (found.expect?.terms?.[i]?.value ?? 9))).toBeLessThan(1e-12);
      }
      expect(whole.expect?.terms).toHaveLength(13);
      for (const [i, p] of (whole.marginal?.probabilities ?? []).entries()) {
        expect(Math.abs(p - (found.marginal?.probabilities[i] ?? 9))).toBeLessThan(1e-12);
      }
    }
  });

  it('reads qubits that are not measured, in any basis, and bits that nothing is written to', async () => {
    const text = `OPENQASM 2.0; include "qelib1.inc"; qreg q[5]; creg c[3]; creg d[2];
      ry(0.4) q[0]; cx q[0],q[1]; rx(0.7) q[1]; cx q[1],q[2]; ry(1.1) q[2]; cx q[2],q[3]; rz(0.3) q[3]; h q[3];
      measure q[1] -> c[2]; measure q[3] -> c[0];`;
    const gates = [
      gateOf('ry', [0], 0.4),
      gateOf('cx', [0, 1]),
      gateOf('rx', [1], 0.7),
      gateOf('cx', [1, 2]),
      gateOf('ry', [2], 1.1),
      gateOf('cx', [2, 3]),
      gateOf('rz', [3], 0.3),
      gateOf('h', [3]),
    ];
    const sum = 'X0 Y1 + 2*Z2 X3 - Y0 Z4 + 0.5*X4 + Z0 Z1 Z2 Z3 Z4 - 3';
    const found = await run({ text }, { directory, maxWidth: 2, expect: sum, marginal: [2, 1, 4] });
    expect(Math.abs((found.expect?.value ?? 0) - exactExpectation(makeCircuit(5, gates), sum))).toBeLessThan(
      1e-12,
    );
    const one = exactExpectation(makeCircuit(5, gates), 'Z1');
    expect(found.marginal?.probabilities[0]).toBeCloseTo((1 + one) / 2, 12);
    expect(found.marginal?.probabilities[1]).toBeCloseTo((1 - one) / 2, 12);
    expect(found.marginal?.probabilities.slice(2)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(found.verify?.passed).toBe(true);
  });

  it('reads wires that are cut several times, in either precision', async () => {
    const gates = [];
    for (const layer of [0, 1, 2, 3]) {
      for (let q = 0; q < 5; q += 1) gates.push(gateOf('ry', [q], 0.3 + 0.2 * q + layer));
      for (let q = layer % 2; q < 4; q += 2) gates.push(gateOf('cx', [q, q + 1]));
    }
    const circuit = makeCircuit(5, gates);
    const text = writeQasm(circuit, 2);
    const sum = randomSum(5, 9, 8);
    for (const [precision, error] of [
      ['double', 1e-11],
      ['single', 2e-4],
    ] as const) {
      const options = { directory: at(precision), precision, maxWidth: 3, wireCutsOnly: true };
      const found = await run({ text }, { ...options, expect: sum });
      const { cutCircuit } = readCutsFile(
        await readFile(join(directory, precision, 'cuts.json'), 'utf8'),
        'cuts.json',
      );
      const wires = cutCircuit.cuts.flatMap((one) => (one.kind === 'wire' ? one.qubit : []));
      expect(new Set(wires).size).toBeLessThan(wires.length);
      expect(Math.abs((found.expect?.value ?? 0) - exactExpectation(circuit, sum))).toBeLessThan(error);
      expect(found.verify?.passed).toBe(true);
    }
  });

  it('is 0 where every term reads X or Y of a qubit without gates', async () => {
    const text = 'OPENQASM 2.0; include "qelib1.inc"; qreg q[3]; ry(0.4) q[0]; cx q[0],q[1];';
    const found = await run({ text }, { directory, maxWidth: 1, expect: 'X2 + 2*Z0 Y2', terms: true });
    expect(found.expect).toMatchObject({ value: 0, terms: [{ value: 0 }, { value: 0 }] });
    expect((await reconstruct(directory, { expect: 'Z0 Z2' })).expect?.value).toBeCloseTo(Math.cos(0.4), 12);
  });

  it('is asked for observables on more qubits than a marginal may have bits', async () => {
    const text = writeQasm(generateCircuit('ghz', { qubits: 30 }), 2);
    const all = Array.from({ length: 30 }, (_, qubit) => qubit);
    const sum = `${all.map((qubit) => `Z${qubit}`).join(' ')} + 2*${all.map((qubit) => `X${qubit}`).join(' ')}`;
    const found = await run({ text }, { directory, maxWidth: 8, expect: sum, verify: false });
    expect(found.expect?.value).toBeCloseTo(3, 11);
    await expect(run({ text }, { directory: at('wide'), maxWidth: 8, marginal: all })).rejects.toThrow(
      /marginal names 30 bits, and at most 20/,
    );
  });

  it('answers what it was asked again, a part of it and more like it, and refuses the rest with the command for it', async () => {
    const circuit = generateCircuit('random', { qubits: 6, depth: 2, seed: 5 });
    const text = writeQasm(circuit, 2);
    const asked = { expect: 'X0 X5 + 0.5*Z1 Z4 + Y2', marginal: [0, 3] };
    const options = { directory, maxWidth: 4, wireCutsOnly: true };
    await cut({ text, name: 'c.qasm' }, options);
    const first = await run({ text, name: 'c.qasm' }, { ...options, ...asked, verify: false });
    const files = await tensorFiles(directory);
    expect((await reconstruct(directory, asked)).expect).toEqual(first.expect);
    // A product of what terms read of the subcircuits is a term, too.
    const part = await reconstruct(directory, { expect: '3*Z1 Z4 - Y2 + 1', marginal: [3] });
    expect(part.expect?.value).toBeCloseTo(exactExpectation(circuit, '3*Z1 Z4 - Y2 + 1'), 12);
    const marginal = first.marginal?.probabilities ?? [];
    expect(part.marginal?.probabilities[1]).toBeCloseTo((marginal[2] ?? 0) + (marginal[3] ?? 0), 13);
    expect(await tensorFiles(directory)).toEqual(files);
    for (const query of [{ top: 3 }, { ...asked, samples: 5 }]) {
      await expect(reconstruct(directory, query)).rejects.toMatchObject({
        code: 'usage',
        message: expect.stringMatching(`keeps no outcomes.*evaluate\\('${directory}'\\)`),
      });
    }
    // Questions of the same kind add what is missing, and what was there stays.
    const more = await reconstruct(directory, { expect: 'Z0 Z5', marginal: [4, 0] });
    expect(more.expect?.value).toBeCloseTo(exactExpectation(circuit, 'Z0 Z5'), 12);
    const other = marginalOf(outcomeDistribution(circuit), [4, 0]);
    for (const [i, p] of (more.marginal?.probabilities ?? []).entries())
      expect(p).toBeCloseTo(other[i] ?? 9, 12);
    const again = await run({ text, name: 'c.qasm' }, { ...options, expect: 'X2', verify: false });
    expect(again.expect?.value).toBeCloseTo(exactExpectation(circuit, 'X2'), 12);
    expect((await reconstruct(directory, asked)).expect).toEqual(first.expect);
    expect((await verify(directory)).compared).toBe('answers');
    // Tensors with all outcomes take the place of the others.
    await evaluate(directory);
    expect((await tensorFiles(directory)).every((name) => /^\d+\.(npy|json)$/.test(name))).toBe(true);
    const wide = await reconstruct(directory, { ...asked, top: 1 });
    expect(wide.expect?.value).toBeCloseTo(first.expect?.value ?? 9, 12);
    expect((await verify(directory)).compared).toBe('tensors');
  });

  it('goes on after a kill with the subcircuits that are missing', async () => {
    const text = writeQasm(generateCircuit('random', { qubits: 6, depth: 2, seed: 6 }), 2);
    const options = { directory, maxWidth: 4, wireCutsOnly: true, expect: 'X0 X5 + Z1', verify: false };
    const { expect: first } = await run({ text }, options);
    const files = (await tensorFiles(directory)).filter((name) => name.endsWith('.npy'));
    const past = new Date(2001, 1, 1);
    for (const name of files) await utimes(join(directory, 'tensors', name), past, past);
    // As a kill leaves it: the stage is not done, and one tensor lacks its registration.
    const [killed = ''] = files;
    await rm(join(directory, 'tensors', killed.replace('.npy', '.json')));
    const manifest = JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8'));
    manifest.stages.evaluate = { status: 'running', seconds: 0, files: {} };
    await writeFile(join(directory, 'manifest.json'), JSON.stringify(manifest));
    expect((await run({ text }, options)).expect).toEqual(first);
    const times = await Promise.all(files.map((name) => stat(join(directory, 'tensors', name))));
    expect(files.filter((_, i) => (times[i]?.mtimeMs ?? 0) > past.getTime())).toEqual([killed]);
  });

  it('gives the same on several ranks', async () => {
    const text = writeQasm(generateCircuit('random', { qubits: 6, depth: 2, seed: 7 }), 2);
    const options = { maxWidth: 4, expect: randomSum(6, 20, 7), marginal: [5, 2], verify: false } as const;
    const alone = await run({ text }, { ...options, directory: at('alone'), timeLimit: 1 });
    const together = await onLocalRanks(3, (cluster) =>
      run({ text }, { ...options, directory: at('alone'), cluster, threads: 1 }),
    );
    for (const { expect: found, marginal } of together) {
      expect(found).toEqual(alone.expect);
      expect(marginal).toEqual(alone.marginal);
    }
  });

  it('of pieces of 20 qubits with four legs takes their states, and writes next to nothing', async () => {
    const line = Array.from({ length: 19 }, (_, i) => gateOf('cx', [i, i + 1]));
    const between = [0, 7, 13, 19].map((qubit, i) => gateOf('cx', [qubit, 20 + (i % 2)]));
    const turns = Array.from({ length: 22 }, (_, qubit) => gateOf('ry', [qubit], 0.3 + 0.1 * qubit));
    const circuit = makeCircuit(22, [...turns, ...line, ...between, gateOf('cx', [20, 21])]);
    const text = writeQasm(circuit, 2);
    const labels = `${'0'.repeat(20)}11`;
    const expectation = Array.from({ length: 22 }, (_, qubit) => `Z${qubit}`).join(' ');
    const options = { directory: at('run'), labels, expect: expectation, threads: 2, verify: false } as const;
    const { stages } = await dryRunRun({ text }, options);
    const states = 16 * 2 ** 24;
    expect(stages['evaluate']?.memoryBytes).toBeGreaterThan(states);
    expect(stages['evaluate']?.memoryBytes).toBeLessThan(states + 2 ** 26);
    expect(stages['evaluate']?.diskBytes).toBeLessThan(1e6);
    const found = await run({ text }, options);
    expect(found.cut.bonds).toBe(4);
    const sizes = await Promise.all(
      (await tensorFiles(options.directory)).map((name) => stat(join(options.directory, 'tensors', name))),
    );
    expect(sizes.reduce((sum, { size }) => sum + size, 0)).toBeLessThan(1e6);
    // Parities flow along cx gates: Z on the target is Z on both before.
    const state = heisenberg(circuit);
    expect(found.expect?.value).toBeCloseTo(state, 11);
  });
});

/** Z on all qubits, taken back through cx gates to the ry rotations at the beginning: a product of cosines. */
function heisenberg({ qubits, gates }: Circuit): number {
  const parity = new Set(Array.from({ length: qubits }, (_, qubit) => qubit));
  let value = 1;
  for (const { name, qubits: on, params } of gates.toReversed()) {
    const [control = 0, target = 0] = on;
    if (name === 'cx' && parity.has(target)) {
      if (!parity.delete(control)) parity.add(control);
    }
    if (name === 'ry' && parity.has(control)) value *= Math.cos(params[0] ?? 0);
  }
  return value;
}
