/**
 * Puts pieces together again that only local gates join. The search divides a circuit along such gates, which cost
 * nothing to cut; but two pieces that fit into one subcircuit may take less time as one, and are one fewer.
 */
import type { Circuit } from '../../../circuit/circuit.js';
import { buildCutCircuit } from '../../solution/buildCutCircuit.js';
import type { CutCircuit } from '../../model/cutCircuit.js';
import type { GatePart } from '../../model/cutGraph.js';

/** Parts up to this number are tried in pairs. */
const MOST_PARTS = 24;

export interface Packed {
  readonly parts: readonly GatePart[];
  readonly cutCircuit: CutCircuit;
}

/**
 * The same cuts with parts united as long as `price` falls, or there are more than `maxSubcircuits`. `fits` says whether
 * a cut circuit keeps to the other limits.
 */
export function packPieces(
  circuit: Circuit,
  start: Packed,
  maxSubcircuits: number,
  price: (cut: CutCircuit) => number,
  fits: (cut: CutCircuit) => boolean,
): Packed {
  let best = start;
  for (;;) {
    const names = [...new Set(best.parts.flat())].sort((a, b) => a - b);
    if (names.length > MOST_PARTS) return best;
    const { length: count } = best.cutCircuit.subcircuits;
    let next: Packed | undefined;
    let least = count > maxSubcircuits ? Infinity : price(best.cutCircuit) * (1 - 1e-12);
    for (const [i, kept] of names.entries()) {
      for (const dropped of names.slice(i + 1)) {
        const parts = best.parts.map((part) => united(part, kept, dropped));
        const cutCircuit = buildCutCircuit(circuit, parts);
        if (cutCircuit.subcircuits.length >= count || !fits(cutCircuit)) continue;
        const value = price(cutCircuit);
        if (value >= least) continue;
        least = value;
        next = { parts, cutCircuit };
      }
    }
    if (next === undefined) return best;
    best = next;
  }
}

function united(part: GatePart, kept: number, dropped: number): GatePart {
  const name = (each: number): number => (each === dropped ? kept : each);
  if (typeof part === 'number') return name(part);
  const [first, second] = [name(part[0]), name(part[1])];
  return first === second ? first : [first, second];
}
