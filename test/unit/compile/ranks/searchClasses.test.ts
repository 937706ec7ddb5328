import { describe, expect, it } from 'vitest';
import type { Gate } from '../../../../src/circuit/circuit.js';
import { countTwoQubitGates } from '../../../../src/circuit/circuitFacts.js';
import { gateOf } from '../../../../src/circuit/gates.js';
import { Random } from '../../../../src/circuit/random.js';
import { readQasm } from '../../../../src/circuit/qasm/readQasm.js';
import type { Cluster } from '../../../../src/cluster/cluster.js';
import { SingleCluster } from '../../../../src/cluster/singleCluster.js';
import { blockTasks } from '../../../../src/compile/ranks/blockTasks.js';
import type { BlockOptions, CompiledBlock, LocalBlock } from '../../../../src/compile/block/block.js';
import { searchClasses, type KnownClasses } from '../../../../src/compile/ranks/searchClasses.js';
import { toU3Cx } from '../../../../src/compile/gates/rewrite.js';
import { denseUnitary, unitaryDistance } from '../../../../src/compile/gates/unitary.js';
import { loadAddon } from '../../../../src/native/load.js';
import { testContext } from '../../../support/context.js';
import { onLocalRanks } from '../../../support/localCluster.js';

const OPTIONS: BlockOptions = {
  threshold: 1e-8,
  multistarts: 8,
  scan: 'weight',
  pairs: true,
  stage: 'shorten',
  synthesis: 'auto',
  method: 'auto',
  seed: 0,
};

/** Toffoli with a wasted pair of `cx`, between turns, its qubits in some order. */
function wasteful(seed: number): LocalBlock {
  const random = new Random(seed, 'searched');
  const turn = (q: number): Gate => gateOf('u', [q], random.angle(), random.angle(), random.angle());
  const [a = 0, b = 1, c = 2] = random.shuffle([0, 1, 2]);
  const { gates } = readQasm(`OPENQASM 2.0; include "qelib1.inc"; qreg q[3]; ccx q[${a}],q[${b}],q[${c}];`);
  const waste = ['cx', 'rz', 'cx'].map((name) =>
    name === 'cx' ? gateOf(name, [c, b]) : gateOf(name, [b], 1e-9),
  );
  return { qubits: 3, gates: [...[0, 1, 2].map(turn), ...gates, ...waste, ...[0, 1, 2].map(turn)] };
}

const cxOf = ({ gates }: Pick<CompiledBlock, 'gates'>): number => countTwoQubitGates(gates);

async function searched(
  blocks: readonly LocalBlock[],
  known: KnownClasses = new Map(),
  cluster: Cluster = new SingleCluster(),
  changes = {},
): Promise<(CompiledBlock | undefined)[]> {
  const context = testContext(changes, cluster);
  const { keys, tasks } = blockTasks(blocks, context, OPTIONS, 'test');
  // As if deletion had found nothing.
  const deleted = new Map(tasks.map(({ key, block }) => [key, { gates: toU3Cx(block.gates), distance: 0 }]));
  const results = await searchClasses(context, { tasks, deleted, options: OPTIONS, store: undefined, known });
  return keys.map((key) => results.get(key));
}

describe('blocks that are alike', () => {
  const blocks = [1, 2, 3].map(wasteful);

  it('take what a search for one of them has found, each with angles of its own', async () => {
    const known: KnownClasses = new Map();
    const found = await searched(blocks, known);
    expect(known.size).toBe(1);
    for (const [i, block] of blocks.entries()) {
      const result = found[i] ?? { gates: [], distance: 1 };
      expect(cxOf({ gates: toU3Cx(block.gates) })).toBe(8);
      expect(cxOf(result)).toBe(6);
      expect(unitaryDistance(denseUnitary(3, result.gates), denseUnitary(3, block.gates))).toBeLessThan(1e-8);
    }
    // Six is the least: one search more finds that out, and nobody asks again.
    const least = found.map((block): LocalBlock => ({ qubits: 3, gates: block?.gates ?? [] }));
    await searched(least, known);
    const { addon } = loadAddon();
    const native = { ...addon, instantiateMany: () => Promise.reject(new Error('it is known')) };
    expect(await searched(least, known, new SingleCluster(), { native })).toEqual(least.map(() => undefined));
  });

  it('come out the same on any number of ranks', async () => {
    const alone = await searched(blocks);
    for (const results of await onLocalRanks(3, (cluster) => searched(blocks, new Map(), cluster)))
      expect(results).toEqual(alone);
  });
});
