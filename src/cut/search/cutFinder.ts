/**
 * Finds cuts of wires and gates. Each connected component that is too wide is searched by itself: fast heuristics give
 * a warm start, counting arguments, branch and bound and a mixed-integer program prove the least sampling overhead
 * (objective `sampling`), and for the objective `cost` the predicted time is improved from the fewest bonds. An
 * independent checker sees every answer.
 */
import type { Circuit } from '../../circuit/circuit.js';
import { stateBytes } from '../../circuit/simulationMemory.js';
import { KroncutError } from '../../error.js';
import { allocateParts } from './allocateParts.js';
import { buildCutCircuit } from '../buildCutCircuit.js';
import { checkCutCircuit } from '../checker.js';
import {
  componentSearches,
  gateParts,
  leastPartsOf,
  lonelyWires,
  touchingParts,
  wideComponents,
} from './componentProblems.js';
import type { SearchSettings } from './componentSearch.js';
import { costLowerBound } from './costBound.js';
import { costConstants, predictCost, type CostConstants } from '../costModel.js';
import { improveCost } from './costSearch.js';
import type { CutCircuit } from '../cutCircuit.js';
import { buildCutGraph, type GatePart } from '../cutGraph.js';
import type { Candidate } from './heuristics.js';
import {
  explainInfeasible,
  Infeasible,
  infeasiblePieces,
  infeasibleWidth,
  type Probe,
} from './infeasible.js';
import {
  checkLimitValues,
  exceededLimits,
  type CutLimits,
  type ExceededLimit,
  type Measures,
} from '../limits.js';
import { packPieces } from './packing.js';
import { Pace } from './pace.js';
import { reusedWidth } from '../reuse.js';
import { findReusing } from './reuseSearch.js';
import { samplingOverhead, wireOverhead } from '../overhead.js';
import { OBJECTIVES, type Objective, type SolutionQuality } from '../summary.js';
import type { CutPrice } from './gateProblem.js';

export interface FindCutsOptions extends CutLimits, Measures {
  /** Most qubits of a subcircuit. */
  readonly maxWidth: number;
  /** Cut no gates, or no wires; both at once is bad usage. */
  readonly wireCutsOnly?: boolean | undefined;
  readonly gateCutsOnly?: boolean | undefined;
  /** Make cuts together where they can be: gates with one control share a bond, overheads count groups. */
  readonly joint?: boolean | undefined;
  /** Widths count the wires alive at once: a wire that has ended frees its qubit. */
  readonly reuseQubits?: boolean | undefined;
  /** `cost` (default): predicted seconds; `sampling`: the sampling overhead. */
  readonly objective?: Objective | undefined;
  /** Seconds for the search, 30 by default; the best answer found until then is returned. */
  readonly timeLimit?: number | undefined;
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called now and then with the fewest cuts found so far and the proven bound. */
  readonly onProgress?: ((progress: CutProgress) => void) | undefined;
  readonly costs?: CostConstants | undefined;
  /** Threads that evaluate a subcircuit: each takes some memory. */
  readonly threads?: number | undefined;
  /** Where else independent starts of a large problem can be made: other ranks. */
  readonly elsewhere?: SearchSettings['elsewhere'];
}

export interface CutProgress {
  /** `search`: fewest cuts; `cost`: least predicted time from there. */
  readonly stage: 'search' | 'cost';
  readonly seconds: number;
  /** Number of cuts in wire cuts' worth. */
  readonly cuts: number | undefined;
  readonly lowerBound: number;
}

export interface CutSolution extends SolutionQuality {
  /** One entry per two-qubit gate in circuit order. */
  readonly parts: readonly GatePart[];
  readonly cutCircuit: CutCircuit;
  /** True where the signal ended the search. */
  readonly interrupted?: boolean | undefined;
}

/** Seconds for the search where nothing else is said. */
export const DEFAULT_TIME_LIMIT = 30;
/** Share of the time for the fewest cuts where they are only the starting point. */
const PROOF_SHARE = 0.4;
/** Overheads that differ by this share are equal but for the rounding of weights. */
const ROUNDING = 1e-4;
/** Times that evaluation is allowed a quarter of its memory before, where reconstruction takes too much. */
const MEMORY_ROUNDS = 6;

/**
 * Cuts a circuit into subcircuits of at most `maxWidth` qubits.
 *
 * Throws `infeasible` where no cuts satisfy the limits (the message says whether that is proven, and what to relax),
 * `usage` for an option out of range. The signal ends the search with the best cuts so far and `interrupted: true`, or, before
 * there are any, throws `cancelled`.
 */
export async function findCuts(circuit: Circuit, asked: FindCutsOptions): Promise<CutSolution> {
  checkOptions(asked);
  const options = asked.reuseQubits === true ? { ...asked, widthOf: reusedWidth } : asked;
  const pace = new Pace(options.timeLimit ?? DEFAULT_TIME_LIMIT, options.signal);
  try {
    const { leastProven: _, ...solution } = await findWithin(circuit, options, pace);
    return pace.interrupted ? { ...solution, interrupted: true } : solution;
  } catch (error) {
    if (!(error instanceof Infeasible)) throw error;
    if (pace.interrupted && !error.proven)
      throw new KroncutError('cancelled', 'the search for cuts was interrupted before it found any');
    throw await explainInfeasible({ circuit, options, proven: error.proven, pace, find: probe });
  }
}

/** A quick search for one limit that would do. */
async function probe(circuit: Circuit, options: FindCutsOptions, what: CutPrice): Promise<Probe> {
  const pace = new Pace(options.timeLimit ?? DEFAULT_TIME_LIMIT, options.signal);
  try {
    const found = await findWithin(circuit, options, pace, what);
    return { cutCircuit: found.cutCircuit, proven: found.leastProven };
  } catch (error) {
    if (!(error instanceof Infeasible)) throw error;
    return { cutCircuit: undefined, proven: error.proven };
  }
}

/** Looks for the cheapest cuts; where they exceed a limit that their price does not know, for those of least excess. */
async function findWithin(
  circuit: Circuit,
  options: FindCutsOptions,
  pace: Pace,
  first: CutPrice = (options.objective ?? 'cost') === 'cost' ? 'bonds' : 'gamma',
): Promise<SearchResult> {
  if (options.reuseQubits === true) return findForDevice(circuit, options, pace, first);
  await excludeSoon(circuit, options, pace, first);
  const best = await searchCuts(circuit, options, pace, first);
  let exceeded = exceededLimits(best.cutCircuit, options, options);
  if (exceeded.length === 0) return best;
  const others: CutPrice[] = [
    ...(options.maxCuts === undefined ? [] : ['count' as const]),
    ...(options.maxOverhead === undefined ? [] : ['gamma' as const]),
  ];
  let proven = isProvenExcess(best, exceeded, first);
  for (const price of others.filter((other) => other !== first)) {
    if (proven) break;
    const next = await searchCuts(circuit, options, pace, price);
    exceeded = exceededLimits(next.cutCircuit, options, options);
    // The bound of the first search holds for all cuts, if it speaks of their price.
    const { lowerBound } = best;
    if (exceeded.length === 0)
      return { ...next, lowerBound, proven: lowerBound !== null && next.value <= lowerBound };
    proven = isProvenExcess(next, exceeded, price);
  }
  throw new Infeasible(proven);
}

/** Share of the time for finding out early that no cuts are few, or cheap, enough. */
const EXCLUSION_SHARE = 0.25;

/** Throws `Infeasible` where the least number of cuts, or their least overhead, is proven to exceed its limit. */
async function excludeSoon(
  circuit: Circuit,
  options: FindCutsOptions,
  pace: Pace,
  first: CutPrice,
): Promise<void> {
  for (const [price, limit] of [
    ['count', options.maxCuts],
    ['gamma', options.maxOverhead],
  ] as const) {
    if (limit === undefined || price === first || options.wireCutsOnly === true) continue;
    // Limits that this price does not know would only cost time.
    const alone = { ...options, objective: 'sampling', maxCuts: undefined, maxOverhead: undefined } as const;
    const time = new Pace(EXCLUSION_SHARE * Math.max(0, pace.left), options.signal);
    const least = await searchCuts(circuit, { ...alone, maxMemory: undefined }, time, price);
    const own = price === 'count' ? { maxCuts: limit } : { maxOverhead: limit };
    const exceeded = exceededLimits(least.cutCircuit, own, options);
    if (isProvenExcess(least, exceeded, price)) throw new Infeasible(true);
  }
}

/** The same for a device that uses qubits again. */
async function findForDevice(
  circuit: Circuit,
  options: FindCutsOptions,
  pace: Pace,
  first: CutPrice,
): Promise<SearchResult> {
  const { objective = 'cost' } = options;
  const found = await findReusing({
    circuit,
    options,
    pace,
    price: (cut) =>
      first === 'count'
        ? cut.cuts.length
        : objective === 'cost'
          ? predictCost(cut, options.costs).total
          : samplingOverhead(cut.cuts),
    find: async (plain, time) => {
      try {
        return await findWithin(circuit, plain, time, first);
      } catch (error) {
        if (error instanceof Infeasible) return undefined;
        throw error;
      }
    },
  });
  if (found === undefined) throw new Infeasible(false);
  return { ...found, objective, seconds: pace.seconds, leastProven: found.proven };
}

/** Whether the cuts of least number, or of least overhead, exceed the limit on just that. */
function isProvenExcess(
  { leastProven }: SearchResult,
  exceeded: readonly ExceededLimit[],
  price: CutPrice,
): boolean {
  const own = price === 'count' ? 'maxCuts' : price === 'gamma' ? 'maxOverhead' : undefined;
  return leastProven && exceeded.some(({ kind }) => kind.key === own);
}

interface SearchResult extends CutSolution {
  /** Whether no cuts have a lower price. */
  readonly leastProven: boolean;
}

/** The cuts of least weight for one price, which the other objectives start from. */
export async function searchCuts(
  circuit: Circuit,
  options: FindCutsOptions,
  pace: Pace,
  price: CutPrice,
): Promise<SearchResult> {
  const { maxSubcircuits, objective = 'cost', seed = 0, signal, wireCutsOnly = false } = options;
  const { maxOverhead = Infinity, maxMemory = Infinity, threads = 1 } = options;
  // A state of that many qubits alone fills the memory.
  const maxWidth = Math.min(options.maxWidth, Math.floor(Math.log2(maxMemory / stateBytes(0, 'double'))));
  if (maxWidth < 1) throw new Infeasible(true);
  const graph = buildCutGraph(circuit);
  const settings = { maxWidth, pace, seed, signal, threads, elsewhere: options.elsewhere, onChange };
  const searches = componentSearches(circuit, graph, { ...options, maxWidth }, price, settings);
  const unit = searches[0]?.problem.unit ?? 1;
  // Where weights are numbers of cuts, the limits on those and on their overhead are limits on weights.
  const byOverhead = wireCutsOnly ? Math.floor(Math.log2(maxOverhead) / 4 + 1e-9) : Infinity;
  const counted = wireCutsOnly || price === 'count' ? (options.maxCuts ?? Infinity) : Infinity;
  const maxCuts = Math.min(counted, byOverhead);
  const alone = lonelyWires(circuit, graph);
  const allowedParts = (maxSubcircuits ?? Infinity) - alone.length;
  // Along local gates a component falls into pieces, which may share subcircuits in the end.
  const components = touchingParts(graph);
  const divided = searches.length > components;
  const maxParts = divided && allowedParts < leastPartsOf(searches) ? Infinity : allowedParts;
  if (wireCutsOnly && options.maxWidth < 2 && searches.length > 0) throw infeasibleWidth(options.maxWidth);
  if (allowedParts < components) throw infeasiblePieces(alone.length + components, maxSubcircuits ?? 0);
  if (alone.some((gates) => gates > (options.maxGates ?? Infinity))) throw new Infeasible(true);

  const found = await allocateParts(
    searches,
    maxParts,
    Math.max(0, pace.left) * (objective === 'cost' ? PROOF_SHARE : 1),
  );
  if (found.best === undefined || found.best.cuts > maxCuts) {
    const excluded = found.lower > maxCuts || found.lower === Infinity;
    throw new Infeasible(excluded && !(divided && allowedParts < Infinity));
  }
  const costs = options.costs ?? costConstants();
  const needsCuts = found.best.cuts > 0 || wideComponents(searches).length > 0;
  const limited = { maxParts, maxCuts, maxOverhead, maxMemory, threads, objective, costs, pace };
  let { candidates } = found.best;
  let built = build(candidates);
  const improves = (): boolean =>
    objective === 'cost' ||
    (price === 'count' && options.maxCuts !== undefined) ||
    exceededLimits(built.cutCircuit, options, options).length > 0;
  if (needsCuts && improves()) {
    report('cost', found.best.cuts, found.lower);
    candidates = await improveCost({ ...limited, searches, candidates });
    built = build(candidates);
    let allowed = maxMemory;
    for (let round = 0; round < MEMORY_ROUNDS && exceedsMemory(built.cutCircuit); round += 1) {
      allowed /= 4;
      candidates = await improveCost({ ...limited, maxMemory: allowed, searches, candidates });
      built = build(candidates);
    }
  }
  if (divided) {
    const limits = { maxWidth, maxGates: options.maxGates, maxMemory: options.maxMemory };
    const packed = packPieces(
      circuit,
      built,
      maxSubcircuits ?? Infinity,
      (cut) => (objective === 'cost' ? predictCost(cut, costs).total : samplingOverhead(cut.cuts)),
      (cut) => exceededLimits(cut, limits, { memoryOf: options.memoryOf }).length === 0,
    );
    built = { ...built, ...packed };
    if (built.cutCircuit.subcircuits.length > (maxSubcircuits ?? Infinity)) throw new Infeasible(false);
  }
  checkCutCircuit(circuit, built.cutCircuit, { maxWidth, maxSubcircuits, maxGates: options.maxGates });
  const bounded = !divided || allowedParts === Infinity;
  const leastProven = bounded && built.weight <= found.lower;
  const result = { ...built, objective, seconds: pace.seconds, leastProven };
  const { cuts } = built.cutCircuit;
  if (objective === 'sampling') {
    const value = samplingOverhead(cuts);
    if (price === 'joint') {
      // Weights of 0 were raised to 1, at most one for each gate.
      const lower = Math.max(0, found.lower - graph.gatePositions.length);
      return { ...result, value, lowerBound: wireOverhead(lower / unit), proven: false };
    }
    if (price !== 'gamma' && !wireCutsOnly) return { ...result, value, lowerBound: 1, proven: value <= 1 };
    const bound = bounded ? wireOverhead(found.lower / unit) : 1;
    // Weights are rounded down: of many cuts one of equal weight may be better.
    const proven = value <= bound * (1 + 1e-12) || (leastProven && value <= bound * (1 + ROUNDING));
    return { ...result, value, lowerBound: proven ? value : Math.min(value, bound), proven };
  }
  const value = predictCost(built.cutCircuit, costs).total;
  // The bound takes what is not cut as given.
  if (divided) return { ...result, value, lowerBound: 0, proven: false };
  const bonds = price === 'bonds' || wireCutsOnly ? Math.ceil(found.lower) : 0;
  const bound = needsCuts ? costLowerBound(built.cutCircuit, wideComponents(searches), bonds, costs) : value;
  return { ...result, value, lowerBound: Math.min(value, bound), proven: bound >= value };

  function build(
    chosen: readonly Candidate[],
  ): Pick<CutSolution, 'parts' | 'cutCircuit'> & { weight: number } {
    const parts = gateParts(graph, searches, chosen);
    const weight = chosen.reduce((sum, each) => sum + each.cuts, 0);
    return { parts, cutCircuit: buildCutCircuit(circuit, parts), weight };
  }

  function exceedsMemory(cut: CutCircuit): boolean {
    return exceededLimits(cut, { maxMemory: options.maxMemory }, options).length > 0;
  }

  function report(stage: CutProgress['stage'], cuts: number | undefined, lowerBound: number): void {
    const scaled = { cuts: cuts === undefined ? undefined : cuts / unit, lowerBound: lowerBound / unit };
    options.onProgress?.({ stage, seconds: pace.seconds, ...scaled });
  }

  function onChange(): void {
    const known = searches.map(({ status }) => status);
    const cuts = known.some((status) => status.cuts === undefined)
      ? undefined
      : known.reduce((sum, status) => sum + (status.cuts ?? 0), 0);
    report(
      'search',
      cuts,
      known.reduce((sum, status) => sum + status.lower, 0),
    );
  }
}

function checkOptions(options: FindCutsOptions): void {
  checkLimitValues(options);
  if (options.wireCutsOnly === true && options.gateCutsOnly === true) {
    throw new KroncutError(
      'usage',
      '--wire-cuts-only and --gate-cuts-only leave nothing to cut; give one of them',
    );
  }
  const { timeLimit, objective = 'cost' } = options;
  if (!OBJECTIVES.includes(objective)) {
    throw new KroncutError('usage', `--objective is ${objective}, but has to be ${OBJECTIVES.join(' or ')}`);
  }
  if (timeLimit !== undefined && !(timeLimit > 0)) {
    throw new KroncutError(
      'usage',
      `--time-limit is ${timeLimit}, but has to be a number of seconds above 0`,
    );
  }
}
