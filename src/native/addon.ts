/**
 * The addon's type: everything that crosses the boundary to C++, in one place. Plain option objects, typed
 * arrays and opaque handles only. Functions that return a promise work off the event loop; they reject with an
 * Error whose `code` is an `ErrorCode`, which `invoke.ts` turns into a KroncutError.
 */

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

export type Precision = 'single' | 'double';

export interface BuildInfo {
  /** Name of the build variant: `cpu`, `mpi`, `cuda`, `mpi-cuda`, ... */
  readonly variant: string;
  readonly version: string;
  readonly compiler: string;
  /** Version text of the MPI library that was linked, or null. */
  readonly mpi: string | null;
  /** CUDA toolkit version that was linked, or null. */
  readonly cuda: string | null;
  readonly blas: string | null;
  /** Instruction set the CPU kernels use on this machine: `avx512`, `avx2` or `portable`. */
  readonly simd: string;
  readonly errorCodes: readonly string[];
}

export interface DeviceInfo {
  readonly name: string;
  /** Names the same piece of hardware in every process of a node, whatever devices each of them sees. */
  readonly identity: string;
  readonly description: string;
  readonly totalBytes: number;
  readonly freeBytes: number;
}

/** Gates lowered to matrices, see `circuit/lower.ts`. */
export interface ProgramArrays {
  readonly qubits: number;
  /** Two entries per gate; the second is -1 for a one-qubit gate. */
  readonly targets: Int32Array;
  /** 32 numbers per gate: row-major, interleaved real and imaginary; a one-qubit gate uses the first 8. */
  readonly matrices: Float64Array;
}

export interface SubcircuitArrays extends ProgramArrays {
  readonly inputs: Int32Array;
  /** Qubits that are legs with the components of an input, Tr(P^T rho) / 2: second ends of cut gates. */
  readonly mirrored: Int32Array;
  readonly outputs: Int32Array;
  readonly outcomes: Int32Array;
}

export interface ComputeOptions {
  /** `cpu`, `cuda` or `cuda:N`. */
  readonly device: string;
  readonly threads: number;
  readonly control: ControlHandle;
}

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

/** Where this rank stands, as MPI says. */
export interface MpiWorld {
  readonly rank: number;
  readonly size: number;
  readonly nodeRank: number;
  readonly nodeSize: number;
  readonly node: number;
  readonly nodes: number;
  readonly processor: string;
  readonly library: string;
}

/** The ranks that use one device, seen from one of them. */
export interface DeviceGroup {
  readonly rank: number;
  readonly size: number;
}

/**
 * A gate of a template. `free` is any unitary on 1, 2 or 3 qubits, `u3` one up to its phase, `rx` ... `rzz` are
 * exp(-i angle/2 P) with the Pauli product P, `constant` is any fixed unitary on 1, 2 or 3 qubits.
 */
export type TemplateGateKind =
  'free' | 'u3' | 'rx' | 'ry' | 'rz' | 'rxx' | 'ryy' | 'rzz' | 'cx' | 'cz' | 'constant';

export interface TemplateGate {
  readonly kind: TemplateGateKind;
  /** Distinct qubits in any order; bit j of the gate's matrix index is `qubits[j]`; `cx` is [control, target]. */
  readonly qubits: readonly number[];
  /** Only for `constant`: 2^k x 2^k, row-major, interleaved real and imaginary. */
  readonly matrix?: Float64Array;
}

/** What a target is approximated by: gates as data, on at most 12 qubits. */
export interface Template {
  readonly qubits: number;
  readonly gates: readonly TemplateGate[];
  /**
   * Values of all gates that are not fixed, one after another: `u3` theta, phi, lambda; a rotation its angle; `free`
   * its matrix (2 * 4^k numbers, as `TemplateGate.matrix`). A warm start where `instantiate` is given it: then the
   * first start begins here, the others at random.
   */
  readonly parameters?: Float64Array;
}

/** What a template is to become, interleaved real and imaginary: a matrix (2^n x 2^n, row-major) or a state. */
export interface SynthesisTarget {
  readonly qubits: number;
  /** `state`: the template acts on |0...0>, and only that column counts. */
  readonly kind: 'unitary' | 'state';
  readonly values: Float64Array;
}

export type InstantiateMethod = 'auto' | 'qfactor' | 'lm' | 'qfactor-sample';

export interface InstantiateOptions {
  readonly threads: number;
  readonly control: ControlHandle;
  /**
   * Default `cpu`. A CUDA device takes QFactor and QFactor-Sample, all starts of all templates side by side;
   * Levenberg-Marquardt stays on the threads. With 64 starts or more in all, `auto` means the device's method there.
   */
  readonly device?: string;
  /** Default `auto`: see `native/synthesize/instantiate.hpp` for its rule. */
  readonly method?: InstantiateMethod;
  /** Number of starts (default 1), the warm one included. */
  readonly multistarts?: number;
  /** The answer is a function of the input and the seed (default 0), whatever the threads. */
  readonly seed?: number;
  /** Success is a distance 1 - |Tr(T^dagger C)| / 2^n (state: 1 - |<t|C|0>|) of at most this; default 1e-10. */
  readonly distTol?: number;
  /** Further second-order steps after success, down to rounding; default true. */
  readonly polish?: boolean;
  /** Iterations (QFactor: both sweeps) of one start; default 100000. */
  readonly maxIters?: number;
  /** No plateau before this many QFactor iterations; default 10. */
  readonly minIters?: number;
  /** Plateau: |c - c_before| <= diffTolA + diffTolR |c|, seen in a window of 8; defaults 1e-12 and 1e-6. */
  readonly diffTolA?: number;
  readonly diffTolR?: number;
  /** Plateau: less than this share gained over `diffTolStep` iterations; defaults 0.1 and 200. */
  readonly diffTolStepR?: number;
  readonly diffTolStep?: number;
  /** QFactor builds its matrix anew every so many iterations; default 40. */
  readonly resetIter?: number;
  /** Regularisation of QFactor in [0, 1): weight of the gate before; default 0. */
  readonly beta?: number;
  /** QFactor-Sample: training states at first (default sqrt(parameters)), validation states (default 2). */
  readonly trainingStates?: number;
  readonly validationStates?: number;
  /** QFactor-Sample: the training set doubles when validation exceeds training by this share; default 0.1. */
  readonly overtrainRatio?: number;
  /** Calls, of this process and of others, that share the device's free memory at a time; default 1. */
  readonly deviceShare?: number;
}

/** Bytes that a call of `instantiateMany` takes. */
export interface InstantiationMemory {
  /** Whatever the threads: a copy of the target, and where all starts begin. */
  readonly call: number;
  /** For each thread. */
  readonly thread: number;
  /** Of a device's memory, for each start there; 0 on the processor. */
  readonly start: number;
  /** Parts of a template's starts that threads can take. */
  readonly tasks: number;
  /** Whether second-order steps after a success are affordable (at most 256 MiB). */
  readonly polishes: boolean;
}

export interface InstantiateResult {
  readonly success: boolean;
  /** Computed anew from the parameters below. */
  readonly distance: number;
  /** As `Template.parameters`. */
  readonly parameters: Float64Array;
  /** Method of the best start. */
  readonly method: 'qfactor' | 'lm' | 'qfactor-sample';
  /** Iterations of the best start, and of all starts that count. */
  readonly iterations: number;
  readonly totalIterations: number;
  /** The start that gave the answer: 0 is the warm one where there is one. */
  readonly start: number;
  /** Distance that each start ended with, up to the one that gave the answer; with `allStarts` all of them. */
  readonly distances: Float64Array;
}

export interface NativeAddon {
  buildInfo(): BuildInfo;
  /** Devices, `cpu` first. */
  devices(): DeviceInfo[];
  /** Why no CUDA device is listed, or ''. */
  cudaUnavailableReason(): string;
  /** CPUs that this process may use. */
  availableThreads(): number;
  /** Bytes that this process could still allocate: the node's, or what its control group leaves; 0 if unknown. */
  availableMemory(): number;

  createControl(): ControlHandle;
  cancelControl(control: ControlHandle): void;
  controlProgress(control: ControlHandle): { done: number; total: number };

  /**
   * Computes a subcircuit's tensor and writes it to `file` (.npy, float64 or float32, shape
   * [4] * (inputs + mirrored + outputs) + [2^outcomes]) atomically: a temporary name, fsync, rename.
   */
  evaluateSubcircuit(
    program: SubcircuitArrays,
    options: ComputeOptions & { readonly file: string; readonly precision: Precision },
  ): Promise<{ seconds: number; bytes: number }>;
  /** Outcome probabilities of an uncut circuit, as a tensor without bonds whose bits are 0 .. outcomes - 1. */
  simulateProbabilities(
    program: ProgramArrays & { readonly outcomes: Int32Array },
    options: ComputeOptions & { readonly precision: Precision },
  ): Promise<TensorHandle>;

  /**
   * Opens a tensor file: its leading axes become the bonds named by `bonds`, the bits of its last axis the outcome
   * bits `bits`.
   */
  openTensor(file: string, bonds: readonly number[], bits: readonly number[]): Promise<TensorHandle>;
  /** A tensor from values: [product of extents][2^bits]. */
  createTensor(
    bonds: readonly { label: number; extent: number }[],
    bits: readonly number[],
    values: Float64Array,
  ): TensorHandle;
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
  /** Creates a .npy file of one axis at its full size (so that disk space is reserved), to be written in parallel. */
  createArrayFile(path: string, length: number, precision: Precision): Promise<void>;
  /** Flushes a file to disk, then renames it. */
  publishFile(from: string, to: string): Promise<void>;

  /**
   * Finds parameters with which the template is the target, up to a phase. Ends at the first start (in order) that
   * succeeds, else answers the best one; changes none of its arguments. Rejects with `input` if the target is not
   * unitary (normalised) or of another size, the template has no gate to adjust or its gates are malformed, and with
   * `usage` for options out of range (that one at once, before a promise is made).
   */
  instantiate(
    target: SynthesisTarget,
    template: Template,
    options: InstantiateOptions & {
      /** Runs every start, also after a success. */ readonly allStarts?: boolean;
    },
  ): Promise<InstantiateResult>;
  /**
   * One target, several templates, over the threads; entry i is what `instantiate` gives for template i. With
   * `firstSuccess` the answer ends behind the first template (in order) that succeeds: entries behind it are null.
   */
  instantiateMany(
    target: SynthesisTarget,
    templates: readonly Template[],
    options: InstantiateOptions & { readonly firstSuccess?: boolean },
  ): Promise<(InstantiateResult | null)[]>;
  /** What `instantiateMany` takes with so many templates (default 1) like this one. Throws as `instantiate` rejects. */
  instantiationMemory(
    template: Template,
    options: Omit<InstantiateOptions, 'control'> & {
      readonly kind: SynthesisTarget['kind'];
      readonly templates?: number;
    },
  ): InstantiationMemory;
  /** The matrix of a template with parameters, 2^n x 2^n, interleaved, row-major. */
  compositeUnitary(template: Template): Float64Array;
  /** Distance of a template with parameters from a target, computed densely. */
  synthesisDistance(target: SynthesisTarget, template: Template): number;

  /**
   * Initialises MPI on the engine thread; rejects in builds without MPI. `messageBytes` is the longest single
   * message (default 1 GiB); longer data travels in pieces.
   */
  mpiStart(options?: { readonly messageBytes?: number }): Promise<MpiWorld>;
  mpiBarrier(): Promise<void>;
  mpiBroadcast(data: Uint8Array, root: number): Promise<Uint8Array>;
  mpiGather(data: Uint8Array, root: number): Promise<Uint8Array[]>;
  mpiAllReduce(values: Float64Array, operation: 'sum' | 'min' | 'max'): Promise<Float64Array>;
  /** Collective: the ranks of this node that name the same device, as a communicator of their own. */
  mpiSplitByDevice(device: string): Promise<DeviceGroup>;
  mpiFetchAdd(counter: number, amount: number): Promise<number>;
  mpiFinalize(): Promise<void>;
  /**
   * Synchronous, for exit handlers: finalises on the engine thread and waits, at most `timeoutSeconds` (2). False if
   * that failed or other ranks did not follow in time; then MPI can no longer be left in good order.
   */
  mpiFinalizeSync(timeoutSeconds?: number): boolean;
  /** Ends all ranks, this one within seconds even if the engine thread is blocked; never returns. */
  mpiAbort(exitCode: number): void;
  mpiState(): 'new' | 'starting' | 'running' | 'finalized' | 'failed';
  /** Ends this process at once: no exit handler, no wait for threads that are blocked. */
  exitNow(exitCode: number): void;

  /** Kernels for `npm run bench`: runs one native benchmark once and returns its seconds and amounts of work. */
  benchmarkKernel(
    name: string,
    parameters: Readonly<Record<string, number>>,
    threads: number,
  ): Promise<{ seconds: number; bytes: number; flops: number }>;
}
