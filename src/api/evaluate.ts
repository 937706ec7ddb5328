/** `evaluate`: fills the tensors of a run directory. */
import { rm } from 'node:fs/promises';
import { evaluateSubcircuits } from '../evaluate/evaluate.js';
import { exactEvaluator } from '../evaluate/exact.js';
import { namedSubcircuits } from '../evaluate/tasks.js';
import { KroncutError } from '../error.js';
import type { Precision } from '../native/addon.js';
import { FileTensors } from '../run/fileTensors.js';
import { withContext } from './context.js';
import { secondsSince, withRun, type OpenRun } from './openRun.js';
import { type EvaluateOptions, EVALUATE_OPTIONS } from './options/evaluate.js';
import { optionName } from '../options/optionName.js';
import { checkCall, checkDirectory } from './source.js';

export interface EvaluateSummary {
  readonly subcircuits: number;
  /** Subcircuits evaluated now, and those whose tensors were there. */
  readonly evaluated: number;
  readonly reused: number;
  readonly precision: Precision;
  /** Size of the tensor files in bytes. */
  readonly bytes: number;
  readonly seconds: number;
}

/** Collective. */
export async function evaluate(directory: string, options: EvaluateOptions = {}): Promise<EvaluateSummary> {
  await checkCall(EVALUATE_OPTIONS, options, () => checkDirectory(directory));
  return withContext(options, async (context) => {
    return withRun(context, directory, (run) => evaluateRun(run, options));
  });
}

export async function evaluateRun(run: OpenRun, options: EvaluateOptions): Promise<EvaluateSummary> {
  const { context, path, cutCircuit } = run;
  const { cluster } = context;
  const begin = performance.now();
  const precision = await cluster.onRoot(() => prepare(run, options));
  const { files, evaluated, reused } = await evaluateSubcircuits(context, {
    store: new FileTensors(context, path),
    evaluator: exactEvaluator(cutCircuit, precision, context.threads),
    named: namedSubcircuits(cutCircuit),
  });
  const seconds = secondsSince(begin);
  await cluster.onRoot(async () => {
    const directory = run.directory();
    await directory.setStage('evaluate', { status: 'done', seconds, files });
    if (evaluated > 0) await directory.addTimings({ evaluate: seconds });
  });
  return {
    subcircuits: cutCircuit.subcircuits.length,
    evaluated,
    reused,
    precision,
    bytes: Object.values(files).reduce((sum, { size }) => sum + size, 0),
    seconds,
  };
}

async function prepare(run: OpenRun, { precision: asked, force }: EvaluateOptions): Promise<Precision> {
  const directory = run.directory();
  const before = directory.manifest.options.precision;
  const precision = asked ?? before ?? 'double';
  if (before !== null && before !== precision && force !== true) {
    throw new KroncutError(
      'usage',
      `${run.name} is evaluated in ${before} precision, not ${precision}; use another folder, or ${optionName('force')} to replace it`,
    );
  }
  if (force === true || (before !== null && before !== precision)) {
    await directory.dropStages('evaluate', 'reconstruct', 'verify');
    for (const name of ['tensors', 'results']) {
      await rm(directory.file(name), { recursive: true, force: true });
    }
  }
  await directory.setPrecision(precision);
  await directory.setStage('evaluate', {
    status: 'running',
    seconds: 0,
    files: directory.stage('evaluate')?.files ?? {},
  });
  return precision;
}
