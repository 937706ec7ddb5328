/** Answers that leave as streams and arrays: the full distribution on standard output, samples as numbers. */
import { createWriteStream, existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cut } from '../../src/api/cut.js';
import { evaluate } from '../../src/api/evaluate.js';
import { openSession } from '../../src/api/session/session.js';
import { toKroncutError } from '../../src/native/invoke.js';
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
    const left = new Leaving();
    const { top } = await reconstruct(directory, { full: true, top: 2, stream: left });
    expect(top?.outcomes.map(({ bits }) => bits)).toEqual(['00000', '11111']);
    expect(left.parts).toHaveLength(1);
  });
});

/** Takes the header, and leaves. */
class Leaving extends Sink {
  override _write(part: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.parts.push(part);
    done();
    this.destroy();
  }
}

/** Never answers for what is written to it. */
class Stuck extends Writable {
  override _write(): void {
    this.emit('stuck');
  }
}

describe('a stream that fails', () => {
  let ghz: Awaited<ReturnType<typeof evaluate>>;
  let uncaught: unknown[];
  const keep = (error: unknown): unknown => uncaught.push(error);
  beforeEach(async () => {
    ghz = await evaluate(
      await cut({ text: writeQasm(generateCircuit('ghz', { qubits: 5 }), 2) }, { maxWidth: 3 }),
    );
    uncaught = [];
    process.on('uncaughtException', keep);
  });
  afterEach(async () => {
    // Streams tell of errors, and of files that they close, later than of the write.
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off('uncaughtException', keep);
    expect(uncaught).toEqual([]);
  });

  it('is an error of the call alone, with that of the stream as its cause', async () => {
    const mine = new Error('my sink');
    for (const fatal of [1, 2]) {
      let writes = 0;
      const stream = new Writable({
        write: (_part, _encoding, done) => done((writes += 1) === fatal ? mine : null),
      });
      await expect(reconstruct(ghz, { full: true, stream })).rejects.toMatchObject({
        code: 'input',
        message: 'stream cannot be written: my sink',
        cause: mine,
      });
      expect(writes).toBe(fatal);
    }
    const failed = new Sink();
    failed.destroy(mine);
    await expect(reconstruct(ghz, { full: true, stream: failed })).rejects.toMatchObject({ cause: mine });
    const failing = new Stuck().once('stuck', () => failing.destroy(mine));
    await expect(reconstruct(ghz, { full: true, stream: failing })).rejects.toMatchObject({ cause: mine });
  });

  it('is refused where it was ended or destroyed before', async () => {
    const ended = new Sink();
    ended.end();
    const destroyed = new Sink();
    destroyed.destroy();
    for (const [stream, happened] of [
      [ended, 'ended'],
      [destroyed, 'destroyed'],
    ] as const) {
      await expect(reconstruct(ghz, { full: true, stream })).rejects.toMatchObject({
        code: 'usage',
        message: `stream cannot be written: it was ${happened} before; give one that is open`,
      });
    }
  });

  it('may be one of a file', async () => {
    const missing = createWriteStream(join(directory, 'missing', 'file.npy'));
    await expect(reconstruct(ghz, { full: true, stream: missing })).rejects.toMatchObject({
      code: 'input',
      message: 'stream cannot be written: there is no such file or folder',
      cause: { code: 'ENOENT' },
    });
    if (!existsSync('/dev/full')) return;
    const full = { code: 'disk', cause: { code: 'ENOSPC' } };
    await expect(
      reconstruct(ghz, { full: true, stream: createWriteStream('/dev/full') }),
    ).rejects.toMatchObject({ ...full, message: 'stream cannot be written: the disk is full' });
    await expect(reconstruct(ghz, { full: true, output: '/dev/full' })).rejects.toMatchObject({
      ...full,
      message: '/dev/full cannot be written: the disk is full',
    });
  });

  it('fails the call on all ranks', async () => {
    await run(
      { text: writeQasm(generateCircuit('ghz', { qubits: 5 }), 2) },
      { directory, maxWidth: 3, top: 1, verify: false },
    );
    const mine = new Error('my sink');
    const ends = await onLocalRanks(2, async (cluster) => {
      const stream = new Writable({ write: (_part, _encoding, done) => done(mine) });
      return reconstruct(directory, { cluster, threads: 1, full: true, stream }).catch(toKroncutError);
    });
    for (const end of ends) {
      expect(end).toMatchObject({ code: 'input', message: 'stream cannot be written: my sink' });
    }
  });

  it('that takes nothing is waited for no longer than the signal allows', async () => {
    for (const session of [undefined, await openSession({ threads: 1 })]) {
      const controller = new AbortController();
      const reason = new Error('enough');
      const stream = new Stuck({ highWaterMark: 10 }).once('stuck', () => controller.abort(reason));
      await expect(
        reconstruct(ghz, { full: true, stream, signal: controller.signal, session }),
      ).rejects.toMatchObject({ code: 'cancelled', cause: reason });
      const sink = new Sink();
      const { full } = await reconstruct(ghz, { full: true, stream: sink, session });
      expect(full?.sum).toBeCloseTo(1, 12);
      expect(Buffer.concat(sink.parts)).toHaveLength(128 + 8 * 32);
      await session?.close();
    }
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
