/** `run`: cut, evaluate and reconstruct in one go. */
import type { Circuit } from '../circuit/circuit.js';
import type { CutCircuit } from '../cut/model/cutCircuit.js';
import { cutSummary, type CutSummary } from '../cut/solution/summary.js';
import type { Precision } from '../native/addon.js';
import type { Context } from '../run/context.js';
import { requireDisk } from '../run/resources/space.js';
import { fullBytes, MOST_ARRAY_BITS, smallerThanFull } from '../reconstruct/queries/full.js';
import { lightConeOf, localQuestions, reducedQuestions } from '../reconstruct/queries/localQueries.js';
import { parsePauliSum } from '../reconstruct/queries/pauliSum.js';
import { checkBits } from '../reconstruct/queries/marginal.js';
import { asksNothing, checkQueries, type Queries } from '../reconstruct/queries/registry.js';
import { withContext } from './context.js';
import { advised } from './input/advised.js';
import { withNewRun } from './cut.js';
import { readCircuit } from './input/readCircuit.js';
import { type CircuitSource, checkCall, checkSource } from './input/source.js';
import { evaluateRun } from './evaluate.js';
import { inMemory, runCircuit, secondsSince, type InMemory, type OpenRun } from './input/openRun.js';
import { fasterUncut, type MethodQuestion } from '../predict/methods.js';
import { formatSeconds } from '../run/resources/units.js';
import { predictReconstruct } from '../predict/predictReconstruct.js';
import { predictUncut } from '../predict/predictStages.js';
import {
  checkArray,
  reconstructRun,
  type Asked,
  type NoOthers,
  type ReconstructResult,
} from './reconstruct.js';
import { optionError, optionName } from '../options/optionName.js';
import { drawsShots } from './sampling/sampling.js';
import { verifyRun, type VerifyReport } from './verify.js';
import { type RunOptions, RUN_OPTIONS } from './options/run.js';

/** What a run has whose options name no directory: itself, for later calls. */
export type Kept<O> = 'directory' extends keyof O ? unknown : InMemory;

/** What local queries alone depend on; nothing else was cut and evaluated. */
export interface LightConeSummary {
  /** Outcome bits that it is the light cone of. */
  readonly bits: readonly number[];
  /** Gates, and qubits that they act on, in it and in the whole circuit. */
  readonly gates: number;
  readonly qubits: number;
  readonly allGates: number;
  readonly allQubits: number;
}

export interface RunResult extends ReconstructResult, Partial<InMemory> {
  readonly cut: CutSummary;
  /** Where nothing but marginals and expectation values was asked. */
  readonly lightCone?: LightConeSummary;
  readonly verify?: VerifyReport;
  /** The page, where one was asked for. */
  readonly report?: string;
  /** What an earlier run had left: whether the cuts, and the tensors of how many subcircuits; `evaluated` were not there. */
  readonly reused: { readonly cut: boolean; readonly tensors: number; readonly evaluated: number };
  /** Seconds by stage. */
  readonly timings: {
    readonly cut: number;
    readonly evaluate: number;
    readonly reconstruct: number;
    readonly verify?: number;
  };
}

/** Distributions below this size are written where no query is named. */
const DEFAULT_FULL_BYTES = 2 ** 30;
const DEFAULT_TOP = 10;
/** An uncut simulation predicted to take less than this is quick. */
const QUICK_SECONDS = 5;

/** The queries of a run that names none: the ten most likely outcomes, and the distribution where it is small. */
export function defaultQueries(
  cut: Pick<CutCircuit, 'outcomeBits'>,
  precision: Precision,
  queries: Queries & Pick<RunOptions, 'directory'>,
): Queries {
  if (!asksNothing(queries)) return queries;
  const small = fullBytes(cut.outcomeBits, precision) < DEFAULT_FULL_BYTES;
  const full = small && (queries.directory !== undefined || cut.outcomeBits <= MOST_ARRAY_BITS);
  // The nearest distribution is found as a whole.
  return queries.repair === 'nearest' ? { ...queries, full } : { ...queries, top: DEFAULT_TOP, full };
}

/**
 * Collective: marginals and expectation values alone depend on their light cone alone; nothing else is cut and
 * evaluated then. Expectation values of qubits that the circuit does not measure are asked of all of it.
 */
export async function withLightCone(
  context: Context,
  source: CircuitSource,
  options: RunOptions,
): Promise<RunOptions> {
  const bits = await context.cluster.onRoot(async () => {
    const circuit = async (): Promise<Circuit> =>
      (await readCircuit(context, source, { ...options, lightConeOf: undefined })).circuit;
    const { marginal } = options;
    if (marginal !== undefined) checkBits('marginal', marginal, (await circuit()).outcomes.length);
    return (await lightConeOf(options, circuit)) ?? null;
  });
  return bits === null ? options : { ...options, lightConeOf: bits };
}

/**
 * Collective: cuts a circuit, evaluates its pieces and answers queries, in a directory or, where none is named, in
 * memory. Without a query it answers with the ten most likely outcomes, and of a small circuit with the whole
 * distribution.
 *
 * @throws KroncutError `usage` or `input` with one sentence about what is wrong, `cancelled` where the signal was
 * aborted, `infeasible` where no cuts keep to the limits, `memory` where a stage does not fit.
 * @example
 * ```js
 * import { run } from 'kroncut';
 *
 * const { cut, top } = await run('circuit.qasm', { maxWidth: 8, top: 3 });
 * console.log(cut.wireCuts, cut.gateCuts, top?.outcomes);
 * ```
 */
export function run<O extends RunOptions>(
  source: CircuitSource,
  options: O & NoOthers<O, RunOptions>,
): Promise<RunResult & Asked<O> & Kept<O>>;
export function run(source: CircuitSource, options?: RunOptions): Promise<RunResult>;
export async function run(source: CircuitSource, options: RunOptions = {}): Promise<RunResult> {
  await checkCall(RUN_OPTIONS, options, () => checkSource(source), checkMethod);
  const { directory, report } = options;
  if (report === true && directory === undefined) {
    throw optionError('report', ` writes into a run directory; name one with ${optionName('directory')}`);
  }
  return withContext(options, async (context) => {
    const result = await runIn(context, source, options);
    if (report !== true || directory === undefined) return result;
    const { reportIn } = await import('./report.js');
    return { ...result, report: (await reportIn(context, directory, {})).file };
  });
}

async function runIn(context: Context, source: CircuitSource, given: RunOptions): Promise<RunResult> {
  const options = await withLightCone(context, source, given);
  const begin = performance.now();
  const check = (circuit: Circuit): void => {
    const outcomes = outcomesOf(circuit);
    const { precision = 'double' } = options;
    const queries = defaultQueries(outcomes, precision, options);
    checkQueries(outcomes, queries);
    checkAim(options);
    if (options.directory === undefined) checkArray(context, outcomes.outcomeBits, precision, queries);
  };
  const stages = async (open: OpenRun, cutThere: boolean): Promise<RunResult> => {
    const cutSeconds = secondsSince(begin);
    await remarkOnFasterWay(open, options);
    await requireRoom(open, options);
    // The folder was made anew by `force`; the stages after that go on from what is there.
    const questions = reducedQuestions(open.cutCircuit, options);
    const { precision, shots, shotsEach, standardError, allocation, seed, expect: forExpect } = options;
    const { noise, depolarizing, readoutError, mitigate } = options;
    const amounts = { shots, shotsEach, standardError, allocation };
    const sampling = isMeasured(options) ? { ...amounts, seed, forExpect } : { allocation };
    const errors = { noise, depolarizing, readoutError, mitigate };
    const evaluated = await evaluateRun(open, { precision, ...sampling, ...errors }, questions);
    const start = performance.now();
    const queries = defaultQueries(open.cutCircuit, evaluated.precision, options);
    const answers = await reconstructRun(open, queries);
    const timings = {
      cut: cutSeconds,
      evaluate: evaluated.seconds,
      reconstruct: secondsSince(start),
    };
    const wanted = options.verify ?? (await isQuick(context, open));
    const cone = await lightConeSummary(context, open, source, options);
    const result = {
      cut: cutSummary(open.cutCircuit, open.quality),
      ...(cone === null ? {} : { lightCone: cone }),
      ...answers,
      reused: { cut: cutThere, tensors: evaluated.reused, evaluated: evaluated.evaluated },
      ...inMemory(open),
    };
    if (!wanted) return { ...result, timings };
    const verifyBegin = performance.now();
    const verify = await verifyRun(open, {});
    return { ...result, verify, timings: { ...timings, verify: secondsSince(verifyBegin) } };
  };
  return withNewRun(context, source, options, stages, { check, question: questionOf(options) });
}

/** What a run is going to be asked. */
export function questionOf(options: RunOptions): MethodQuestion {
  const { precision = 'double' } = options;
  const sums = isMeasured(options) ? [] : (localQuestions(options) ?? []).map(({ expect }) => expect);
  const isSum = sums.length > 0 && !sums.includes(undefined);
  const termsOf = ({ qubits }: Circuit): number =>
    sums.reduce((count, sum = '') => count + parsePauliSum(sum, qubits).length, 0);
  return {
    precision,
    queries: (cut) => defaultQueries(cut, precision, options),
    terms: isSum ? termsOf : undefined,
  };
}

/** Whether pieces are measured, with shots or noise, and not evaluated exactly. */
function isMeasured(options: RunOptions): boolean {
  const { noise, depolarizing, readoutError } = options;
  const noisy = noise !== undefined || depolarizing !== undefined || readoutError !== undefined;
  return noisy || drawsShots(options);
}

/** Throws `usage` for shots or noise in a network: no processor runs a single gate of it. */
export function checkMethod(options: RunOptions): void {
  const { method } = options;
  if ((method !== 'contract' && method !== 'auto') || !isMeasured(options)) return;
  throw optionError(
    'method',
    ` ${method} answers exactly; for shots and noise ask for ${optionName('method')} cut or statevector`,
  );
}

/** Throws `usage` where shots are to be divided by an observable that is not asked for. */
function checkAim({ expect, allocation, standardError }: RunOptions): void {
  const aims = allocation === 'query' || standardError !== undefined;
  if (!aims || expect !== undefined) return;
  const [name, asked] =
    standardError === undefined ? (['allocation', ' query'] as const) : (['standardError', ''] as const);
  throw optionError(name, `${asked} goes by an observable; ask for it with ${optionName('expect')}`);
}

/** Collective: how much of the circuit the run keeps; null where it keeps all. */
async function lightConeSummary(
  context: Context,
  run: OpenRun,
  source: CircuitSource,
  options: RunOptions,
): Promise<LightConeSummary | null> {
  return context.cluster.onRoot(async () => {
    const { lightCone } = run.directory().manifest.options;
    if (lightCone === null) return null;
    const { circuit: all } = await readCircuit(context, source, { ...options, lightConeOf: undefined });
    const kept = await runCircuit(run);
    return {
      bits: lightCone,
      gates: kept.gates.length,
      qubits: usedQubits(kept).size,
      allGates: all.gates.length,
      allQubits: usedQubits(all).size,
    };
  });
}

function usedQubits({ gates }: Circuit): Set<number> {
  return new Set(gates.flatMap(({ qubits }) => qubits));
}

/** What queries need to know of a circuit that is not cut yet. */
function outcomesOf(circuit: Circuit): { qubits: number; outcomeBits: number; zeroBits: number[] } {
  const used = usedQubits(circuit);
  const zeroBits = circuit.outcomes.flatMap((qubit, bit) => (used.has(qubit) ? [] : [bit]));
  return { qubits: circuit.qubits, outcomeBits: circuit.outcomes.length, zeroBits };
}

/** Says before the work that the circuit is answered sooner without these cuts, where that is so. */
async function remarkOnFasterWay(run: OpenRun, options: RunOptions): Promise<void> {
  const { context, cutCircuit } = run;
  if (options.method !== undefined || isMeasured(options) || cutCircuit.cuts.length === 0) return;
  const found = await context.cluster.onRoot(
    async () => fasterUncut(context, await runCircuit(run), cutCircuit, questionOf(options)) ?? null,
  );
  if (found === null || !context.cluster.isRoot) return;
  const way = found.method === 'statevector' ? 'as a state vector' : 'by contraction of its own network';
  context.onWarning?.(
    `these cuts are predicted to take ${formatSeconds(found.cutSeconds)}, the whole circuit ${formatSeconds(found.seconds)} ${way}; ` +
      `${optionName('method')} auto takes the faster way`,
  );
}

/** Throws `memory` or `disk` where the answers would not fit, before any work on them starts. */
async function requireRoom(run: OpenRun, options: RunOptions): Promise<void> {
  const { context, cutCircuit, path } = run;
  const precision = options.precision ?? 'double';
  const queries = defaultQueries(cutCircuit, precision, options);
  const predict = async (): Promise<void> => {
    const questions = reducedQuestions(cutCircuit, options);
    const { diskBytes } = predictReconstruct(context, cutCircuit, precision, queries, { questions });
    if (!context.cluster.isRoot || path === undefined) return;
    await requireDisk(diskBytes, path, 'the full distribution', smallerThanFull(cutCircuit));
  };
  await advised(run, queries, () => context.cluster.agree(predict));
}

/** Estimates differ from the exact answer; verifying says by how much where it is asked for. */
async function isQuick(context: Context, run: OpenRun): Promise<boolean> {
  return context.cluster.onRoot(async () => {
    if (run.directory().manifest.options.sampling !== null) return false;
    const { seconds, memoryBytes } = predictUncut(context, await runCircuit(run), run.cutCircuit);
    return seconds < QUICK_SECONDS && memoryBytes < context.memory / 2;
  });
}
