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
} from '../reconstruct/queries/answers/compare.js';
import { dataOf } from '../reconstruct/network/tensorNetwork.js';
import {
  keptAnswers,
  largestDifference,
  uncutAnswers,
} from '../reconstruct/queries/answers/compareAnswers.js';
import { FULL_FILE } from '../reconstruct/queries/full.js';
import type { KeptQuestion } from '../run/directory/manifest.js';
import { evaluateRun } from './evaluate.js';
import { evaluateCommand } from './input/answerable.js';
import { withContext } from './context.js';
import {
  evaluatedPrecision,
  runCircuit,
  secondsSince,
  withRun,
  type OpenRun,
  type RunSource,
} from './input/openRun.js';
import { inquiryOf, openTensors, report } from './reconstruct.js';
import { recutAnswers, type RecutSummary } from './verification/recut.js';
import { largestError, partialChecks, type PartialChecks } from './verification/verifyPartial.js';
import { FAR_IN_ERRORS, standardErrors, type StandardErrors } from './verification/verifySampled.js';
import { type VerifyOptions, VERIFY_OPTIONS } from './options/verify.js';
import { checkCall, checkRun } from './input/source.js';
import { nextStep } from '../options/optionName.js';

/** Against the uncut simulation. */
export interface UncutReport extends VerifyResult {
  readonly tolerance: number;
  readonly passed: boolean;
  /** Of estimates: how far they are off for their error bars; null where no shots are known. */
  readonly standardErrors?: StandardErrors | null;
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

/** Where the run keeps no outcomes: what it answers is compared. */
export interface AnswersReport {
  /** The largest error of the terms and probabilities that the run has tensors for. */
  readonly maxAbsError: number;
  readonly tolerance: number;
  readonly passed: boolean;
  readonly compared: 'answers';
  /** The other cuts that gave the same answers, where the circuit is too large to simulate; null: it was simulated. */
  readonly recut: RecutSummary | null;
}

/** What a run was compared with: the uncut simulation, answers by other ways, or parts. */
export type VerifyReport = UncutReport | AnswersReport | PartialReport;

const DEFAULT_TOLERANCE: Readonly<Record<Precision, number>> = { double: 1e-10, single: 1e-5 };

/**
 * Collective: compares a run with the uncut simulation, or, where that does not fit, checks parts of it in other ways. A
 * difference beyond the tolerance is reported by `passed`, not thrown.
 *
 * @throws KroncutError `usage` or `input` with one sentence about what is wrong, `cancelled` where the signal was
 * aborted.
 * @example
 * ```js
 * import { cut, evaluate, verify } from 'kroncut';
 *
 * const tensors = await evaluate(await cut('circuit.qasm', { maxWidth: 8 }));
 * const { passed } = await verify(tensors, { tolerance: 1e-10 });
 * console.log(passed);
 * ```
 */
export async function verify(source: RunSource, options: VerifyOptions = {}): Promise<VerifyReport> {
  await checkCall(VERIFY_OPTIONS, options, () => checkRun(source));
  return withContext(options, async (context) => {
    return withRun(context, source, (run) => verifyRun(run, options), 'answer');
  });
}

export async function verifyRun(run: OpenRun, options: VerifyOptions): Promise<VerifyReport> {
  const { context } = run;
  const begin = performance.now();
  await evaluatePassing(run);
  const { circuit, precision, hasFile, kept, estimated } = await context.cluster.onRoot(async () => {
    return {
      circuit: await runCircuit(run),
      precision: evaluatedPrecision(run.directory(), run.name),
      hasFile: await hasFullFile(run),
      kept: run.directory().stage('evaluate')?.reduced ?? null,
      estimated: (run.directory().manifest.options.sampling?.data ?? 'exact') !== 'exact',
    };
  });
  const tolerance = options.tolerance ?? DEFAULT_TOLERANCE[precision];
  const byErrors = options.tolerance === undefined;
  const partial = options.partial ?? !(await fitsUncut(run, circuit, kept === null));
  let answer: VerifyReport;
  if (kept !== null) answer = await verifyAnswers(run, circuit, kept, partial, tolerance);
  else if (partial) answer = await verifyPartially(run, hasFile, tolerance);
  else answer = await verifyUncut(run, circuit, { precision, hasFile, tolerance, estimated, byErrors });
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

/** Collective: evaluates once more what is asked of tensors that were not kept, where there are no others to verify. */
async function evaluatePassing(run: OpenRun): Promise<void> {
  const questions = await run.context.cluster.onRoot(() => {
    const { reduced, passing = [] } = run.directory().stage('evaluate') ?? {};
    return reduced?.length === 0 ? passing : [];
  });
  if (questions.length > 0) await evaluateRun(run, {}, questions);
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
    `${join(run.name, FULL_FILE)} is not what ${nextStep(
      `'kroncut reconstruct' wrote; run 'kroncut reconstruct ${run.name} --full' again`,
      'reconstruct wrote; call it with full again',
    )}, or delete it to verify the tensors alone`,
  );
}

/** Collective: true where every rank can simulate the whole circuit, and where asked for keep all outcomes. */
async function fitsUncut(
  { context, cutCircuit }: OpenRun,
  circuit: Circuit,
  outcomes: boolean,
): Promise<boolean> {
  const { qubits, bits } = liveCircuit(circuit, cutCircuit.zeroBits);
  const fits = uncutBytes(qubits.length, outcomes ? bits.length : 0, 'double') <= context.memory;
  return (await context.cluster.gather(fits)).every(Boolean);
}

interface Uncut {
  readonly precision: Precision;
  readonly hasFile: boolean;
  readonly tolerance: number;
  /** What is compared comes from counts. */
  readonly estimated: boolean;
  /** Estimates pass by their error bars, not by the tolerance. */
  readonly byErrors: boolean;
}

async function verifyUncut(
  run: OpenRun,
  circuit: Circuit,
  { precision, hasFile, tolerance, estimated, byErrors }: Uncut,
): Promise<UncutReport> {
  const { context, cutCircuit } = run;
  const { outcomeBits, zeroBits } = cutCircuit;
  const network =
    hasFile && run.path !== undefined
      ? fileNetwork(context, join(run.path, FULL_FILE), outcomeBits, zeroBits, precision)
      : (await openTensors(run)).network;
  const onWork = (fraction: number): void => report(context, 'verify', fraction, 1);
  const result = await compareWithUncut(context, circuit, zeroBits, network, 'double', onWork);
  const compared = hasFile ? FULL_FILE : 'tensors';
  const exactly = result.maxAbsError <= tolerance;
  if (!estimated) return { ...result, tolerance, passed: exactly, compared };
  const source = await openTensors(run);
  const inquiry = { ...inquiryOf(run, source, {}, new Map()), data: dataOf(source.network.members) };
  const errors = await standardErrors(inquiry, circuit);
  const passed = byErrors && errors !== null ? errors.largest <= FAR_IN_ERRORS : exactly;
  return { ...result, tolerance, standardErrors: errors, passed, compared };
}

/** Answers against the uncut simulation, or where that does not fit against other cuts of the circuit. */
async function verifyAnswers(
  run: OpenRun,
  circuit: Circuit,
  kept: readonly KeptQuestion[],
  partial: boolean,
  tolerance: number,
): Promise<AnswersReport> {
  const { context, cutCircuit } = run;
  const source = await openTensors(run);
  const inquiry = { ...inquiryOf(run, source, {}, new Map()), data: dataOf(source.network.members) };
  const found = await keptAnswers(inquiry, kept);
  report(context, 'verify', 0.5, 1);
  const other = partial ? await recutAnswers(run, kept) : null;
  if (typeof other === 'string') {
    throw new KroncutError(
      'usage',
      `${run.name} cannot be verified: the circuit is too large to simulate, and ${other}; ` +
        `${evaluateCommand(run)} makes tensors that can be checked in part`,
    );
  }
  const { answers, ...recut } = other ?? { answers: await uncutAnswers(context, circuit, cutCircuit, kept) };
  report(context, 'verify', 1, 1);
  const maxAbsError = largestDifference(found, answers);
  const passed = maxAbsError <= tolerance;
  return { maxAbsError, tolerance, passed, compared: 'answers', recut: 'width' in recut ? recut : null };
}

async function verifyPartially(run: OpenRun, hasFile: boolean, tolerance: number): Promise<PartialReport> {
  const onWork = (fraction: number): void => report(run.context, 'verify', fraction, 1);
  const partial = await partialChecks(run, await openTensors(run), hasFile, onWork);
  const maxAbsError = largestError(partial);
  return { maxAbsError, tolerance, passed: maxAbsError <= tolerance, compared: 'parts', partial };
}
