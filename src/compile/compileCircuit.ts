/** The whole circuit: partition, blocks, what meets at their borders, and again while that shortens it. */
import { makeCircuit, type Circuit, type Gate } from '../circuit/circuit.js';
import type { Fence } from '../circuit/fence.js';
import { countTwoQubitGates } from '../circuit/circuitFacts.js';
import { throwIfAborted, type Context } from '../run/context.js';
import { requireBlocksFit } from './ranks/blockMemory.js';
import type { BlockStore } from './ranks/blockStore.js';
import { blockTasks } from './ranks/blockTasks.js';
import { compileAllBlocks } from './ranks/compileAllBlocks.js';
import type { BlockOptions, CompiledBlock } from './block/block.js';
import { mergeOneQubit, type Merged } from './gates/merge.js';
import { placeGates } from './gates/partition.js';
import type { KnownClasses } from './ranks/searchClasses.js';
import type { GateSet } from './gates/gateSets.js';
import { toU3Cx } from './gates/rewrite.js';
import { toGateSet } from './gates/toGateSet.js';
import { firstGates, relabelOptions } from './firstGates.js';
import { rewriteWhole, type WholeOptions } from './rewriteWhole.js';
import {
  endOf,
  freeSection,
  fromSections,
  intoSections,
  relabelled,
  sideOf,
  type Sectioned,
} from './sections.js';
import {
  allRounds,
  hasFreeEnds,
  roundOptions,
  roundParts,
  PAIR,
  SMALL_BLOCK,
  type Part,
  type Round,
  type RoundChoices,
} from './rounds.js';
import { followedBy, identityOf } from './gates/permutation.js';
import type { Relabelled } from './gates/relabel.js';
import { boundFromAngle, distanceAngle, LEAST_THRESHOLD } from './gates/unitary.js';
import { required, valueAt } from '../error.js';

export interface CircuitOptions extends Omit<BlockOptions, 'pairs' | 'stage'>, RoundChoices {
  readonly gateSet: GateSet;
  /** Largest bound on the distance of the whole circuit: what one block may be off follows from it. */
  readonly maxError: number;
  /** Qubits may end on places of one another. */
  readonly permuteOutput?: true;
}

export interface CompiledCircuit {
  readonly gates: readonly Gate[];
  /** The fences of the circuit, where they stand between these gates, on the qubits where what they are about is now. */
  readonly fences: readonly Fence[];
  /** Blocks of the first round with the block size asked for. */
  readonly blocks: number;
  readonly rounds: number;
  /** The sum of the errors of all parts, as angles. */
  readonly angle: number;
  /** Qubit on which what the circuit leaves on each qubit is. */
  readonly permutation: readonly number[];
}

/** What a round made of its blocks. */
export interface RoundOutcome {
  readonly seconds: number;
  /** Of the whole circuit behind the round, whether it is kept or not. */
  readonly gates: number;
  readonly twoQubitGates: number;
  /** Blocks that were compiled, in time order. */
  readonly blocks: readonly BlockOutcome[];
}

export interface BlockOutcome {
  /** Qubits of the circuit. */
  readonly qubits: readonly number[];
  readonly gatesBefore: number;
  readonly gatesAfter: number;
  /** In `cx`, which gates of the circuit as it was are made of, too. */
  readonly twoQubitBefore: number;
  readonly twoQubitAfter: number;
  /** 1 - |Tr| / 2^n from the block as it was. */
  readonly distance: number;
}

/** What the blocks of a circuit are compiled with, the same for every round. */
interface Work {
  readonly context: Context;
  readonly options: CircuitOptions;
  readonly store: BlockStore | undefined;
  readonly version: string;
  readonly known: KnownClasses;
  /** Hears of every round of the way that is taken. */
  readonly onRound?: ((round: Round, outcome: RoundOutcome) => void) | undefined;
  /** Hears of every round when it is over, also where another way is taken in the end. */
  readonly onTry?: ((round: Round, outcome: RoundOutcome) => void) | undefined;
}

/** What stays in its place, and who hears how far the work is. */
interface CompileWishes extends Pick<Work, 'onRound' | 'onTry'> {
  readonly fences?: readonly Fence[] | undefined;
  /** Is given what tells the shortest circuit so far, whenever it is asked. */
  readonly onBegun?: ((best: () => CompiledCircuit) => void) | undefined;
}

/**
 * Collective: every rank gives the same circuit and gets the same result. Gates stay on their side of the fences on their
 * qubits.
 */
export async function compileCircuit(
  context: Context,
  circuit: Circuit,
  options: CircuitOptions,
  store: BlockStore | undefined,
  version: string,
  { fences = [], onBegun, ...hears }: CompileWishes = {},
): Promise<CompiledCircuit> {
  const work: Work = { context, options, store, version, known: new Map(), ...hears };
  const { qubits } = circuit;
  const freedom = freedomOf(circuit, options, context.signal);
  const starts = await startsOf(circuit, options, fences, freedom);
  await requireGoOn(work);
  const start = required(starts[0], 'a start');
  await context.cluster.agree(() => requireFirstFit(work, qubits, start.now.sections));
  let shortest = start;
  const onStep = (progress: Progress): void => {
    if (isShorter(gatesOf(progress), gatesOf(shortest))) shortest = progress;
  };
  onBegun?.(() => written(shortest, options));
  const task = { work, qubits, freedom, onStep };
  const [small, others] = splitRounds(options);
  const tried: Progress[] = [];
  for (const each of starts) tried.push(await runRounds(task, each, small));
  const best = tried.reduce((a, b) => (isShorter(gatesOf(b), gatesOf(a)) ? b : a));
  tellAll(work, best, tried);
  return written(await runRounds({ ...task, isTold: true }, best, others), options);
}

/** A circuit in the gate set asked for, in one piece. */
function written(
  { now, angle, permutation, firstBlocks, rounds }: Progress,
  { gateSet }: Pick<CircuitOptions, 'gateSet'>,
): CompiledCircuit {
  const last = now.sections.map((gates) => toGateSet(gates, gateSet));
  return {
    ...fromSections({ sections: last.map(({ gates }) => gates), fences: now.fences }),
    blocks: firstBlocks,
    rounds,
    angle: angle + sumOfAngles(last),
    permutation,
  };
}

/** Collective: regions end early when they are to; all ranks then stop. */
async function requireGoOn({ context }: Work): Promise<void> {
  await context.cluster.agree(() => throwIfAborted(context.signal));
}

/** How far a circuit has come. */
interface Progress {
  readonly now: Sectioned;
  readonly permutation: readonly number[];
  readonly angle: number;
  /** Blocks of the first round with the block size asked for. */
  readonly firstBlocks: number;
  readonly rounds: number;
  /** Size of the blocks whose last round has shortened nothing, and of those whose last two have not. */
  readonly stale: number;
  readonly spent: number;
  /** Rounds that were not told yet. */
  readonly told: readonly (readonly [Round, RoundOutcome])[];
}

function gatesOf({ now }: Progress): readonly Gate[] {
  return now.sections.flat();
}

/** What may become of the order of qubits in each section. */
type Freedom = (now: Sectioned) => (section: number) => WholeOptions;

function freedomOf(circuit: Circuit, options: CircuitOptions, signal: AbortSignal | undefined): Freedom {
  const relabel = relabelOptions(circuit, options, signal);
  // Before a fence that others follow all are on their own places; what is free is the end.
  return (now) => {
    const free = relabel.isFree ? freeSection(now) : undefined;
    return (section) => ({ ...relabel, isFree: section === free });
  };
}

/**
 * What the rounds may begin with: the circuit with regions written anew, and without, where that makes a difference. What
 * blocks find is now and then hidden by the one, now and then by the other.
 */
async function startsOf(
  circuit: Circuit,
  options: CircuitOptions,
  fences: readonly Fence[],
  freedom: Freedom,
): Promise<Progress[]> {
  const { qubits, gates } = circuit;
  const asRead = intoSections({ gates, fences }, qubits, sideOf(0));
  const free = freedom(asRead);
  const withOptions = async (hasRegions: boolean): Promise<Progress> => {
    const made: Relabelled[] = [];
    for (const [i, section] of asRead.sections.entries())
      made.push(await firstGates(makeCircuit(qubits, section), options, free(i), hasRegions));
    return begun(asRead.fences, made);
  };
  const [plain, rewritten] = [await withOptions(false), await withOptions(true)];
  const differs = countTwoQubitGates(gatesOf(rewritten)) < countTwoQubitGates(gatesOf(plain));
  if (!differs) return [plain];
  return circuit.gates.length <= MOST_TWICE ? [rewritten, plain] : [rewritten];
}

function begun(fences: Sectioned['fences'], start: readonly Relabelled[]): Progress {
  return {
    now: relabelled(fences, start),
    permutation: endOf(start),
    angle: sumOfAngles(start),
    firstBlocks: 0,
    rounds: 0,
    stale: 0,
    spent: 0,
    told: [],
  };
}

/** Larger circuits are begun in one way. */
const MOST_TWICE = 5000;

function isSmall({ stage, blockSize }: Round): boolean {
  return stage === 'shorten' && blockSize <= SMALL_BLOCK;
}

/** Rounds of small blocks, and those behind them. */
function splitRounds(options: CircuitOptions): readonly [Round[], Round[]] {
  const all = allRounds(options);
  return [all.filter(isSmall), all.filter((round) => !isSmall(round))];
}

interface Task {
  readonly work: Work;
  readonly qubits: number;
  readonly freedom: Freedom;
  /** Hears of what each round that is kept has come to. */
  readonly onStep: (progress: Progress) => void;
  /** Whether rounds are told as they end, or kept. */
  readonly isTold?: boolean;
}

/** Collective: rounds one after another, as far as they shorten the circuit. */
async function runRounds(
  { work, qubits, freedom, onStep, isTold = false }: Task,
  start: Progress,
  rounds: readonly Round[],
): Promise<Progress> {
  let so = start;
  for (const round of rounds) {
    const { blockSize, stage, number } = round;
    if (stage === 'shorten' && so.spent === blockSize) continue;
    const split = intoSections(fromSections(so.now), qubits, sideOf(number));
    const next = await compileRound(work, { qubits, sections: split.sections }, round, so.angle);
    work.onTry?.(round, next.outcome);
    if (isTold) work.onRound?.(round, next.outcome);
    else so = { ...so, told: [...so.told, [round, next.outcome]] };
    if (stage === 'shorten') {
      const firstBlocks = number === 0 ? next.blocks : so.firstBlocks;
      so = { ...so, rounds: so.rounds + 1, firstBlocks };
    }
    if ((stage === 'tidy' || so.rounds > 1) && !isShorter(next.sections.flat(), gatesOf(so))) {
      // The next round has other borders and another order; if it finds nothing either, none will.
      const spent = so.stale === blockSize ? blockSize : so.spent;
      so = { ...so, stale: blockSize, spent };
      continue;
    }
    const free = freedom({ sections: next.sections, fences: split.fences });
    const again: Relabelled[] = [];
    for (const [i, gates] of next.sections.entries())
      again.push(await rewrittenIfShorter(qubits, gates, free(i)));
    await requireGoOn(work);
    so = {
      ...so,
      stale: 0,
      angle: so.angle + next.angle + sumOfAngles(again),
      permutation: followedBy(so.permutation, endOf(again)),
      now: relabelled(split.fences, again),
    };
    onStep(so);
  }
  return so;
}

/** Tells the rounds of the way that is taken, with the time of all. */
function tellAll({ onRound }: Work, taken: Progress, tried: readonly Progress[]): void {
  for (const [round, outcome] of taken.told) {
    const same = tried.flatMap(({ told }) =>
      told.filter(([other]) => other.blockSize === round.blockSize && other.number === round.number),
    );
    onRound?.(round, { ...outcome, seconds: same.reduce((sum, [, { seconds }]) => sum + seconds, 0) });
  }
}

type Sections = Sectioned['sections'];

function sumOfAngles(parts: readonly Merged[]): number {
  return parts.reduce((sum, { angle }) => sum + angle, 0);
}

/** Gates `u3` and `cx` rewritten as a whole, or as they are where that takes no fewer `cx`. */
async function rewrittenIfShorter(
  qubits: number,
  gates: readonly Gate[],
  relabel: WholeOptions,
): Promise<Relabelled> {
  const rewritten = await rewriteWhole({ qubits, gates }, relabel);
  const isShorter = countTwoQubitGates(rewritten.gates) < countTwoQubitGates(gates);
  return isShorter ? rewritten : { gates: [...gates], angle: 0, permutation: identityOf(qubits) };
}

/** Refuses blocks that no rank can hold before the small ones are compiled, not behind them. */
function requireFirstFit({ context, options, version }: Work, qubits: number, sections: Sections): void {
  if (options.blockSize <= PAIR) return;
  const round: Round = { blockSize: options.blockSize, stage: 'shorten', number: 0 };
  const { tasks } = blockTasks(
    sections
      .flatMap((gates) => roundParts(makeCircuit(qubits, gates), round))
      .flatMap(({ block }) => (block.gates.length > 0 ? [block] : [])),
    context,
    { ...options, ...roundOptions(round) },
    version,
  );
  requireBlocksFit(tasks, context.memory);
}

interface RoundResult {
  readonly sections: Sections;
  readonly angle: number;
  readonly blocks: number;
  readonly outcome: RoundOutcome;
}

/**
 * Collective: a circuit with all of its blocks compiled once, and by which angle it may be off. `spent` is the sum of the
 * errors of the rounds before, as angles.
 */
async function compileRound(
  { context, options, store, version, known }: Work,
  { qubits, sections }: { readonly qubits: number; readonly sections: Sections },
  round: Round,
  spent: number,
): Promise<RoundResult> {
  const begin = performance.now();
  const partsOf = sections.map((gates) => roundParts(makeCircuit(qubits, gates), round));
  const parts = partsOf.flat();
  const full = parts.filter(({ block }) => block.gates.length > 0);
  const threshold = blockThreshold(options, parts.length, spent);
  const compiled = await compileAllBlocks(context, {
    blocks: full.map(({ block }) => block),
    options: { ...options, ...roundOptions(round), threshold },
    store,
    version,
    known,
  });
  const inside = new Map(full.map((part, i) => [part, compiled[i]]));
  let angle = 0;
  const compiledGates = (part: Part): readonly Gate[] => {
    const { place, block, before, after } = part;
    const found = inside.get(part);
    if (found === undefined) return [...before, ...after];
    // Ends that were not there are worth a cx, but not another u3.
    const isWorse = hasFreeEnds(round) && countTwoQubitGates(found.gates) >= countTwoQubitGates(block.gates);
    if (!isWorse) angle += distanceAngle(found.distance);
    return [...before, ...placeGates((isWorse ? block : found).gates, place), ...after];
  };
  const merged = partsOf.map((section) => mergeOneQubit(section.flatMap(compiledGates)));
  const gates = merged.flatMap((section) => section.gates);
  const outcome = {
    seconds: (performance.now() - begin) / 1000,
    gates: gates.length,
    twoQubitGates: countTwoQubitGates(gates),
    blocks: full.map((part, i) => blockOutcome(part, valueAt(compiled, i))),
  };
  return {
    outcome,
    sections: merged.map((section) => section.gates),
    angle: angle + sumOfAngles(merged),
    blocks: parts.length,
  };
}

function blockOutcome({ place, block }: Part, { gates, distance }: CompiledBlock): BlockOutcome {
  return {
    qubits: place.qubits,
    gatesBefore: block.gates.length,
    gatesAfter: gates.length,
    twoQubitBefore: countTwoQubitGates(toU3Cx(block.gates)),
    twoQubitAfter: countTwoQubitGates(gates),
    distance,
  };
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
