/** A block of a circuit by itself, what its compiling is asked, and what it gives. */
import type { Gate } from '../../circuit/circuit.js';
import type { InstantiateMethod, InstantiateOptions, NativeAddon } from '../../native/addon.js';
import type { DeletionOptions, Instantiator, SideBySide } from './deletion.js';

/** Whether blocks are searched for from scratch: with little work each, not at all, or with much. */
export const SYNTHESES = ['auto', 'off', 'always'] as const;
export type Synthesis = (typeof SYNTHESES)[number];

export interface BlockOptions extends DeletionOptions {
  /** `shorten` deletes and searches; `tidy` takes out `u3` alone. */
  readonly stage: 'shorten' | 'tidy';
  /** Whether what is left is then searched for, see `searchClasses`; here it only tells results with and without apart. */
  readonly synthesis: Synthesis;
  /** Gates may be on any two qubits of a block. */
  readonly newPairs?: true;
  readonly method: InstantiateMethod;
  readonly seed: number;
}

/** A block by itself: gates on its own qubits 0, 1, ... */
export interface LocalBlock {
  readonly qubits: number;
  readonly gates: readonly Gate[];
}

export interface CompiledBlock {
  /** `u3` and `cx` on the block's own qubits. */
  readonly gates: readonly Gate[];
  /** 1 - |Tr| / 2^n from the block as it was, computed densely from the gates above. */
  readonly distance: number;
  /** Whether a limit has ended the search for fewer `cx`. */
  readonly isOpen?: true;
}

/** The part of a context that a block needs. */
export interface BlockContext {
  readonly native: Pick<
    NativeAddon,
    'instantiateMany' | 'instantiate' | 'instantiationMemory' | 'compositeUnitary'
  >;
  /** One native call: where it computes, cancellation, and the errors' codes. */
  readonly call: <T>(
    body: (options: Pick<InstantiateOptions, 'device' | 'deviceShare' | 'threads' | 'control'>) => Promise<T>,
  ) => Promise<T>;
  /** Where `call` computes; default `cpu`. */
  readonly device?: string;
  /** Deletions tried in one call; default: what fills the device. */
  readonly sideBySide?: SideBySide;
  /** Tries templates; default: `tryTemplates` here. */
  readonly tryInOrder?: Instantiator['tryInOrder'];
  readonly onStep?: Instantiator['onStep'];
}
