/**
 * How long compiling takes: a piece of the circuit is compiled, for two seconds at most, and what its rounds took is scaled
 * to the whole circuit's blocks.
 */
import { makeCircuit, type Circuit, type Gate } from '../circuit/circuit.js';
import { SingleCluster } from '../cluster/singleCluster.js';
import { KroncutError } from '../error.js';
import type { Context } from '../run/context.js';
import { leastMemory, largestTask } from '../compile/ranks/blockMemory.js';
import { blockTasks, type BlockTask } from '../compile/ranks/blockTasks.js';
import { WORK_PER_SECOND } from '../compile/block/blockWork.js';
import { compileCircuit, type CircuitOptions, type RoundOutcome } from '../compile/compileCircuit.js';
import { firstGates, relabelOptions } from '../compile/firstGates.js';
import { allRounds, roundBlocks, roundOptions, roundParts, type Round } from '../compile/rounds.js';
import { unfoldBlocks, type Block } from '../compile/gates/partition.js';

/** What a round of partition and deletion would take. */
export interface RoundPrediction extends Round {
  /** Blocks that differ. */
  readonly blocks: number;
  readonly seconds: number;
}

export interface CompileTime {
  readonly seconds: number;
  readonly rounds: readonly RoundPrediction[];
  /** Share of the work that was done to find out; 0 where blocks are too large for that. */
  readonly compiledShare: number;
}

/** Seconds that compiling pieces may take. */
const BUDGET = 2;
/** Blocks of more qubits take too long to learn from within that. */
const MOST_TRIED_QUBITS = 7;
/** Runs of neighbouring blocks that a piece consists of: circuits are not everywhere alike. */
const RUNS = 4;
/** Growth of the piece while there is time, at least and at most: the first one also warms up. */
const GROWTH = { least: 1.5, most: 6 };
/** Share of a round from which on its time is known. */
const TOLD_SHARE = 0.5;
/** Share of the time left that the next piece should take. */
const NEXT_SHARE = 0.6;

/** What a circuit has to do in one round. */
interface RoundWork {
  readonly round: Round;
  readonly tasks: readonly BlockTask[];
  /** In the unit of a block's work. */
  readonly work: number;
  /** Seconds of all but compiling: the partition above all. */
  readonly overhead: number;
}

/** A piece of a circuit, as far as it was compiled. */
interface Piece {
  readonly share: number;
  readonly works: readonly RoundWork[];
  /** Seconds of each round in `works` that was reached. */
  readonly seconds: readonly number[];
  readonly done: boolean;
  /** Seconds that the first calls of a program take more than later ones. */
  readonly warmUp: number;
}

/** For all ranks, on one of them; `circuit` has gates on one and two qubits. */
export async function predictCompile(
  context: Context,
  circuit: Circuit,
  options: CircuitOptions,
  version: string,
): Promise<CompileTime> {
  const whole = makeCircuit(
    circuit.qubits,
    (await firstGates(circuit, options, relabelOptions(circuit, options), false)).gates,
  );
  const works = roundWorks(context, whole, options, version);
  const fits = works.every(({ tasks }) => {
    const largest = largestTask(tasks);
    return largest === undefined || leastMemory(largest.need) <= context.memory;
  });
  const piece =
    fits && options.blockSize <= MOST_TRIED_QUBITS
      ? await compiledPiece(context, whole, options, version)
      : undefined;
  const rounds = works.map((work, i) => ({
    ...work.round,
    blocks: work.tasks.length,
    seconds: work.overhead + compilingSeconds(work, i, piece, context.threads) / context.cluster.size,
  }));
  return {
    seconds: rounds.reduce((sum, { seconds }) => sum + seconds, piece?.warmUp ?? 0),
    rounds,
    compiledShare: piece?.share ?? 0,
  };
}

/** What the blocks of every round would be if no round before it changed the circuit. */
function roundWorks(
  context: Context,
  circuit: Circuit,
  options: CircuitOptions,
  version: string,
): RoundWork[] {
  const known = new Map<string, RoundWork>();
  return allRounds(options).map((round) => {
    const { pairs, stage } = roundOptions(round);
    const name = [round.blockSize, stage, round.number % 2].join(' ');
    const before = known.get(name);
    if (before !== undefined) return { ...before, round };
    const begin = performance.now();
    const blocks = roundParts(circuit, round).flatMap(({ block }) => (block.gates.length > 0 ? [block] : []));
    const { tasks } = blockTasks(blocks, context, { ...options, stage, pairs }, version);
    const work = tasks.reduce((sum, task) => sum + task.work, 0);
    const made = { round, tasks, work, overhead: secondsSince(begin) };
    known.set(name, made);
    return made;
  });
}

/** Compiles pieces, larger and larger, as long as there is time; the largest that was done, or what there is. */
async function compiledPiece(
  context: Context,
  circuit: Circuit,
  options: CircuitOptions,
  version: string,
): Promise<Piece | undefined> {
  const blocks = roundBlocks(circuit, { blockSize: options.blockSize, number: 0 });
  const deadline = performance.now() + 1000 * BUDGET;
  let best: Piece | undefined;
  let first: { readonly seconds: number; readonly count: number } | undefined;
  for (let count = Math.min(RUNS, blocks.length); count > 0;) {
    const begin = performance.now();
    const piece = await compilePiece(context, pieceOf(circuit, blocks, count), options, version, deadline);
    if (!piece.done) {
      const part = workOf(piece.works.filter((_, i) => piece.seconds[i] !== undefined)) / workOf(piece.works);
      return best ?? { ...piece, share: (part * count) / blocks.length, warmUp: 0 };
    }
    const seconds = secondsSince(begin);
    first ??= { seconds, count };
    const warmUp = Math.max(0, first.seconds - (seconds * first.count) / count);
    best = { ...piece, share: count / blocks.length, warmUp };
    const growth = Math.min(
      GROWTH.most,
      (NEXT_SHARE * (deadline - performance.now())) / (performance.now() - begin),
    );
    const next = Math.min(blocks.length, Math.floor(count * growth));
    if (next < GROWTH.least * count && next < blocks.length) break;
    if (next <= count) break;
    count = next;
  }
  return best;
}

async function compilePiece(
  context: Context,
  circuit: Circuit,
  options: CircuitOptions,
  version: string,
  deadline: number,
): Promise<Omit<Piece, 'share' | 'warmUp'>> {
  const works = roundWorks(context, circuit, options, version);
  const seconds: number[] = [];
  // A round that ends all of its size leaves none for the others of that size.
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), Math.max(0, deadline - performance.now()));
  const signal = AbortSignal.any([over.signal, ...(context.signal === undefined ? [] : [context.signal])]);
  let begin = performance.now();
  let share = 0;
  const alone: Context = {
    ...context,
    cluster: new SingleCluster(),
    signal,
    onProgress: ({ done, total }) => {
      share = done / total;
    },
  };
  const at = (round: Round): number =>
    works.findIndex(
      ({ round: { blockSize, stage, number } }) =>
        blockSize === round.blockSize && stage === round.stage && number === round.number,
    );
  let current = -1;
  try {
    const onTry = (round: Round, outcome: RoundOutcome): void => {
      current = at(round);
      seconds[current] = (seconds[current] ?? 0) + outcome.seconds;
      begin = performance.now();
      share = 0;
    };
    await compileCircuit(alone, circuit, options, undefined, version, { onTry });
    return { works, seconds: works.map((_, i) => seconds[i] ?? 0), done: true };
  } catch (error) {
    if (!over.signal.aborted || context.signal?.aborted === true) throw error;
    if (!(error instanceof KroncutError) || error.code !== 'cancelled') throw error;
    // The round that it was in, as far as it came; from its beginning alone, rounds before it tell more.
    if (share > (current < 0 ? 0 : TOLD_SHARE)) seconds[current + 1] = secondsSince(begin) / share;
    return { works, seconds, done: false };
  } finally {
    clearTimeout(timer);
  }
}

function workOf(works: readonly RoundWork[]): number {
  return works.reduce((sum, { work }) => sum + work, 0);
}

/** Runs of neighbouring blocks from all over a circuit, each on qubits of its own. */
function pieceOf(circuit: Circuit, blocks: readonly Block[], count: number): Circuit {
  if (count >= blocks.length) return circuit;
  const runs = Math.min(RUNS, count);
  const gates: Gate[] = [];
  let qubits = 0;
  for (let run = 0; run < runs; run += 1) {
    const length = Math.floor(count / runs) + (run < count % runs ? 1 : 0);
    const first = Math.round((run * (blocks.length - length)) / Math.max(1, runs - 1));
    const own = new Map<number, number>();
    for (const gate of unfoldBlocks(circuit, blocks.slice(first, first + length))) {
      const places = gate.qubits.map((q) => {
        const place = own.get(q) ?? qubits + own.size;
        own.set(q, place);
        return place;
      });
      gates.push({ ...gate, qubits: places });
    }
    qubits += own.size;
  }
  return makeCircuit(qubits, gates);
}

/** Seconds of a round's blocks on one rank, by what a piece of them took, or rounds like it. */
function compilingSeconds(
  { round, work }: RoundWork,
  index: number,
  piece: Piece | undefined,
  threads: number,
): number {
  const usual = work / (WORK_PER_SECOND * threads);
  if (piece === undefined) return usual;
  const rate = (i: number): number | undefined => {
    const [part, taken] = [piece.works[i], piece.seconds[i]];
    if (part === undefined || taken === undefined || part.work === 0) return undefined;
    return Math.max(0, taken - part.overhead) / part.work;
  };
  const own = rate(index);
  if (own !== undefined) return own * work;
  // The nearest round before with blocks as large, if one is known: they differ less than machines and circuits do.
  for (let i = index - 1; i >= 0 && piece.works[i]?.round.blockSize === round.blockSize; i -= 1) {
    const other = rate(i);
    if (other !== undefined) return other * work;
  }
  return usual;
}

function secondsSince(begin: number): number {
  return (performance.now() - begin) / 1000;
}
