/** What shrinking bonds may change, and what it did. */

/**
 * Bonds lose components that others stand for up to this share of the largest possible value: what rounding may come
 * to anyway.
 */
export const BOND_TOLERANCE = 1e-13;

/** Bonds between two tensors that have shrunk to their rank. */
export interface InnerBond {
  /** Names of the two tensors. */
  readonly between: readonly [string, string];
  readonly before: number;
  readonly after: number;
}

/** What shrinking did to the bonds between tensors, before the contraction was planned. */
export interface InnerShrinking {
  readonly bonds: readonly InnerBond[];
  /** No value of the answer is off by more than this because of it, nor all of them together by more than that. */
  readonly errorBound: number;
  readonly totalErrorBound: number;
}

/** What was done to the index that the last product sums over, over all slices. */
export interface BondShrinking {
  /** Largest extent as planned, and as computed with. */
  readonly planned: number;
  readonly used: number;
  /** No value of the answer is off by more than this because of it and of what is under `inner`. */
  readonly errorBound: number;
  /** Where bonds between tensors shrank to their rank. */
  readonly inner?: InnerShrinking;
}
