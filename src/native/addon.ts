/**
 * The addon's type: everything that crosses the boundary to C++, in one place (the larger parts in files of their own).
 * Plain option objects, typed arrays and opaque handles only. Functions that return a promise work off the event loop;
 * they reject with an Error whose `code` is an `ErrorCode`, which `invoke.ts` turns into a KroncutError.
 */
import type { NativeComm } from './comm.js';
import type { NativeContract } from './contract.js';
import type { ComputeOptions, ControlHandle, Precision, TensorHandle } from './handles.js';
import type { NativeNoise } from './noise.js';
import type { NativeSynthesis } from './synthesize.js';

export type * from './comm.js';
export type * from './contract.js';
export type * from './handles.js';
export type * from './noise.js';
export type * from './synthesize.js';

/** What a binary of the addon was built with. */
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

/** A device, with its memory in bytes. */
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

/** How a tensor is evaluated: where to, and in which precision. */
export interface EvaluateOptions extends ComputeOptions {
  readonly file?: string | undefined;
  readonly precision: Precision;
}

/** What was computed into a file or, where none was named, into memory. */
export interface EvaluatedArray {
  readonly seconds: number;
  readonly bytes: number;
  readonly values?: Float64Array;
}

/**
 * All functions of the native addon. Only those of `kroncut/native` keep their names and meaning between versions.
 */
export interface NativeAddon extends NativeComm, NativeContract, NativeNoise, NativeSynthesis {
  /** What this binary was built with. */
  buildInfo(): BuildInfo;
  /** Devices, `cpu` first. */
  devices(): DeviceInfo[];
  /** Why no CUDA device is listed, or ''. */
  cudaUnavailableReason(): string;
  /** CPUs that this process may use. */
  availableThreads(): number;
  /** Bytes that this process could still allocate: the node's, or what its control group leaves; 0 if unknown. */
  availableMemory(): number;

  /** A control for one call: hand it over in the options, to cancel the call or ask for its progress. */
  createControl(): ControlHandle;
  /** Ends the call that works under a control; it rejects with `cancelled`. */
  cancelControl(control: ControlHandle): void;
  /** How far that call is, in the call's own unit. */
  controlProgress(control: ControlHandle): { done: number; total: number };

  /**
   * Computes a subcircuit's tensor and writes it to `file` (.npy, float64 or float32, shape
   * [4] * (inputs + mirrored + outputs) + [2^outcomes]) atomically: a temporary name, fsync, rename. Without `file` it
   * gives the values.
   */
  evaluateSubcircuit(program: SubcircuitArrays, options: EvaluateOptions): Promise<EvaluatedArray>;
  /**
   * The same for observables, of shape [strings] + [4] * legs + [2^outcomes]: strings such as `IXZ01` of Paulis and projectors on outcomes, qubit 0 last,
   * on qubits that are neither outputs nor outcomes, all from one evolution.
   */
  evaluateReduced(
    program: SubcircuitArrays,
    options: EvaluateOptions & { readonly strings: readonly string[] },
  ): Promise<EvaluatedArray>;
  /** Outcome probabilities of an uncut circuit, as a tensor without bonds whose bits are 0 .. outcomes - 1. */
  simulateProbabilities(
    program: ProgramArrays & { readonly outcomes: Int32Array },
    options: ComputeOptions & { readonly precision: Precision },
  ): Promise<TensorHandle>;

  /** Creates a .npy file of one axis at its full size (so that disk space is reserved), to be written in parallel. */
  createArrayFile(path: string, length: number, precision: Precision): Promise<void>;
  /** Waits until what was written to a file is on disk. */
  syncFile(path: string): Promise<void>;
  /** Flushes a file to disk, then renames it. */
  publishFile(from: string, to: string): Promise<void>;

  /**
   * From now on one of these signals (numbers) that the program has not heard of (`signalHeard`) after some milliseconds ends
   * the process with 128 + its number. Listeners for them must stand already.
   */
  watchSignals(signals: readonly number[], milliseconds: number): void;
  /** The program has heard of the signal that `watchSignals` waits for. */
  signalHeard(): void;
  /** Ends this process at once: no exit handler, no wait for threads that are blocked. */
  exitNow(exitCode: number): void;

  /** Kernels for `npm run bench`: runs one native benchmark once and returns its seconds and amounts of work. */
  benchmarkKernel(
    name: string,
    parameters: Readonly<Record<string, number>>,
    threads: number,
  ): Promise<{ seconds: number; bytes: number; flops: number }>;
}
