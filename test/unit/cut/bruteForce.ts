/** The slow obvious answer: every partition of the two-qubit gates, widths counted from the definition. */
import { buildCutCircuit } from '../../../src/cut/solution/buildCutCircuit.js';
import type { CutCircuit } from '../../../src/cut/model/cutCircuit.js';
import type { GatePart } from '../../../src/cut/model/cutGraph.js';
import { findCuts } from '../../../src/cut/search/findCuts.js';
import type { FindCutsOptions } from '../../../src/cut/search/component/findCutsOptions.js';
import { KroncutError } from '../../../src/error.js';
import type { CutProblem } from '../../../src/cut/search/problem/cutProblem.js';
import type { Circuit } from '../../../src/circuit/circuit.js';
import { twoQubitGates } from './circuits.js';

export interface Counted {
  readonly cuts: number;
  readonly widths: number[];
}

/** Cuts and widths of parts: walk every wire; each change of part is a cut and a new qubit where the wire arrives. */
export function countCuts(circuit: Circuit, parts: readonly number[]): Counted {
  const pairs = twoQubitGates(circuit).map(({ qubits }) => qubits);
  const widths = new Map<number, number>();
  let cuts = 0;
  for (let qubit = 0; qubit < circuit.qubits; qubit += 1) {
    const visited = parts.filter((_, i) => pairs[i]?.includes(qubit));
    visited.forEach((part, i) => {
      if (i > 0 && visited[i - 1] === part) return;
      widths.set(part, (widths.get(part) ?? 0) + 1);
      if (i > 0) cuts += 1;
    });
  }
  return { cuts, widths: [...widths.values()] };
}

/** All partitions of n items, as restricted growth strings. */
export function* partitions(count: number, prefix: number[] = []): Generator<number[]> {
  if (prefix.length === count) {
    yield prefix;
    return;
  }
  const next = prefix.reduce((most, part) => Math.max(most, part + 1), 0);
  for (let part = 0; part <= next; part += 1) yield* partitions(count, [...prefix, part]);
}

/**
 * Fewest cuts within a width and a number of subcircuits, or undefined where none exist. Gates of components that do
 * not touch never share a part; a wire with one-qubit gates only is a subcircuit.
 */
export function fewestCuts(circuit: Circuit, maxWidth: number, maxSubcircuits: number): number | undefined {
  const pairs = twoQubitGates(circuit).map(({ qubits }) => qubits);
  const paired = new Set(pairs.flat());
  const alone = new Set(circuit.gates.flatMap(({ qubits }) => qubits).filter((qubit) => !paired.has(qubit)))
    .size;
  const component = Array.from({ length: circuit.qubits }, (_, qubit) => qubit);
  for (const [a = 0, b = 0] of pairs) {
    const [keep, drop] = [component[a], component[b]];
    component.forEach((name, qubit) => {
      if (name === drop && keep !== undefined) component[qubit] = keep;
    });
  }
  let least: number | undefined;
  for (const parts of partitions(pairs.length)) {
    const owners = new Map<number, number>();
    const mixed = parts.some((part, i) => {
      const own = component[pairs[i]?.[0] ?? 0] ?? 0;
      const owner = owners.get(part) ?? own;
      owners.set(part, owner);
      return owner !== own;
    });
    if (mixed || owners.size + alone > maxSubcircuits) continue;
    const { cuts, widths } = countCuts(circuit, parts);
    if (widths.every((width) => width <= maxWidth)) least = Math.min(least ?? Infinity, cuts);
  }
  return least;
}

/** Node of each two-qubit gate of a problem in which gates are whole. */
export function nodesOfGates({ nodeOfEnd }: CutProblem): number[] {
  return Array.from(nodeOfEnd).filter((_, end) => end % 2 === 0);
}

/** The cuts of all partitions of the ends of two-qubit gates, or of whole ones. */
export function* allCuts(circuit: Circuit, whole = false): Generator<CutCircuit> {
  const gates = twoQubitGates(circuit).length;
  for (const names of partitions(whole ? gates : 2 * gates)) {
    const at = (i: number): number => names[i] ?? 0;
    const parts = Array.from({ length: gates }, (_, i): GatePart =>
      whole ? at(i) : [at(2 * i), at(2 * i + 1)],
    );
    yield buildCutCircuit(circuit, parts);
  }
}

/** The least price of all cuts that keep to the width; Infinity: none do. */
export function leastOfEnds(circuit: Circuit, maxWidth: number, price: (cut: CutCircuit) => number): number {
  let least = Infinity;
  for (const cut of allCuts(circuit)) {
    if (cut.subcircuits.every(({ width }) => width <= maxWidth)) least = Math.min(least, price(cut));
  }
  return least;
}

/** What a search that finds nothing throws. */
export async function failure(circuit: Circuit, options: FindCutsOptions): Promise<KroncutError> {
  try {
    await findCuts(circuit, options);
  } catch (error) {
    if (error instanceof KroncutError) return error;
    throw error;
  }
  throw new Error('the search found cuts where there are none');
}
