/** Tensors and their products, as `native/contract/` has them. */
import type { ComputeOptions, ProductHandle, TensorHandle } from './handles.js';

/** A tensor's bonds, the outcome bits of its last axis, and its bytes. */
export interface TensorInfo {
  readonly bonds: readonly { readonly label: number; readonly extent: number }[];
  readonly bits: readonly number[];
  readonly bytes: number;
}

/**
 * Norms of a tensor's slices, one for each outcome, each the root of a sum of squares over all bonds: that of the whole
 * tensor, the largest slice's, and their sum.
 */
export interface SliceNorms {
  readonly whole: number;
  readonly largest: number;
  readonly sum: number;
}

/** Orthonormal vectors U over the joint index of some bonds of a tensor A; U U^T A stands for A. */
export interface BondBasis {
  readonly extent: number;
  /** Number of vectors; `extent` where none can be spared, and then there are none here. */
  readonly rank: number;
  /** extent x rank, row-major. */
  readonly vectors: Float64Array;
  /** Of A - U U^T A, as measured. */
  readonly lost: SliceNorms;
}

/** What a query does with each outcome bit of a tensor, in the order of its `bits`. */
export type BitAction = 'keep' | 'sum' | 'fix0' | 'fix1' | 'weigh';

/** Which part of a product is computed, and what is found in it. */
export interface ProductOptions extends ComputeOptions {
  /** Outcome bits in the order of the answer's index: bit i of the index is `order[i]`. */
  readonly order: readonly number[];
  /** Range [begin, end) of answer indices this call computes; both multiples of `sliceSize`. */
  readonly begin: number;
  readonly end: number;
  /** Length of a slice, a power of two; partial sums are kept per slice. */
  readonly sliceSize: number;
  /** Consumers, any number of them, fed in one pass. */
  readonly file?: {
    /** An existing .npy file (`createArrayFile`), written in place. */
    readonly path: string;
    /** Position in the file of the answer's index 0; default 0. */
    readonly offset?: number;
  };
  readonly top?: { readonly count: number };
  readonly moments?: boolean;
  /**
   * Shrinks the summed index to its numerical rank first: no value changes by more than this share of the largest
   * value that the operands could give; default 0, nothing but rows of zeros goes.
   */
  readonly bondTolerance?: number;
  /** Compares with a tensor without bonds whose index is that of the answer: its bit i is outcome bit `order[i]`. */
  readonly compare?: { readonly reference: TensorHandle };
  /**
   * Entropy and collision probability; with `weights`, a tensor without bonds, the cross entropy too: the answer's
   * index i has its weight at `offset` + i (default 0).
   */
  readonly entropy?: { readonly weights?: TensorHandle; readonly offset?: number };
  /** Returns the values themselves; for small answers. */
  readonly values?: boolean;
}

/** What was found in a product, a key for each consumer that was asked for. */
export interface ProductResult {
  /**
   * Extent of the summed index before and after shrinking (rows of zeros are gone before), and what no value is off by
   * more than because of that.
   */
  readonly bonds: { readonly before: number; readonly after: number; readonly errorBound: number };
  /** Outcome index (of the answer) and value, largest value first, ties by smaller index. */
  readonly top?: { readonly indices: BigUint64Array; readonly values: Float64Array };
  readonly moments?: {
    /** One partial sum per slice of the range, ascending. */
    readonly sliceSums: Float64Array;
    readonly min: number;
    readonly max: number;
  };
  readonly compare?: Comparison;
  readonly entropy?: EntropySums;
  readonly values?: Float64Array;
}

/**
 * Sums over the range, q being the answer and p the weights, per slice (ascending): -q ln q over q > 0, q^2, q over
 * q < 0, -p ln q over p, q > 0, p over p > 0 >= q; and the number of entries with q < 0, and with p > 0 >= q. Without
 * weights the lists that need them are empty.
 */
export interface EntropySums {
  readonly entropy: Float64Array;
  readonly collision: Float64Array;
  readonly negativeSum: Float64Array;
  readonly negatives: number;
  readonly crossEntropy: Float64Array;
  readonly missingWeight: Float64Array;
  readonly missing: number;
}

/**
 * Sums over the range, q being the answer and p the reference, per slice (ascending) so that ranks can add them in
 * a fixed order: squared error, p^2, chi-squared terms (p-q)^2/(p+q), sqrt(pq) over p, q > 0, -p ln q over
 * p > 0, q > 0, and the number of entries with p > 0 and q <= 0.
 */
export interface Comparison {
  readonly maxAbsError: number;
  readonly squaredError: Float64Array;
  readonly squaredReference: Float64Array;
  readonly chiSquared: Float64Array;
  readonly fidelity: Float64Array;
  readonly crossEntropy: Float64Array;
  readonly missing: number;
}

export interface NativeContract {
  /**
   * Opens a tensor file: its leading axes become the bonds named by `bonds`, the bits of its last axis the outcome
   * bits `bits`.
   */
  openTensor(file: string, bonds: readonly number[], bits: readonly number[]): Promise<TensorHandle>;
  /** Opens a file of tensors of one shape, numbered by an axis before those of `openTensor`. */
  openTensors(file: string, bonds: readonly number[], bits: readonly number[]): Promise<TensorHandle[]>;
  /** A tensor from values: [product of extents][2^bits]. Those that an evaluation gave are shared, others copied. */
  createTensor(
    bonds: readonly { label: number; extent: number }[],
    bits: readonly number[],
    values: Float64Array,
  ): TensorHandle;
  /** A tensor's bonds, outcome bits and bytes. */
  tensorInfo(tensor: TensorHandle): TensorInfo;
  /** Values [offset, offset + count) of a tensor, copied. */
  readTensor(tensor: TensorHandle, offset: number, count: number): Float64Array;
  /** Applies one action per bit; bits that are not kept disappear. Two legs with one label are traced. */
  reduceTensor(
    tensor: TensorHandle,
    actions: readonly BitAction[],
    options: ComputeOptions,
  ): Promise<TensorHandle>;
  /** For every joint index of the bonds, row-major: 1 where some outcome is not zero. */
  nonzeroRows(tensor: TensorHandle, options: ComputeOptions): Promise<Uint8Array>;
  /** A tensor with other bonds, whose row i over them, row-major, is row `rows[i]` of the given one. */
  selectRows(
    tensor: TensorHandle,
    rows: Uint32Array,
    bonds: TensorInfo['bonds'],
    options: ComputeOptions,
  ): Promise<TensorHandle>;
  /**
   * The numerical rank of a tensor with regard to some of its bonds, whose joint index is row-major in the order given.
   * What is lost has at most a norm of `tolerance` times that of the tensor, and at most a slice of `tolerance` times the
   * largest one's norm. Rejects with `input` for a bond that the tensor has not, or has twice.
   */
  bondBasis(
    tensor: TensorHandle,
    bonds: readonly number[],
    tolerance: number,
    options: ComputeOptions,
  ): Promise<BondBasis>;
  /** U^T A: the bonds become one with the label `label`, which comes first; the others keep their order. */
  projectBonds(
    tensor: TensorHandle,
    bonds: readonly number[],
    vectors: Float64Array,
    label: number,
    options: ComputeOptions,
  ): Promise<TensorHandle>;
  /** Norms of a tensor's slices by outcome. */
  sliceNorms(tensor: TensorHandle, options: ComputeOptions): Promise<SliceNorms>;
  /** Sums over the bonds that both tensors have; other bonds and all bits stay (those of `left` first). */
  contractTensors(left: TensorHandle, right: TensorHandle, options: ComputeOptions): Promise<TensorHandle>;
  /** The last step: contracts all remaining bonds of two tensors and streams the answer through consumers. */
  streamProduct(left: TensorHandle, right: TensorHandle, options: ProductOptions): Promise<ProductResult>;
  /** The same in two steps, for an answer that is streamed in several ranges. */
  prepareProduct(
    left: TensorHandle,
    right: TensorHandle,
    options: ComputeOptions & Pick<ProductOptions, 'order' | 'bondTolerance'>,
  ): Promise<ProductHandle>;
  /** Computes a range of a product that `prepareProduct` made ready. */
  streamPrepared(
    product: ProductHandle,
    options: Omit<ProductOptions, 'order' | 'bondTolerance'>,
  ): Promise<ProductResult>;
  /**
   * Contractions of a tree in one call. `leaves[j]` are the tensors that may stand at leaf j, with the same bonds in one
   * order; `joins` lists pairs of nodes one after another: first the leaves are numbered, then the results. Row i takes
   * outcome `outcomes[i * leaves + j]` of tensor `choices[i * leaves + j]` at leaf j; what rows have in common is contracted
   * once. Rejects with `input` where the joins are no tree, or an outcome is not there.
   */
  treeValues(
    leaves: readonly (readonly TensorHandle[])[],
    joins: readonly number[],
    options: ComputeOptions & { readonly choices: Uint32Array; readonly outcomes: Float64Array },
  ): Promise<Float64Array>;
  /**
   * Samples `begin` to `end` of the stream that `seed` names: entry i * leaves + j is the outcome of leaf j (of its first
   * tensor). A sample depends on its number and the seed alone.
   */
  treeSamples(
    leaves: readonly (readonly TensorHandle[])[],
    joins: readonly number[],
    options: ComputeOptions & { readonly seed: number; readonly begin: number; readonly end: number },
  ): Promise<Float64Array>;
}
