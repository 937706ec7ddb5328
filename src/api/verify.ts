/** `verify`: compares a run with the uncut simulation. */
import { join } from 'node:path';
import { KroncutError } from '../error.js';
import type { Precision } from '../native/addon.js';
import { compareWithUncut, fileNetwork, type VerifyResult } from '../reconstruct/compare.js';
import { FULL_FILE } from '../reconstruct/queries.js';
import { openContext, type CommonOptions } from './context.js';
import { evaluatedPrecision, runCircuit, secondsSince, withRun, type OpenRun } from './openRun.js';
import { openTensors, report } from './reconstruct.js';

export interface VerifyOptions extends CommonOptions {
  /** Largest absolute error that passes; default 1e-10 in double and 1e-5 in single precision. */
  readonly tolerance?: number | undefined;
}

export interface VerifyReport extends VerifyResult {
  readonly tolerance: number;
  readonly passed: boolean;
  /** What was compared: the file, or the distribution as it streams from the tensors. */
  readonly compared: typeof FULL_FILE | 'tensors';
}

const DEFAULT_TOLERANCE: Readonly<Record<Precision, number>> = { double: 1e-10, single: 1e-5 };

/** Collective. A difference beyond the tolerance is reported by `passed`, not thrown. */
export async function verify(directory: string, options: VerifyOptions = {}): Promise<VerifyReport> {
  const context = await openContext(options);
  return withRun(context, directory, (run) => verifyRun(run, options));
}

export async function verifyRun(run: OpenRun, options: VerifyOptions): Promise<VerifyReport> {
  const { context, cutCircuit } = run;
  const begin = performance.now();
  const { circuit, precision, hasFile } = await context.cluster.onRoot(async () => {
    if (options.tolerance !== undefined && !(options.tolerance >= 0)) {
      throw new KroncutError('usage', `--tolerance ${options.tolerance}: a number, 0 or more, is needed`);
    }
    const directory = run.directory();
    return {
      circuit: await runCircuit(run),
      precision: evaluatedPrecision(directory, run.name),
      hasFile: (await directory.finished('reconstruct', FULL_FILE)) !== undefined,
    };
  });
  const network = hasFile
    ? fileNetwork(context, join(run.path, FULL_FILE), cutCircuit.outcomeBits, cutCircuit.zeroBits, precision)
    : (await openTensors(run)).network;
  const result = await compareWithUncut(
    context,
    circuit,
    cutCircuit.zeroBits,
    network,
    'double',
    (fraction) => report(context, 'verify', fraction, 1),
  );
  const tolerance = options.tolerance ?? DEFAULT_TOLERANCE[precision];
  const answer: VerifyReport = {
    ...result,
    tolerance,
    passed: result.maxAbsError <= tolerance,
    compared: hasFile ? FULL_FILE : 'tensors',
  };
  await context.cluster.onRoot(async () => {
    const directory = run.directory();
    const seconds = secondsSince(begin);
    const name = 'results/verify.json';
    const record = await directory.write(name, `${JSON.stringify(answer, null, 2)}\n`);
    await directory.setStage('verify', { status: 'done', seconds, files: { [name]: record } });
    await directory.addTimings({ verify: seconds });
  });
  return answer;
}
