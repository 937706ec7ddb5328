import { describe, expect, it } from 'vitest';
import { readQasm } from '../../../../src/circuit/qasm/readQasm.js';
import { buildCutCircuit } from '../../../../src/cut/solution/buildCutCircuit.js';
import type { NetworkMember, TensorNetwork } from '../../../../src/reconstruct/network/tensorNetwork.js';
import {
  affordableSamples,
  searchOutcomes,
} from '../../../../src/reconstruct/queries/answers/topSearchAnswer.js';
import { testContext } from '../../../support/context.js';

const numbered = (count: number, first: number): number[] =>
  Array.from({ length: count }, (_, i) => first + i);

/** A ring of tensors that cannot be opened. */
function ring(tensors: number, bonds: number, bits: number): TensorNetwork {
  const members = Array.from({ length: tensors }, (_, i): NetworkMember => ({
    name: `tensor ${i}`,
    bonds: [...numbered(bonds, bonds * i), ...numbered(bonds, bonds * ((i + 1) % tensors))],
    bits: numbered(bits, bits * i),
    openBytes: 0,
    open: async () => Promise.reject(new Error('this tensor is too large to be opened')),
  }));
  return { members, extent: () => 4 };
}

describe('samples in place of a search for likely outcomes', () => {
  it('are as many as the limit of work has room for', () => {
    const [small, large] = [ring(4, 2, 10), ring(4, 4, 20)];
    expect(affordableSamples(small, 1e12, 5e9)).toMatchObject({ samples: 500, marginals: 8 });
    const some = affordableSamples(small, 1e12, 5e7);
    expect(some.samples).toBeGreaterThan(10);
    expect(some.samples).toBeLessThan(100);
    expect(some.marginals).toBe(0);
    expect((some.samples + 1) * (some.leastWork / 2)).toBeLessThanOrEqual(5e7);
    // 4^8 2^20 numbers in each of four tensors.
    expect(affordableSamples(large, 1e12, 5e9)).toMatchObject({ samples: 0, marginals: 0 });
    expect(affordableSamples(large, 1e12, 5e9).leastWork).toBeGreaterThan(2 ** 38);
  });

  it('are none where not even one has room, which is said before a tensor is opened', async () => {
    const warnings: string[] = [];
    const context = { ...testContext(), onWarning: (text: string) => void warnings.push(text) };
    const circuit = readQasm('OPENQASM 2.0; include "qelib1.inc"; qreg q[80]; h q;');
    const cutCircuit = buildCutCircuit(circuit, []);
    const source = {
      directory: undefined,
      cutCircuit,
      network: ring(4, 4, 20),
      precision: 'double',
    } as const;
    const top = await searchOutcomes(context, source, 3, 5e9);
    expect(top).toMatchObject({ proven: false, bound: 1, outcomes: [], search: { work: 0, limit: 5e9 } });
    expect(top.fewer).toMatch(/too wide to search, and one sample takes .*e\+11 multiply-adds/);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(
      /too wide .* within 5\.0e\+9 multiply-adds .*nothing is listed, and nothing is proven/,
    );
  });
});
