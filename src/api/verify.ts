/** `verify`: compares a run with the uncut simulation, or checks it in part where that does not fit. */
import { join } from 'node:path';
import type { Circuit } from '../circuit/circuit.js';
import { uncutBytes } from '../circuit/simulationMemory.js';
import { KroncutError } from '../error.js';
import type { Precision } from '../native/addon.js';
import {
  compareWithUncut,
  fileNetwork,
  liveCircuit,
  type VerifyResult,
} from '../reconstruct/queries/compare.js';
import { FULL_FILE } from '../reconstruct/queries/full.js';
import { withContext } from './context.js';
import {
  evaluatedPrecision,
  runCircuit,
  secondsSince,
  withRun,
  type OpenRun,
  type RunSource,
} from './openRun.js';
import { openTensors, report } from './reconstruct.js';
import { largestError, partialChecks, type PartialChecks } from './verifyPartial.js';
import { type VerifyOptions, VERIFY_OPTIONS } from './options/verify.js';
import { checkCall, checkRun } from './source.js';

/** Against the uncut simulation. */
export interface UncutReport extends VerifyResult {
  readonly tolerance: number;
  readonly passed: boolean;
  /** What was compared: the file, or the distribution as it streams from the tensors. */
  readonly compared: typeof FULL_FILE | 'tensors';
}

/** Where the circuit is too large to simulate. */
export interface PartialReport {
  /** The largest error of all checks; those of single outcomes are relative. */
  readonly maxAbsError: number;
  readonly tolerance: number;
  readonly passed: boolean;
  readonly compared: 'parts';
  readonly partial: PartialChecks;
}

export type VerifyReport = UncutReport | PartialReport;

const DEFAULT_TOLERANCE: Readonly<Record<Precision, number>> = { double: 1e-10, single: 1e-5 };

/** Collective. A difference beyond the tolerance is reported by `passed`, not thrown. */
export async function verify(source: RunSource, options: VerifyOptions = {}): Promise<VerifyReport> {
  await checkCall(VERIFY_OPTIONS, options, () => checkRun(source));
  return withContext(options, async (context) => {
    return withRun(context, source, (run) => verifyRun(run, options), 'answer');
  });
}

export async function verifyRun(run: OpenRun, options: VerifyOptions): Promise<VerifyReport> {
  const { context } = run;
  const begin = performance.now();
  const { circuit, precision, hasFile } = await context.cluster.onRoot(async () => {
    return {
      circuit: await runCircuit(run),
      precision: evaluatedPrecision(run.directory(), run.name),
      hasFile: await hasFullFile(run),
    };
  });
  const tolerance = options.tolerance ?? DEFAULT_TOLERANCE[precision];
  const partial = options.partial ?? !(await fitsUncut(run, circuit));
  const answer = partial
    ? await verifyPartially(run, hasFile, tolerance)
    : await verifyUncut(run, circuit, precision, hasFile, tolerance);
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

/**
 * True where the run has a full distribution to compare, for use on the root. Throws `input` where the file is not what
 * was written: a check that left it out would pass for it.
 */
async function hasFullFile(run: OpenRun): Promise<boolean> {
  const directory = run.directory();
  if ((await directory.finished('reconstruct', FULL_FILE)) !== undefined) return true;
  const recorded = directory.stage('reconstruct')?.files[FULL_FILE] !== undefined;
  if (!recorded || !(await directory.has(FULL_FILE))) return false;
  throw new KroncutError(
    'input',
    `${join(run.name, FULL_FILE)} is not what 'kroncut reconstruct' wrote; run 'kroncut reconstruct ${run.name} --full' ` +
      'again, or delete it to verify the tensors alone',
  );
}

/** Collective: true where every rank can simulate the whole circuit. */
async function fitsUncut({ context, cutCircuit }: OpenRun, circuit: Circuit): Promise<boolean> {
  const { qubits, bits } = liveCircuit(circuit, cutCircuit.zeroBits);
  const fits = uncutBytes(qubits.length, bits.length, 'double') <= context.memory;
  return (await context.cluster.gather(fits)).every(Boolean);
}

async function verifyUncut(
  run: OpenRun,
  circuit: Circuit,
  precision: Precision,
  hasFile: boolean,
  tolerance: number,
): Promise<UncutReport> {
  const { context, cutCircuit } = run;
  const { outcomeBits, zeroBits } = cutCircuit;
  const network =
    hasFile && run.path !== undefined
      ? fileNetwork(context, join(run.path, FULL_FILE), outcomeBits, zeroBits, precision)
      : (await openTensors(run)).network;
  const onWork = (fraction: number): void => report(context, 'verify', fraction, 1);
  const result = await compareWithUncut(context, circuit, zeroBits, network, 'double', onWork);
  return {
    ...result,
    tolerance,
    passed: result.maxAbsError <= tolerance,
    compared: hasFile ? FULL_FILE : 'tensors',
  };
}

async function verifyPartially(run: OpenRun, hasFile: boolean, tolerance: number): Promise<PartialReport> {
  const onWork = (fraction: number): void => report(run.context, 'verify', fraction, 1);
  const partial = await partialChecks(run, await openTensors(run), hasFile, onWork);
  const maxAbsError = largestError(partial);
  return { maxAbsError, tolerance, passed: maxAbsError <= tolerance, compared: 'parts', partial };
}
