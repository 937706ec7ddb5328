/** The whole circuit: partition, blocks, what meets at their borders, and again while that shortens it. */
import { makeCircuit, type Circuit, type Gate } from '../circuit/circuit.js';
import type { Fence } from '../circuit/fence.js';
import { throwIfAborted, type Context } from '../run/context.js';
import type { BlockStore } from './ranks/blockStore.js';
import {
  compileRound,
  requireFirstFit,
  sumOfAngles,
  type CircuitOptions,
  type RoundOutcome,
  type RoundWork,
} from './compileRound.js';
import { isBetter } from './gates/figures.js';
import {
  deviceLoss,
  gains,
  isShorter,
  objectiveOf,
  type Candidate,
  type Objective,
} from './gates/objective.js';
import { toU3Cx } from './gates/rewrite.js';
import { toGateSet } from './gates/toGateSet.js';
import { asGiven } from './asGiven.js';
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
import { allRounds, SMALL_BLOCK, type Round } from './rounds.js';
import { followedBy, identityOf } from './gates/permutation.js';
import type { Relabelled } from './gates/relabel.js';
import { required } from '../error.js';

export interface CompiledCircuit {
  readonly gates: readonly Gate[];
  /** The fences of the circuit, where they stand between these gates, on the qubits where what they are about is now. */
  readonly fences: readonly Fence[];
  /** Blocks of the first round with the block size asked for. */
  readonly blocks: number;
  readonly rounds: number;
  /** Blocks of the last round of deletion whose search for fewer `cx` a limit has ended. */
  readonly open: number;
  /** Blocks of that round whose approximate versions did not fit into the bound for the circuit. */
  readonly withheld: number;
  /** The sum of the errors of all parts, as angles. */
  readonly angle: number;
  /** Qubit on which what the circuit leaves on each qubit is. */
  readonly permutation: readonly number[];
}

/** What rounds are compiled with, and who hears of them. */
interface Work extends RoundWork {
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
  const objective = objectiveOf(options);
  const work: Work = { context, options, objective, store, version, known: new Map(), ...hears };
  const { qubits } = circuit;
  const freedom = freedomOf(circuit, options, context.signal);
  const starts = await startsOf(circuit, options, { fences, freedom, objective });
  await requireGoOn(work);
  const start = required(starts[0], 'a start');
  await context.cluster.agree(() => requireFirstFit(work, qubits, start.now.sections));
  let shortest = start;
  const onStep = (progress: Progress): void => {
    if (isShorter(objective, qubits, judged(progress), judged(shortest))) shortest = progress;
  };
  onBegun?.(() => written(shortest, options));
  const task = { work, qubits, freedom, onStep };
  const [small, others] = splitRounds(options);
  const tried: Progress[] = [];
  for (const each of starts) tried.push(await runRounds(task, each, small));
  const best = tried.reduce((a, b) => (isShorter(objective, qubits, judged(b), judged(a)) ? b : a));
  tellAll(work, best, tried);
  const found = written(await runRounds({ ...task, isTold: true }, best, others), options);
  return notBelowGiven(found, circuit, fences, options);
}

/** For `fidelity`, the circuit as it was where nothing better was found: on the way gates are `cx` and `u3`, which may be dear. */
function notBelowGiven(
  found: CompiledCircuit,
  circuit: Circuit,
  fences: readonly Fence[],
  { gateSet, objective }: CircuitOptions,
): CompiledCircuit {
  if (objective !== 'fidelity' || typeof gateSet !== 'object') return found;
  const { qubits } = circuit;
  const given = asGiven(circuit, { gates: circuit.gates, fences }, gateSet);
  const figures = ({ gates, angle }: Required<Candidate>): number[] => [
    deviceLoss(qubits, gates, gateSet, angle),
    gates.length,
  ];
  if (!isBetter(figures(given), figures(found))) return found;
  const { gates, fences: standing, angle } = given;
  return { ...found, gates, fences: standing, angle, permutation: identityOf(qubits) };
}

/** A circuit in the gate set asked for, in one piece. */
function written(
  { now, angle, permutation, firstBlocks, rounds, open, withheld }: Progress,
  { gateSet }: Pick<CircuitOptions, 'gateSet'>,
): CompiledCircuit {
  const last = now.sections.map((gates) => toGateSet(gates, gateSet));
  return {
    ...fromSections({ sections: last.map(({ gates }) => gates), fences: now.fences }),
    blocks: firstBlocks,
    rounds,
    open,
    withheld,
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
  readonly open: number;
  readonly withheld: number;
  /** Size of the blocks whose last round has shortened nothing, and of those whose last two have not. */
  readonly stale: number;
  readonly spent: number;
  /** Rounds that were not told yet. */
  readonly told: readonly (readonly [Round, RoundOutcome])[];
}

function gatesOf({ now }: Pick<Progress, 'now'>): readonly Gate[] {
  return now.sections.flat();
}

function judged(progress: Progress): Candidate {
  return { gates: gatesOf(progress), angle: progress.angle };
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
  {
    fences,
    freedom,
    objective,
  }: { readonly fences: readonly Fence[]; readonly freedom: Freedom; readonly objective: Objective },
): Promise<Progress[]> {
  const { qubits } = circuit;
  // Blocks that repeat themselves are more easily alike as they are; what is compared otherwise is compared in cx.
  const inCx = objective.name === 'two-qubit' ? (gates: readonly Gate[]) => gates : toU3Cx;
  const { sections, ...between } = intoSections({ gates: circuit.gates, fences }, qubits, sideOf(0));
  const asRead = { ...between, sections: sections.map(inCx) };
  const free = freedom(asRead);
  const withOptions = async (hasRegions: boolean): Promise<Progress> => {
    const made: Relabelled[] = [];
    for (const [i, section] of asRead.sections.entries())
      made.push(await firstGates(makeCircuit(qubits, section), options, free(i), hasRegions));
    return begun(asRead.fences, made);
  };
  const [plain, rewritten] = [await withOptions(false), await withOptions(true)];
  if (!gains(objective, qubits, judged(rewritten), judged(plain))) return [plain];
  return circuit.gates.length <= MOST_TWICE ? [rewritten, plain] : [rewritten];
}

function begun(fences: Sectioned['fences'], start: readonly Relabelled[]): Progress {
  return {
    now: relabelled(fences, start),
    permutation: endOf(start),
    angle: sumOfAngles(start),
    firstBlocks: 0,
    rounds: 0,
    open: 0,
    withheld: 0,
    stale: 0,
    spent: 0,
    told: [],
  };
}

/** Larger circuits are begun in one way. */
export const MOST_TWICE = 5000;

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
      const { open, withheld } = next.outcome;
      so = { ...so, rounds: so.rounds + 1, firstBlocks, open, withheld };
    }
    const made = { gates: next.sections.flat(), angle: so.angle + next.angle };
    if (!isKept(work, qubits, { so, made, isFirst: stage !== 'tidy' && so.rounds <= 1 })) {
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

/** Whether what a round has made goes on: where it is shorter, of the first round (no block has more `cx`) where it is no worse. */
function isKept(
  { objective }: Work,
  qubits: number,
  { so, made, isFirst }: { readonly so: Progress; readonly made: Candidate; readonly isFirst: boolean },
): boolean {
  if (!isFirst) return isShorter(objective, qubits, made, judged(so));
  if (objective.name === 'two-qubit') return true;
  return !gains(objective, qubits, { gates: toU3Cx(gatesOf(so)), angle: so.angle }, made);
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

/** Gates `u3` and `cx` rewritten as a whole, or as they are where that gains nothing. */
async function rewrittenIfShorter(
  qubits: number,
  gates: readonly Gate[],
  relabel: WholeOptions,
): Promise<Relabelled> {
  const rewritten = await rewriteWhole({ qubits, gates }, relabel);
  return gains(relabel.objective, qubits, rewritten, { gates })
    ? rewritten
    : { gates: [...gates], angle: 0, permutation: identityOf(qubits) };
}
