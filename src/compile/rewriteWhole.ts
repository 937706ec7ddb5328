/** A whole circuit rewritten: Pauli products and swaps in turn, until neither gains. */
import type { Circuit, Gate } from '../circuit/circuit.js';
import { countTwoQubitGates } from '../circuit/circuitFacts.js';
import { relabelSwaps, type Relabelled, type RelabelOptions } from './gates/relabel.js';
import { toU3Cx } from './gates/rewrite.js';
import type { RegionMemory } from './pauli/regionMemory.js';
import { shortenRegions } from './pauli/shortenRegions.js';
import { rewriteCircuit } from './pauli/rewriteCircuit.js';
import { followedBy, identityOf } from './gates/permutation.js';

export interface WholeOptions extends RelabelOptions {
  /** What regions have tried, over all rounds; undefined where none are to be written anew. */
  readonly memory?: RegionMemory | undefined;
}

type Gates = Pick<Circuit, 'qubits' | 'gates'>;

/** The fewest `cx` of what both come to: swaps may hide what can be merged, and merging may take swaps apart. */
export async function rewriteWhole(circuit: Gates, options: WholeOptions): Promise<Relabelled> {
  const { qubits, gates } = circuit;
  const merged = inPlace(qubits, rewriteCircuit(circuit));
  const ways = [
    alternate(qubits, merged, options),
    alternate(qubits, inPlace(qubits, { gates: toU3Cx(gates), angle: 0 }), options),
  ];
  let best = ways.reduce((a, b) => (countTwoQubitGates(b.gates) < countTwoQubitGates(a.gates) ? b : a));
  const { memory } = options;
  if (memory === undefined) return best;
  for (;;) {
    const made = await shortenRegions({ qubits, gates: best.gates }, { ...options, memory });
    if (made === undefined) return best;
    const { permutation, angle } = best;
    best = alternate(qubits, { gates: made.gates, angle: angle + made.angle, permutation }, options);
  }
}

function inPlace(qubits: number, made: { readonly gates: Gate[]; readonly angle: number }): Relabelled {
  return { ...made, permutation: identityOf(qubits) };
}

function alternate(qubits: number, start: Relabelled, options: RelabelOptions): Relabelled {
  let now = start;
  for (;;) {
    const moved = relabelSwaps(qubits, now.gates, options);
    if (moved === undefined) return now;
    const rewritten = rewriteCircuit({ qubits, gates: moved.gates });
    const isShorter = countTwoQubitGates(rewritten.gates) < countTwoQubitGates(moved.gates);
    const { gates, angle } = isShorter ? rewritten : { gates: moved.gates, angle: 0 };
    if (countTwoQubitGates(gates) >= countTwoQubitGates(now.gates)) return now;
    now = {
      gates,
      angle: now.angle + moved.angle + angle,
      permutation: followedBy(now.permutation, moved.permutation),
    };
  }
}
