/**
 * Finds cuts of wires and gates. Each connected component that is too wide is searched by itself: fast heuristics give
 * a warm start, counting arguments, branch and bound and a mixed-integer program prove the least sampling overhead
 * (objective `sampling`), and for the objective `cost` the predicted time is improved from the fewest bonds. An
 * independent checker sees every answer.
 */
import type { Circuit } from '../circuit/circuit.js';
import { KroncutError } from '../error.js';
import { allocateParts } from './allocateParts.js';
import { buildCutCircuit } from './buildCutCircuit.js';
import { checkCutCircuit } from './checker.js';
import { ComponentSearch, type SearchSettings } from './componentSearch.js';
import { costLowerBound } from './costBound.js';
import { DEFAULT_COSTS, predictCost, type CostConstants } from './costModel.js';
import { improveCost } from './costSearch.js';
import type { CutCircuit } from './cutCircuit.js';
import { buildCutGraph, type CutGraph, type GatePart } from './cutGraph.js';
import { gateWeights, type CutProblem } from './cutProblem.js';
import type { Candidate } from './heuristics.js';
import { infeasibleCuts, infeasiblePieces, infeasibleWidth } from './infeasible.js';
import { Pace } from './pace.js';
import {
  OBJECTIVES,
  samplingOverhead,
  wireOverhead,
  type Objective,
  type SolutionQuality,
} from './summary.js';
import { gateProblem, joinedQubits, pricedRuns, type CutPrice } from './gateProblem.js';
import { wireProblem } from './wireProblem.js';

export interface FindCutsOptions {
  /** Most qubits of a subcircuit. */
  readonly maxWidth: number;
  /** At most this number of subcircuits and of cuts; default: any number. */
  readonly maxSubcircuits?: number | undefined;
  readonly maxCuts?: number | undefined;
  /** Cut no gates, or no wires; both at once is bad usage. */
  readonly wireCutsOnly?: boolean | undefined;
  readonly gateCutsOnly?: boolean | undefined;
  /** `cost` (default): predicted seconds; `sampling`: the sampling overhead. */
  readonly objective?: Objective | undefined;
  /** Seconds for the search, 30 by default; the best answer found until then is returned. */
  readonly timeLimit?: number | undefined;
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called now and then with the fewest cuts found so far and the proven bound. */
  readonly onProgress?: ((progress: CutProgress) => void) | undefined;
  readonly costs?: CostConstants | undefined;
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
}

/** Seconds for the search where nothing else is said. */
export const DEFAULT_TIME_LIMIT = 30;
/** Share of the time for the fewest cuts where they are only the starting point. */
const PROOF_SHARE = 0.4;

/**
 * Cuts a circuit into subcircuits of at most `maxWidth` qubits.
 *
 * Throws `infeasible` where no cuts satisfy the limits (the message says whether that is proven, and what to relax),
 * `usage` for an option out of range and `cancelled` on the signal.
 */
export async function findCuts(circuit: Circuit, options: FindCutsOptions): Promise<CutSolution> {
  checkOptions(options);
  const pace = new Pace(options.timeLimit ?? DEFAULT_TIME_LIMIT, options.signal);
  const { maxCuts = Infinity, objective = 'cost' } = options;
  const best = await search(circuit, options, pace, objective === 'cost' ? 'bonds' : 'gamma');
  if (best.cutCircuit.cuts.length <= maxCuts) return best;
  // The cheapest cuts are too many: those of least number are at least as few as any.
  const fewest = await search(circuit, options, pace, 'count');
  const { lowerBound } = best;
  return { ...fewest, lowerBound, proven: lowerBound !== null && fewest.value <= lowerBound };
}

async function search(
  circuit: Circuit,
  options: FindCutsOptions,
  pace: Pace,
  price: CutPrice,
): Promise<CutSolution> {
  const { maxWidth, maxSubcircuits, objective = 'cost', seed = 0, signal, wireCutsOnly = false } = options;
  const graph = buildCutGraph(circuit);
  const settings = { maxWidth, pace, seed, signal, onChange };
  const searches = componentSearches(circuit, graph, options, price, settings);
  const unit = searches[0]?.problem.unit ?? 1;
  // Where weights are numbers of cuts, the limit is one on weights.
  const maxCuts = wireCutsOnly || price === 'count' ? (options.maxCuts ?? Infinity) : Infinity;
  const alone = lonelyWires(circuit, graph);
  const maxParts = (maxSubcircuits ?? Infinity) - alone;
  if (wireCutsOnly && maxWidth < 2 && searches.length > 0) throw infeasibleWidth(maxWidth);
  if (maxParts < searches.length) throw infeasiblePieces(alone + searches.length, maxParts + alone);

  const found = await allocateParts(
    searches,
    maxParts,
    Math.max(0, pace.left) * (objective === 'cost' ? PROOF_SHARE : 1),
  );
  if (found.best === undefined || found.best.cuts > maxCuts) {
    throw await infeasibleCuts({ searches, alone, found, maxWidth, maxParts, maxCuts, wireCutsOnly });
  }
  let candidates = found.best.candidates;
  const costs = options.costs ?? DEFAULT_COSTS;
  const needsCuts = found.best.cuts > 0;
  if (objective === 'cost' && needsCuts) {
    report('cost', found.best.cuts, found.lower);
    candidates = await improveCost({ searches, candidates, maxParts, maxCuts, costs, pace });
  }
  const parts = gateParts(graph, searches, candidates);
  const cutCircuit = buildCutCircuit(circuit, parts);
  checkCutCircuit(circuit, cutCircuit, { maxWidth, maxSubcircuits });
  const result = { parts, cutCircuit, objective, seconds: pace.seconds };
  if (objective === 'sampling') {
    const value = samplingOverhead(cutCircuit.cuts);
    const proven = found.lower >= found.best.cuts;
    return { ...result, value, lowerBound: proven ? value : wireOverhead(found.lower / unit), proven };
  }
  const value = predictCost(cutCircuit, costs).total;
  const bonds = price === 'count' ? 0 : Math.ceil(found.lower);
  const bound = needsCuts ? costLowerBound(cutCircuit, wideComponents(searches), bonds, costs) : value;
  return { ...result, value, lowerBound: Math.min(value, bound), proven: bound >= value };

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
  for (const [option, value, least] of [
    ['--max-width', options.maxWidth, 1],
    ['--max-subcircuits', options.maxSubcircuits, 1],
    ['--max-cuts', options.maxCuts, 0],
  ] as const) {
    if (value !== undefined && (!Number.isInteger(value) || value < least)) {
      throw new KroncutError(
        'usage',
        `${option} is ${value}, but has to be a whole number, ${least} or more`,
      );
    }
  }
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

/** One search per connected component that has a two-qubit gate. */
function componentSearches(
  circuit: Circuit,
  graph: CutGraph,
  options: FindCutsOptions,
  price: CutPrice,
  settings: SearchSettings,
): ComponentSearch[] {
  const problems = options.wireCutsOnly === true ? wireProblems() : gateProblems();
  return problems
    .filter(({ nodes }) => nodes > 0)
    .map((problem) => {
      const qubitsOfNode = Array.from({ length: problem.nodes }, () => new Set<number>());
      problem.nodeOfEnd.forEach((node, end) => qubitsOfNode[node]?.add(graph.ends[end]?.qubit ?? 0));
      return new ComponentSearch(
        problem,
        qubitsOfNode.map((set) => [...set]),
        settings,
      );
    });

  function wireProblems(): CutProblem[] {
    const weights = gateWeights(circuit, graph);
    return Array.from({ length: graph.components }, (_, component) => wireProblem(graph, component, weights));
  }

  /** A component that is too wide falls apart where local gates alone hold it together. */
  function gateProblems(): CutProblem[] {
    const priced = pricedRuns(circuit, price);
    const input = {
      circuit,
      graph,
      weights: gateWeights(circuit, graph),
      priced,
      cutWires: options.gateCutsOnly !== true,
    };
    const joined = joinedQubits(circuit.qubits, priced);
    const widths = new Int32Array(graph.components);
    for (const component of graph.component) widths[component] = (widths[component] ?? 0) + 1;
    const names = graph.component.map((component, qubit) =>
      (widths[component] ?? 0) <= options.maxWidth
        ? component
        : graph.components + (joined.label[qubit] ?? 0),
    );
    return [...new Set(names)].map((name) => gateProblem(input, (qubit) => names[qubit] === name));
  }
}

/** Wires with one-qubit gates only: each is a subcircuit of its own. */
function lonelyWires(circuit: Circuit, graph: CutGraph): number {
  const busy = new Set(circuit.gates.flatMap((gate) => gate.qubits));
  return graph.wires.filter((wire, qubit) => wire.length === 0 && busy.has(qubit)).length;
}

function gateParts(
  graph: CutGraph,
  searches: readonly ComponentSearch[],
  candidates: readonly Candidate[],
): GatePart[] {
  const partOf = new Int32Array(graph.ends.length);
  let base = 0;
  searches.forEach(({ problem }, i) => {
    const chosen = candidates[i];
    problem.nodeOfEnd.forEach((node, end) => {
      if (node >= 0) partOf[end] = base + (chosen?.part[node] ?? 0);
    });
    base += chosen?.parts ?? 0;
  });
  return graph.gatePositions.map((_, gate) => {
    const [first = 0, second = 0] = partOf.subarray(2 * gate, 2 * gate + 2);
    return first === second ? first : [first, second];
  });
}

function wideComponents(searches: readonly ComponentSearch[]): ComponentSearch[] {
  return searches.filter(({ leastParts }) => leastParts > 1);
}
