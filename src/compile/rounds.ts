/** The rounds of a compilation: partitions of the whole circuit, each with other borders, and what is compiled of every block. */
import type { Circuit, Gate } from '../circuit/circuit.js';
import type { BlockOptions, LocalBlock } from './block/block.js';
import { isAboveCeiling, MOST_CEILING_QUBITS } from './block/ceiling.js';
import { coreOf, localBlock, padCore } from './block/core.js';
import { checkPartition, partitionCircuit, type Block } from './gates/partition.js';

/** What decides how many rounds there are, and of what size. */
export interface RoundChoices {
  readonly blockSize: number;
  /** Most rounds of partition and deletion with one size; two in a row that shorten nothing are the last. */
  readonly rounds: number;
}

/** One partition of the whole circuit, and what becomes of its blocks. */
export interface Round {
  readonly blockSize: number;
  /** `ceiling` shortens those blocks alone that have more `cx` than any unitary of their qubits takes. */
  readonly stage: BlockOptions['stage'] | 'ceiling';
  /** Number among the rounds of this size and stage: they differ in where the borders lie, and in what is tried first. */
  readonly number: number;
}

/** Small blocks take a small part of the time of larger ones, which then have less to do. */
export const SMALL_BLOCK = 3;

/** Blocks whose every unitary has its shortest circuit by a formula. */
export const PAIR = 2;

export function blockSizes({ blockSize }: Pick<RoundChoices, 'blockSize'>): readonly [number, number?] {
  return blockSize > SMALL_BLOCK ? [SMALL_BLOCK, blockSize] : [blockSize];
}

/** Rounds at the end that take out `u3` alone, one from either end of the circuit. */
const TIDY_ROUNDS = 2;

/** All rounds in their order, as far as none ends those of its size early. */
export function allRounds(options: RoundChoices): Round[] {
  const numbered = (blockSize: number, stage: Round['stage'], count: number): Round[] =>
    Array.from({ length: count }, (_, number) => ({ blockSize, stage, number }));
  const { blockSize, rounds } = options;
  const [small, large] = blockSizes(options);
  return [
    // Exact, so that regions can still be written anew behind it.
    ...numbered(PAIR, 'shorten', small > PAIR ? 1 : 0),
    ...numbered(small, 'shorten', rounds),
    // Shortened blocks of that size have it already; before smaller ones were shortened, too much is above it.
    ...numbered(
      MOST_CEILING_QUBITS,
      'ceiling',
      blockSize < SMALL_BLOCK || blockSize === MOST_CEILING_QUBITS ? 0 : 1,
    ),
    ...(large === undefined ? [] : numbered(large, 'shorten', rounds)),
    ...numbered(blockSize, 'tidy', TIDY_ROUNDS),
  ];
}

/** The blocks of a round; rounds differ in where the borders lie. */
export function roundBlocks(
  circuit: Pick<Circuit, 'qubits' | 'gates'>,
  { blockSize, number }: Pick<Round, 'blockSize' | 'number'>,
): Block[] {
  if (number % 2 === 0) return partitionCircuit(circuit, blockSize);
  // Partitioned from its end, a circuit falls into other blocks.
  const last = circuit.gates.length - 1;
  const blocks = partitionCircuit({ qubits: circuit.qubits, gates: circuit.gates.toReversed() }, blockSize);
  return blocks.toReversed().map(({ qubits, gates }) => ({
    qubits,
    gates: gates.toReversed().map((position) => last - position),
  }));
}

/** What a round asks of its blocks. */
export function roundOptions({ stage, number }: Round): Pick<BlockOptions, 'stage' | 'pairs'> {
  return { stage: stage === 'tidy' ? 'tidy' : 'shorten', pairs: stage === 'shorten' && number % 2 === 0 };
}

/** A block of a round, and the gates beside what is compiled of it. */
export interface Part {
  readonly place: Block;
  readonly block: LocalBlock;
  readonly before: readonly Gate[];
  readonly after: readonly Gate[];
}

const NOTHING: LocalBlock = { qubits: 0, gates: [] };

/** The partition of a round, with what is compiled of every block; `block` has no gates where nothing is. */
export function roundParts(circuit: Circuit, round: Round): Part[] {
  const blocks = roundBlocks(circuit, round);
  checkPartition(circuit, blocks, round.blockSize);
  const gatesAt = (positions: readonly number[]): Gate[] =>
    positions.map((position) => circuit.gates[position]).filter((gate) => gate !== undefined);
  return blocks.map((block): Part => {
    // What is outside a core stays: only a whole block is tidied.
    if (round.stage === 'tidy')
      return { place: block, block: localBlock(circuit, block), before: [], after: [] };
    if (round.stage === 'ceiling' && !isAboveCeiling(block.qubits.length, gatesAt(block.gates)))
      return { place: block, block: NOTHING, before: gatesAt(block.gates), after: [] };
    const whole = coreOf(circuit, block);
    const { block: padded, before, after } = padCore(circuit, whole, hasFreeEnds(round));
    return {
      place: whole.core,
      block: padded,
      before: [...gatesAt(whole.before), ...before],
      after: [...after, ...gatesAt(whole.after)],
    };
  });
}

/** Whether the blocks of a round have a free `u3` at all of their ends. */
export function hasFreeEnds({ stage, number }: Round): boolean {
  return stage === 'shorten' && number % 2 === 1;
}
