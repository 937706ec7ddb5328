/** The stages with `--dry-run`: nothing is computed or written; the search for cuts alone is done. */
import { cutSummary, type CutSummary } from '../cut/solution/summary.js';
import type { CutCircuit } from '../cut/model/cutCircuit.js';
import type { Precision } from '../native/addon.js';
import type { OptionTable } from '../options/option.js';
import { throwIfAborted, type Context } from '../run/context.js';
import type { KeptQuestion, Sampling } from '../run/directory/manifest.js';
import type { PlanExplanation } from '../reconstruct/plan/explainPlan.js';
import { withContext } from './context.js';
import { readCircuit } from './input/readCircuit.js';
import { type CircuitSource, checkCall, checkDirectory, checkSource } from './input/source.js';
import { type CutOptions, CUT_OPTIONS } from './options/cut.js';
import { isUnfit, withRemedy } from '../predict/whatFits.js';
import { solveByMethod } from '../predict/solveByMethod.js';
import { explainCut, type CutExplanation } from '../predict/explainCut.js';
import { evaluatedPrecision, runCircuit, withRun, type OpenRun } from './input/openRun.js';
import {
  addPredictions,
  asProcess,
  predictEvaluate,
  predictTasks,
  predictUncut,
  type Prediction,
} from '../predict/predictStages.js';
import { predictReconstruct } from '../predict/predictReconstruct.js';
import { requireQuery } from '../reconstruct/queries/registry.js';
import { reducedQuestions } from '../reconstruct/queries/localQueries.js';
import { advised } from './input/advised.js';
import { requireAnswerable } from './input/answerable.js';
import { measuredTensors } from './input/measuredTensors.js';
import { noiseOf } from './sampling/noise.js';
import { checkMethod, defaultQueries, questionOf, withLightCone } from './run.js';
import { evaluatorOf, samplingOf } from './sampling/sampling.js';
import { predictPartial } from './verification/verifyPartial.js';
import type { CommonOptions } from './options/common.js';
import { type EvaluateOptions, EVALUATE_OPTIONS } from './options/evaluate.js';
import { type ReconstructOptions, RECONSTRUCT_OPTIONS } from './options/reconstruct.js';
import { type RunOptions, RUN_OPTIONS } from './options/run.js';
import { type VerifyOptions, VERIFY_OPTIONS } from './options/verify.js';

/** What the stages of a run would take; nothing was done. */
export interface DryRun {
  readonly dryRun: true;
  /** The cuts that would be made. */
  readonly cut?: CutSummary;
  readonly explanation?: CutExplanation;
  readonly stages: Readonly<Record<string, Prediction>>;
  readonly total: Prediction;
  /** How each query would be contracted. */
  readonly contractions?: readonly PlanExplanation[];
}

export function dryRun(
  predicted: Readonly<Record<string, Prediction>>,
  extra: Pick<DryRun, 'cut' | 'explanation' | 'contractions'> = {},
): DryRun {
  const entries = Object.entries(predicted).map(([stage, data]) => [stage, asProcess(data)] as const);
  const stages = Object.fromEntries(entries);
  return { dryRun: true, ...extra, stages, total: addPredictions(Object.values(stages)) };
}

/**
 * Collective: finds the cuts, and says what the stages after it would take, in seconds and bytes; nothing is written.
 *
 * @throws KroncutError `usage` or `input` with one sentence about what is wrong, `cancelled` where the signal was
 * aborted, `infeasible` as `cut`.
 * @example
 * ```js
 * import { dryRunCut } from 'kroncut';
 *
 * const { stages, total } = await dryRunCut('circuit.qasm', { maxWidth: 8 });
 * console.log(stages, total);
 * ```
 */
export async function dryRunCut(source: CircuitSource, options: CutOptions): Promise<DryRun> {
  await checkCall(CUT_OPTIONS, options, () => checkSource(source));
  return withContext(options, async (context) => {
    return context.cluster.onRoot(async () => {
      const { circuit } = await readCircuit(context, source, options);
      const solution = await solveByMethod(circuit, context, options);
      const evaluate = predictEvaluate(context, solution.cutCircuit, 'double');
      const explanation = explainCut(context, { ...solution, circuit }, options.drawing);
      return dryRun({ evaluate }, { cut: cutSummary(solution.cutCircuit, solution), explanation });
    });
  });
}

/** What evaluating takes: with noise, simulations of subexperiments; else the tensors' isometries. */
export function evaluation(
  context: Context,
  cut: CutCircuit,
  precision: Precision,
  sampling: Sampling | null,
  questions: readonly KeptQuestion[] = [],
  ranks?: number,
): Prediction {
  if (sampling === null || sampling.data === 'imported')
    return predictEvaluate(context, cut, precision, questions, ranks);
  const evaluator = evaluatorOf(cut, precision, context.threads, sampling);
  return predictTasks(context, evaluator.tasks(measuredTensors(cut, sampling.forExpect)), ranks);
}

/**
 * Collective: finds the cuts, and says what evaluating and the queries would take, in seconds and bytes; nothing is
 * written.
 *
 * @throws KroncutError `usage` or `input` with one sentence about what is wrong, `cancelled` where the signal was
 * aborted, `infeasible` as `cut`.
 */
export async function dryRunRun(source: CircuitSource, given: RunOptions = {}): Promise<DryRun> {
  await checkCall(RUN_OPTIONS, given, () => checkSource(source), checkMethod);
  return withContext(given, async (context) => {
    const options = await withLightCone(context, source, given);
    return context.cluster.onRoot(async () => {
      const { circuit } = await readCircuit(context, source, options);
      const solution = await solveByMethod(circuit, context, options, undefined, questionOf(options));
      throwIfAborted(context.signal);
      const { cutCircuit } = solution;
      const precision: Precision = options.precision ?? 'double';
      const queries = defaultQueries(cutCircuit, precision, options);
      const questions = reducedQuestions(cutCircuit, queries);
      let predicted;
      try {
        predicted = predictReconstruct(context, cutCircuit, precision, queries, { questions });
      } catch (error) {
        if (!isUnfit(error)) throw error;
        throw await withRemedy(context, error, { circuit, choices: options, queries, precision });
      }
      const { explanation: contractions, ...rest } = predicted;
      const { shots, shotsEach, standardError, allocation, seed, expect: forExpect } = options;
      const noise = await noiseOf(context, options);
      const asked = { shots, shotsEach, standardError, allocation, seed, forExpect };
      const sampling = noise === null ? null : samplingOf(asked, noise);
      const evaluate = evaluation(context, cutCircuit, precision, sampling, questions);
      return dryRun({ evaluate, reconstruct: rest }, { cut: cutSummary(cutCircuit, solution), contractions });
    });
  });
}

/** Collective: what a function of a run that is there already would take. */
async function ofRun<O extends CommonOptions>(
  table: OptionTable<O>,
  directory: string,
  options: O,
  body: (context: Context, run: OpenRun) => DryRun | Promise<DryRun>,
): Promise<DryRun> {
  await checkCall(table, options, () => checkDirectory(directory));
  return withContext(options, (context) =>
    withRun(context, directory, (run) => context.cluster.onRoot(() => body(context, run)), 'answer'),
  );
}

/** Collective: what evaluating a run would take, in seconds and bytes. Throws `usage` for a folder that holds no cut run. */
export function dryRunEvaluate(directory: string, options: EvaluateOptions = {}): Promise<DryRun> {
  return ofRun(EVALUATE_OPTIONS, directory, options, async (context, run) => {
    const { precision: before, sampling: drawn } = run.directory().manifest.options;
    const precision = options.precision ?? before ?? 'double';
    const sampling = samplingOf(options, await noiseOf(context, options)) ?? drawn;
    return dryRun({ evaluate: evaluation(context, run.cutCircuit, precision, sampling) });
  });
}

/** Collective: what queries would take, in seconds and bytes. The directory need not be evaluated yet. Throws `usage` for no query. */
export function dryRunReconstruct(directory: string, options: ReconstructOptions = {}): Promise<DryRun> {
  return ofRun(RECONSTRUCT_OPTIONS, directory, options, async (context, run) => {
    requireQuery(options);
    await requireAnswerable(run, options);
    const precision = run.directory().manifest.options.precision ?? 'double';
    const questions = run.directory().stage('evaluate')?.reduced;
    const predicted = await advised(run, options, async () =>
      predictReconstruct(context, run.cutCircuit, precision, options, { questions }),
    );
    return dryRun({ reconstruct: predicted }, { contractions: predicted.explanation });
  });
}

/** Collective: what comparing a run with the uncut simulation would take, in seconds and bytes. */
export function dryRunVerify(directory: string, options: VerifyOptions = {}): Promise<DryRun> {
  return ofRun(VERIFY_OPTIONS, directory, options, async (context, run) => {
    evaluatedPrecision(run.directory(), run.name);
    const uncut = predictUncut(context, await runCircuit(run), run.cutCircuit);
    const partial = options.partial ?? uncut.memoryBytes > context.memory;
    return dryRun({ verify: partial ? predictPartial() : uncut });
  });
}
