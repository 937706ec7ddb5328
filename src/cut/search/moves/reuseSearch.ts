/**
 * Cuts for a device that uses qubits again. The searches know the width that a subcircuit has with a qubit for every
 * wire, which is a linear count; the number of wires alive at once is none. So cuts for several of those widths are the
 * starts: the wider, the fewer cuts. Those whose wires fit the device are improved by moves that are counted exactly.
 */
import type { Circuit } from '../../../circuit/circuit.js';
import { buildCutCircuit } from '../../solution/buildCutCircuit.js';
import { checkCutCircuit } from '../../solution/checker.js';
import { completeParts } from './completeParts.js';
import { DEFAULT_COSTS } from '../../model/costModel.js';
import type { CutCircuit } from '../../model/cutCircuit.js';
import { buildCutGraph, type GatePart } from '../../model/cutGraph.js';
import { pricedRuns } from '../problem/gateProblem.js';
import { exceededLimits, type CutLimits, type Measures } from '../../model/limits.js';
import type { Pace } from '../../../run/resources/pace.js';
import { planReuse, reuseBound, reusedWidth } from '../../reuse/planReuse.js';
import { checkReuse } from '../../reuse/reuseChecker.js';
import type { FindCutsOptions } from '../component/findCutsOptions.js';
import type { SolutionQuality } from '../../solution/summary.js';
import { KroncutError } from '../../../error.js';
import { optionName } from '../../../options/optionName.js';

/** A solution of the search with a qubit for every wire. */
interface Start {
  readonly parts: readonly GatePart[];
  readonly cutCircuit: CutCircuit;
}

export interface ReuseSearch {
  readonly circuit: Circuit;
  readonly options: FindCutsOptions;
  readonly pace: Pace;
  /** What cuts are worth: seconds, or sampling overhead. */
  readonly price: (cut: CutCircuit) => number;
  /** The search with a qubit for every wire; undefined where there are no such cuts. */
  readonly find: (options: FindCutsOptions, pace: Pace) => Promise<Start | undefined>;
}

/** Share of the time for starts, how many of them are improved, and widths above the limit that are tried for them. */
const START_SHARE = 0.5;
const POLISHED = 5;
const WIDER = [0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128];

/** The best cuts found, or undefined. `seconds` of the quality are the caller's to set. */
export async function findReusing(
  search: ReuseSearch,
): Promise<(Start & Omit<SolutionQuality, 'seconds' | 'objective'>) | undefined> {
  const { circuit, options, pace, price } = search;
  const limits: CutLimits & Measures = { ...options, widthOf: reusedWidth };
  const fits = (cut: CutCircuit): boolean => exceededLimits(cut, limits, limits).length === 0;
  const graph = buildCutGraph(circuit);
  const whole: Start = wholeCircuit(circuit, graph.gatePositions.length);
  // What fits is not cut, even where cutting it would be quicker.
  if (fits(whole.cutCircuit)) {
    const value = price(whole.cutCircuit);
    return { ...checked(circuit, whole, options), value, lowerBound: value, proven: true };
  }
  const starts = await startsOf(search);
  // Cuts that fit come first, then those that moves may still fit into the device, the cheapest of either first.
  const order = (start: Start): number => price(start.cutCircuit) * (fits(start.cutCircuit) ? 1 : 1e100);
  const sorted = [...starts.sort((a, b) => order(a) - order(b)).slice(0, POLISHED), whole];
  const all = starts.filter(({ cutCircuit }) => fits(cutCircuit));
  for (const [i, start] of sorted.entries()) {
    if (i > 0 && pace.over) break;
    const seconds = Math.max(0.05, pace.left / (sorted.length - i));
    const moved = await polish(search, start, limits, pace.fresh(seconds));
    if (moved !== undefined) all.push(moved);
  }
  const best = all.reduce<Start | undefined>(
    (least, each) => (least === undefined || price(each.cutCircuit) < price(least.cutCircuit) ? each : least),
    undefined,
  );
  if (best === undefined) return undefined;
  const value = price(best.cutCircuit);
  const least = leastPrice(search, whole.cutCircuit);
  const lowerBound = value <= least * (1 + 1e-9) ? value : least;
  return { ...checked(circuit, best, options), value, lowerBound, proven: lowerBound >= value };
}

function wholeCircuit(circuit: Circuit, gates: number): Start {
  const parts = Array.from({ length: gates }, () => 0);
  return { parts, cutCircuit: buildCutCircuit(circuit, parts) };
}

/** Cuts for widths from the limit on, until one is wide enough for the whole circuit. */
async function startsOf({ circuit, options, pace, find }: ReuseSearch): Promise<Start[]> {
  const starts: Start[] = [];
  const widths = WIDER.map((more) => options.maxWidth + more).filter((width) => width < circuit.qubits);
  if (widths.length === 0) widths.push(options.maxWidth);
  for (const [i, maxWidth] of widths.entries()) {
    const seconds = Math.max(0.05, (START_SHARE * pace.left) / (widths.length - i));
    const plain = { ...options, maxWidth, reuseQubits: false, widthOf: undefined };
    const found = await find(plain, pace.fresh(seconds));
    if (found !== undefined) starts.push(found);
    if (pace.over) break;
  }
  return starts;
}

/** Moves of gate ends, gates, wires and parts; undefined where they do not lead to cuts within the limits. */
async function polish(
  { circuit, options, price }: ReuseSearch,
  { parts }: Start,
  limits: CutLimits & Measures,
  pace: Pace,
): Promise<Start | undefined> {
  const wishes = {
    parts: parts.map(() => null),
    wholeGates: options.wireCutsOnly === true ? [...parts.keys()] : [],
    wholeWires: options.gateCutsOnly === true ? Array.from({ length: circuit.qubits }, (_, q) => q) : [],
    source: optionName('reuseQubits'),
  };
  try {
    const moved = await completeParts(circuit, wishes, parts, { ...limits, price }, pace);
    return { parts: moved, cutCircuit: buildCutCircuit(circuit, moved) };
  } catch (error) {
    if (error instanceof KroncutError && error.code === 'infeasible') return undefined;
    throw error;
  }
}

/** A bound for all cuts: the cheapest one, where the whole circuit is known to be too wide or a limit is exceeded. */
function leastPrice({ circuit, options }: ReuseSearch, whole: CutCircuit): number {
  const { maxWidth, costs = DEFAULT_COSTS, wireCutsOnly, gateCutsOnly } = options;
  const needsCut =
    whole.subcircuits.some((subcircuit) => reuseBound(subcircuit) > maxWidth) ||
    exceededLimits(whole, { ...options, maxWidth: undefined }, options).length > 0;
  if ((options.objective ?? 'cost') === 'sampling') {
    if (!needsCut) return 1;
    const wires = gateCutsOnly === true ? Infinity : Math.log(4);
    const gates =
      wireCutsOnly === true ? [] : pricedRuns(circuit, 'gamma').prices.map(({ logGamma }) => logGamma);
    return Math.exp(2 * gates.reduce((least, gamma) => (gamma > 0 ? Math.min(least, gamma) : least), wires));
  }
  const outcomes = whole.subcircuits.reduce((sum, sub) => sum + sub.outcomes.length, 0);
  const answer = 2 ** Math.min(outcomes, costs.outcomeBits) * (costs.value + costs.multiplyAdd);
  return answer + costs.task * (whole.subcircuits.length + (needsCut ? 1 : 0));
}

function checked(circuit: Circuit, start: Start, { maxWidth, ...limits }: FindCutsOptions): Start {
  const { maxSubcircuits, maxCuts, maxGates } = limits;
  checkCutCircuit(circuit, start.cutCircuit, { maxSubcircuits, maxCuts, maxGates });
  for (const subcircuit of start.cutCircuit.subcircuits) {
    checkReuse(subcircuit, planReuse(subcircuit), maxWidth);
  }
  return start;
}
