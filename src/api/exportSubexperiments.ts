/** `export`: subexperiments as circuits and jobs for other programs and for devices. */
import { cutHash, listExperiments } from '../evaluate/exchange/experiments.js';
import { exportFiles, type ExportPlan } from '../evaluate/exchange/exportFiles.js';
import { writeExport } from '../evaluate/exchange/exportFolder.js';
import {
  CAPABILITIES,
  JOB_CIRCUITS,
  JOB_EXECUTIONS,
  type ExportFormat,
} from '../evaluate/exchange/formats.js';
import type { Prediction } from '../predict/predictStages.js';
import { measuredTensors } from './input/measuredTensors.js';
import { askRun } from './askRun.js';
import { secondsSince, type OpenRun, type RunSource } from './input/openRun.js';
import { nextRound } from './sampling/queryRounds.js';
import { checkCall, checkRun } from './input/source.js';
import { EXPORT_OPTIONS, type ExportOptions } from './options/exchange.js';

/** What an export wrote. */
export interface ExportSummary {
  readonly folder: string;
  readonly format: ExportFormat;
  readonly round: number;
  readonly experiments: number;
  /** Files of circuits or of jobs. */
  readonly files: number;
  readonly shots: number;
  /** What the device must be able to do. */
  readonly capabilities: readonly string[];
  readonly bytes: number;
  readonly seconds: number;
}

/** What an export would write: files, bytes, circuits and shots. */
export interface ExportDryRun {
  readonly dryRun: true;
  readonly stages: { readonly export: Prediction };
  readonly total: Prediction;
  readonly experiments: number;
  readonly files: number;
}

/**
 * Collective: writes the subexperiments of a run into a folder, with `manifest.json`. Throws `usage` for too few shots, for
 * shots that no job takes, and for a folder with anything else.
 *
 * @example
 * ```js
 * import { cut, exportSubexperiments } from 'kroncut';
 *
 * const cutting = await cut('circuit.qasm', { maxWidth: 8, maxOverhead: 1e6 });
 * const { files } = await exportSubexperiments(cutting, { output: 'jobs', format: 'qasm3', shots: 1e6 });
 * console.log(files);
 * ```
 */
export async function exportSubexperiments(
  source: RunSource,
  options: ExportOptions,
): Promise<ExportSummary> {
  await checkCall(EXPORT_OPTIONS, options, () => checkRun(source));
  const { output, force = false } = options;
  return askRun(options, source, async (run) => {
    const { signal } = run.context;
    const begin = performance.now();
    const plan = await planOf(run, options);
    const written = await writeExport(output, exportFiles(plan), { cut: plan.cut, force, signal });
    const { experiments, format, round } = written.manifest;
    return {
      folder: output,
      format,
      round,
      experiments: experiments.length,
      files: written.files,
      shots: experiments.reduce((sum, { shots }) => sum + shots, 0),
      capabilities: [...new Set(experiments.flatMap(({ capabilities }) => capabilities))],
      bytes: written.bytes,
      seconds: secondsSince(begin),
    };
  });
}

/** Collective: what `exportSubexperiments` would write, and take in seconds and bytes. Throws as that does. */
export async function dryRunExport(source: RunSource, options: ExportOptions): Promise<ExportDryRun> {
  await checkCall(EXPORT_OPTIONS, options, () => checkRun(source));
  return askRun(options, source, async (run) => {
    const begin = performance.now();
    const files = exportFiles(await planOf(run, options));
    let [bytes, count] = [0, 0];
    let next = files.next();
    for (; next.done !== true; next = files.next()) {
      bytes += Buffer.byteLength(next.value.text);
      count += 1;
    }
    const total = {
      seconds: secondsSince(begin),
      memoryBytes: bytes / Math.max(1, count),
      diskBytes: bytes,
    };
    const { experiments } = next.value;
    return {
      dryRun: true as const,
      stages: { export: total },
      total,
      experiments: experiments.length,
      files: count,
    };
  });
}

/** With an observable, rounds after the first are divided by what was counted before. */
async function planOf(run: OpenRun, options: ExportOptions): Promise<ExportPlan> {
  const { cutCircuit: cut } = run;
  const { format, shots, capabilities = CAPABILITIES, seed = 0, round = 1, forExpect = null } = options;
  const { jobCircuits: circuits = JOB_CIRCUITS, jobExecutions: executions = JOB_EXECUTIONS } = options;
  return {
    tensors: listExperiments(cut, measuredTensors(cut, forExpect)),
    cut: cutHash(cut),
    format,
    capabilities: new Set(capabilities),
    shots,
    divide: round > 1 && forExpect !== null ? await nextRound(run, forExpect) : undefined,
    seed,
    round,
    limits: { circuits, executions },
  };
}
