/** How queries are contracted and what that takes: on this job, and on one of any size. */
import type { Queries } from '../reconstruct/queries/registry.js';
import type { PlanExplanation } from '../reconstruct/plan/explainPlan.js';
import type { Rates } from '../run/calibration.js';
import { measureRates } from '../run/resources/rates.js';
import { requireAnswerable } from './input/answerable.js';
import { withContext } from './context.js';
import { withRun, type OpenRun } from './input/openRun.js';
import { predictReconstruct, type Traffic } from '../predict/predictReconstruct.js';
import type { Prediction } from '../predict/predictStages.js';
import { type ScaleOptions, SCALE_OPTIONS } from './options/reconstruct.js';
import { checkCall, checkDirectory } from './input/source.js';

/**
 * How a query is contracted: the order, its cost in multiply-adds and bytes, predicted seconds and, where it was
 * answered, those that it took.
 */
export interface ReconstructExplanation {
  readonly contractions: readonly (PlanExplanation & {
    /** Seconds that the query took, where it was answered. */
    readonly seconds?: number;
  })[];
  /** What is said of queries that contract nothing whole. */
  readonly remarks: readonly string[];
  readonly predicted: Prediction;
  readonly traffic: Traffic;
  /** What the prediction is made from, as measured on the ranks of this job. */
  readonly rates: Rates;
}

/** Collective: measures the rates, and predicts. */
export async function explainQueries(run: OpenRun, queries: Queries): Promise<ReconstructExplanation> {
  const { context, cutCircuit } = run;
  const rates = await measureRates(context);
  return context.cluster.onRoot(() => {
    const precision = run.directory().manifest.options.precision ?? 'double';
    const questions = run.directory().stage('evaluate')?.reduced;
    const prediction = predictReconstruct(context, cutCircuit, precision, queries, { rates, questions });
    const { explanation: contractions, remarks, traffic, seconds, memoryBytes, diskBytes } = prediction;
    return { contractions, remarks, predicted: { seconds, memoryBytes, diskBytes }, traffic, rates };
  });
}

/** Collective: the explanation with what the queries took. */
export async function withTimes(
  run: OpenRun,
  explanation: ReconstructExplanation,
): Promise<ReconstructExplanation> {
  return run.context.cluster.onRoot(async () => {
    const timings = await run.directory().timings();
    const contractions = explanation.contractions.map((contraction) => {
      const seconds = timings[`reconstruct ${contraction.query}`];
      return seconds === undefined ? contraction : { ...contraction, seconds };
    });
    return { ...explanation, contractions };
  });
}

/** What a number of ranks would take. */
export interface ScalePoint {
  readonly ranks: number;
  readonly seconds: number;
  /** Seconds that every rank spends alike, on operands that none can leave to others. */
  readonly sharedSeconds: number;
  /** Ranks that have a part of the answer to compute. */
  readonly busyRanks: number;
  /** How many times faster than one rank, and that as a share of the number of ranks. */
  readonly speedup: number;
  readonly efficiency: number;
}

export interface ScalePlan extends ScalePoint {
  readonly plan: true;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly traffic: Traffic;
  /** From one rank to the number asked for. */
  readonly scaling: readonly ScalePoint[];
  readonly contractions: readonly PlanExplanation[];
  readonly remarks: readonly string[];
  /** Rates of a rank of this job, which those of the planned one are taken to share. */
  readonly rates: Rates;
}

/**
 * Collective: what queries would take on any number of ranks, each as fast as one of this job, in seconds, bytes and
 * multiply-adds. The directory need not be evaluated.
 *
 * @throws KroncutError `usage` for what is no cut run, `memory` where the contraction does not fit a rank.
 * @example
 * ```js
 * import { cut, planReconstruct } from 'kroncut';
 *
 * await cut('circuit.qasm', { directory: 'planned', maxWidth: 8 });
 * console.log(await planReconstruct('planned', { full: true, ranks: 100 }));
 * ```
 */
export async function planReconstruct(directory: string, options: ScaleOptions): Promise<ScalePlan> {
  await checkCall(SCALE_OPTIONS, options, () => checkDirectory(directory));
  return withContext(options, async (context) => {
    return withRun(
      context,
      directory,
      async (run) => {
        const ranks = options.ranks ?? context.cluster.size;
        const memory = options.deviceMemory ?? context.memory;
        const rates = await measureRates(context);
        return context.cluster.onRoot(async (): Promise<ScalePlan> => {
          await requireAnswerable(run, options);
          const questions = run.directory().stage('evaluate')?.reduced;
          const precision = run.directory().manifest.options.precision ?? 'double';
          const predict = (count: number): ReturnType<typeof predictReconstruct> =>
            predictReconstruct(context, run.cutCircuit, precision, options, {
              ranks: count,
              memory,
              rates,
              questions,
            });
          const alone = predict(1).seconds;
          const point = (count: number): ScalePoint => {
            const { seconds, sharedSeconds, busyRanks } = predict(count);
            const speedup = alone / seconds;
            return { ranks: count, seconds, sharedSeconds, busyRanks, speedup, efficiency: speedup / count };
          };
          const { memoryBytes, diskBytes, traffic, remarks, explanation: contractions } = predict(ranks);
          const scaling = steps(ranks).map(point);
          return {
            plan: true,
            ...point(ranks),
            memoryBytes,
            diskBytes,
            traffic,
            scaling,
            contractions,
            remarks,
            rates,
          };
        });
      },
      'answer',
    );
  });
}

/** 1, 2, 4, 8, 16, then in steps of four, up to `most`. */
function steps(most: number): number[] {
  const counts: number[] = [];
  for (let count = 1; count < most; count *= count < 16 ? 2 : 4) counts.push(count);
  return [...counts, most];
}
