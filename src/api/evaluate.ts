/** `evaluate`: fills the tensors of a run directory. */
import { evaluateSubcircuits, predictEvaluation, requireEvaluationMemory } from '../evaluate/evaluate.js';
import { importedEvaluator } from '../evaluate/imported.js';
import { requireImported } from './input/importedTensors.js';
import { measuredTensors } from './input/measuredTensors.js';
import type { NamedSubcircuit } from '../evaluate/evaluator.js';
import { KroncutError } from '../error.js';
import type { Precision } from '../native/addon.js';
import { isKept, questionTensors } from '../reconstruct/queries/reduced.js';
import type { Queries } from '../reconstruct/queries/registry.js';
import type { KeptQuestion, StageState } from '../run/directory/manifest.js';
import type { Sampling } from '../run/directory/manifest.js';
import { predictEvaluate } from '../predict/predictStages.js';
import type { TensorStore } from '../run/tensors/tensorStore.js';
import { noiseOf } from './sampling/noise.js';
import { evaluatorOf, readyEvaluator, samplingOf, samplingText } from './sampling/sampling.js';
import { withContext } from './context.js';
import { advised } from './input/advised.js';
import {
  inMemory,
  secondsSince,
  withRun,
  type InMemory,
  type OpenRun,
  type RunSource,
} from './input/openRun.js';
import { type EvaluateOptions, EVALUATE_OPTIONS } from './options/evaluate.js';
import { optionError, optionName } from '../options/optionName.js';
import { checkCall, checkRun } from './input/source.js';

/** Tensors of sums that are smaller are written: that takes no time. */
const WORTH_PASSING = 2 ** 26;
/** Those that are larger, or take longer to evaluate, are written too; and those that take more than this share of the memory. */
const MOST_PASSING_BYTES = 2 ** 32;
const PASSING_SECONDS = 30;
const PASSING_SHARE = 0.25;

/** Tensors that were filled, or were there already. Of a run in memory, `run` is what `reconstruct` takes. */
export interface EvaluateSummary {
  readonly subcircuits: number;
  /** Subcircuits evaluated now, and those whose tensors were there. */
  readonly evaluated: number;
  readonly reused: number;
  readonly precision: Precision;
  /** Shots that all subexperiments had, where they are drawn. */
  readonly shots?: number;
  /** Size of the tensors in bytes, with the headers of their files where they are in files. */
  readonly bytes: number;
  readonly seconds: number;
}

/**
 * Collective: fills the tensors of a run, in a directory or in memory: one for each subcircuit, of shape `[4] * legs +
 * [2^outcomes]`, exactly, from shots, or with noise.
 *
 * @throws KroncutError `usage` or `input` with one sentence about what is wrong, `cancelled` where the signal was
 * aborted, `memory` where a tensor does not fit, `device` where the device fails.
 * @example
 * ```js
 * import { cut, evaluate } from 'kroncut';
 *
 * const tensors = await evaluate(await cut('circuit.qasm', { maxWidth: 8 }), { precision: 'double' });
 * console.log(tensors.bytes, tensors.seconds);
 * ```
 */
export function evaluate(run: string, options?: EvaluateOptions): Promise<EvaluateSummary>;
export function evaluate(run: InMemory, options?: EvaluateOptions): Promise<EvaluateSummary & InMemory>;
export async function evaluate(
  source: RunSource,
  options: EvaluateOptions = {},
): Promise<EvaluateSummary & Partial<InMemory>> {
  await checkCall(EVALUATE_OPTIONS, options, () => checkRun(source));
  return withContext(options, async (context) => {
    return withRun(context, source, async (run) => ({
      ...(await evaluateRun(run, options)),
      ...inMemory(run),
    }));
  });
}

/**
 * Collective. With `questions` alone to be answered it makes tensors that keep no outcomes for others, unless those that do
 * are there.
 */
export async function evaluateRun(
  run: OpenRun,
  options: EvaluateOptions,
  questions: readonly KeptQuestion[] = [],
): Promise<EvaluateSummary> {
  return advised(run, questionQueries(questions), () => evaluateHere(run, options, questions));
}

/** The questions as one asks them; undefined where the run is to answer any. */
function questionQueries(questions: readonly KeptQuestion[]): Queries | undefined {
  const marginal = [...new Set(questions.flatMap((question) => question.marginal ?? []))];
  const expect = questions.flatMap((question) => question.expect ?? []).join(' + ');
  if (questions.length === 0) return undefined;
  const probability = questions.flatMap((question) => question.probability ?? []);
  return {
    ...(marginal.length > 0 ? { marginal } : {}),
    ...(expect === '' ? {} : { expect }),
    ...(probability.length > 0 ? { probability } : {}),
  };
}

async function evaluateHere(
  run: OpenRun,
  options: EvaluateOptions,
  questions: readonly KeptQuestion[],
): Promise<EvaluateSummary> {
  const { context, cutCircuit } = run;
  const { cluster } = context;
  const begin = performance.now();
  const { precision, sampling, replaces } = await cluster.onRoot(() => intended(run, options));
  if (sampling?.data === 'imported') return keptImports(run, precision, sampling, begin);
  const missing = await cluster.onRoot(() =>
    questions.length === 0 || sampling !== null || keepsOutcomes(run)
      ? null
      : missingQuestions(run, questions),
  );
  const evaluator = await cluster.agree(() => evaluatorOf(cutCircuit, precision, context.threads, sampling));
  const named =
    missing?.flatMap((question) => questionTensors(cutCircuit, question)) ??
    measuredTensors(cutCircuit, sampling?.forExpect ?? null);
  const tasks = await cluster.agree(() => evaluator.tasks(named));
  // What is there goes only where what comes fits.
  if (replaces) await cluster.agree(() => requireEvaluationMemory(context, tasks));
  await cluster.onRoot(() => prepare(run, { precision, sampling, replaces }));
  const passing = missing === null ? undefined : passingStore(run, precision, missing);
  const store = passing ?? run.tensors;
  const ready = await readyEvaluator(run, precision, sampling, named, evaluator);
  const { files, evaluated, reused } = await evaluateSubcircuits(context, { store, evaluator: ready, named });
  const seconds = secondsSince(begin);
  await cluster.onRoot(async () => {
    const wasReduced = run.directory().stage('evaluate')?.reduced !== undefined;
    await noteDone(run, { status: 'done', seconds, files }, missing, passing !== undefined);
    // Tensors of all outcomes answer what the others did.
    if (missing === null && wasReduced) await store.clear(named.map(({ name }) => name));
    if (evaluated > 0) await run.directory().addTimings({ evaluate: seconds });
  });
  const drawn = sampling?.data === 'sampled';
  const shots = await cluster.onRoot(() => (drawn ? shotsOf(run, named) : null));
  return {
    subcircuits: cutCircuit.subcircuits.length,
    evaluated,
    reused,
    precision,
    ...(shots === null ? {} : { shots }),
    bytes:
      run.path === undefined || passing !== undefined
        ? predictEvaluation(tasks).diskBytes
        : Object.entries(files).reduce(
            (sum, [name, { size }]) => sum + (name.endsWith('.npy') ? size : 0),
            0,
          ),
    seconds,
  };
}

/**
 * Where the tensors of sums go that are evaluated again sooner than they are worth being written: many large ones that take
 * seconds. Undefined where they are kept in files. The ranks of a job would have to send them to one another.
 */
function passingStore(
  { context, cutCircuit, passing, writePath }: OpenRun,
  precision: Precision,
  questions: readonly KeptQuestion[],
): TensorStore | undefined {
  if (writePath === undefined || context.cluster.size > 1) return undefined;
  if (questions.some(({ expect }) => expect === undefined)) return undefined;
  const { seconds, diskBytes } = predictEvaluate(context, cutCircuit, precision, questions);
  const most = Math.min(MOST_PASSING_BYTES, context.memory * PASSING_SHARE);
  return diskBytes >= WORTH_PASSING && diskBytes <= most && seconds <= PASSING_SECONDS ? passing : undefined;
}

/** Notes that tensors of all outcomes are there, or those of some questions more; for use on the root. */
async function noteDone(
  run: OpenRun,
  state: StageState,
  questions: readonly KeptQuestion[] | null,
  passing: boolean,
): Promise<void> {
  const directory = run.directory();
  if (questions === null) return directory.setStage('evaluate', state);
  const before = directory.manifest.stages.evaluate;
  const {
    reduced = [],
    files: known,
    passing: asked = [],
  } = before?.reduced === undefined ? { files: {} } : before;
  const unkept = new Map([...asked, ...(passing ? questions : [])].map((one) => [one.expect, one]));
  await directory.setStage('evaluate', {
    ...state,
    files: { ...known, ...state.files },
    reduced: passing ? reduced : [...reduced, ...questions],
    ...(unkept.size > 0 ? { passing: [...unkept.values()] } : {}),
  });
  if (passing) directory.answerInPassing(questions);
}

/** Collective: what was measured elsewhere is kept as it is. Throws `input` where some of it is gone. */
async function keptImports(
  run: OpenRun,
  precision: Precision,
  { forExpect }: Sampling,
  begin: number,
): Promise<EvaluateSummary> {
  const { cutCircuit, context } = run;
  const named = measuredTensors(cutCircuit, forExpect);
  await requireImported(run, precision, named, forExpect);
  context.onWarning?.(
    `${run.name} holds measurements that were imported; they are kept, and nothing is evaluated`,
  );
  return {
    subcircuits: cutCircuit.subcircuits.length,
    evaluated: 0,
    reused: named.length,
    precision,
    bytes: predictEvaluation(importedEvaluator(cutCircuit, precision).tasks(named)).diskBytes,
    seconds: secondsSince(begin),
  };
}

/** Not collective: the shots of all subexperiments. */
async function shotsOf({ tensors }: OpenRun, named: readonly NamedSubcircuit[]): Promise<number> {
  let sum = 0;
  for (const { name } of named) {
    const { shots } = await tensors.counts(name);
    sum += shots.reduce((total, each) => total + each, 0);
  }
  return sum;
}

interface Intended {
  readonly precision: Precision;
  readonly sampling: Sampling | null;
  /** What is evaluated already is replaced. */
  readonly replaces: boolean;
}

/** True where the run has tensors with all outcomes; for use on the root. */
function keepsOutcomes(run: OpenRun): boolean {
  const stage = run.directory().stage('evaluate');
  return stage?.status === 'done' && stage.reduced === undefined;
}

/** Questions that a run without outcomes has no tensors for yet; for use on the root. */
export function missingQuestions(run: OpenRun, questions: readonly KeptQuestion[]): readonly KeptQuestion[] {
  const kept = run.directory().stage('evaluate')?.reduced ?? [];
  return questions.filter((question) => !isKept(run.cutCircuit, kept, question));
}

/** What a run does with measurements that nobody can compute again. */
const KEPT = 'no evaluation takes their place; use another folder';

/** Throws `usage` where the run was evaluated in another way, unless that is to be replaced; for use on the root. */
export async function intended(run: OpenRun, options: EvaluateOptions): Promise<Intended> {
  const { precision: asked, force = false } = options;
  const { precision: before, sampling: drawn } = run.directory().manifest.options;
  const precision = asked ?? before ?? 'double';
  const wanted = samplingOf(options, await noiseOf(run.context, options));
  const sampling = before === null || force || wanted !== null ? wanted : drawn;
  const imported = drawn?.data === 'imported';
  if (force && imported) {
    throw optionError('force', `: ${run.name} holds measurements that were imported, and ${KEPT}`);
  }
  if (before === null || force) return { precision, sampling, replaces: force };
  const remedy = imported ? KEPT : `use another folder, or ${optionName('force')} to replace it`;
  const differs = (was: string, is: string): never => {
    throw new KroncutError('usage', `${run.name} is evaluated ${was}, not ${is}; ${remedy}`);
  };
  const { seed } = options;
  if (wanted === null && drawn?.data === 'sampled' && seed !== undefined && seed !== drawn.seed) {
    differs(samplingText(drawn), samplingText({ ...drawn, seed }));
  }
  if (before !== precision) differs(`in ${before} precision`, precision);
  if (JSON.stringify(drawn) !== JSON.stringify(sampling))
    differs(samplingText(drawn), samplingText(sampling));
  return { precision, sampling, replaces: false };
}

async function prepare(run: OpenRun, { precision, sampling, replaces }: Intended): Promise<void> {
  const directory = run.directory();
  if (replaces) {
    await directory.dropStages('evaluate', 'reconstruct', 'verify');
    await run.tensors.clear();
    await directory.remove('results');
  }
  await directory.setEvaluation(precision, sampling);
  const stage = directory.stage('evaluate');
  // What was reduced answers its questions while more is evaluated.
  if (stage?.reduced === undefined) {
    await directory.setStage('evaluate', { status: 'running', seconds: 0, files: stage?.files ?? {} });
  }
}
