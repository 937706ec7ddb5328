/** A whole circuit rewritten: Pauli products and swaps in turn, until neither gains; then in fewer layers, where these count. */
import type { Circuit, Gate } from '../circuit/circuit.js';
import { relabelSwaps, type Relabelled, type RelabelOptions } from './gates/relabel.js';
import { inFewerLayers } from './gates/commuting.js';
import { mergeOneQubit } from './gates/merge.js';
import type { Breath } from './gates/breath.js';
import { bestOf, gains, type Objective } from './gates/objective.js';
import { toU3Cx } from './gates/rewrite.js';
import type { RegionMemory } from './pauli/regionMemory.js';
import { shortenRegions } from './pauli/shortenRegions.js';
import { rewriteCircuit } from './pauli/rewriteCircuit.js';
import { followedBy, identityOf } from './gates/permutation.js';

export interface WholeOptions extends RelabelOptions {
  /** What circuits are compared by. */
  readonly objective: Objective;
  /** Taken between steps; where it is over, what there is comes out. */
  readonly breath: Breath;
  /** What regions have tried, over all rounds; undefined where none are to be written anew. */
  readonly memory?: RegionMemory | undefined;
}

type Gates = Pick<Circuit, 'qubits' | 'gates'>;

/** The best of what both come to: swaps may hide what can be merged, and merging may take swaps apart. */
export async function rewriteWhole(circuit: Gates, options: WholeOptions): Promise<Relabelled> {
  const { qubits, gates } = circuit;
  const { memory, objective, breath } = options;
  const plain = await improved(qubits, inPlace(qubits, { gates: toU3Cx(gates), angle: 0 }), options);
  if (breath.isOver) return plain;
  const merged = await improved(qubits, inPlace(qubits, rewriteCircuit(circuit)), options);
  let best = bestOf(objective, qubits, [merged, plain]);
  if (memory === undefined) return best;
  for (;;) {
    const made = await shortenRegions({ qubits, gates: best.gates }, { ...options, memory });
    if (made === undefined) return best;
    const { permutation, angle } = best;
    const start = { gates: made.gates, angle: angle + made.angle, permutation };
    const next = await improved(qubits, start, options);
    if (!gains(objective, qubits, next, best)) return best;
    best = next;
  }
}

/** The same in an order of time with fewer layers, where that gains: of depth, or of the times in which qubits wait. */
function layered(qubits: number, made: Relabelled, objective: Objective): Relabelled {
  if (objective.name === 'two-qubit') return made;
  const merged = mergeOneQubit(inFewerLayers(qubits, made.gates));
  const other = { ...made, gates: merged.gates, angle: made.angle + merged.angle };
  return gains(objective, qubits, other, made) ? other : made;
}

async function improved(qubits: number, start: Relabelled, options: WholeOptions): Promise<Relabelled> {
  const made = await alternate(qubits, start, options);
  await options.breath.take();
  return options.breath.isOver ? made : layered(qubits, made, options.objective);
}

function inPlace(qubits: number, made: { readonly gates: Gate[]; readonly angle: number }): Relabelled {
  return { ...made, permutation: identityOf(qubits) };
}

async function alternate(qubits: number, start: Relabelled, options: WholeOptions): Promise<Relabelled> {
  const { breath } = options;
  let now = start;
  for (;;) {
    await breath.take();
    if (breath.isOver) return now;
    const moved = relabelSwaps(qubits, now.gates, options);
    if (moved === undefined) return now;
    await breath.take();
    const rewritten = rewriteCircuit({ qubits, gates: moved.gates });
    const { objective } = options;
    const { gates, angle } = bestOf(objective, qubits, [{ gates: moved.gates, angle: 0 }, rewritten]);
    const next = {
      gates: [...gates],
      angle: now.angle + moved.angle + angle,
      permutation: followedBy(now.permutation, moved.permutation),
    };
    if (!gains(objective, qubits, next, now)) return now;
    now = next;
  }
}
