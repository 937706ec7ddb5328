/** What the search for cuts is asked, says on its way, and answers. */
import type { SearchSettings } from './componentSearch.js';
import type { CostConstants } from '../../model/costModel.js';
import type { CutCircuit } from '../../model/cutCircuit.js';
import type { GatePart } from '../../model/cutGraph.js';
import type { CutLimits, Measures } from '../../model/limits.js';
import type { Clock } from '../../../run/resources/pace.js';
import type { Objective } from '../../model/objective.js';
import type { SolutionQuality } from '../../solution/summary.js';

export interface FindCutsOptions extends CutLimits, Measures {
  /** Most qubits of a subcircuit. */
  readonly maxWidth: number;
  /** Cut no gates, or no wires; both at once is bad usage. */
  readonly wireCutsOnly?: boolean | undefined;
  readonly gateCutsOnly?: boolean | undefined;
  /** Make cuts together where they can be: gates with one control share a bond, overheads count groups. */
  readonly joint?: boolean | undefined;
  /** Widths count the wires alive at once: a wire that has ended frees its qubit. */
  readonly reuseQubits?: boolean | undefined;
  /** `cost` (default): predicted seconds; `sampling`: the sampling overhead. */
  readonly objective?: Objective | undefined;
  /** Seconds for the search, 30 by default; the best answer found until then is returned. */
  readonly timeLimit?: number | undefined;
  /** What seconds are counted by; default: the time that passes. */
  readonly clock?: Clock | undefined;
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called now and then with the fewest cuts found so far and the proven bound. */
  readonly onProgress?: ((progress: CutProgress) => void) | undefined;
  readonly costs?: CostConstants | undefined;
  /** Threads that evaluate a subcircuit: each takes some memory. */
  readonly threads?: number | undefined;
  /** Where else independent starts of a large problem can be made: other ranks. */
  readonly elsewhere?: SearchSettings['elsewhere'];
}

export interface CutProgress {
  /** `search`: fewest cuts; `cost`: least predicted time from there. */
  readonly stage: 'search' | 'cost';
  readonly seconds: number;
  /** Number of cuts in wire cuts' worth. */
  readonly cuts: number | undefined;
  readonly lowerBound: number;
}

export interface CutSolution extends SolutionQuality {
  /** One entry per two-qubit gate in circuit order. */
  readonly parts: readonly GatePart[];
  readonly cutCircuit: CutCircuit;
  /** True where the signal ended the search. */
  readonly interrupted?: boolean | undefined;
}

/** Seconds for the search where nothing else is said. */
export const DEFAULT_TIME_LIMIT = 30;
