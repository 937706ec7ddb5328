/** A check of a run against other cuts of the same circuit, which share no tensor with it. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isCounted } from '../../cut/model/limits.js';
import { costConstants, predictCost } from '../../cut/model/costModel.js';
import type { CutCircuit } from '../../cut/model/cutCircuit.js';
import { required, KroncutError, valueAt } from '../../error.js';
import { evaluateSubcircuits } from '../../evaluate/evaluate.js';
import type { Evaluator } from '../../evaluate/evaluator.js';
import { exactEvaluator } from '../../evaluate/exact.js';
import { namedSubcircuits } from '../../evaluate/tasks.js';
import type { Precision } from '../../native/addon.js';
import { keptAnswers } from '../../reconstruct/queries/answers/compareAnswers.js';
import { bitStringProbabilities } from '../../reconstruct/queries/answers/probabilityAnswer.js';
import type { Inquiry, QuerySource } from '../../reconstruct/queries/query.js';
import { questionTensors } from '../../reconstruct/queries/reduced.js';
import { reducedNetwork } from '../../reconstruct/queries/answers/reducedMembers.js';
import { tensorMember, tensorNetwork } from '../../reconstruct/network/tensorNetwork.js';
import { solveCuts } from '../../predict/solveCuts.js';
import type { CutChoices } from '../../predict/cutChoices.js';
import type { Context } from '../../run/context.js';
import { FileTensors } from '../../run/tensors/fileTensors.js';
import type { KeptQuestion } from '../../run/directory/manifest.js';
import { MemoryTensors } from '../../run/tensors/memoryTensors.js';
import type { TensorStore } from '../../run/tensors/tensorStore.js';
import { runCircuit, type OpenRun } from '../input/openRun.js';
import { predictEvaluate } from '../../predict/predictStages.js';

/** Other cuts of the same circuit. */
export interface RecutSummary {
  readonly subcircuits: number;
  readonly width: number;
  readonly cuts: number;
}

/** Likely outcomes and chosen ones, compared with what other cuts of the circuit give. */
export interface RecutCheck extends RecutSummary {
  readonly outcomes: number;
  /** Largest difference of two probabilities, as a share of the largest probability. */
  readonly maxRelativeError: number;
}

/** Seconds for each search for other cuts, and predicted seconds that evaluating them may take. */
const SEARCH_SECONDS = 5;
const EVALUATE_SECONDS = 60;
/** What the check takes at most, about. */
export const LONGEST_RECUT_SECONDS = 4 * SEARCH_SECONDS + EVALUATE_SECONDS;
const FOLDER = 'verify-recut';
/** As exact as can be, whatever the run's precision. */
const PRECISION: Precision = 'double';

/** Collective: probabilities of outcomes from other cuts, against those of the run. A string says why not. */
export function checkRecut(
  run: OpenRun,
  source: QuerySource,
  strings: readonly string[],
  expected: readonly number[],
): Promise<RecutCheck | string> {
  return withRecut(run, async (context, { directory, cutCircuit, store, evaluator }) => {
    await evaluateSubcircuits(context, { store, evaluator, named: namedSubcircuits(cutCircuit) });
    const network = tensorNetwork(cutCircuit, store, PRECISION);
    const there = { ...source, directory, cutCircuit, network, precision: PRECISION };
    const found = await bitStringProbabilities(context, there, strings);
    const values = strings.map((bits) => required(found[bits], `the probability of ${bits}`));
    return {
      ...summaryOf(cutCircuit),
      outcomes: strings.length,
      maxRelativeError: relativeError(expected, values),
    };
  });
}

/** Collective: what a run without outcomes answers, from other cuts. A string says why not. */
export function recutAnswers(
  run: OpenRun,
  questions: readonly KeptQuestion[],
): Promise<(RecutSummary & { readonly answers: readonly number[] }) | string> {
  return withRecut(run, async (context, { directory, cutCircuit, store, evaluator }) => {
    const named = questions.flatMap((question) => questionTensors(cutCircuit, question));
    await evaluateSubcircuits(context, { store, evaluator, named });
    const { network, reduced } = reducedNetwork(cutCircuit, store, PRECISION, questions);
    const inquiry: Inquiry = {
      context,
      source: { directory, cutCircuit, network, precision: PRECISION },
      data: 'exact',
      reduced,
      memberOf: ({ name, subcircuit }) => tensorMember(cutCircuit, subcircuit, store, name, PRECISION),
      evaluate: async () => {},
      forget: async () => {},
      recorded: () => {},
    };
    return { ...summaryOf(cutCircuit), answers: await keptAnswers(inquiry, questions) };
  });
}

interface Recut {
  readonly directory: string | undefined;
  readonly cutCircuit: CutCircuit;
  readonly store: TensorStore;
  readonly evaluator: Evaluator;
}

/** Collective: works with other cuts, whose tensors go when `body` ends. A string says why there are none. */
async function withRecut<T>(
  run: OpenRun,
  body: (context: Context, recut: Recut) => Promise<T>,
): Promise<T | string> {
  const { cluster } = run.context;
  const cutCircuit = await cluster.onRoot(async () => (await cutElsewhere(run)) ?? null);
  if (cutCircuit === null) return 'no other cuts were found that can be evaluated soon';
  const directory = run.writePath === undefined ? undefined : join(run.writePath, FOLDER);
  const clear = async (): Promise<void> => {
    if (directory !== undefined) await cluster.onRoot(() => rm(directory, { recursive: true, force: true }));
  };
  const context = { ...run.context, onProgress: undefined };
  await clear();
  try {
    const store = directory === undefined ? new MemoryTensors(context) : new FileTensors(context, directory);
    const evaluator = exactEvaluator(cutCircuit, PRECISION, context.threads);
    return await body(context, { directory, cutCircuit, store, evaluator });
  } catch (error) {
    if (error instanceof KroncutError && (error.code === 'memory' || error.code === 'disk')) {
      return `the tensors of other cuts do not fit: ${error.message}`;
    }
    throw error;
  } finally {
    await clear();
  }
}

function summaryOf(cut: CutCircuit): RecutSummary {
  return { subcircuits: cut.subcircuits.length, width: widest(cut), cuts: cut.cuts.filter(isCounted).length };
}

/** Largest difference as a share of the largest value. */
export function relativeError(expected: readonly number[], found: readonly number[]): number {
  const most = Math.max(...expected.map(Math.abs), ...found.map(Math.abs));
  if (most === 0) return 0;
  return expected.reduce((error, p, i) => Math.max(error, Math.abs(p - valueAt(found, i)) / most), 0);
}

/** Cuts that differ from the run's, found under other limits; for use on the root. */
async function cutElsewhere(run: OpenRun): Promise<CutCircuit | undefined> {
  const { context, cutCircuit } = run;
  const circuit = await runCircuit(run);
  const width = widest(cutCircuit);
  const limits: CutChoices[] = [
    { maxWidth: width - 1 },
    { maxWidth: width, wireCutsOnly: true },
    { maxWidth: width, gateCutsOnly: true },
    { maxWidth: width + 1 },
  ];
  for (const choices of limits) {
    if (choices.maxWidth === 0) continue;
    try {
      const silent = { ...context, onProgress: undefined };
      const { cutCircuit: other } = await solveCuts(circuit, silent, {
        ...choices,
        timeLimit: SEARCH_SECONDS,
      });
      const { memoryBytes } = predictEvaluate(context, other, 'double');
      const quick =
        predictCost(other, costConstants(context.calibration)).evaluate <= EVALUATE_SECONDS &&
        memoryBytes <= context.memory;
      if (quick && JSON.stringify(other.subcircuits) !== JSON.stringify(cutCircuit.subcircuits)) return other;
    } catch (error) {
      if (!(error instanceof KroncutError) || error.code === 'cancelled') throw error;
      if (error.code !== 'infeasible' && error.code !== 'memory') throw error;
    }
  }
  return undefined;
}

function widest({ subcircuits }: CutCircuit): number {
  return Math.max(0, ...subcircuits.map(({ width }) => width));
}
