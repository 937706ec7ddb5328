/** Parts of the nodes, and the weight of the cuts. */
export interface Candidate {
  readonly part: Int32Array;
  readonly cuts: number;
  readonly parts: number;
}

/** The candidate with the cheaper cuts; among equals the one with fewer parts, else the first. */
export function better(a: Candidate | undefined, b: Candidate | undefined): Candidate | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return b.cuts < a.cuts || (b.cuts === a.cuts && b.parts < a.parts) ? b : a;
}
