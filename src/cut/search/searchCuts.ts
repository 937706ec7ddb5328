/** The cuts of least weight for one price, searched component by component, improved, packed, checked and judged. */
import type { Circuit } from '../../circuit/circuit.js';
import { stateBytes } from '../../circuit/simulationMemory.js';
import { allocateParts } from './component/allocateParts.js';
import { buildCutCircuit } from '../solution/buildCutCircuit.js';
import { checkCutCircuit } from '../solution/checker.js';
import {
  componentSearches,
  gateParts,
  leastPartsOf,
  lonelyWires,
  touchingParts,
  wideComponents,
} from './component/componentProblems.js';
import type { ComponentSearch } from './component/componentSearch.js';
import { costLowerBound } from './component/costBound.js';
import { leastOverhead } from './component/overheadBound.js';
import { DEFAULT_COSTS, predictCost, type CostConstants } from '../model/costModel.js';
import { improveCost } from './component/improveCost.js';
import { buildCutGraph, type CutGraph } from '../model/cutGraph.js';
import type { Candidate } from './problem/candidate.js';
import type { CutProgress, CutSolution, FindCutsOptions } from './component/findCutsOptions.js';
import { Infeasible, infeasiblePieces, infeasibleWidth } from './infeasible.js';
import { exceededLimits } from '../model/limits.js';
import { packPieces } from './component/packing.js';
import type { Pace } from '../../run/resources/pace.js';
import { samplingOverhead, wireOverhead } from '../model/overhead.js';
import type { Objective } from '../model/objective.js';
import type { CutPrice } from './problem/gateProblem.js';

/** Share of the time for the fewest cuts where they are only the starting point. */
const PROOF_SHARE = 0.4;
/** Seconds for proving that they are fewest, which says little of the time that they take. */
const PROOF_SECONDS = 0.5;
/** Values that differ by this share are equal but for their own rounding, or for that of the weights that they are proven by. */
const ROUNDING = 1e-9;
const WEIGHT_ROUNDING = 1e-4;
/** Time for what follows the search, as a multiple of that for what comes before. */
const CLOSING = 1.25;
/** Times that evaluation is allowed a quarter of its memory before, where reconstruction takes too much. */
const MEMORY_ROUNDS = 6;

export interface SearchResult extends CutSolution {
  /** Whether no cuts have a lower price. */
  readonly leastProven: boolean;
}

/** One search: what is asked, the components that it falls into, and the limits as the components know them. */
interface Setting {
  readonly circuit: Circuit;
  readonly options: FindCutsOptions;
  readonly pace: Pace;
  readonly price: CutPrice;
  readonly objective: Objective;
  readonly costs: CostConstants;
  readonly graph: CutGraph;
  readonly searches: readonly ComponentSearch[];
  /** Weight of a wire cut. */
  readonly unit: number;
  readonly maxWidth: number;
  readonly maxSubcircuits: number;
  /** Limit on the weight of all cuts, where weights are numbers of cuts. */
  readonly maxCuts: number;
  /** Subcircuits that are left beside wires without gates on two qubits, and the limit on those of the search. */
  readonly allowedParts: number;
  readonly maxParts: number;
  /** True where a component fell into pieces along local gates; they may share subcircuits in the end. */
  readonly divided: boolean;
}

/** A choice of one candidate per component, and the cut circuit that it makes. */
interface Built extends Pick<CutSolution, 'parts' | 'cutCircuit'> {
  readonly candidates: readonly Candidate[];
  readonly weight: number;
}

/** The cuts of least weight for one price, which the other objectives start from. */
export async function searchCuts(
  circuit: Circuit,
  options: FindCutsOptions,
  pace: Pace,
  price: CutPrice,
): Promise<SearchResult> {
  const begin = pace.seconds;
  const setting = setUp(circuit, options, pace, price);
  // Building, checking and judging what is found takes as long, and counts too.
  pace.reserve(CLOSING * (pace.seconds - begin));
  const { searches, maxParts, maxCuts, objective, divided, allowedParts, maxWidth } = setting;
  const seconds = Math.max(0, pace.left) * (objective === 'cost' ? PROOF_SHARE : 1);
  const found = await allocateParts(searches, maxParts, seconds);
  if (found.best === undefined || found.best.cuts > maxCuts) {
    const excluded = found.lower > maxCuts || found.lower === Infinity;
    throw new Infeasible(excluded && !(divided && allowedParts < Infinity));
  }
  const first = build(setting, found.best.candidates);
  const needsCuts = found.best.cuts > 0 || wideComponents(searches).length > 0;
  const improved = needsCuts ? await improve(setting, first, found.lower) : first;
  const built = divided ? pack(setting, improved) : improved;
  const { maxSubcircuits, maxGates } = options;
  checkCutCircuit(circuit, built.cutCircuit, { maxWidth, maxSubcircuits, maxGates });
  return judge(setting, built, found.lower, needsCuts);
}

/** Divides the circuit into components. Throws `Infeasible`, or `infeasible` with its reason, where nothing can fit. */
function setUp(circuit: Circuit, options: FindCutsOptions, pace: Pace, price: CutPrice): Setting {
  const { objective = 'cost', seed = 0, signal, wireCutsOnly = false, threads = 1, elsewhere } = options;
  const { maxSubcircuits = Infinity, maxMemory = Infinity, maxGates = Infinity } = options;
  // A state of that many qubits alone fills the memory.
  const maxWidth = Math.min(options.maxWidth, Math.floor(Math.log2(maxMemory / stateBytes(0, 'double'))));
  if (maxWidth < 1) throw new Infeasible(true);
  const graph = buildCutGraph(circuit);
  const onChange = (): void => reportSearches(options, pace, searches);
  const proofSeconds = objective === 'cost' && price === 'bonds' ? PROOF_SECONDS : undefined;
  const settings = { maxWidth, pace, seed, signal, threads, elsewhere, onChange, proofSeconds };
  const searches = componentSearches(circuit, graph, { ...options, maxWidth }, price, settings);
  const alone = lonelyWires(circuit, graph);
  const allowedParts = maxSubcircuits - alone.length;
  const components = touchingParts(graph);
  const divided = searches.length > components;
  if (wireCutsOnly && options.maxWidth < 2 && searches.length > 0) throw infeasibleWidth(options.maxWidth);
  if (allowedParts < components) throw infeasiblePieces(alone.length + components, maxSubcircuits);
  if (alone.some((gates) => gates > maxGates)) throw new Infeasible(true);
  return {
    circuit,
    options,
    pace,
    price,
    objective,
    costs: options.costs ?? DEFAULT_COSTS,
    graph,
    searches,
    unit: unitOf(searches),
    maxWidth,
    maxSubcircuits,
    maxCuts: weightLimit(options, price),
    allowedParts,
    maxParts: divided && allowedParts < leastPartsOf(searches) ? Infinity : allowedParts,
    divided,
  };
}

function unitOf(searches: readonly ComponentSearch[]): number {
  return searches[0]?.problem.unit ?? 1;
}

/** Where weights are numbers of cuts, the limits on those and on their overhead are limits on weights. */
function weightLimit(options: FindCutsOptions, price: CutPrice): number {
  const { wireCutsOnly = false, maxOverhead = Infinity, maxCuts = Infinity } = options;
  const byOverhead = wireCutsOnly ? Math.floor(Math.log2(maxOverhead) / 4 + 1e-9) : Infinity;
  return Math.min(wireCutsOnly || price === 'count' ? maxCuts : Infinity, byOverhead);
}

function build({ circuit, graph, searches }: Setting, candidates: readonly Candidate[]): Built {
  const parts = gateParts(graph, searches, candidates);
  const weight = candidates.reduce((sum, each) => sum + each.cuts, 0);
  return { candidates, parts, cutCircuit: buildCutCircuit(circuit, parts), weight };
}

/** Moves towards the objective, and into limits that the price does not know; where nothing is to gain, the same. */
async function improve(setting: Setting, first: Built, lower: number): Promise<Built> {
  const { options, pace, price, objective, costs, searches, maxParts, maxCuts } = setting;
  const { maxOverhead = Infinity, maxMemory = Infinity, threads = 1 } = options;
  const improves =
    objective === 'cost' ||
    (price === 'count' && options.maxCuts !== undefined) ||
    exceededLimits(first.cutCircuit, options, options).length > 0;
  if (!improves) return first;
  report(options, pace, setting.unit, { stage: 'cost', cuts: first.weight, lowerBound: lower });
  const limited = { maxParts, maxCuts, maxOverhead, maxMemory, threads, objective, costs, pace, searches };
  let built = build(setting, await improveCost({ ...limited, candidates: first.candidates }));
  const exceedsMemory = (): boolean =>
    exceededLimits(built.cutCircuit, { maxMemory: options.maxMemory }, options).length > 0;
  let allowed = maxMemory;
  for (let round = 0; round < MEMORY_ROUNDS && exceedsMemory(); round += 1) {
    allowed /= 4;
    const { candidates } = built;
    built = build(setting, await improveCost({ ...limited, maxMemory: allowed, candidates }));
  }
  return built;
}

/** Puts pieces that only local gates join into one subcircuit where that is worth it. */
function pack(setting: Setting, built: Built): Built {
  const { circuit, options, objective, costs, maxWidth, maxSubcircuits } = setting;
  const limits = { maxWidth, maxGates: options.maxGates, maxMemory: options.maxMemory };
  const packed = packPieces(
    circuit,
    built,
    maxSubcircuits,
    (cut) => (objective === 'cost' ? predictCost(cut, costs).total : samplingOverhead(cut.cuts)),
    (cut) => exceededLimits(cut, limits, { memoryOf: options.memoryOf }).length === 0,
  );
  if (packed.cutCircuit.subcircuits.length > maxSubcircuits) throw new Infeasible(false);
  return { ...built, ...packed };
}

/** What the cuts are worth by the objective, and how much of that is proven by the bound on their weight. */
function judge(setting: Setting, built: Built, lower: number, needsCuts: boolean): SearchResult {
  const { pace, objective, divided, allowedParts } = setting;
  const bounded = !divided || allowedParts === Infinity;
  const leastProven = bounded && built.weight <= lower;
  const { parts, cutCircuit } = built;
  const result = { parts, cutCircuit, objective, seconds: pace.seconds, leastProven };
  const verdict =
    objective === 'sampling'
      ? judgeOverhead(setting, built, lower, { bounded, leastProven })
      : judgeCost(setting, built, lower, needsCuts);
  return { ...result, ...verdict };
}

type Verdict = Pick<SearchResult, 'value' | 'lowerBound' | 'proven'>;

function judgeOverhead(
  { price, graph, unit, options, searches }: Setting,
  { cutCircuit }: Built,
  lower: number,
  { bounded, leastProven }: { readonly bounded: boolean; readonly leastProven: boolean },
): Verdict {
  const value = samplingOverhead(cutCircuit.cuts);
  if (price === 'joint') {
    // Weights of 0 were raised to 1, at most one for each gate.
    const least = Math.max(0, lower - graph.gatePositions.length);
    return { value, lowerBound: wireOverhead(least / unit), proven: false };
  }
  if (price !== 'gamma' && options.wireCutsOnly !== true) return { value, lowerBound: 1, proven: value <= 1 };
  const problems = searches.map(({ problem }) => problem);
  const verdict = compared(value, bounded ? leastOverhead(problems, lower) : 1);
  // Of many cuts of many angles, others of equal weight may be better by less than the weights tell.
  return {
    ...verdict,
    proven: verdict.proven || (leastProven && value <= verdict.lowerBound * (1 + WEIGHT_ROUNDING)),
  };
}

function judgeCost(setting: Setting, built: Built, lower: number, needsCuts: boolean): Verdict {
  const { price, options, costs, searches, divided } = setting;
  const value = predictCost(built.cutCircuit, costs).total;
  // The bound takes what is not cut as given.
  if (divided) return { value, lowerBound: 0, proven: false };
  const bonds = price === 'bonds' || options.wireCutsOnly === true ? Math.ceil(lower) : 0;
  const bound = needsCuts ? costLowerBound(built.cutCircuit, wideComponents(searches), bonds, costs) : value;
  return compared(value, bound);
}

/** What a bound proves: the figures themselves are rounded. */
function compared(value: number, bound: number): Verdict & { readonly lowerBound: number } {
  const proven = value <= bound * (1 + ROUNDING);
  return { value, lowerBound: proven ? value : bound, proven };
}

/** Tells how far all searches of the components have come. */
function reportSearches(options: FindCutsOptions, pace: Pace, searches: readonly ComponentSearch[]): void {
  const known = searches.map(({ status }) => status);
  const cuts = known.some((status) => status.cuts === undefined)
    ? undefined
    : known.reduce((sum, status) => sum + (status.cuts ?? 0), 0);
  const lowerBound = known.reduce((sum, status) => sum + status.lower, 0);
  report(options, pace, unitOf(searches), { stage: 'search', cuts, lowerBound });
}

function report(
  options: FindCutsOptions,
  pace: Pace,
  unit: number,
  { stage, cuts, lowerBound }: Omit<CutProgress, 'seconds'>,
): void {
  const scaled = { cuts: cuts === undefined ? undefined : cuts / unit, lowerBound: lowerBound / unit };
  options.onProgress?.({ stage, seconds: pace.seconds, ...scaled });
}
