/**
 * How long compiling takes: a piece of the circuit is compiled, for two seconds at most, and what its rounds took is scaled
 * to the whole circuit's blocks.
 */
import { makeCircuit, type Circuit, type Gate } from '../circuit/circuit.js';
import type { Fence } from '../circuit/fence.js';
import { SingleCluster } from '../cluster/singleCluster.js';
import { KroncutError } from '../error.js';
import type { Context } from '../run/context.js';
import { leastMemory, largestTask } from '../compile/ranks/blockMemory.js';
import { blockTasks, type BlockTask } from '../compile/ranks/blockTasks.js';
import { WORK_PER_SECOND } from '../compile/block/blockWork.js';
import { compileCircuit, MOST_TWICE } from '../compile/compileCircuit.js';
import type { CircuitOptions, RoundOutcome } from '../compile/compileRound.js';
import { firstGates, relabelOptions } from '../compile/firstGates.js';
import { allRounds, roundBlocks, roundOptions, roundParts, type Round } from '../compile/rounds.js';
import { unfoldBlocks } from '../compile/gates/partition.js';
import { rewriteCircuit } from '../compile/pauli/rewriteCircuit.js';
import { intoSections, sideOf } from '../compile/sections.js';

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
  /** Seconds between the rounds: of rewriting all of it. */
  readonly rewriting: number;
  /** Seconds that the first calls of a program take more than later ones. */
  readonly warmUp: number;
}

/** Larger circuits are judged by so many gates from as many places as a piece has runs. */
const MOST_JUDGED = 20000;
/** In larger ones no swaps are looked for. */
const MOST_SWAPPED = 5000;
/** Rewriting a whole circuit takes no longer than so many seconds, as a rule: the work on regions is bounded. */
const MOST_REWRITING = 20;

/** For all ranks, on one of them; `circuit` has gates on one and two qubits, with fences between them. */
export async function predictCompile(
  context: Context,
  circuit: Circuit,
  options: CircuitOptions,
  version: string,
  fences: readonly Fence[] = [],
): Promise<CompileTime> {
  const { sections, factor } = await judged(circuit, options, fences);
  const whole: Whole = { qubits: circuit.qubits, sections, gates: circuit.gates.length };
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
    blocks: Math.round(factor * work.tasks.length),
    seconds:
      factor * (work.overhead + compilingSeconds(work, i, piece, context.threads) / context.cluster.size),
  }));
  const share = (piece?.share ?? 0) / factor;
  const rewriting = piece === undefined ? 0 : Math.min(MOST_REWRITING, piece.rewriting / share);
  return {
    seconds: rounds.reduce((sum, { seconds }) => sum + seconds, (piece?.warmUp ?? 0) + rewriting),
    rounds,
    compiledShare: share,
  };
}

/** A circuit, or some of its gates, between its fences, as the first round finds it. */
interface Whole {
  readonly qubits: number;
  readonly sections: readonly (readonly Gate[])[];
  /** Gates of all of the circuit. */
  readonly gates: number;
}

/** What is looked at of a circuit, and how much more of the same there is. */
async function judged(
  circuit: Circuit,
  options: CircuitOptions,
  fences: readonly Fence[],
): Promise<{ readonly sections: readonly (readonly Gate[])[]; readonly factor: number }> {
  const { qubits, gates } = circuit;
  const split = intoSections({ gates, fences }, qubits, sideOf(0));
  if (gates.length > MOST_JUDGED) {
    const runs = runsOf(split.sections);
    const count = runs.reduce((sum, run) => sum + run.length, 0);
    return {
      sections: runs.map((run) => rewriteCircuit({ qubits, gates: run }).gates),
      factor: gates.length / count,
    };
  }
  if (gates.length > MOST_SWAPPED)
    return { sections: split.sections.map((run) => rewriteCircuit({ qubits, gates: run }).gates), factor: 1 };
  const relabel = { ...relabelOptions(circuit, options), isFree: false };
  const sections: (readonly Gate[])[] = [];
  for (const section of split.sections)
    sections.push((await firstGates(makeCircuit(qubits, section), options, relabel, false)).gates);
  return { sections, factor: 1 };
}

/** Gates from all over a circuit: none of the runs goes across a fence. */
function runsOf(sections: readonly (readonly Gate[])[]): Gate[][] {
  const all = sections.flat();
  const length = MOST_JUDGED / RUNS;
  const ends = sections.reduce<number[]>((sum, { length: own }) => [...sum, (sum.at(-1) ?? 0) + own], []);
  return Array.from({ length: RUNS }, (_, run) =>
    Math.round((run * (all.length - length)) / (RUNS - 1)),
  ).flatMap((first) => {
    const borders = [first, ...ends.filter((end) => end > first && end < first + length), first + length];
    return borders.slice(1).map((end, i) => all.slice(borders[i], end));
  });
}

/** What the blocks of every round would be if no round before it changed the circuit. */
function roundWorks(
  context: Context,
  { qubits, sections }: Pick<Whole, 'qubits' | 'sections'>,
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
    const blocks = sections
      .flatMap((gates) => roundParts(makeCircuit(qubits, gates), round))
      .flatMap(({ block }) => (block.gates.length > 0 ? [block] : []));
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
  whole: Whole,
  options: CircuitOptions,
  version: string,
): Promise<Piece | undefined> {
  const blocks = whole.sections.flatMap((gates) =>
    roundBlocks({ qubits: whole.qubits, gates }, { blockSize: options.blockSize, number: 0 }).map((block) =>
      unfoldBlocks({ gates }, [block]),
    ),
  );
  const deadline = performance.now() + 1000 * BUDGET;
  let best: Piece | undefined;
  let first: { readonly seconds: number; readonly count: number } | undefined;
  for (let count = Math.min(RUNS, blocks.length); count > 0;) {
    const begin = performance.now();
    const piece = await compilePiece(context, pieceOf(whole.qubits, blocks, count), options, version, {
      deadline,
      isOnce: whole.gates > MOST_TWICE,
    });
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
  { deadline, isOnce }: { readonly deadline: number; readonly isOnce: boolean },
): Promise<Omit<Piece, 'share' | 'warmUp'>> {
  const works = roundWorks(context, { qubits: circuit.qubits, sections: [circuit.gates] }, options, version);
  const started = performance.now();
  const seconds: number[] = [];
  const tries: number[] = [];
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
      tries[current] = (tries[current] ?? 0) + 1;
      begin = performance.now();
      share = 0;
    };
    await compileCircuit(alone, circuit, options, undefined, version, { onTry });
    const inRounds = seconds.reduce((sum, each) => sum + each, 0);
    // Two beginnings are tried of circuits that are as small as a piece.
    const taken = works.map((_, i) => (seconds[i] ?? 0) / (isOnce ? (tries[i] ?? 1) : 1));
    return { works, seconds: taken, done: true, rewriting: Math.max(0, secondsSince(started) - inRounds) };
  } catch (error) {
    if (!over.signal.aborted || context.signal?.aborted === true) throw error;
    if (!(error instanceof KroncutError) || error.code !== 'cancelled') throw error;
    // The round that it was in, as far as it came; from its beginning alone, rounds before it tell more.
    if (share > (current < 0 ? 0 : TOLD_SHARE)) seconds[current + 1] = secondsSince(begin) / share;
    return { works, seconds, done: false, rewriting: 0 };
  } finally {
    clearTimeout(timer);
  }
}

function workOf(works: readonly RoundWork[]): number {
  return works.reduce((sum, { work }) => sum + work, 0);
}

/** Runs of neighbouring blocks from all over a circuit, each on qubits of its own. */
function pieceOf(wholeQubits: number, blocks: readonly (readonly Gate[])[], count: number): Circuit {
  if (count >= blocks.length) return makeCircuit(wholeQubits, blocks.flat());
  const runs = Math.min(RUNS, count);
  const gates: Gate[] = [];
  let qubits = 0;
  for (let run = 0; run < runs; run += 1) {
    const length = Math.floor(count / runs) + (run < count % runs ? 1 : 0);
    const first = Math.round((run * (blocks.length - length)) / Math.max(1, runs - 1));
    const own = new Map<number, number>();
    for (const gate of blocks.slice(first, first + length).flat()) {
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
