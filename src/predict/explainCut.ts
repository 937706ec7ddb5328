/** What `cut` says about its cuts beside the summary: a drawing, the bonds, and what everything would take. */
import type { Circuit } from '../circuit/circuit.js';
import { circuitLayout } from '../cut/drawing/circuitLayout.js';
import { circuitSvg } from '../cut/drawing/circuitSvg.js';
import type { CutCircuit } from '../cut/model/cutCircuit.js';
import { isCounted } from '../cut/model/limits.js';
import type { MethodCost } from '../cut/model/method.js';
import type { GatePart } from '../cut/model/cutGraph.js';
import { DEFAULT_DRAW_LIMITS, drawCircuit, type DrawLimits, type Paint } from '../cut/drawing/drawCircuit.js';
import {
  bondGraph,
  countSubexperiments,
  type BondEdge,
  type Subexperiments,
} from '../cut/solution/subexperiments.js';
import { KroncutError } from '../error.js';
import type { Context } from '../run/context.js';
import { ANY_QUESTION, answerQueries, COMPARED_TENSORS, methodCost, uncutParts } from './methods.js';
import { predictReconstruct } from './predictReconstruct.js';
import { predictEvaluate, predictUncut, type Prediction } from './predictStages.js';

/** The drawing in the run directory. */
export const DRAWING_FILE = 'circuit.svg';

/** A circuit and how it is cut: one part per two-qubit gate, and the subcircuits that they make. */
export interface CutSource {
  readonly circuit: Circuit;
  readonly parts: readonly GatePart[];
  readonly cutCircuit: CutCircuit;
}

/** How the cut circuit is drawn as text. */
export interface DrawingChoices {
  readonly limits?: DrawLimits | undefined;
  /** Colours what belongs to a subcircuit; default: no colours. */
  readonly paint?: Paint | undefined;
  /** Without `paint`: foreground colours of ECMA-48, such as 34, for one subcircuit after the other. */
  readonly colours?: readonly number[] | undefined;
}

/**
 * `none`: nothing is cut. `wins`, `loses`: the cut circuit is predicted to take less, or more, time than the whole one, as a
 * state vector or by contraction. `needed`: neither of these fits the memory of a rank. `impossible`: nor does the cut one.
 */
export type CutVerdict = 'none' | 'wins' | 'loses' | 'needed' | 'impossible';

/**
 * What cuts mean: how pieces hang together, what hardware would run, what the stages would take in seconds and
 * bytes, and what the uncut circuit would.
 */
export interface CutExplanation {
  /** `file` is null where none is written; `text` is null where it does not fit, for the `reason`. */
  readonly drawing: {
    readonly file: string | null;
    readonly text: readonly string[] | null;
    readonly reason: string | null;
  };
  readonly bondGraph: readonly BondEdge[];
  readonly subexperiments: Subexperiments;
  readonly predicted: {
    readonly evaluate: Prediction;
    /** What is reconstructed here: the whole distribution, or, of too many outcomes, the probability of one. */
    readonly query: 'full' | 'probability';
    /** Null where it does not fit, for the `reason`. */
    readonly reconstruct: Prediction | null;
    readonly reason: string | null;
  };
  /** The simulation of the whole circuit on one rank. */
  readonly uncut: MethodCost;
  /** The contraction of its own network, for the answer that is predicted; null for a network of very many tensors. */
  readonly contraction: MethodCost | null;
  readonly verdict: CutVerdict;
}

/** The text of the drawing as SVG. */
export function drawSvg({ circuit, parts, cutCircuit }: CutSource): string {
  const { subcircuits, cuts, qubits } = cutCircuit;
  const title = `${qubits} qubits, ${subcircuits.length} subcircuits, cuts: ${cuts.filter(isCounted).length}`;
  return circuitSvg(circuitLayout(circuit, parts, cutCircuit), title);
}

/** Explains cuts, in double precision on the ranks of the context. */
export function explainCut(
  context: Context,
  source: CutSource,
  choices: DrawingChoices & { readonly file?: string | undefined } = {},
): CutExplanation {
  const { circuit, parts, cutCircuit } = source;
  const layout = circuitLayout(circuit, parts, cutCircuit);
  const drawn = drawCircuit(
    layout,
    choices.limits ?? DEFAULT_DRAW_LIMITS,
    choices.paint ?? inColours(choices.colours),
  );
  const evaluate = predictEvaluate(context, cutCircuit, 'double');
  const predicted = { evaluate, ...predictAnswer(context, cutCircuit) };
  const { seconds, memoryBytes } = predictUncut(context, circuit, cutCircuit);
  const uncut = { seconds, memoryBytes, fits: memoryBytes <= context.memory };
  const contraction = contractionCost(context, circuit);
  const cutFits = predicted.reconstruct !== null && evaluate.memoryBytes <= context.memory;
  const cutSeconds = evaluate.seconds + (predicted.reconstruct?.seconds ?? Infinity);
  return {
    drawing: {
      file: choices.file ?? null,
      text: 'lines' in drawn ? drawn.lines : null,
      reason: 'lines' in drawn ? null : drawn.reason,
    },
    bondGraph: bondGraph(cutCircuit),
    subexperiments: countSubexperiments(cutCircuit),
    predicted,
    uncut,
    contraction,
    verdict: verdict(cutCircuit.cuts.some(isCounted), cutFits ? cutSeconds : Infinity, [
      uncut,
      ...(contraction === null ? [] : [contraction]),
    ]),
  };
}

/** For terminals: the text of a subcircuit in its colour, and after it the usual one. */
export function inColours(colours: readonly number[] = []): Paint | undefined {
  if (colours.length === 0) return undefined;
  return (text, subcircuit) => `\u001B[${colours[subcircuit % colours.length] ?? 39}m${text}\u001B[39m`;
}

function verdict(isCut: boolean, cutSeconds: number, uncut: readonly MethodCost[]): CutVerdict {
  if (!isCut) return 'none';
  const fitting = uncut.filter(({ fits }) => fits);
  if (fitting.length === 0) return cutSeconds < Infinity ? 'needed' : 'impossible';
  return fitting.every(({ seconds }) => cutSeconds < seconds) ? 'wins' : 'loses';
}

function contractionCost(context: Context, circuit: Circuit): MethodCost | null {
  const network = uncutParts(circuit, 'contract', COMPARED_TENSORS);
  return network === undefined ? null : methodCost(context, network.cutCircuit, ANY_QUESTION);
}

/** What the whole distribution would take, or, of too many outcomes, the probability of one. */
export function predictAnswer(
  context: Context,
  cut: CutCircuit,
): Pick<CutExplanation['predicted'], 'query' | 'reconstruct' | 'reason'> {
  const queries = answerQueries(cut);
  const query = queries.full === true ? 'full' : 'probability';
  try {
    const { seconds, memoryBytes, diskBytes } = predictReconstruct(context, cut, 'double', queries);
    return { query, reconstruct: { seconds, memoryBytes, diskBytes }, reason: null };
  } catch (error) {
    if (error instanceof KroncutError && error.code === 'memory') {
      return { query, reconstruct: null, reason: error.message };
    }
    throw error;
  }
}
