/** Templates and their instantiation, as `native/synthesize/` has them. */
import type { ControlHandle } from './handles.js';

/**
 * A gate of a template. `free` is any unitary on 1, 2 or 3 qubits, `u3` one up to its phase, `rx` ... `rzz` are
 * exp(-i angle/2 P) with the Pauli product P, `constant` is any fixed unitary on 1, 2 or 3 qubits.
 */
export type TemplateGateKind =
  'free' | 'u3' | 'rx' | 'ry' | 'rz' | 'rxx' | 'ryy' | 'rzz' | 'cx' | 'cz' | 'constant';

/** A gate of a template: what it is, and on which qubits. */
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
  /** Where all gates are `u3` and `cx`: their qubits, two numbers each, the second of a `u3` -1. Read in place of `gates`. */
  readonly pairs?: Int32Array;
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

/**
 * How parameters are found: Levenberg-Marquardt, sweeps of polar decompositions (QFactor), or those on samples of
 * states.
 */
export type InstantiateMethod = 'auto' | 'qfactor' | 'lm' | 'qfactor-sample';

/** How parameters are looked for: method, starts, threshold and limits. */
export interface InstantiateOptions {
  readonly threads: number;
  readonly control: ControlHandle;
  /**
   * Default `cpu`. A CUDA device takes QFactor and QFactor-Sample, all starts of all templates side by side;
   * Levenberg-Marquardt stays on the threads. With 64 starts or more in all, `auto` means the device's method there.
   */
  readonly device?: string;
  /** Default `auto`: see `choose_method` in `native/synthesize/methods.hpp`. */
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

/**
 * Parameters for a template, and how near they come: distances are 1 - |Tr(T^dagger U)| / 2^n of unitaries, 1 -
 * |<t|u>| of states.
 */
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

export interface NativeSynthesis {
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
}
