/**
 * What evaluating a subcircuit and contracting tensors take at given rates: the one home of these formulas, for the
 * finder that minimises them, the planner that orders contractions, and everybody who predicts a time.
 */
import type { Rates } from '../calibration.js';
import { VALUE_BYTES } from '../../native/valueBytes.js';

/**
 * How often a product passes over memory for each value: a tensor is opened once; an operand is read and written
 * rearranged; a result is written, read and rearranged. The last product streams its result.
 */
export const PASSES = { opened: 1, operand: 2, result: 3 } as const;

/** Seconds in which so many values pass through memory, each read or written once. */
export function movingSeconds(values: number, rates: Pick<Rates, 'memory'>): number {
  return (VALUE_BYTES * values) / rates.memory;
}

/** What the price of evaluating a subcircuit depends on. */
export interface EvaluationShape {
  readonly gates: number;
  /** Qubits, those that number the terms of cut gates, and inputs once more. */
  readonly stateBits: number;
  /** Indices of four values of the tensor, and outcome bits. */
  readonly legs: number;
  readonly outcomes: number;
  /** Observables that take the place of other outcomes; undefined where all outcomes are kept. */
  readonly strings?: number | undefined;
}

/**
 * Amplitudes that gates change, additions of the change to the Pauli basis, and values of the tensor. An observable takes
 * a scalar product over the other qubits for every two values of the legs.
 */
export function evaluationWork({ gates, stateBits, legs, outcomes, strings }: EvaluationShape): {
  readonly updates: number;
  readonly additions: number;
  readonly values: number;
} {
  const values = (strings ?? 1) * 2 ** (outcomes + 2 * legs);
  const additions = strings === undefined ? legs * values : strings * 2 ** (stateBits + legs);
  return { updates: gates * 2 ** stateBits, additions, values };
}

/** Seconds of computing a subcircuit's tensor, and of storing it in double precision. */
export function evaluationSeconds(
  shape: EvaluationShape,
  rates: Pick<Rates, 'amplitude' | 'addition' | 'task' | 'disk'>,
): { readonly compute: number; readonly store: number } {
  const { updates, additions, values } = evaluationWork(shape);
  return {
    compute: rates.task + rates.amplitude * updates + rates.addition * additions,
    store: (VALUE_BYTES * values) / rates.disk,
  };
}
