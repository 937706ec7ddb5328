/** What answers say of a distribution that follows from estimates. */
export interface EstimatedDistribution {
  /** Of what follows from estimates: how far the distribution is off the true one. `null` where no number of shots is known. */
  readonly expectedTotalVariation?: TotalVariation | null;
}

/** The expected total variation distance, and the standard error of what outcomes that were drawn say of the others. */
export interface TotalVariation {
  readonly value: number;
  readonly standardError: number;
}
