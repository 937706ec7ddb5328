/** What predictions go by: how fast a rank works. */

export interface Rates {
  /** Seconds of a multiply-add in a product whose operands are in the caches, on all threads of a rank together. */
  readonly multiplyAdd: number;
  /** Seconds of one value of the answer: made from a short sum, and handed to the consumers. */
  readonly value: number;
  /** Seconds that entropies add to one value. */
  readonly entropy: number;
  /** Bytes a second that a rank reads and writes, both counted, where data do not fit the caches. */
  readonly memory: number;
  /** Bytes a second that a file takes or gives, all ranks together. */
  readonly disk: number;
  /** Seconds from one native call to the next. */
  readonly call: number;
  /** Seconds of a gate on one complex amplitude, and of an addition of the change to the Pauli basis. */
  readonly amplitude: number;
  readonly addition: number;
  /** Seconds of a subcircuit beside its arithmetic: its turn, its files, and their names on disk. */
  readonly task: number;
  /** Seconds of one message, and bytes a second of a long one. */
  readonly latency: number;
  readonly link: number;
}

/** Rates that were measured, and the threads of the rank that they are those of. */
export interface Calibration {
  readonly threads: number;
  readonly rates: Rates;
}
