/** Finds cuts by all that a user can choose, without writing anything. */
import type { Circuit } from '../circuit/circuit.js';
import { KroncutError } from '../error.js';
import { widestWidth } from '../circuit/simulationMemory.js';
import type { CutCircuit } from '../cut/model/cutCircuit.js';
import { costConstants, predictCost } from '../cut/model/costModel.js';
import { buildCutGraph, type GatePart } from '../cut/model/cutGraph.js';
import { jointGamma } from '../cut/joint/jointGamma.js';
import { samplingOverhead } from '../cut/model/overhead.js';
import { reusedWidth } from '../cut/reuse/planReuse.js';
import { communicatingOverhead, findCommunicatingCuts } from '../cut/search/modes/communicationSearch.js';
import { completeParts, isComplete, unitsOf, type CutWishes } from '../cut/search/moves/completeParts.js';
import { buildCutCircuit } from '../cut/solution/buildCutCircuit.js';
import { fallApart } from '../cut/solution/fallApart.js';
import { findCuts } from '../cut/search/findCuts.js';
import {
  DEFAULT_TIME_LIMIT,
  type CutProgress,
  type CutSolution,
  type FindCutsOptions,
} from '../cut/search/component/findCutsOptions.js';
import { findJointCuts } from '../cut/search/modes/jointSearch.js';
import {
  applyManualCuts,
  requireWholeGates,
  partsFromLabels,
  readManualCuts,
} from '../cut/search/modes/manualCuts.js';
import { Pace } from '../run/resources/pace.js';
import type { CutChoices } from './cutChoices.js';
import type { Context } from '../run/context.js';
import { predictAnswer } from './explainCut.js';
import { predictEvaluate } from './predictStages.js';
import { optionError, optionName } from '../options/optionName.js';

/** The sampling overhead as the choices count it. */
export function overheadOf(
  cutCircuit: CutCircuit,
  { joint, classicalCommunication }: Pick<CutChoices, 'joint' | 'classicalCommunication'>,
): number {
  if (joint === true) return jointGamma(cutCircuit) ** 2;
  return classicalCommunication === true
    ? communicatingOverhead(cutCircuit)
    : samplingOverhead(cutCircuit.cuts);
}

/** What the best cuts have least of: predicted seconds, or the sampling overhead. */
export function objectiveValue(
  { calibration }: Pick<Context, 'calibration'>,
  cutCircuit: CutCircuit,
  choices: Pick<CutChoices, 'objective' | 'joint' | 'classicalCommunication'>,
): number {
  return (choices.objective ?? 'cost') === 'cost'
    ? predictCost(cutCircuit, costConstants(calibration)).total
    : overheadOf(cutCircuit, choices);
}

/** Most qubits that gates act on: what is kept for each two of them fits into a gigabyte. */
const MOST_QUBITS = 10_000;

function checkSize({ gates }: Circuit): void {
  const used = new Set<number>();
  for (const { qubits } of gates) {
    for (const qubit of qubits) used.add(qubit);
  }
  if (used.size <= MOST_QUBITS) return;
  throw new KroncutError(
    'input',
    `the circuit has gates on ${used.size} qubits; cuts are searched for up to ${MOST_QUBITS}`,
  );
}

/**
 * Finds the cuts of a circuit without writing anything. Pieces that fall apart become subcircuits of their own, unless a user
 * chose the parts.
 */
export async function solveCuts(
  circuit: Circuit,
  context: Context,
  choices: CutChoices,
  wish: SearchWish = {},
): Promise<CutSolution> {
  const found = await findSolution(circuit, context, choices, wish);
  if (choices.cuts !== undefined || choices.labels !== undefined) return found;
  // What a device does to pieces together, or bonds that ends in one subcircuit share, would fall apart, too.
  if (choices.joint === true || choices.reuseQubits === true || choices.classicalCommunication === true)
    return found;
  const parts = fallApart(circuit, found.parts);
  if (countParts(parts) === countParts(found.parts)) return found;
  const cutCircuit = buildCutCircuit(circuit, parts);
  if (cutCircuit.subcircuits.length > (choices.maxSubcircuits ?? Infinity)) return found;
  return { ...found, parts, cutCircuit, value: objectiveValue(context, cutCircuit, choices) };
}

function countParts(parts: readonly GatePart[]): number {
  return new Set(parts.flat()).size;
}

/** What a search is for, and where it may run. */
export interface SearchWish extends Pick<FindCutsOptions, 'elsewhere'> {
  /** Terms of the expectation value that alone is asked for; undefined: outcomes are kept. */
  readonly terms?: number | undefined;
}

async function findSolution(
  circuit: Circuit,
  context: Context,
  choices: CutChoices,
  wish: SearchWish = {},
): Promise<CutSolution> {
  checkSize(circuit);
  const { elsewhere, terms } = wish;
  const { timeLimit = DEFAULT_TIME_LIMIT, objective = 'cost', reuseQubits, classicalCommunication } = choices;
  const accounting = { reuseQubits, classicalCommunication };
  const limits = limitsOf(context, choices);
  const costs = { ...costConstants(context.calibration), terms };
  const wishes = await manualWishes(context, circuit, choices);
  if (wishes !== undefined && choices.wireCutsOnly === true) requireWholeGates(circuit, wishes);
  const price = (cutCircuit: CutCircuit): number => objectiveValue(context, cutCircuit, choices);
  if (wishes !== undefined && isComplete(wishes.parts)) {
    unitsOf(circuit, buildCutGraph(circuit), tiedWishes(circuit, wishes, choices));
    const { parts } = wishes;
    const cutCircuit = applyManualCuts(circuit, parts, limits, wishes.source);
    const found = { parts, cutCircuit, objective, value: price(cutCircuit) };
    return { ...found, lowerBound: null, proven: false, seconds: 0, ...accounting };
  }
  const search = {
    ...limits,
    maxWidth: choices.maxWidth ?? widestWidth(context.memory),
    wireCutsOnly: choices.wireCutsOnly,
    gateCutsOnly: choices.gateCutsOnly,
    reuseQubits,
    objective,
    costs,
    threads: context.threads,
    elsewhere,
    seed: choices.seed,
    signal: context.signal,
    onProgress: ({ seconds, cuts, lowerBound }: CutProgress) => {
      const found = cuts === undefined ? 'no cuts yet' : `${roundedUp(cuts)} cuts found`;
      const note = `${found}, ${roundedUp(lowerBound)} at least`;
      context.onProgress?.({ stage: 'cut', done: Math.min(seconds, timeLimit), total: timeLimit, note });
    },
  };
  const find = finderOf(choices);
  if (wishes === undefined) return { ...(await find(circuit, { ...search, timeLimit })), ...accounting };
  const pace = new Pace(timeLimit, context.signal);
  const tied = tiedWishes(circuit, wishes, choices);
  // Contradictions come to light before the search.
  unitsOf(circuit, buildCutGraph(circuit), tied);
  const free = await find(circuit, { ...search, timeLimit: timeLimit / 2 });
  const parts = await completeParts(circuit, tied, free.parts, { ...search, price }, pace);
  const cutCircuit = applyManualCuts(circuit, parts, search, wishes.source);
  const value = price(cutCircuit);
  // What holds for all cuts holds for those that the wishes allow.
  const proven = free.lowerBound !== null && value <= free.lowerBound;
  const { lowerBound } = free;
  return { parts, cutCircuit, objective, value, lowerBound, proven, seconds: pace.seconds, ...accounting };
}

/** Cuts in wire cuts' worth as people count them: a bound that is no whole number stands for the next one. */
function roundedUp(cuts: number): number {
  return Math.ceil(cuts - 1e-9);
}

/** What cuts keep to, whoever chose them. */
function limitsOf(context: Context, choices: CutChoices) {
  return {
    maxWidth: choices.maxWidth,
    maxSubcircuits: choices.maxSubcircuits,
    maxCuts: choices.maxCuts,
    maxGates: choices.maxGates,
    maxOverhead: choices.maxOverhead,
    maxMemory: choices.maxMemory,
    memoryOf: (cutCircuit: CutCircuit) => memoryOf(context, cutCircuit, choices.maxMemory),
    overheadOf: (cutCircuit: CutCircuit) => overheadOf(cutCircuit, choices),
    joint: choices.joint,
    widthOf: choices.reuseQubits === true ? reusedWidth : undefined,
  };
}

function finderOf({ joint, classicalCommunication }: CutChoices): typeof findCuts {
  if (joint === true) return findJointCuts;
  return classicalCommunication === true ? findCommunicatingCuts : findCuts;
}

/** Bytes on a rank of evaluating cuts and reconstructing the answer, planned for a limit on them. */
function memoryOf(context: Context, cutCircuit: CutCircuit, limit = context.memory): number {
  const { memoryBytes } = predictEvaluate(context, cutCircuit, 'double');
  // Evaluation first: a tensor that does not fit needs no plan.
  if (memoryBytes > limit) return memoryBytes;
  const { reconstruct } = predictAnswer({ ...context, memory: limit }, cutCircuit);
  return Math.max(memoryBytes, reconstruct?.memoryBytes ?? Infinity);
}

/** Wishes with what `--wire-cuts-only` or `--gate-cuts-only` forbids beside them. */
function tiedWishes(circuit: Circuit, wishes: CutWishes, choices: CutChoices): CutWishes {
  return {
    ...wishes,
    wholeGates: choices.wireCutsOnly === true ? [...wishes.parts.keys()] : wishes.wholeGates,
    wholeWires:
      choices.gateCutsOnly === true
        ? Array.from({ length: circuit.qubits }, (_, qubit) => qubit)
        : wishes.wholeWires,
  };
}

async function manualWishes(
  { inputs, signal }: Context,
  circuit: Circuit,
  { cuts, labels }: CutChoices,
): Promise<CutWishes | undefined> {
  if (cuts !== undefined && labels !== undefined) {
    throw optionError('cuts', ` and ${optionName('labels')} both say where to cut; give one of them`);
  }
  if (cuts !== undefined) return readManualCuts(await inputs.read(cuts, signal), cuts, circuit);
  return labels === undefined ? undefined : partsFromLabels(labels, circuit);
}
