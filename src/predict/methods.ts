/** What a question about a circuit takes, cut in some way, whole as a state vector, or as its own network. */
import type { Circuit } from '../circuit/circuit.js';
import { DEFAULT_COSTS } from '../cut/model/costModel.js';
import type { CutCircuit } from '../cut/model/cutCircuit.js';
import type { MethodCost, UncutMethod } from '../cut/model/method.js';
import type { GatePart } from '../cut/model/cutGraph.js';
import { networkParts, wholeParts } from '../cut/search/modes/uncutParts.js';
import { buildCutCircuit } from '../cut/solution/buildCutCircuit.js';
import { KroncutError } from '../error.js';
import type { Precision } from '../native/addon.js';
import { reducedQuestions } from '../reconstruct/queries/localQueries.js';
import type { Queries } from '../reconstruct/queries/registry.js';
import type { Context } from '../run/context.js';
import { predictReconstruct } from './predictReconstruct.js';
import { predictEvaluate } from './predictStages.js';

/** What is asked, for predictions. */
export interface MethodQuestion {
  readonly precision: Precision;
  /** By the cut circuit: what is asked where nothing is named depends on the number of outcomes. */
  readonly queries: (cut: CutCircuit) => Queries;
  /** Terms of the expectation value that alone is asked for; undefined where outcomes are kept. */
  readonly terms?: ((circuit: Circuit) => number | undefined) | undefined;
  /** Nothing is asked yet, and the tensors are to answer whatever comes. */
  readonly any?: boolean;
}

/** The whole distribution, or, of too many outcomes, the probability of one: what is predicted where nothing is asked yet. */
export function answerQueries({ outcomeBits }: Pick<CutCircuit, 'outcomeBits'>): Queries {
  return outcomeBits <= DEFAULT_COSTS.outcomeBits
    ? { full: true }
    : { probability: ['0'.repeat(outcomeBits)] };
}

export const ANY_QUESTION: MethodQuestion = { precision: 'double', queries: answerQueries, any: true };

/** Tensors of a network up to which its contraction is planned: beyond, finding the order takes longer than most answers. */
export const MOST_TENSORS = 3000;

/** Tensors of a network whose contraction is planned for the sake of a comparison. */
export const COMPARED_TENSORS = 300;

export interface UncutParts {
  readonly parts: readonly GatePart[];
  readonly cutCircuit: CutCircuit;
}

/** The circuit whole, or as its own network; undefined for a network of more tensors than are planned for. */
export function uncutParts(
  circuit: Circuit,
  method: UncutMethod,
  mostTensors = MOST_TENSORS,
): UncutParts | undefined {
  const parts = method === 'statevector' ? wholeParts(circuit) : networkParts(circuit);
  if (method === 'contract' && new Set(parts).size > mostTensors) return undefined;
  return { parts, cutCircuit: buildCutCircuit(circuit, parts) };
}

/** What a question takes with these cuts, or with none. */
export function methodCost(context: Context, cut: CutCircuit, question: MethodQuestion): MethodCost {
  const queries = question.queries(cut);
  const questions = question.any === true ? [] : reducedQuestions(cut, queries);
  const evaluate = predictEvaluate(context, cut, question.precision, questions);
  const unfit = { seconds: Infinity, memoryBytes: evaluate.memoryBytes, fits: false };
  if (evaluate.memoryBytes > context.memory) return unfit;
  try {
    const basis = { questions };
    const reconstruct = predictReconstruct(context, cut, question.precision, queries, basis);
    const memoryBytes = Math.max(evaluate.memoryBytes, reconstruct.memoryBytes);
    return {
      seconds: evaluate.seconds + reconstruct.seconds,
      memoryBytes,
      fits: memoryBytes <= context.memory,
    };
  } catch (error) {
    if (error instanceof KroncutError && error.code === 'memory') return { ...unfit, memoryBytes: Infinity };
    throw error;
  }
}

/** Cuts that are predicted to take less leave nothing to say. */
const WORTH_SAYING = 1;
/** So many times faster another way has to be to be spoken of: predictions are no better. */
const CLEARLY = 2;

export interface FasterWay {
  readonly method: UncutMethod;
  readonly seconds: number;
  /** With the cuts. */
  readonly cutSeconds: number;
}

/** The way without cuts that is predicted to answer in less than half of the time, where that is more than a second. */
export function fasterUncut(
  context: Context,
  circuit: Circuit,
  cut: CutCircuit,
  question: MethodQuestion,
): FasterWay | undefined {
  const { seconds: cutSeconds } = methodCost(context, cut, question);
  if (cutSeconds <= WORTH_SAYING) return undefined;
  let best: FasterWay | undefined;
  for (const method of ['statevector', 'contract'] as const) {
    // Planning a contraction takes longer than a way that takes no time.
    if (best !== undefined && best.seconds <= WORTH_SAYING) break;
    const found = uncutParts(circuit, method, COMPARED_TENSORS);
    const seconds = found === undefined ? Infinity : methodCost(context, found.cutCircuit, question).seconds;
    if (CLEARLY * seconds < cutSeconds && seconds < (best?.seconds ?? Infinity))
      best = { method, seconds, cutSeconds };
  }
  return best;
}
