/** One round: a partition of the whole circuit, all of its blocks, and which version of each is taken. */
import { makeCircuit } from '../circuit/circuit.js';
import { countTwoQubitGates } from '../circuit/circuitFacts.js';
import type { Context } from '../run/context.js';
import type { BlockOptions, CompiledBlock } from './block/block.js';
import { blockThreshold, grant, looseThresholds, type Offer } from './allowance.js';
import { chooseVersions, type Version, type Versions } from './chooseVersions.js';
import type { DeviceGates } from './gates/deviceGates.js';
import type { GateSet } from './gates/gateSets.js';
import { mergeOneQubit, type Merged } from './gates/merge.js';
import type { Objective, ObjectiveName } from './gates/objective.js';
import { placeGates } from './gates/partition.js';
import { toU3Cx } from './gates/rewrite.js';
import { distanceAngle } from './gates/unitary.js';
import { requireBlocksFit } from './ranks/blockMemory.js';
import type { BlockStore } from './ranks/blockStore.js';
import { blockTasks } from './ranks/blockTasks.js';
import { compileAllBlocks } from './ranks/compileAllBlocks.js';
import type { KnownClasses } from './ranks/searchClasses.js';
import {
  hasFreeEnds,
  roundOptions,
  roundParts,
  PAIR,
  type Part,
  type Round,
  type RoundChoices,
} from './rounds.js';
import type { Sectioned } from './sections.js';
import { valueAt } from '../error.js';

export interface CircuitOptions extends Omit<BlockOptions, 'pairs' | 'stage'>, RoundChoices {
  readonly gateSet: GateSet | DeviceGates;
  /** Largest bound on the distance of the whole circuit: what one block may be off follows from it. */
  readonly maxError: number;
  /** What circuits are compared by; default `two-qubit`. */
  readonly objective?: ObjectiveName;
  /** Qubits may end on places of one another. */
  readonly permuteOutput?: true;
}

/** What a round made of its blocks. */
export interface RoundOutcome {
  readonly seconds: number;
  /** Of the whole circuit behind the round, whether it is kept or not. */
  readonly gates: number;
  readonly twoQubitGates: number;
  /** Blocks whose search for fewer `cx` a limit has ended. */
  readonly open: number;
  /** Blocks whose approximate versions did not fit into the bound for the circuit. */
  readonly withheld: number;
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
export interface RoundWork {
  readonly context: Context;
  readonly options: CircuitOptions;
  readonly objective: Objective;
  readonly store: BlockStore | undefined;
  readonly version: string;
  /** What searches have learned, by the level of the threshold: exact blocks have 0. */
  readonly known: Map<number, KnownClasses>;
}

type Sections = Sectioned['sections'];

export function sumOfAngles(parts: readonly Pick<Merged, 'angle'>[]): number {
  return parts.reduce((sum, { angle }) => sum + angle, 0);
}

/** Refuses blocks that no rank can hold before the small ones are compiled, not behind them. */
export function requireFirstFit(
  { context, options, version }: RoundWork,
  qubits: number,
  sections: Sections,
): void {
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
export async function compileRound(
  work: RoundWork,
  { qubits, sections }: { readonly qubits: number; readonly sections: Sections },
  round: Round,
  spent: number,
): Promise<RoundResult> {
  const begin = performance.now();
  const { objective } = work;
  const partsOf = sections.map((gates) => roundParts(makeCircuit(qubits, gates), round));
  const parts = partsOf.flat();
  const full = parts.filter(({ block }) => block.gates.length > 0);
  const { taken, exact, withheld } = await compiledBlocks(work, qubits, { parts, full, round, spent });
  const inside = new Map(full.map((part, i) => [part, i]));
  const chosen = partsOf.map((section) =>
    chooseVersions(
      objective,
      qubits,
      section.map((part): Versions => {
        const i = inside.get(part);
        if (i === undefined) return [{ gates: [...part.before, ...part.after], angle: 0 }];
        return versionsOf(part, valueAt(taken, i), valueAt(exact, i), { round, objective });
      }),
    ),
  );
  const merged = chosen.map((versions) => mergeOneQubit(versions.flatMap(({ gates }) => gates)));
  const gates = merged.flatMap((section) => section.gates);
  const outcome = {
    seconds: (performance.now() - begin) / 1000,
    gates: gates.length,
    twoQubitGates: countTwoQubitGates(gates),
    open: exact.filter(({ isOpen }) => isOpen === true).length,
    withheld,
    blocks: full.map((part, i) => blockOutcome(part, valueAt(taken, i))),
  };
  return {
    outcome,
    sections: merged.map((section) => section.gates),
    angle: sumOfAngles(chosen.flat()) + sumOfAngles(merged),
    blocks: parts.length,
  };
}

interface BlocksOfRound {
  readonly parts: readonly Part[];
  /** Those with gates to compile. */
  readonly full: readonly Part[];
  readonly round: Round;
  readonly spent: number;
}

/** Collective: each block exactly, and the version that is taken of it: approximate ones where these are worth most. */
async function compiledBlocks(
  { context, options, objective, store, version, known }: RoundWork,
  qubits: number,
  { parts, full, round, spent }: BlocksOfRound,
): Promise<{
  readonly taken: readonly CompiledBlock[];
  readonly exact: readonly CompiledBlock[];
  readonly withheld: number;
}> {
  const compiledWithin = async (threshold: number, level: number): Promise<CompiledBlock[]> => {
    // What is found with one threshold says nothing about another one.
    const classes: KnownClasses = known.get(level) ?? new Map();
    known.set(level, classes);
    return compileAllBlocks(context, {
      blocks: full.map(({ block }) => block),
      options: { ...options, ...roundOptions(round), threshold },
      store,
      version,
      known: classes,
    });
  };
  const exact = await compiledWithin(blockThreshold(options, parts.length, spent), 0);
  const loose: CompiledBlock[][] = [];
  const levels = round.stage === 'shorten' ? looseThresholds(options, spent) : [];
  for (const [i, level] of levels.entries()) loose.push(await compiledWithin(level, i + 1));
  if (loose.length === 0) return { taken: exact, exact, withheld: 0 };
  const offers = full.map((part, i): Offer => {
    const versions = [exact, ...loose].map((blocks) => valueAt(blocks, i));
    const figures = versions.map((found) => {
      const { gates, angle } = placedIn(part, found);
      return objective.figures(qubits, gates, angle);
    });
    return { versions, figures };
  });
  const { blocks: taken, withheld } = grant(offers, options, spent);
  return { taken, exact, withheld };
}

/** What is compiled of a part, where it stands. */
function placedIn({ place, before, after }: Part, { gates, distance }: CompiledBlock): Version {
  return { gates: [...before, ...placeGates(gates, place), ...after], angle: distanceAngle(distance) };
}

/** What may stand in the place of a part: the first counts among equals. */
function versionsOf(
  part: Part,
  taken: CompiledBlock,
  exact: CompiledBlock,
  { round, objective }: { readonly round: Round; readonly objective: Objective },
): Versions {
  const before = placedIn(part, { gates: part.block.gates, distance: 0 });
  const short = placedIn(part, taken);
  // Ends that were not there are worth a cx, but not another u3.
  if (hasFreeEnds(round)) return [before, short];
  // A block never comes out with more gates; whether that gains here is another question.
  if (objective.name === 'two-qubit') return [short];
  return taken === exact ? [short, before] : [short, placedIn(part, exact), before];
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
