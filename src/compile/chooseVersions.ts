/** Which version of each block of a section is taken: what is best for a block may not be for the circuit. */
import type { Gate } from '../circuit/circuit.js';
import { countTwoQubitGates } from '../circuit/circuitFacts.js';
import { isBetter } from './gates/figures.js';
import { bestOf, type Objective } from './gates/objective.js';
import { valueAt } from '../error.js';

/** Gates on the qubits of the circuit, and by which angle they may be off. */
export interface Version {
  readonly gates: readonly Gate[];
  readonly angle: number;
}

/** Versions of the same part of a circuit, of which the first counts among equals. */
export type Versions = readonly [Version, ...Version[]];

export function chooseVersions(
  objective: Objective,
  qubits: number,
  parts: readonly Versions[],
): readonly Version[] {
  if (objective.name === 'depth') return chooseByPaths(qubits, parts);
  return parts.map((versions) => bestOf(objective, qubits, versions));
}

/** What a version says of the depth. */
interface Timed {
  readonly version: Version;
  /** Two-qubit gates, as pairs of qubits, in the order of time. */
  readonly pairs: readonly (readonly [number, number])[];
  readonly count: number;
}

/** What is sought on each way through all parts: shorter paths, then fewer gates on paths that are short enough. */
const SWEEPS = ['paths', 'paths', 'gates', 'gates'] as const;

/**
 * Begins with the last version of each part, as the circuit was, and takes one part after another the version through which
 * the longest path is shortest, then that with the fewest gates through which none is longer than the circuit is deep: so it
 * never becomes deeper.
 */
function chooseByPaths(qubits: number, parts: readonly Versions[]): readonly Version[] {
  const timed = parts.map((versions) => versions.map(timedOf));
  const chosen = timed.map((versions) => versions.length - 1);
  for (const sought of SWEEPS) {
    const tails = tailsOf(qubits, timed, chosen);
    const depth = sought === 'paths' ? 0 : tails.start.reduce((a, b) => Math.max(a, b), 0);
    const ready = new Float64Array(qubits);
    for (const [i, versions] of timed.entries()) {
      const tail = tails.behind[i] ?? new Map<number, number>();
      let best: { readonly figures: readonly number[]; readonly number: number } | undefined;
      for (const [number, each] of versions.entries()) {
        const path = longestPath(each, ready, tail);
        const figures = [Math.max(depth, path), each.count, path, number];
        if (best === undefined || isBetter(figures, best.figures)) best = { figures, number };
      }
      const taken = best?.number ?? 0;
      chosen[i] = taken;
      passThrough(valueAt(versions, taken), ready);
    }
  }
  return timed.map((versions, i) => valueAt(versions, valueAt(chosen, i)).version);
}

function timedOf(version: Version): Timed {
  const pairs = version.gates.flatMap(({ qubits: [a, b] }): [number, number][] =>
    a === undefined || b === undefined ? [] : [[a, b]],
  );
  return { version, pairs, count: countTwoQubitGates(version.gates) };
}

/** Layers behind each part on its qubits, and from the start on. */
function tailsOf(
  qubits: number,
  timed: readonly (readonly Timed[])[],
  chosen: readonly number[],
): { readonly behind: readonly ReadonlyMap<number, number>[]; readonly start: Float64Array } {
  const start = new Float64Array(qubits);
  const behind: Map<number, number>[] = [];
  for (let i = timed.length - 1; i >= 0; i -= 1) {
    const versions = timed[i] ?? [];
    const on = new Set(versions.flatMap(({ pairs }) => pairs.flat()));
    behind[i] = new Map([...on].map((q) => [q, start[q]!]));
    const { pairs } = valueAt(versions, valueAt(chosen, i));
    for (const [a, b] of pairs.toReversed()) start[a] = start[b] = Math.max(start[a]!, start[b]!) + 1;
  }
  return { behind, start };
}

/** The longest path through a part, from the first layer to the last. */
function longestPath({ pairs }: Timed, ready: Float64Array, tail: ReadonlyMap<number, number>): number {
  const at = new Map([...tail.keys()].map((q) => [q, ready[q]!]));
  for (const [a, b] of pairs) {
    const layer = Math.max(at.get(a) ?? 0, at.get(b) ?? 0) + 1;
    at.set(a, layer);
    at.set(b, layer);
  }
  return [...at].reduce((longest, [q, layer]) => Math.max(longest, layer + (tail.get(q) ?? 0)), 0);
}

function passThrough({ pairs }: Timed, ready: Float64Array): void {
  for (const [a, b] of pairs) ready[a] = ready[b] = Math.max(ready[a]!, ready[b]!) + 1;
}
