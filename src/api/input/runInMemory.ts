/** A run in memory, and what every stage works with of an open run. */
import type { CutCircuit } from '../../cut/model/cutCircuit.js';
import type { SolutionQuality } from '../../cut/solution/summary.js';
import { KroncutError } from '../../error.js';
import type { Context } from '../../run/context.js';
import { MemoryTensors, type KeptTensors } from '../../run/tensors/memoryTensors.js';
import type { Run } from '../../run/directory/run.js';
import type { TensorStore } from '../../run/tensors/tensorStore.js';

export interface OpenRun {
  readonly context: Context;
  /** Absolute path of the run directory; undefined for a run in memory. */
  readonly path: string | undefined;
  /** The same where ranks may write files there. */
  readonly writePath: string | undefined;
  /** The path as the caller wrote it, or what the run is called in messages. */
  readonly name: string;
  /** The run itself as its owner keeps it, where it is in memory. */
  readonly inMemory?: RunInMemory;
  readonly tensors: TensorStore;
  /** Of a run in a directory: what stands before its files for as long as it is open. */
  readonly passing?: MemoryTensors;
  readonly cutCircuit: CutCircuit;
  readonly quality: SolutionQuality;
  /** The run itself, on the root rank; for use within `cluster.onRoot`. */
  directory(): Run;
}

/**
 * A run in memory: what `cut` begins where no directory is named, `evaluate` fills, and `reconstruct` asks. It lives for as
 * long as somebody holds it, and one call at a time works with it. Under several ranks each has its own, and all pass
 * theirs to the same calls.
 */
export class RunInMemory {
  readonly cutCircuit: CutCircuit;
  readonly #quality: SolutionQuality;
  /** On the root alone. */
  readonly #run: Run | undefined;
  readonly #tensors: KeptTensors;
  #busy = false;

  constructor(cutCircuit: CutCircuit, quality: SolutionQuality, run: Run | undefined, tensors: KeptTensors) {
    this.cutCircuit = cutCircuit;
    this.#quality = quality;
    this.#run = run;
    this.#tensors = tensors;
  }

  /** Collective: opens the run for the time of `body`. Throws `usage` while another call works with it. */
  async open<T>(context: Context, body: (run: OpenRun) => Promise<T>): Promise<T> {
    let taken = false;
    try {
      await context.cluster.agree(() => {
        if (this.#busy) {
          throw new KroncutError('usage', 'another call works with this run in memory; wait for it to end');
        }
        this.#busy = taken = true;
      });
      return await body({
        context,
        path: undefined,
        writePath: undefined,
        name: 'the run in memory',
        inMemory: this,
        tensors: new MemoryTensors(context, this.#tensors),
        cutCircuit: this.cutCircuit,
        quality: this.#quality,
        directory: () => heldBy(this.#run),
      });
    } finally {
      if (taken) this.#busy = false;
    }
  }
}

/** What `cut` and `evaluate` give where no directory is named. */
export interface InMemory {
  readonly run: RunInMemory;
}

/** The name of a run directory, or a run in memory as an earlier call gave it. */
export type RunSource = string | InMemory;

/** The run itself, which the root alone has. */
export function heldBy(run: Run | undefined): Run {
  if (run === undefined) throw new KroncutError('internal', 'only the root rank holds the run');
  return run;
}
