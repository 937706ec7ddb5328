/** Circuits with noise: what crosses to the addon for these, and comes back. */
import type { ComputeOptions } from './handles.js';

/** A subcircuit with noise and all that may be done at its ends; qubits start in |0>. */
export interface NoisyArrays {
  readonly qubits: number;
  /** Qubit of outcome bit 0, 1, ... */
  readonly outcomes: Int32Array;
  /** Three numbers a step: its kind (`STEP_KINDS`), and its qubits, of which the second is -1 where there is one. */
  readonly steps: Int32Array;
  /** 32 numbers a step: the matrix of a map, as in `ProgramArrays`, or first the two rates of noise. */
  readonly values: Float64Array;
  /** In time order, four numbers an item: [-1, 0, first step, end of steps] or [end, place, 0, 0]. */
  readonly items: Int32Array;
  /**
   * The settings of the first end, of the second, ...: [end, qubit that is read in the end or -1, places], and for each place
   * [first step, end of steps].
   */
  readonly settings: Int32Array;
  /** So many items at the end are ends with one place whose settings act on the qubit that they read. */
  readonly trailing: number;
}

/** The kinds of steps by their numbers; `native/simulate/noisy_program.hpp` says what they do. */
export const STEP_KINDS = { map: 0, damping: 1, depolarizing: 2, measure: 3 } as const;

/** Outcomes of subexperiments that were drawn. Of subexperiment i the entries begin[i] to begin[i + 1] are there. */
export interface DrawnArrays {
  readonly begin: Float64Array;
  /** Outcome bits lowest, above them recorded bits in the order of the ends; ascending. */
  readonly outcomes: Float64Array;
  readonly counts: Float64Array;
}

export interface NativeNoise {
  /**
   * Exact frequencies of all subexperiments, from density matrices: an axis for the rows of each end (those of its first
   * setting, of its second, ...), and the outcomes behind them.
   */
  noisyFrequencies(program: NoisyArrays, options: ComputeOptions): Promise<Float64Array>;
  /**
   * Draws shots of subexperiments as trajectories of state vectors. `settings` has a number for each end, subexperiment by
   * subexperiment; `seeds` are whole numbers below 2^53.
   */
  noisyDraws(
    program: NoisyArrays,
    options: ComputeOptions & {
      readonly settings: Int32Array;
      readonly shots: Float64Array;
      readonly seeds: Float64Array;
    },
  ): Promise<DrawnArrays>;
}
