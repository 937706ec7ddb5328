/** Random circuits of several kinds, and what is compared of them. */
import type { Gate } from '../../../../src/circuit/circuit.js';
import { GATES, gateOf } from '../../../../src/circuit/gates.js';
import { Random } from '../../../../src/circuit/random.js';
import { denseUnitary, unitaryDistance } from '../../../../src/compile/gates/unitary.js';

const ALL = [...GATES.values()].filter(({ matrix, qubits }) => matrix !== undefined && qubits <= 2);
const names = (kinds: string): string[] => kinds.split(' ');
/** Gates of which much can be merged, and any gates. */
export const KINDS: Readonly<Record<string, readonly string[]>> = {
  'clifford and t': names('cx cx cx cz t t tdg h s x'),
  parities: names('cx cx cx t rz x swap'),
  clifford: names('cx cz cy swap h s sdg x y z sx'),
  'any gates': ALL.map(({ name }) => name),
};

export function randomGates(seed: number, kind: string, qubits: number, count: number): Gate[] {
  const random = new Random(seed, kind);
  const from = KINDS[kind] ?? [];
  return Array.from({ length: count }, () => {
    const spec = GATES.get(from[random.below(from.length)] ?? 'h')!;
    const places = random.shuffle(Array.from({ length: qubits }, (_, q) => q)).slice(0, spec.qubits);
    const params = Array.from({ length: spec.params }, () =>
      random.below(2) === 0 ? (random.below(9) - 4) * (Math.PI / 4) : random.angle() - Math.PI,
    );
    return gateOf(spec.name, places, ...params);
  });
}

export const pairsUsed = (gates: readonly Gate[]): Set<string> =>
  new Set(
    gates.flatMap(({ qubits }) => (qubits.length === 2 ? [qubits.toSorted((a, b) => a - b).join()] : [])),
  );

export const distance = (qubits: number, a: readonly Gate[], b: readonly Gate[]): number =>
  unitaryDistance(denseUnitary(qubits, a), denseUnitary(qubits, b));
