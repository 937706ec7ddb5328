/** The whole circuit: partition, blocks, what meets at their borders, and again while that shortens it. */
import { makeCircuit, type Circuit, type Gate } from '../circuit/circuit.js';
import { countTwoQubitGates } from '../circuit/circuitFacts.js';
import type { Context } from '../run/context.js';
import { requireBlocksFit } from './blockMemory.js';
import type { BlockStore } from './blockStore.js';
import { blockTasks } from './blockTasks.js';
import { compileBlocks } from './compileBlocks.js';
import type { BlockOptions, LocalBlock } from './compileBlock.js';
import { coreOf, localBlock, padCore } from './core.js';
import { mergeOneQubit, type Merged } from './merge.js';
import { checkPartition, partitionCircuit, placeGates, type Block } from './partition.js';
import { toGateSet, type GateSet } from './rewrite.js';
import { boundFromAngle, distanceAngle, LEAST_THRESHOLD } from './unitary.js';

export interface CircuitOptions extends Omit<BlockOptions, 'pairs' | 'stage'> {
  readonly blockSize: number;
  readonly gateSet: GateSet;
  /** Most rounds of partition and deletion with one size; two in a row that shorten nothing are the last. */
  readonly rounds: number;
  /** Largest bound on the distance of the whole circuit: what one block may be off follows from it. */
  readonly maxError: number;
}

export interface CompiledCircuit {
  readonly gates: readonly Gate[];
  /** Blocks of the first round with the block size asked for. */
  readonly blocks: number;
  readonly rounds: number;
  /** The sum of the errors of all parts, as angles. */
  readonly angle: number;
}

/** Small blocks take a small part of the time of larger ones, which then have less to do. */
const SMALL_BLOCK = 3;

function blockSizes({ blockSize }: Pick<CircuitOptions, 'blockSize'>): readonly number[] {
  return blockSize > SMALL_BLOCK ? [SMALL_BLOCK, blockSize] : [blockSize];
}

/** Rounds at the end that take out `u3` alone, one from either end of the circuit. */
const TIDY_ROUNDS = 2;

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

/** What the blocks of a circuit are compiled with, the same for every round. */
interface Work {
  readonly context: Context;
  readonly options: CircuitOptions;
  readonly store: BlockStore | undefined;
  readonly version: string;
}

/** Collective: every rank gives the same circuit and gets the same result. */
export async function compileCircuit(
  context: Context,
  circuit: Circuit,
  options: CircuitOptions,
  store: BlockStore | undefined,
  version: string,
): Promise<CompiledCircuit> {
  const work: Work = { context, options, store, version };
  let gates = circuit.gates;
  let angle = 0;
  let firstBlocks = 0;
  let rounds = 0;
  await context.cluster.agree(() => requireFirstFit(work, circuit));
  const take = (next: Merged): void => {
    angle += next.angle;
    gates = next.gates;
  };
  for (const blockSize of blockSizes(options)) {
    let stale = false;
    for (let round = 0; round < options.rounds; round += 1) {
      const now = makeCircuit(circuit.qubits, gates);
      const blocks = roundBlocks(now, blockSize, round);
      if (round === 0) firstBlocks = blocks.length;
      // Rounds differ in what they try first and in the ends of blocks: neither finds all that the other does.
      const next = await compileRound(work, now, blocks, {
        stage: 'shorten',
        pairs: round % 2 === 0,
        spent: angle,
      });
      rounds += 1;
      if (rounds > 1 && !isShorter(next.gates, gates)) {
        // The next round has other borders and another order; if it finds nothing either, none will.
        if (stale) break;
        stale = true;
        continue;
      }
      stale = false;
      take(next);
    }
  }
  for (let from = 0; from < TIDY_ROUNDS; from += 1) {
    const long = makeCircuit(circuit.qubits, gates);
    const blocks = roundBlocks(long, options.blockSize, from);
    const tidy = await compileRound(work, long, blocks, { stage: 'tidy', pairs: false, spent: angle });
    if (isShorter(tidy.gates, gates)) take(tidy);
  }
  const last = toGateSet(gates, options.gateSet);
  return { gates: last.gates, blocks: firstBlocks, rounds, angle: angle + last.angle };
}

/** Refuses blocks that no rank can hold before the small ones are compiled, not behind them. */
function requireFirstFit({ context, options, version }: Work, circuit: Circuit): void {
  if (options.blockSize <= SMALL_BLOCK) return;
  const blocks = roundBlocks(circuit, options.blockSize, 0).map(
    (block) => padCore(circuit, coreOf(circuit, block), false).block,
  );
  const full = blocks.filter(({ gates }) => gates.length > 0);
  const { tasks } = blockTasks(full, context, { ...options, stage: 'shorten', pairs: true }, version);
  requireBlocksFit(tasks, context.memory);
}

interface RoundOptions extends Pick<BlockOptions, 'stage' | 'pairs'> {
  /** Sum of the errors of the rounds before, as angles. */
  readonly spent: number;
}

/** A block of a round, and the gates beside what is compiled of it. */
interface Part {
  readonly place: Block;
  readonly block: LocalBlock;
  readonly before: readonly Gate[];
  readonly after: readonly Gate[];
}

/** Collective: a circuit with all of its blocks compiled once, and by which angle it may be off. */
async function compileRound(
  { context, options, store, version }: Work,
  circuit: Circuit,
  blocks: readonly Block[],
  { stage, pairs, spent }: RoundOptions,
): Promise<Merged> {
  checkPartition(circuit, blocks, options.blockSize);
  const gatesAt = (positions: readonly number[]): Gate[] =>
    positions.map((position) => circuit.gates[position]).filter((gate) => gate !== undefined);
  const everywhere = stage === 'shorten' && !pairs;
  // What is outside a core stays: only a whole block is tidied.
  const parts = blocks.map((block): Part => {
    if (stage === 'tidy') return { place: block, block: localBlock(circuit, block), before: [], after: [] };
    const whole = coreOf(circuit, block);
    const { block: padded, before, after } = padCore(circuit, whole, everywhere);
    return {
      place: whole.core,
      block: padded,
      before: [...gatesAt(whole.before), ...before],
      after: [...after, ...gatesAt(whole.after)],
    };
  });
  const full = parts.filter(({ block }) => block.gates.length > 0);
  const compiled = await compileBlocks(context, {
    blocks: full.map(({ block }) => block),
    options: { ...options, stage, pairs, threshold: blockThreshold(options, blocks.length, spent) },
    store,
    version,
  });
  const inside = new Map(full.map((part, i) => [part, compiled[i]]));
  let angle = 0;
  const merged = mergeOneQubit(
    parts.flatMap((part): readonly Gate[] => {
      const { place, block, before, after } = part;
      const found = inside.get(part);
      if (found === undefined) return [...before, ...after];
      // Ends that were not there are worth a cx, but not another u3.
      const isWorse = everywhere && countTwoQubitGates(found.gates) >= countTwoQubitGates(block.gates);
      if (!isWorse) angle += distanceAngle(found.distance);
      return [...before, ...placeGates((isWorse ? block : found).gates, place), ...after];
    }),
  );
  return { gates: merged.gates, angle: angle + merged.angle };
}

/**
 * What a block of a round may be off: the threshold for a block, or less where all blocks together could pass half of
 * what the rounds before have left of the bound for the circuit, as angles: so no number of rounds passes it. Errors add
 * as angles, so a block's share falls with the square of the number of blocks.
 */
export function blockThreshold(
  { threshold, maxError }: Pick<CircuitOptions, 'threshold' | 'maxError'>,
  blocks: number,
  spent: number,
): number {
  const left = Math.max(0, distanceAngle(maxError) - spent);
  const share = boundFromAngle(left / (2 * Math.max(1, blocks)));
  return Math.min(threshold, Math.max(LEAST_THRESHOLD, share));
}

function isShorter(a: readonly Gate[], b: readonly Gate[]): boolean {
  const difference = countTwoQubitGates(a) - countTwoQubitGates(b);
  return difference < 0 || (difference === 0 && a.length < b.length);
}
