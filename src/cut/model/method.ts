/** Values of `Method`. */
export const METHODS = ['auto', 'cut', 'statevector', 'contract'] as const;
/**
 * How a question about a circuit is answered: by cutting it, uncut, whole as a state vector or by contracting its own network,
 * or by what is predicted to take least (`auto`).
 */
export type Method = (typeof METHODS)[number];
/** What leaves the circuit uncut. */
export type UncutMethod = 'statevector' | 'contract';

/** What answering takes in one way: evaluating and reconstructing. */
export interface MethodCost {
  /** Predicted; Infinity where it does not fit. */
  readonly seconds: number;
  /** Of one rank; Infinity where no plan fits. */
  readonly memoryBytes: number;
  /** Whether that memory is there. */
  readonly fits: boolean;
}

/** Which way was taken where one was asked for, and what each that was looked at is predicted to take. */
export interface MethodChoice {
  readonly asked: Exclude<Method, 'cut'>;
  readonly taken: Exclude<Method, 'auto'>;
  /** `cut` is not looked for where another way takes no time worth searching. */
  readonly predicted: Readonly<Partial<Record<Exclude<Method, 'auto'>, MethodCost>>>;
}
