/** Places of qubits: `permutation[q]` is where what was on qubit q has come to. */
import type { Gate } from '../../circuit/circuit.js';
import { gateOf } from '../../circuit/gates.js';
import { valueAt } from '../../error.js';

export type Permutation = readonly number[];

export function identityOf(qubits: number): number[] {
  return Array.from({ length: qubits }, (_, q) => q);
}

export function isIdentity(permutation: Permutation): boolean {
  return permutation.every((place, q) => place === q);
}

export function followedBy(first: Permutation, second: Permutation): number[] {
  return first.map((place) => valueAt(second, place));
}

export function inverseOf(permutation: Permutation): number[] {
  const inverse = [...permutation];
  for (const [q, place] of permutation.entries()) inverse[place] = q;
  return inverse;
}

/** Gates on other qubits: those of qubit q on `places[q]`. */
export function onPlaces(gates: readonly Gate[], places: Permutation): Gate[] {
  return gates.map((gate) => ({ ...gate, qubits: gate.qubits.map((q) => valueAt(places, q)) }));
}

/** Gates `swap` that take everything back to its own qubit. */
export function swapsBack(permutation: Permutation): Gate[] {
  const place = [...permutation];
  const swaps: Gate[] = [];
  for (const q of place.keys()) {
    const from = valueAt(place, q);
    if (from === q) continue;
    swaps.push(gateOf('swap', [q, from]));
    place[place.indexOf(q)] = from;
    place[q] = q;
  }
  return swaps;
}
