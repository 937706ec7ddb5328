import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { planQuery } from '../../../../src/reconstruct/engine/contractNetwork.js';
import { npyOutput } from '../../../../src/reconstruct/engine/answerOutput.js';
import { streamAnswer } from '../../../../src/reconstruct/engine/streamAnswer.js';
import { keepQuery } from '../../../../src/reconstruct/network/tensorNetwork.js';
import { testContext } from '../../../support/context.js';
import { denseAnswer, denseMember, networkOf } from '../../../support/denseNetwork.js';
import { onLocalRanks } from '../../../support/localCluster.js';

class Sink extends Writable {
  bytes = Buffer.alloc(0);

  override _write(part: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.bytes = Buffer.concat([this.bytes, part]);
    done();
  }
}

describe('an answer as a stream', () => {
  it('comes in order from all slices, and with what else was asked, on any number of ranks', async () => {
    let state = 7;
    const next = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 31 - 1;
    };
    const members = [
      denseMember([0], [0, 3, 6, 7], next),
      denseMember([0, 1], [1, 4, 8, 9], next),
      denseMember([1], [2, 5, 10, 11], next),
    ];
    const query = keepQuery(Array.from({ length: 12 }, (_, bit) => bit));
    const network = networkOf(testContext().native, members);
    const memory = Math.ceil(planQuery(network, query, testContext().memory).peakBytes / 5);
    const { sliceBits } = planQuery(network, query, memory);
    expect(sliceBits).toBeGreaterThan(1);
    const dense = denseAnswer(members, query);
    const ranked = [...dense.keys()].sort((a, b) => (dense[b] ?? 0) - (dense[a] ?? 0));
    const answers = [];
    for (const size of [1, 2, 3, 5]) {
      const sinks = Array.from({ length: size }, () => new Sink());
      const results = await onLocalRanks(size, (cluster) =>
        streamAnswer(
          testContext({ memory, threads: 1 }, cluster),
          network,
          query,
          { top: 4, moments: true, entropy: {} },
          npyOutput(sinks[cluster.rank] ?? new Sink(), 'stream', 'double'),
        ),
      );
      for (const result of results) expect(result).toEqual(results[0]);
      answers.push({ result: results[0], bytes: sinks[0]?.bytes ?? Buffer.alloc(0) });
    }
    const [first] = answers;
    expect(first?.bytes).toHaveLength(128 + 8 * 2 ** 12);
    for (const [index, value] of dense.entries()) {
      expect(Math.abs((first?.bytes.readDoubleLE(128 + 8 * index) ?? NaN) - value)).toBeLessThan(1e-12);
    }
    expect(first?.result?.top.map(({ index }) => Number(index))).toEqual(ranked.slice(0, 4));
    expect(first?.result?.moments.max).toBeCloseTo(dense[ranked[0] ?? 0] ?? NaN, 12);
    for (const { result, bytes } of answers) {
      expect(result).toEqual(first?.result);
      expect(bytes.equals(first?.bytes ?? Buffer.alloc(0))).toBe(true);
    }
  });
});
