/** What queries need to know of the outcome of a circuit, whether it is cut already or not. */
import type { CutCircuit } from '../../cut/model/cutCircuit.js';
import type { Precision } from '../../native/addon.js';
import { MAX_ANSWER_BITS } from '../engine/answerSlices.js';
import { optionError, optionName } from '../../options/optionName.js';

export type CutFacts = Pick<CutCircuit, 'qubits' | 'outcomeBits' | 'zeroBits'>;

/** Outcome bits that are not 0 by construction, ascending. */
export function liveBits(cut: Pick<CutCircuit, 'outcomeBits' | 'zeroBits'>): number[] {
  const zero = new Set(cut.zeroBits);
  return allBits(cut).filter((bit) => !zero.has(bit));
}

export function allBits({ outcomeBits }: Pick<CutCircuit, 'outcomeBits'>): number[] {
  return Array.from({ length: outcomeBits }, (_, bit) => bit);
}

/** Throws `usage` where an option would go through more outcomes than can be streamed. */
export function requireStreamable(bits: number, option: string): void {
  if (bits <= MAX_ANSWER_BITS) return;
  throw optionError(
    option,
    ` would go through 2^${bits} outcomes, and at most 2^${MAX_ANSWER_BITS} can be streamed; ` +
      `ask for ${optionName('marginal')} or ${optionName('probability')} instead`,
  );
}

/**
 * Size that a probability may have, as a share of the largest, where only rounding keeps it from being 0; by the
 * precision of the tensors.
 */
export const ROUNDING: Readonly<Record<Precision, number>> = { double: 1e-10, single: 1e-5 };
