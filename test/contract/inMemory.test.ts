import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { compile } from '../../src/api/compile.js';
import { cut } from '../../src/api/cut.js';
import { evaluate } from '../../src/api/evaluate.js';
import { reconstruct, type ReconstructResult } from '../../src/api/reconstruct.js';
import { run } from '../../src/api/run.js';
import { openSession } from '../../src/api/session/session.js';
import { verify } from '../../src/api/verify.js';
import { withParameters } from '../../src/api/withParameters.js';
import { readQasm } from '../../src/circuit/qasm/readQasm.js';
import { everyQuery, rotatedChain } from '../support/chains.js';
import { onLocalRanks } from '../support/localCluster.js';

const QUBITS = 9;
/** Read into bits in another order; the last qubit is idle. */
const TEXT = rotatedChain(
  QUBITS,
  Array.from({ length: QUBITS + 1 }, (_, q) => (q * 3 + 1) % (QUBITS + 1)),
);
const LABELS = 'AAABBBCCCC';
const QUERIES = { full: true, ...everyQuery(QUBITS + 1) } as const;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kroncut-memory-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());

/** What a file of the answers holds: the values of `full` as bytes, and samples as lines. */
async function filesOf(directory: string): Promise<{ full: Buffer; samples: string[] }> {
  const full = await readFile(join(directory, 'results/full.npy'));
  const samples = (await readFile(join(directory, 'results/samples.txt'), 'utf8')).trimEnd().split('\n');
  return { full: full.subarray(full.length % 64 === 0 ? 128 : 0), samples };
}

/** The answers without what says where they are. */
function bare({ full, samples, ...rest }: ReconstructResult): unknown {
  const { file: _f, values: _v, ...facts } = full ?? { file: '' };
  return { ...rest, full: facts, samples: samples?.count };
}

describe.each(['double', 'single'] as const)('a run in memory, in %s precision', (precision) => {
  it.each([1, 2, 3])('answers as one in a directory does, to the last bit, on %i ranks', async (size) => {
    const directory = join(folder, `${precision}${size}`);
    const common = { threads: 1, device: 'cpu' } as const;
    await cut({ text: TEXT }, { directory, labels: LABELS, ...common });
    await evaluate(directory, { precision, ...common });
    const expected = await reconstruct(directory, { ...QUERIES, ...common });
    const files = await filesOf(directory);
    const found = await onLocalRanks(size, async (cluster) => {
      const session = await openSession({ cluster, ...common });
      const cutting = await cut(readQasm(TEXT), { labels: LABELS, session });
      const tensors = await evaluate(cutting, { precision, session });
      const { bytes } = tensors;
      return { bytes, answers: await reconstruct(tensors, { ...QUERIES, session }) };
    });
    for (const [rank, { answers, bytes }] of found.entries()) {
      expect(bytes).toBeGreaterThan(0);
      expect(bare(answers)).toEqual(bare(expected));
      expect(answers.samples?.values).toEqual(files.samples);
      const values = answers.full?.values;
      expect(values === undefined).toBe(rank !== 0);
      if (values === undefined) continue;
      expect(values).toBeInstanceOf(precision === 'double' ? Float64Array : Float32Array);
      expect(values).toHaveLength(2 ** (QUBITS + 1));
      const raw = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
      expect(raw.equals(files.full)).toBe(true);
    }
  });
});

describe('a run in memory', () => {
  it('goes through all stages in one call, is verified, and can be asked again', async () => {
    // Other programs write to the common folder.
    const own = mkdtempSync(join(folder, 'tmp-'));
    vi.stubEnv('TMPDIR', own);
    expect(tmpdir()).toBe(own);
    const first = await run(readQasm(TEXT), { labels: LABELS, top: 3, full: true, device: 'cpu' });
    expect(first.verify).toMatchObject({ passed: true, compared: 'tensors' });
    const held = first.run;
    if (held === undefined) throw new Error('the run is not given');
    const again = await reconstruct({ run: held }, { top: 3, samples: 3, samplesFormat: 'npy', seed: 5 });
    expect(again.top).toEqual(first.top);
    expect(again.samples?.values).toBeInstanceOf(BigUint64Array);
    const text = await reconstruct({ run: held }, { samples: 3, seed: 5 });
    const { values } = text.samples ?? {};
    if (!Array.isArray(values)) throw new Error('samples are no strings');
    expect(values.map((bits: string) => BigInt(`0b${bits}`))).toEqual([...(again.samples?.values ?? [])]);
    expect(await verify({ run: held }, { partial: true })).toMatchObject({ passed: true, compared: 'parts' });
    expect(readdirSync(own)).toEqual([]);
  });

  it('is one for the light cone alone where no more is asked, and refuses more', async () => {
    const first = await run({ text: TEXT }, { labels: LABELS, marginal: [1], verify: false });
    expect(first.lightCone?.bits).toEqual([1]);
    const { run: held } = first;
    if (held === undefined) throw new Error('the run is not given');
    await expect(reconstruct({ run: held }, { top: 1 })).rejects.toMatchObject({ code: 'usage' });
  });

  it('is worked with by one call at a time', async () => {
    const cutting = await cut({ text: TEXT }, { labels: LABELS });
    await expect(reconstruct(cutting, { top: 1 })).rejects.toThrow(/not evaluated yet/);
    const [one, two] = await Promise.allSettled([evaluate(cutting), evaluate(cutting)]);
    expect([one.status, two.status].toSorted()).toEqual(['fulfilled', 'rejected']);
    const again = await evaluate(cutting, { force: true });
    expect(again).toMatchObject({ evaluated: 3, reused: 0 });
    expect(await evaluate(again)).toMatchObject({ evaluated: 0, reused: 3 });
  });

  it('makes no array of more than 2^26 values, and says so before any work', async () => {
    const wide = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[30];\nh q;\n';
    const stages: string[] = [];
    const onProgress = ({ stage }: { readonly stage: string }): void => void stages.push(stage);
    await expect(run({ text: wide }, { maxWidth: 5, full: true, onProgress })).rejects.toThrow(
      /^full: the distribution has 2\^30 values, and an array of 2\^26 at most is made; name a directory/,
    );
    expect(stages).toEqual([]);
    const small = await run({ text: wide }, { maxWidth: 5, verify: false });
    expect(small.full).toBeUndefined();
    expect(small.top?.outcomes).toHaveLength(10);
  });

  it('is not cut with values of parameters that a circuit has already', async () => {
    await expect(cut(readQasm(TEXT), { labels: LABELS, parameters: { theta: 1 } })).rejects.toThrow(
      /^parameters: theta has its value since the circuit was read/,
    );
  });

  it('serves a loop over parameters as a directory does', async () => {
    const text =
      'OPENQASM 3.0;\ninclude "stdgates.inc";\ninput float a;\nqubit[4] q;\nry(a) q[0];\ncx q[0], q[1];\ncx q[1], q[2];\ncx q[2], q[3];\n';
    const loop = (directory: string | undefined) =>
      withParameters({ text }, { directory, labels: '0011', parameters: { a: 0.3 } }, async (values) => {
        const { value: first } = await values.expect('Z0 Z3');
        const { value: second, reused } = await values.expect('Z3', { a: 1.1 });
        return { first, second, reused };
      });
    expect(await loop(undefined)).toEqual(await loop(join(folder, 'loop')));
  });

  it('compiles a circuit that was read, without a file', async () => {
    const circuit = readQasm(
      'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[3];\ncx q[0],q[1];\ncx q[0],q[1];\nh q[2];\ncx q[1],q[2];\n',
    );
    const { circuit: short, before, after } = await compile(circuit, { device: 'cpu' });
    expect(after.gates['cx'] ?? 0).toBeLessThan(before.gates['cx'] ?? 0);
    expect(short.qubits).toBe(3);
  });
});
