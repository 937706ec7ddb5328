/** How far two circuits are apart where dense matrices are too large, by the simulator of subcircuits. */
import type { Gate } from '../../circuit/circuit.js';
import { gateOf } from '../../circuit/gates.js';
import { lowerOperations, operationOf, type Operation } from '../../circuit/lower.js';
import { adjointMatrix } from '../../circuit/matrix.js';
import { Random } from '../../circuit/random.js';
import { KroncutError } from '../../error.js';
import { compute, type Context } from '../../run/context.js';

/** Unitaries of so many qubits are compared whole, as states of twice as many. */
export const MAX_WHOLE_QUBITS = 12;
/** Circuits of so many qubits are compared by what they make of one state. */
export const MAX_STATE_QUBITS = 24;

/** Bytes for an amplitude, its probability, and what the simulator takes beside. */
const BYTES_PER_AMPLITUDE = 32;
/** Layers of random gates that make a state of which no circuit is likely to keep every trace but the global phase. */
const RANDOM_LAYERS = 3;

/** How two circuits can be compared. */
export interface Comparison {
  /** All of both unitaries, or what they make of one state. */
  readonly kind: 'whole' | 'state';
  /** Qubits of the state that is simulated. */
  readonly bits: number;
  /** Amplitudes times gates. */
  readonly work: number;
}

/** The best comparison of circuits with so many gates in all that keeps to the limits; undefined where none does. */
export function comparisonWithin(
  { memory }: Pick<Context, 'memory'>,
  qubits: number,
  gates: number,
  mostWork: number,
): Comparison | undefined {
  const ways: readonly (readonly [Comparison['kind'], number, number])[] = [
    ['whole', 2 * qubits, MAX_WHOLE_QUBITS],
    ['state', qubits, MAX_STATE_QUBITS],
  ];
  return ways
    .filter(([, , most]) => qubits <= most)
    .map(([kind, bits]) => ({ kind, bits, work: 2 ** bits * gates }))
    .find(({ bits, work }) => work <= mostWork && BYTES_PER_AMPLITUDE * 2 ** bits <= memory);
}

/**
 * 1 - |Tr(A^dagger B)| / 2^n of two circuits: A^dagger B on one half of n pairs, each in (|00> + |11>) / sqrt 2, leaves that
 * state with the amplitude Tr / 2^n. As `state` the same of one random state x, 1 - |<x| A^dagger B |x>|, whose mean over
 * all states is about as large. The other outcomes' probabilities are summed, so that the result is exact to about 1e-24.
 */
export async function simulatedDistance(
  context: Context,
  qubits: number,
  [a, b]: readonly [readonly Gate[], readonly Gate[]],
  { kind, bits }: Pick<Comparison, 'kind' | 'bits'>,
): Promise<number> {
  const prepared = kind === 'whole' ? bellPairs(qubits) : randomGates(qubits);
  const operations = [...prepared, ...b].map(operationOf);
  const undone = [...prepared, ...a].toReversed().map((gate) => adjoint(operationOf(gate)));
  const program = lowerOperations([...operations, ...undone]);
  const all = Int32Array.from({ length: bits }, (_, q) => q);
  const none = new Int32Array();
  const { values } = await compute(context, (options) =>
    context.native.evaluateSubcircuit(
      { ...program, qubits: bits, inputs: none, mirrored: none, outputs: none, outcomes: all },
      { ...options, precision: 'double' },
    ),
  );
  if (values === undefined) throw new KroncutError('internal', 'a simulation without a file gave no values');
  let others = 0;
  for (let i = 1; i < values.length; i += 1) others += values[i]!;
  const kept = values[0]!;
  const norm = kept + others;
  return others / (norm + Math.sqrt(kept * norm));
}

function bellPairs(qubits: number): Gate[] {
  return Array.from({ length: qubits }, (_, q) => [gateOf('h', [q]), gateOf('cx', [q, q + qubits])]).flat();
}

/** Random gates in layers, the same for one number of qubits. */
function randomGates(qubits: number): Gate[] {
  const random = new Random(qubits, 'state to compare by');
  const gates: Gate[] = [];
  for (let layer = 0; layer < RANDOM_LAYERS; layer += 1) {
    for (let q = 0; q < qubits; q += 1) {
      gates.push(gateOf('u3', [q], random.angle(), random.angle(), random.angle()));
    }
    for (let q = layer % 2; q + 1 < qubits; q += 2) gates.push(gateOf('cx', [q, q + 1]));
  }
  return gates;
}

function adjoint({ qubits, matrix }: Operation): Operation {
  return { qubits, matrix: adjointMatrix(matrix) };
}
