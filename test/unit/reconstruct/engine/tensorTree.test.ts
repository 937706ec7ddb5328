/** Many numbers of one network, from bonds that have shrunk to their rank. */
import { describe, expect, it } from 'vitest';
import type { CutCircuit } from '../../../../src/cut/model/cutCircuit.js';
import { bitStringProbabilities } from '../../../../src/reconstruct/queries/answers/probabilityAnswer.js';
import { sampledStrings } from '../../../../src/reconstruct/queries/answers/samplesAnswer.js';
import type { QuerySource } from '../../../../src/reconstruct/queries/query.js';
import { treeNetwork } from '../../../../src/reconstruct/engine/tensorTree.js';
import { testContext } from '../../../support/context.js';
import { networkOf, type DenseMember } from '../../../support/denseNetwork.js';
import { onLocalRanks } from '../../../support/localCluster.js';

const context = testContext();
const BITS = 2;
const RANK = 5;

/** Numbers from 0 to 1. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
}

/** Four tensors in a ring, neighbours joined by three bonds, whose rows over the first three are of low rank. */
function ring(): DenseMember[] {
  const next = chance(7);
  return [0, 1, 2, 3].map((place) => {
    const after = (place + 1) % 4;
    const columns = 64 * 2 ** BITS;
    const left = Float64Array.from({ length: 64 * RANK }, next);
    const right = Float64Array.from({ length: RANK * columns }, next);
    const values = Float64Array.from({ length: 64 * columns }, (_, at) => {
      const [row, column] = [Math.floor(at / columns), at % columns];
      let value = 0;
      for (let r = 0; r < RANK; r += 1)
        value += (left[row * RANK + r] ?? 0) * (right[r * columns + column] ?? 0);
      return value;
    });
    return {
      bonds: [place, after].flatMap((pair) => [3 * pair, 3 * pair + 1, 3 * pair + 2]),
      bits: Array.from({ length: BITS }, (_, bit) => BITS * place + bit),
      values,
    };
  });
}

describe('many numbers of one network', () => {
  const network = networkOf(context.native, ring());
  const bits = 4 * BITS;
  const cutCircuit: CutCircuit = { qubits: bits, outcomeBits: bits, zeroBits: [], cuts: [], subcircuits: [] };
  const source: QuerySource = { directory: '.', cutCircuit, network, precision: 'double' };
  const plain = { ...source, bondTolerance: 0 };
  const strings = Array.from({ length: 2 ** bits }, (_, index) => index.toString(2).padStart(bits, '0'));

  it('come from bonds that have shrunk, where enough are asked for', async () => {
    const many = await treeNetwork(context, network, 64);
    expect(many.members.flatMap(({ bonds }) => bonds.map(many.extent))).toEqual(
      Array.from({ length: 8 }, () => RANK),
    );
    expect(await treeNetwork(context, network, 1)).toBe(network);
    expect(await treeNetwork(context, network, 64, 0)).toBe(network);
    // Nothing says what they would be off by with a larger one.
    const tolerant = await treeNetwork(context, network, 64, 0.5);
    expect(tolerant.members.map(({ bonds }) => bonds.map(tolerant.extent))).toEqual(
      many.members.map(({ bonds }) => bonds.map(many.extent)),
    );
  });

  it('are the same but for rounding: probabilities', async () => {
    const found = await bitStringProbabilities(context, source, strings);
    for (const [text, value] of Object.entries(await bitStringProbabilities(context, plain, strings)))
      expect(Math.abs((found[text] ?? NaN) - value)).toBeLessThan(1e-12 * value);
    for (const other of await onLocalRanks(3, (cluster) =>
      bitStringProbabilities({ ...context, cluster }, source, strings),
    ))
      expect(other).toEqual(found);
  });

  it('are the same: samples, however many are drawn, on any number of ranks', async () => {
    const found = await sampledStrings(context, source, 200, 3);
    expect(found).toEqual(await sampledStrings(context, plain, 200, 3));
    expect(await sampledStrings(context, source, 20, 3)).toEqual(found.slice(0, 20));
    for (const other of await onLocalRanks(2, (cluster) =>
      sampledStrings({ ...context, cluster }, source, 200, 3),
    ))
      expect(other).toEqual(found);
  });
});
