/** A check of a run against other cuts of the same circuit, which share no tensor with it. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { costConstants, predictCost } from '../cut/model/costModel.js';
import type { CutCircuit } from '../cut/model/cutCircuit.js';
import { KroncutError } from '../error.js';
import { evaluateSubcircuits } from '../evaluate/evaluate.js';
import { exactEvaluator } from '../evaluate/exact.js';
import { namedSubcircuits } from '../evaluate/tasks.js';
import { bitStringProbabilities } from '../reconstruct/queries/probabilityAnswer.js';
import type { QuerySource } from '../reconstruct/queries/query.js';
import { tensorNetwork } from '../reconstruct/network/tensorNetwork.js';
import { solveCuts } from '../predict/solveCuts.js';
import type { CutChoices } from '../predict/cutChoices.js';
import { FileTensors } from '../run/fileTensors.js';
import { MemoryTensors } from '../run/memoryTensors.js';
import { runCircuit, type OpenRun } from './openRun.js';
import { predictEvaluate } from '../predict/predictStages.js';

export interface RecutCheck {
  readonly subcircuits: number;
  readonly width: number;
  readonly cuts: number;
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

/** Collective: probabilities of outcomes from other cuts, against those of the run. A string says why not. */
export async function checkRecut(
  run: OpenRun,
  source: QuerySource,
  strings: readonly string[],
  expected: readonly number[],
): Promise<RecutCheck | string> {
  const { cluster } = run.context;
  const other = await cluster.onRoot(async () => (await cutElsewhere(run)) ?? null);
  if (other === null) return 'no other cuts were found that can be evaluated soon';
  const directory = run.writePath === undefined ? undefined : join(run.writePath, FOLDER);
  const clear = async (): Promise<void> => {
    if (directory !== undefined) await cluster.onRoot(() => rm(directory, { recursive: true, force: true }));
  };
  // As exact as can be, whatever the run's precision.
  const precision = 'double';
  const context = { ...run.context, onProgress: undefined };
  await clear();
  try {
    const store = directory === undefined ? new MemoryTensors(context) : new FileTensors(context, directory);
    const evaluator = exactEvaluator(other, precision, context.threads);
    await evaluateSubcircuits(context, { store, evaluator, named: namedSubcircuits(other) });
    const network = tensorNetwork(other, store, precision);
    const there = { ...source, directory, cutCircuit: other, network, precision } as const;
    const found = await bitStringProbabilities(context, there, strings);
    const values = strings.map((bits) => found[bits] ?? 0);
    return {
      subcircuits: other.subcircuits.length,
      width: widest(other),
      cuts: other.cuts.length,
      outcomes: strings.length,
      maxRelativeError: relativeError(expected, values),
    };
  } catch (error) {
    if (error instanceof KroncutError && (error.code === 'memory' || error.code === 'disk')) {
      return `the tensors of other cuts do not fit: ${error.message}`;
    }
    throw error;
  } finally {
    await clear();
  }
}

/** Largest difference as a share of the largest value. */
export function relativeError(expected: readonly number[], found: readonly number[]): number {
  const most = Math.max(...expected.map(Math.abs), ...found.map(Math.abs));
  if (most === 0) return 0;
  return expected.reduce((error, p, i) => Math.max(error, Math.abs(p - (found[i] ?? 0)) / most), 0);
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
