/** The whole circuit: partition, blocks, what meets at their borders, and again while that shortens it. */
import { makeCircuit, type Circuit, type Gate } from '../circuit/circuit.js';
import { fenceOnPlaces, type Fence } from '../circuit/fence.js';
import { countTwoQubitGates } from '../circuit/circuitFacts.js';
import type { Context } from '../run/context.js';
import { requireBlocksFit } from './ranks/blockMemory.js';
import type { BlockStore } from './ranks/blockStore.js';
import { blockTasks } from './ranks/blockTasks.js';
import { cancelInverses } from './gates/cancel.js';
import { compileAllBlocks } from './ranks/compileAllBlocks.js';
import type { BlockOptions, CompiledBlock } from './block/block.js';
import { localBlock } from './block/core.js';
import { mergeOneQubit, type Merged } from './gates/merge.js';
import { placeGates } from './gates/partition.js';
import type { KnownClasses } from './ranks/searchClasses.js';
import type { GateSet } from './gates/gateSets.js';
import { toU3Cx } from './gates/rewrite.js';
import { toGateSet } from './gates/toGateSet.js';
import { rewriteWhole } from './rewriteWhole.js';
import { freeSection, fromSections, intoSections, type Sectioned, type Side } from './sections.js';
import {
  allRounds,
  blockSizes,
  hasFreeEnds,
  roundBlocks,
  roundOptions,
  roundParts,
  SMALL_BLOCK,
  type Part,
  type Round,
  type RoundChoices,
} from './rounds.js';
import { followedBy, identityOf, isIdentity } from './gates/permutation.js';
import type { Relabelled, RelabelOptions } from './gates/relabel.js';
import { boundFromAngle, distanceAngle, LEAST_THRESHOLD } from './gates/unitary.js';
import { valueAt } from '../error.js';

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
  /** Hears of every round when it is over. */
  readonly onRound?: ((round: Round, outcome: RoundOutcome) => void) | undefined;
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
  {
    fences = [],
    onRound,
    onBegun,
  }: {
    readonly fences?: readonly Fence[];
    /** Is given what tells the shortest circuit so far, whenever it is asked. */
    readonly onBegun?: ((best: () => CompiledCircuit) => void) | undefined;
  } & Pick<Work, 'onRound'> = {},
): Promise<CompiledCircuit> {
  const work: Work = { context, options, store, version, onRound, known: new Map() };
  const { qubits } = circuit;
  const relabel = relabelOptions(circuit, options);
  // Before a fence that others follow all are on their own places; what is free is the end.
  const freedom = (now: Sectioned): ((section: number) => RelabelOptions) => {
    const free = relabel.isFree ? freeSection(now) : undefined;
    return (section) => ({ ...relabel, isFree: section === free });
  };
  const asRead = intoSections({ gates: circuit.gates, fences }, qubits, sideOf(0));
  const freeAtFirst = freedom(asRead);
  const start = asRead.sections.map((gates, i) =>
    firstGates(makeCircuit(qubits, gates), options, freeAtFirst(i)),
  );
  let now = relabelled(asRead.fences, start);
  let permutation = endOf(start);
  let angle = sumOfAngles(start);
  let firstBlocks = 0;
  let rounds = 0;
  onBegun?.(() => written(now, options, { angle, permutation, blocks: firstBlocks, rounds }));
  await context.cluster.agree(() => requireFirstFit(work, qubits, now.sections));
  /** Size of the blocks whose last round has shortened nothing, and of those whose last two have not. */
  let [stale, spent] = [0, 0];
  for (const round of allRounds(options)) {
    const { blockSize, stage, number } = round;
    if (stage === 'shorten' && spent === blockSize) continue;
    const split = intoSections(fromSections(now), qubits, sideOf(number));
    const next = await compileRound(work, { qubits, sections: split.sections }, round, angle);
    if (stage === 'shorten') {
      rounds += 1;
      if (number === 0) firstBlocks = next.blocks;
    }
    if ((stage === 'tidy' || rounds > 1) && !isShorter(next.sections.flat(), now.sections.flat())) {
      // The next round has other borders and another order; if it finds nothing either, none will.
      if (stale === blockSize) spent = blockSize;
      stale = blockSize;
      continue;
    }
    stale = 0;
    const free = freedom({ sections: next.sections, fences: split.fences });
    const again = next.sections.map((gates, i) => rewrittenIfShorter(qubits, gates, free(i)));
    angle += next.angle + sumOfAngles(again);
    permutation = followedBy(permutation, endOf(again));
    now = relabelled(split.fences, again);
  }
  return written(now, options, { angle, permutation, blocks: firstBlocks, rounds });
}

/** A circuit in the gate set asked for, in one piece. */
function written(
  { sections, fences }: Sectioned,
  { gateSet }: Pick<CircuitOptions, 'gateSet'>,
  found: Pick<CompiledCircuit, 'angle' | 'permutation' | 'blocks' | 'rounds'>,
): CompiledCircuit {
  const last = sections.map((gates) => toGateSet(gates, gateSet));
  return {
    ...found,
    ...fromSections({ sections: last.map(({ gates }) => gates), fences }),
    angle: found.angle + sumOfAngles(last),
  };
}

/** On which places gates may be, and whether qubits may end on others. */
export function relabelOptions(
  { gates }: Pick<Circuit, 'gates'>,
  { newPairs, permuteOutput }: Pick<CircuitOptions, 'newPairs' | 'permuteOutput'>,
): RelabelOptions {
  const isFree = permuteOutput === true;
  if (newPairs === true) return { isFree, mayShare: () => true };
  const used = new Set<string>();
  for (const { qubits } of gates) {
    const [a, b] = qubits;
    if (a !== undefined && b !== undefined) used.add(pairName(a, b));
  }
  return { isFree, mayShare: (a, b) => used.has(pairName(a, b)) };
}

function pairName(a: number, b: number): string {
  return `${Math.min(a, b)} ${Math.max(a, b)}`;
}

/** Borders of blocks differ from round to round, and with them the sides of fences that gates are on. */
function sideOf(round: number): Side {
  return round % 2 === 0 ? 'early' : 'late';
}

/** Where qubits end: in one part at most they end on places of one another. */
function endOf(parts: readonly Relabelled[]): readonly number[] {
  const moved = parts.find((part) => !isIdentity(part.permutation)) ?? valueAt(parts, parts.length - 1);
  return moved.permutation;
}

/** Parts as sections; fences behind one in which qubits have gone to other places go along. */
function relabelled(fences: Sectioned['fences'], parts: readonly Relabelled[]): Sectioned {
  const moving = parts.findIndex(({ permutation }) => !isIdentity(permutation));
  return {
    sections: parts.map(({ gates }) => gates),
    fences: fences.map((group, i) =>
      moving < 0 || i < moving ? group : group.map((fence) => fenceOnPlaces(fence, endOf(parts))),
    ),
  };
}

type Sections = Sectioned['sections'];

function sumOfAngles(parts: readonly Merged[]): number {
  return parts.reduce((sum, { angle }) => sum + angle, 0);
}

/**
 * What the first round begins with: the circuit rewritten as a whole, where that takes fewer `cx` than to cancel what undoes
 * itself. Elsewhere gates stay as they are: what repeats itself in them is then one block.
 */
export function firstGates(
  circuit: Circuit,
  options: Pick<CircuitOptions, 'blockSize'>,
  relabel: RelabelOptions,
): Relabelled {
  const rewritten = rewriteWhole(circuit, relabel);
  const cancelled = toU3Cx(cancelInverses(circuit.gates).gates);
  const isShorter = countTwoQubitGates(rewritten.gates) < countTwoQubitGates(cancelled);
  return isShorter
    ? rewritten
    : { ...withoutTornPairs(circuit, options), permutation: identityOf(circuit.qubits) };
}

/**
 * A circuit without its pairs of gates that undo one another, if the blocks of the first round would tear some of them
 * apart: what is done in one block and undone in the next stays. Blocks find the others themselves.
 */
function withoutTornPairs(circuit: Circuit, options: Pick<CircuitOptions, 'blockSize'>): Merged {
  const asItIs: Merged = { gates: [...circuit.gates], angle: 0 };
  const whole = cancelInverses(circuit.gates);
  if (whole.gates.length === circuit.gates.length) return asItIs;
  const [blockSize] = blockSizes(options);
  const left = roundBlocks(circuit, { blockSize, number: 0 }).reduce((sum, block) => {
    const inside = cancelInverses(localBlock(circuit, block).gates);
    return sum + countTwoQubitGates(inside.gates);
  }, 0);
  return countTwoQubitGates(whole.gates) < left ? whole : asItIs;
}

/** Gates `u3` and `cx` rewritten as a whole, or as they are where that takes no fewer `cx`. */
function rewrittenIfShorter(qubits: number, gates: readonly Gate[], relabel: RelabelOptions): Relabelled {
  const rewritten = rewriteWhole({ qubits, gates }, relabel);
  const isShorter = countTwoQubitGates(rewritten.gates) < countTwoQubitGates(gates);
  return isShorter ? rewritten : { gates: [...gates], angle: 0, permutation: identityOf(qubits) };
}

/** Refuses blocks that no rank can hold before the small ones are compiled, not behind them. */
function requireFirstFit({ context, options, version }: Work, qubits: number, sections: Sections): void {
  if (options.blockSize <= SMALL_BLOCK) return;
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

/**
 * Collective: a circuit with all of its blocks compiled once, and by which angle it may be off. `spent` is the sum of the
 * errors of the rounds before, as angles.
 */
async function compileRound(
  { context, options, store, version, known, onRound }: Work,
  { qubits, sections }: { readonly qubits: number; readonly sections: Sections },
  round: Round,
  spent: number,
): Promise<{ readonly sections: Sections; readonly angle: number; readonly blocks: number }> {
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
  const gatesOf = (part: Part): readonly Gate[] => {
    const { place, block, before, after } = part;
    const found = inside.get(part);
    if (found === undefined) return [...before, ...after];
    // Ends that were not there are worth a cx, but not another u3.
    const isWorse = hasFreeEnds(round) && countTwoQubitGates(found.gates) >= countTwoQubitGates(block.gates);
    if (!isWorse) angle += distanceAngle(found.distance);
    return [...before, ...placeGates((isWorse ? block : found).gates, place), ...after];
  };
  const merged = partsOf.map((section) => mergeOneQubit(section.flatMap(gatesOf)));
  const gates = merged.flatMap((section) => section.gates);
  onRound?.(round, {
    seconds: (performance.now() - begin) / 1000,
    gates: gates.length,
    twoQubitGates: countTwoQubitGates(gates),
    blocks: full.map((part, i) => blockOutcome(part, valueAt(compiled, i))),
  });
  return {
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
