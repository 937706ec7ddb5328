/** What the page of a run is made from. */
import type { Circuit } from '../../circuit/circuit.js';
import type { CutCircuit } from '../../cut/model/cutCircuit.js';
import type { GatePart } from '../../cut/model/cutGraph.js';
import type { BondEdge, Subexperiments } from '../../cut/solution/subexperiments.js';
import type { CutSummary } from '../../cut/solution/summary.js';
import type { MethodCost } from '../../cut/model/method.js';
import type { CutVerdict } from '../../predict/explainCut.js';
import type { Prediction } from '../../predict/predictStages.js';
import type { Manifest } from '../../run/directory/manifest.js';
import type { Missing } from '../page.js';

/** A number with its standard error: null where that is not known, left out where the number is exact. */
export interface Estimate {
  readonly value: number;
  readonly error?: number | null | undefined;
  /** Of 95%. */
  readonly interval?: readonly [number, number] | null | undefined;
}

export interface OutcomeFact extends Estimate {
  readonly bits: string;
}

/** Outcomes by how likely they are: those with a probability from `from` to below `to`. */
export interface SpreadBin {
  readonly from: number;
  readonly to: number;
  readonly outcomes: number;
  readonly probability: number;
}

/** What a look at every outcome finds. */
export interface DistributionFact {
  readonly outcomeBits: number;
  readonly sum: number;
  /** The least value and the largest, and the share of outcomes that are below zero. */
  readonly min: number;
  readonly max: number;
  readonly entropyBits: number;
  readonly spread: readonly SpreadBin[];
  /** Probabilities of all outcomes, by index, where these are few. */
  readonly values: readonly number[] | null;
}

/** The tensor of a subcircuit. */
export interface TensorFact {
  readonly name: string;
  readonly subcircuit: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly rank: number | undefined;
  /** In milliseconds since 1970. */
  readonly began: number | undefined;
  readonly shots: number | undefined;
}

export interface CostRow {
  readonly stage: string;
  readonly predicted: Prediction | null;
  readonly seconds: number | undefined;
  readonly memoryBytes: number | undefined;
  readonly diskBytes: number | undefined;
}

export interface VerifyFact {
  readonly passed: boolean;
  readonly maxAbsError: number;
  readonly tolerance: number;
  /** With what it was compared, as the end of a sentence. */
  readonly against: string;
  readonly hellingerFidelity: number | undefined;
  readonly largestInErrors: number | undefined;
}

export interface BitFact extends Estimate {
  readonly bit: number;
}

export interface TermFact extends Estimate {
  readonly pauli: string;
  readonly coefficient: number;
}

/** An answer, or what is missing of it. */
export type Held<T> = { readonly held: T } | { readonly missing: Missing };

export interface RunFacts {
  /** The run directory, as it was named. */
  readonly name: string;
  readonly manifest: Manifest;
  readonly circuit: Circuit;
  readonly parts: readonly GatePart[];
  readonly cutCircuit: CutCircuit;
  readonly summary: CutSummary;
  readonly bonds: readonly BondEdge[];
  readonly subexperiments: Subexperiments;
  readonly uncut: MethodCost;
  readonly verdict: CutVerdict;
  readonly tensors: readonly TensorFact[];
  readonly costs: readonly CostRow[];
  readonly timings: Readonly<Record<string, number>>;
  readonly top: Held<{
    readonly proven: boolean;
    readonly bound: number;
    readonly outcomes: readonly OutcomeFact[];
  }>;
  readonly distribution: Held<DistributionFact>;
  /** Probability that each outcome bit is 1. */
  readonly ones: Held<readonly BitFact[]>;
  readonly expect: Held<Estimate & { readonly terms: readonly TermFact[] }>;
  readonly verify: Held<VerifyFact>;
  /** Files of results that are there. */
  readonly files: readonly string[];
  /** The commands that make this run. */
  readonly commands: readonly string[];
  /** Where and when the page was made. */
  readonly made: { readonly version: string; readonly node: string; readonly when: Date };
  /** Bytes that a rank here may use. */
  readonly memory: number;
}
