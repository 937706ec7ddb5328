/** What simulating takes in memory: the figures that cutting, evaluating and comparing plan with. */
import type { Precision } from '../native/addon.js';
import { VALUE_BYTES } from '../native/valueBytes.js';

/** Bytes of a state of 2^bits complex amplitudes. */
export function stateBytes(bits: number, precision: Precision): number {
  return 2 ** bits * (precision === 'double' ? 16 : 8);
}

/** Outcomes that a thread brings to the Pauli basis together, where there are many cut ends. */
const OUTCOMES_TOGETHER = 8;

/**
 * Peak bytes of evaluating a subcircuit by the isometry method: 2^stateBits amplitudes (qubits, qubits that number the
 * terms of cut gates, and inputs), then a tensor of doubles with 4 values a leg and 2 an outcome, and beside it what the
 * threads have in hand of it (`PauliPlan` in native/simulate).
 */
export function evaluationBytes(
  shape: { stateBits: number; legs: number; outcomes: number; strings?: number | undefined },
  precision: Precision,
  threads: number,
): number {
  const { stateBits, legs, outcomes, strings } = shape;
  if (strings !== undefined) return reducedBytes({ stateBits, legs, strings }, precision, threads);
  const size = 2 ** (2 * legs + outcomes);
  const inHand = Math.min(size, threads * OUTCOMES_TOGETHER * 4 ** legs);
  return stateBytes(stateBits, precision) + VALUE_BYTES * (size + inHand);
}

/** Amplitudes of all columns that a thread holds at a time, and of each column at least, where observables are found. */
const AMPLITUDES_IN_HAND = 2 ** 13;
const COLUMN_IN_HAND = 8;
/** Components that a thread finds at a time, where the legs can be divided so far. */
const COMPONENTS_IN_HAND = 2 ** 17;
/** Three copies: as they are, where an observable takes them from, and what it makes of them; real and imaginary. */
const NUMBERS_IN_HAND = 3 * 2;
/** Partial sums, in numbers: some 32 copies of a small result, or 32 MiB. */
const PARTIAL_COPIES = 32;
const MOST_PARTIAL = 2 ** 22;
/** Complex numbers of a block to which a thread applies gates, and as many for where they move to. */
const GATE_BLOCK_BYTES = 2 ** 19;

/** The same where Pauli strings take the place of outcomes: the states, the tensors, and a block for each thread. */
function reducedBytes(
  { stateBits, legs, strings }: { stateBits: number; legs: number; strings: number },
  precision: Precision,
  threads: number,
): number {
  const size = strings * 4 ** legs;
  const together = OUTCOMES_TOGETHER * 4 ** legs;
  const components = Math.max(together / 2 ** legs, Math.min(together, COMPONENTS_IN_HAND));
  const vectors = Math.min(
    COLUMN_IN_HAND * 2 ** stateBits,
    Math.max(AMPLITUDES_IN_HAND, COLUMN_IN_HAND * 2 ** legs, 4 ** legs / 2),
  );
  const block = NUMBERS_IN_HAND * vectors + components;
  const partial = Math.min(PARTIAL_COPIES * size, MOST_PARTIAL);
  return (
    stateBytes(stateBits, precision) +
    threads * (VALUE_BYTES * block + GATE_BLOCK_BYTES) +
    VALUE_BYTES * (size + partial)
  );
}

/** Bytes of simulating `qubits` qubits without cuts: the state, and the probabilities of `outcomes` of them. */
export function uncutBytes(qubits: number, outcomes: number, precision: Precision): number {
  return stateBytes(qubits, precision) + VALUE_BYTES * 2 ** outcomes;
}

/**
 * Widest circuit, in qubits, that `memoryBytes` on one rank can simulate; at least 1. Wire ends multiply what a
 * subcircuit takes, so this is the least that a width can cost.
 */
export function widestWidth(memoryBytes: number): number {
  if (!(memoryBytes > 0)) return 1;
  return Math.max(1, Math.floor(Math.log2(memoryBytes / uncutBytes(0, 0, 'double'))));
}
