/** The whole circuit: partition, blocks, what meets at their borders, and again while that shortens it. */
import { makeCircuit, type Circuit, type Gate } from '../circuit/circuit.js';
import { countTwoQubitGates } from '../circuit/circuitFacts.js';
import type { Context } from '../run/context.js';
import type { BlockStore } from './blockStore.js';
import { compileBlocks } from './compileBlocks.js';
import type { BlockOptions } from './compileBlock.js';
import { mergeOneQubit } from './merge.js';
import { checkPartition, localGates, partitionCircuit, placeGates, type Block } from './partition.js';
import { toGateSet, type GateSet } from './rewrite.js';
import { boundFromAngle, distanceAngle, LEAST_THRESHOLD } from './unitary.js';

export interface CircuitOptions extends Omit<BlockOptions, 'pairs'> {
  readonly blockSize: number;
  readonly gateSet: GateSet;
  /** Most rounds of partition and deletion; two in a row that shorten nothing are the last. */
  readonly rounds: number;
  /** Largest bound on the distance of the whole circuit: what one block may be off follows from it. */
  readonly maxError: number;
}

export interface CompiledCircuit {
  readonly gates: readonly Gate[];
  /** Blocks of the first round. */
  readonly blocks: number;
  readonly rounds: number;
  /** The sum of the errors of all parts, as angles. */
  readonly angle: number;
}

/** The blocks of a round; rounds differ in where the borders lie. */
export function roundBlocks(
  circuit: Pick<Circuit, 'qubits' | 'gates'>,
  blockSize: number,
  round: number,
): Block[] {
  if (round % 2 === 0) return partitionCircuit(circuit, blockSize);
  // Partitioned from its end, a circuit falls into other blocks.
  const last = circuit.gates.length - 1;
  const blocks = partitionCircuit({ qubits: circuit.qubits, gates: circuit.gates.toReversed() }, blockSize);
  return blocks.toReversed().map(({ qubits, gates }) => ({
    qubits,
    gates: gates.toReversed().map((position) => last - position),
  }));
}

/** Collective: every rank gives the same circuit and gets the same result. */
export async function compileCircuit(
  context: Context,
  circuit: Circuit,
  options: CircuitOptions,
  store: BlockStore | undefined,
  version: string,
): Promise<CompiledCircuit> {
  let gates = circuit.gates;
  let angle = 0;
  let firstBlocks = 0;
  let stale = false;
  let round = 0;
  for (; round < options.rounds; round += 1) {
    const now = makeCircuit(circuit.qubits, gates);
    const blocks = roundBlocks(now, options.blockSize, round);
    checkPartition(now, blocks, options.blockSize);
    if (round === 0) firstBlocks = blocks.length;
    const compiled = await compileBlocks(context, {
      blocks: blocks.map((block) => ({ qubits: block.qubits.length, gates: localGates(now, block) })),
      // Rounds differ in what they try first: neither order finds all that the other does.
      options: { ...options, pairs: round % 2 === 0, threshold: blockThreshold(options, blocks.length) },
      store,
      version,
    });
    const merged = mergeOneQubit(
      compiled.flatMap((block, i) => {
        const place = blocks[i];
        return place === undefined ? [] : placeGates(block.gates, place);
      }),
    );
    if (round > 0 && !isShorter(merged.gates, gates)) {
      // The next round has other borders and another order; if it finds nothing either, none will.
      if (stale) break;
      stale = true;
      continue;
    }
    stale = false;
    angle += compiled.reduce((sum, { distance }) => sum + distanceAngle(distance), merged.angle);
    gates = merged.gates;
  }
  const last = toGateSet(gates, options.gateSet);
  return { gates: last.gates, blocks: firstBlocks, rounds: round, angle: angle + last.angle };
}

/**
 * What a block may be off: the threshold for a block, or less where all blocks of all rounds together would pass the
 * bound for the circuit. Errors add as angles, so it falls with the square of the number of blocks.
 */
export function blockThreshold(
  { threshold, maxError, rounds }: Pick<CircuitOptions, 'threshold' | 'maxError' | 'rounds'>,
  blocks: number,
): number {
  const share = boundFromAngle(distanceAngle(maxError) / Math.max(1, blocks * rounds));
  return Math.min(threshold, Math.max(LEAST_THRESHOLD, share));
}

function isShorter(a: readonly Gate[], b: readonly Gate[]): boolean {
  const difference = countTwoQubitGates(a) - countTwoQubitGates(b);
  return difference < 0 || (difference === 0 && a.length < b.length);
}
