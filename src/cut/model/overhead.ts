/** The sampling overhead of cuts that are made one by one. */
import { gateCutBasis } from '../../circuit/gateCutBasis.js';
import type { Cut } from './cutCircuit.js';

/** Gamma of one wire cut by local operations; its square is the sampling overhead (Peng et al. 2019). */
export const WIRE_GAMMA = 4;

/** Sampling overhead of a number of wire cuts that are made one by one. */
export function wireOverhead(cuts: number): number {
  return WIRE_GAMMA ** (2 * cuts);
}

/** Product of gamma over cuts that are made one by one. */
export function totalGamma(cuts: readonly Cut[]): number {
  return cuts.reduce(
    (product, cut) =>
      product * (cut.kind === 'wire' ? WIRE_GAMMA : gateCutBasis(Float64Array.from(cut.unitary)).gamma),
    1,
  );
}

/** Product of gamma squared over cuts that are made one by one. */
export function samplingOverhead(cuts: readonly Cut[]): number {
  return totalGamma(cuts) ** 2;
}
