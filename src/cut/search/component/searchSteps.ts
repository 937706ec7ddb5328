/** What the search of a component does after its first heuristics, in which order and for how long. */

export type Step = 'branch' | 'restart' | 'program';

/**
 * What is done after the first heuristics, with its share of the time. Measured: among wires branch and bound proves
 * most; where gates may be cut and it does not succeed soon, the program solver often does. That one is also the better
 * one to prove that nothing fits.
 */
export const WIRE_STEPS: readonly (readonly [Step, number])[] = [
  ['branch', 0.55],
  ['restart', 0.25],
  ['program', 0.2],
];
export const GATE_STEPS: readonly (readonly [Step, number])[] = [
  ['branch', 0.06],
  ['program', 0.34],
  ['branch', 0.4],
  ['restart', 0.2],
];
export const STEPS_WITHOUT_ANSWER: readonly (readonly [Step, number])[] = [
  ['branch', 0.25],
  ['restart', 0.1],
  ['program', 0.65],
];
