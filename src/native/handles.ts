/** What every part of the addon takes: handles of native objects, and how a call computes. */

declare const handle: unique symbol;
/** A tensor that lives in native memory; freed when JavaScript lets go of it. */
export interface TensorHandle {
  readonly [handle]: 'tensor';
}

/** The matrices of a last product, ready to be streamed any number of times. */
export interface ProductHandle {
  readonly [handle]: 'product';
}

/** Cancellation and progress of one native call. */
export interface ControlHandle {
  readonly [handle]: 'control';
}

/** Numbers of tensors: 64 bits, or 32. */
export type Precision = 'single' | 'double';

/** What a call computes with. */
export interface ComputeOptions {
  /** `cpu`, `cuda` or `cuda:N`. */
  readonly device: string;
  readonly threads: number;
  readonly control: ControlHandle;
}
