/// <reference types="node" preserve="true" />
/**
 * The bare kernels, `kroncut/native`: what computes, without circuits in files, cuts, runs or ranks. What is listed here
 * keeps its name and meaning between versions, as the library does; other functions of the addon may change.
 *
 * Numbers are little-endian doubles. Complex numbers are two of them, matrices row-major, and bit i of an index is qubit, or
 * outcome bit, i. Computing functions return promises, work on threads of their own, and reject with a `KroncutError`
 * where they are called by `invoke`.
 *
 * @module kroncut/native
 */
import type { NativeAddon } from './native/addon.js';
import { loadAddon, type LoadOptions } from './native/load.js';

export { lowerCircuit, type LoweredGates } from './circuit/lower.js';
export { KroncutError, type ErrorCode } from './error.js';
export type {
  BitAction,
  BondBasis,
  Comparison,
  EntropySums,
  SliceNorms,
  BuildInfo,
  ComputeOptions,
  ControlHandle,
  DeviceInfo,
  EvaluatedArray,
  EvaluateOptions,
  InstantiateOptions,
  InstantiateResult,
  ProductOptions,
  ProductResult,
  ProgramArrays,
  SubcircuitArrays,
  SynthesisTarget,
  Template,
  TemplateGate,
  TensorHandle,
  TensorInfo,
} from './native/addon.js';
export { invoke, type InvokeOptions } from './native/invoke.js';
export type { LoadOptions } from './native/load.js';

/** Names of the functions that are stable. */
type Stable =
  | 'buildInfo'
  | 'devices'
  | 'availableThreads'
  | 'availableMemory'
  | 'createControl'
  | 'cancelControl'
  | 'controlProgress'
  | 'evaluateSubcircuit'
  | 'simulateProbabilities'
  | 'openTensor'
  | 'createTensor'
  | 'tensorInfo'
  | 'readTensor'
  | 'contractTensors'
  | 'streamProduct'
  | 'instantiate'
  | 'compositeUnitary'
  | 'synthesisDistance';

/** The stable functions of the addon: about the machine, simulation, tensors and their products, and synthesis. */
export type Kernels = Pick<NativeAddon, Stable>;

/**
 * Loads the addon, and gives its stable functions. Which variant is taken follows from the machine, or from
 * `KRONCUT_ADDON`.
 *
 * @throws KroncutError `usage` where none loads, with the reason of each, or where `KRONCUT_ADDON` does not.
 * @example
 * ```js
 * import { readQasm } from 'kroncut';
 * import { invoke, loadKernels, lowerCircuit } from 'kroncut/native';
 *
 * const kernels = loadKernels();
 * const { qubits, gates } = readQasm('include "qelib1.inc"; qreg q[2]; h q[0]; cx q[0], q[1];');
 * const program = { qubits, ...lowerCircuit(gates), outcomes: Int32Array.of(0, 1) };
 * const tensor = await invoke(kernels, (control) =>
 *   kernels.simulateProbabilities(program, { control, device: 'cpu', threads: 2, precision: 'double' }),
 * );
 * console.log(kernels.readTensor(tensor, 0, 4)); // 0.5, 0, 0, 0.5
 * ```
 */
export function loadKernels(options?: LoadOptions): Kernels {
  return loadAddon(options).addon;
}
