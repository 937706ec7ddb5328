/** Answers that leave as streams and arrays: the full distribution on standard output, samples as numbers. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reconstruct } from '../../src/api/reconstruct.js';
import { run } from '../../src/api/run.js';
import { generateCircuit } from '../../src/circuit/families/families.js';
import { writeQasm } from '../../src/circuit/qasm/writeQasm.js';
import { outcomeDistribution } from '../support/denseSimulator.js';
import { onLocalRanks } from '../support/localCluster.js';
import { readNpy } from '../support/npy.js';
import { largestDifference } from '../support/runs.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kroncut-stream-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** Keeps what is written to it. */
class Sink extends Writable {
  readonly parts: Buffer[] = [];

  override _write(part: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.parts.push(Buffer.from(part));
    done();
  }
}

async function stored(sink: Sink): Promise<Float64Array> {
  const file = join(directory, 'stream.npy');
  await writeFile(file, Buffer.concat(sink.parts));
  return (await readNpy(file)).values;
}

describe('the full distribution as a stream', () => {
  it('is that of the file, with top outcomes and moments in the same pass, on any number of ranks', async () => {
    const circuit = generateCircuit('supremacy', { qubits: 12, seed: 3 });
    const text = writeQasm(circuit, 2);
    await run({ text }, { directory, maxWidth: 9, full: true, verify: false });
    const sink = new Sink();
    const ask = { full: true, top: 3, moments: true };
    const alone = await reconstruct(directory, { ...ask, stream: sink });
    expect(alone.full).toMatchObject({ file: '-', qubits: 12 });
    const values = await stored(sink);
    expect(largestDifference(values, outcomeDistribution(circuit))).toBeLessThan(1e-12);
    // The file and what is known of it stay.
    const { values: kept } = await readNpy(join(directory, 'results', 'full.npy'));
    expect(largestDifference(values, kept)).toBe(0);
    const known: unknown = JSON.parse(await readFile(join(directory, 'results', 'full.json'), 'utf8'));
    expect(known).toMatchObject({ file: 'results/full.npy' });
    const unstreamed = await reconstruct(directory, { top: 3, moments: true });
    expect({ top: alone.top, moments: alone.moments }).toEqual(unstreamed);
    for (const size of [2, 3]) {
      const sinks = Array.from({ length: size }, () => new Sink());
      const all = await onLocalRanks(size, (cluster) =>
        reconstruct(directory, { cluster, threads: 1, ...ask, stream: sinks[cluster.rank] }),
      );
      for (const answer of all) expect(answer).toEqual(alone);
      expect(Buffer.concat(sinks[0]?.parts ?? []).equals(Buffer.concat(sink.parts))).toBe(true);
      expect(sinks[1]?.parts).toEqual([]);
    }
  });

  it('is in single precision where the tensors are', async () => {
    const circuit = generateCircuit('supremacy', { qubits: 10, seed: 6 });
    const options = { directory, maxWidth: 7, precision: 'single', marginal: [0], verify: false } as const;
    await run({ text: writeQasm(circuit, 2) }, { ...options, samples: 1 });
    const sink = new Sink();
    await reconstruct(directory, { full: true, stream: sink });
    expect(Buffer.concat(sink.parts)).toHaveLength(128 + 4 * 1024);
    expect(largestDifference(await stored(sink), outcomeDistribution(circuit))).toBeLessThan(1e-6);
  });

  it('needs --full, and a place that is no terminal; a reader may leave', async () => {
    const text = writeQasm(generateCircuit('ghz', { qubits: 5 }), 2);
    await run({ text }, { directory, maxWidth: 3, top: 1, verify: false });
    const sink = new Sink();
    await expect(reconstruct(directory, { top: 1, stream: sink })).rejects.toThrow(/stream says where/);
    const terminal = Object.assign(new Sink(), { isTTY: true });
    await expect(reconstruct(directory, { full: true, stream: terminal })).rejects.toThrow(/is a terminal/);
    const left = new Sink().on('error', () => {});
    left.destroy();
    const { top } = await reconstruct(directory, { full: true, top: 2, stream: left });
    expect(top?.outcomes.map(({ bits }) => bits)).toEqual(['00000', '11111']);
  });
});

describe('samples as numbers', () => {
  it('are those of the text, up to 64 bits', async () => {
    const text = writeQasm(generateCircuit('ghz', { qubits: 64 }), 2);
    const ask = { samples: 40, seed: 2 };
    await run({ text }, { directory, maxWidth: 12, timeLimit: 2, verify: false, ...ask });
    const lines = (await readFile(join(directory, 'results', 'samples.txt'), 'utf8')).trimEnd().split('\n');
    const { samples } = await reconstruct(directory, { ...ask, samplesFormat: 'npy' });
    expect(samples).toEqual({ file: 'results/samples.npy', count: 40, data: 'exact' });
    const bytes = await readFile(join(directory, 'results', 'samples.npy'));
    expect(bytes.toString('latin1', 0, 128)).toMatch(/^.NUMPY.*'descr': '<u8', .*'shape': \(40,\), } *\n$/s);
    const numbers = lines.map((_, i) => bytes.readBigUInt64LE(128 + 8 * i));
    expect(numbers).toEqual(lines.map((line) => BigInt(`0b${line}`)));
    expect(new Set(numbers)).toEqual(new Set([0n, 2n ** 64n - 1n]));
    await expect(reconstruct(directory, { top: 1, samplesFormat: 'npy' })).rejects.toThrow(
      /samplesFormat belongs to samples/,
    );
  });

  it('are refused for more than 64 bits', async () => {
    const text = writeQasm(generateCircuit('ghz', { qubits: 65 }), 2);
    await expect(
      run({ text }, { directory, maxWidth: 12, samples: 1, samplesFormat: 'npy' }),
    ).rejects.toThrow(/holds 64 outcome bits, and the circuit has 65; use text/);
  });
});
