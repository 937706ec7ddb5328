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
import { costLowerBound } from './component/costBound.js';
import { costConstants, predictCost } from '../model/costModel.js';
import { improveCost } from './component/improveCost.js';
import type { CutCircuit } from '../model/cutCircuit.js';
import { buildCutGraph } from '../model/cutGraph.js';
import type { Candidate } from './problem/candidate.js';
import type { CutProgress, CutSolution, FindCutsOptions } from './component/findCutsOptions.js';
import { Infeasible, infeasiblePieces, infeasibleWidth } from './infeasible.js';
import { exceededLimits } from '../model/limits.js';
import { packPieces } from './component/packing.js';
import type { Pace } from '../../run/pace.js';
import { samplingOverhead, wireOverhead } from '../model/overhead.js';
import type { CutPrice } from './problem/gateProblem.js';

/** Share of the time for the fewest cuts where they are only the starting point. */
const PROOF_SHARE = 0.4;
/** Overheads that differ by this share are equal but for the rounding of weights. */
const ROUNDING = 1e-4;
/** Times that evaluation is allowed a quarter of its memory before, where reconstruction takes too much. */
const MEMORY_ROUNDS = 6;

export interface SearchResult extends CutSolution {
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
