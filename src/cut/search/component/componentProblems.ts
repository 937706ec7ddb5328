/** Divides a circuit into the problems that are searched one by one: its connected components, as graphs to cut. */
import type { Circuit } from '../../../circuit/circuit.js';
import { ComponentSearch, type SearchSettings } from './componentSearch.js';
import { DEFAULT_COSTS } from '../../model/costModel.js';
import { measurePartition } from './improveCost.js';
import type { CutGraph, GatePart } from '../../model/cutGraph.js';
import { gateWeights, type CutProblem } from '../problem/cutProblem.js';
import { gateProblem, joinedQubits, pricedRuns, runsByName, type CutPrice } from '../problem/gateProblem.js';
import type { Candidate } from '../problem/candidate.js';
import type { CutLimits } from '../../model/limits.js';
import { wireProblem } from '../problem/wireProblem.js';
import { required } from '../../../error.js';

/** What may be cut, and what a part may be. */
export interface ProblemOptions extends Pick<CutLimits, 'maxGates' | 'maxMemory'> {
  readonly maxWidth: number;
  readonly wireCutsOnly?: boolean | undefined;
  readonly gateCutsOnly?: boolean | undefined;
  readonly threads?: number | undefined;
}

/** One search per connected component that has a two-qubit gate. */
export function componentSearches(
  circuit: Circuit,
  graph: CutGraph,
  options: ProblemOptions,
  price: CutPrice,
  settings: SearchSettings,
): ComponentSearch[] {
  const { maxGates, maxMemory = Infinity, threads = 1 } = options;
  const limits = { costs: DEFAULT_COSTS, threads };
  const problems = options.wireCutsOnly === true ? wireProblems() : gateProblems();
  return problems
    .filter(({ nodes }) => nodes > 0)
    .map((problem) => {
      const { bytes } = measurePartition(problem, new Int32Array(problem.nodes), limits);
      return { ...problem, tooLarge: bytes > maxMemory };
    })
    .map((problem) => {
      const qubitsOfNode = Array.from({ length: problem.nodes }, () => new Set<number>());
      for (const [end, node] of problem.nodeOfEnd.entries()) {
        if (node >= 0) qubitsOfNode[node]?.add(required(graph.ends[end], `gate end ${end}`).qubit);
      }
      return new ComponentSearch(
        problem,
        qubitsOfNode.map((set) => [...set]),
        settings,
      );
    });

  function wireProblems(): CutProblem[] {
    const weights = gateWeights(circuit, graph);
    return Array.from({ length: graph.components }, (_, component) =>
      wireProblem(graph, component, weights, maxGates),
    );
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
      maxGates,
    };
    const joined = joinedQubits(circuit.qubits, priced);
    const widths = new Int32Array(graph.components);
    for (const component of graph.component) widths[component] = (widths[component] ?? 0) + 1;
    const names = graph.component.map((component, qubit) =>
      (widths[component] ?? 0) <= options.maxWidth && maxGates === undefined && maxMemory === Infinity
        ? component
        : graph.components + (joined.label[qubit] ?? 0),
    );
    const runs = runsByName(priced, names);
    return [...new Set(names)].flatMap((name) => {
      const chosen = runs.get(name);
      return chosen === undefined ? [] : [gateProblem(input, chosen, (qubit) => names[qubit] === name)];
    });
  }
}

/** Wires with one-qubit gates only, each a subcircuit of its own: the number of its gates. */
export function lonelyWires(circuit: Circuit, graph: CutGraph): number[] {
  const gates = new Map<number, number>();
  for (const { qubits } of circuit.gates) {
    const [qubit = 0] = qubits;
    if (graph.wires[qubit]?.length === 0) gates.set(qubit, (gates.get(qubit) ?? 0) + 1);
  }
  return [...gates.values()];
}

/** Which part each two-qubit gate, or each of its ends, is in: the parts of all components, one after another. */
export function gateParts(
  graph: CutGraph,
  searches: readonly ComponentSearch[],
  candidates: readonly Candidate[],
): GatePart[] {
  const partOf = new Int32Array(graph.ends.length);
  let base = 0;
  searches.forEach(({ problem }, i) => {
    const chosen = required(candidates[i], `the parts of component ${i}`);
    problem.nodeOfEnd.forEach((node, end) => {
      if (node >= 0) partOf[end] = base + required(chosen.part[node], `the part of node ${node}`);
    });
    base += chosen.parts;
  });
  return graph.gatePositions.map((_, gate) => {
    const [first = 0, second = 0] = partOf.subarray(2 * gate, 2 * gate + 2);
    return first === second ? first : [first, second];
  });
}

/** Those that have to be cut. */
export function wideComponents(searches: readonly ComponentSearch[]): ComponentSearch[] {
  return searches.filter(({ leastParts }) => leastParts > 1);
}

/** Connected components with a two-qubit gate: none shares a subcircuit with another. */
export function touchingParts({ component, wires }: CutGraph): number {
  return new Set(component.filter((_, qubit) => (wires[qubit]?.length ?? 0) > 0)).size;
}

/** Fewest parts that hold them all. */
export function leastPartsOf(searches: readonly ComponentSearch[]): number {
  return searches.reduce((sum, { leastParts }) => sum + leastParts, 0);
}
