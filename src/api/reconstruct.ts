/** `reconstruct`: answers queries from the tensors of a run directory. */
import type { Writable } from 'node:stream';
import { join } from 'node:path';
import type { Cluster } from '../cluster/cluster.js';
import { evaluateSubcircuits } from '../evaluate/evaluate.js';
import { repairedName } from '../evaluate/repaired.js';
import { namedSubcircuits } from '../evaluate/tasks.js';
import { KroncutError } from '../error.js';
import type { Precision } from '../native/addon.js';
import type { Context, Progress } from '../run/context.js';
import type { DataKind, TensorStore } from '../run/tensors/tensorStore.js';
import type { KeptQuestion } from '../run/directory/manifest.js';
import { isIntact, type FileRecord } from '../run/files/files.js';
import { hearing, requireOpen } from '../run/files/streams.js';
import { answerQueries } from '../reconstruct/queries/answers/answerQueries.js';
import { fullBytes, MOST_ARRAY_BITS } from '../reconstruct/queries/full.js';
import { localQuestions } from '../reconstruct/queries/localQueries.js';
import type { Inquiry, QuerySource } from '../reconstruct/queries/query.js';
import { questionTensors } from '../reconstruct/queries/reduced.js';
import { reducedNetwork } from '../reconstruct/queries/answers/reducedMembers.js';
import {
  checkQueries,
  QUERIES,
  requireQuery,
  type Answers,
  type Queries,
  type Registry,
} from '../reconstruct/queries/registry.js';
import { tensorMember, tensorNetwork, type Uncertainties } from '../reconstruct/network/tensorNetwork.js';
import type { Repair } from '../reconstruct/network/repair.js';
import { requireMemory } from '../run/resources/space.js';
import { advised } from './input/advised.js';
import { repairTensors, requireEstimates } from './sampling/repair.js';
import { evaluatorOf, readyEvaluator } from './sampling/sampling.js';
import { requireAnswerable } from './input/answerable.js';
import { requireImported } from './input/importedTensors.js';
import { withContext } from './context.js';
import { evaluateRun, missingQuestions } from './evaluate.js';
import { explainQueries, withTimes, type ReconstructExplanation } from './explainReconstruct.js';
import { evaluatedPrecision, secondsSince, withRun, type OpenRun, type RunSource } from './input/openRun.js';
import { type ReconstructOptions, RECONSTRUCT_OPTIONS } from './options/reconstruct.js';
import { nextStep, optionError, optionName } from '../options/optionName.js';
import { checkCall, checkRun } from './input/source.js';
import { isDealtTo } from '../cluster/share.js';

/** The answers that options ask for are there: of `{ top: 3 }` the one under `top`. */
export type Asked<O> = {
  readonly [
    Key in keyof Answers & keyof O as undefined extends O[Key] ? never : false extends O[Key] ? never : Key
  ]-?: NonNullable<Answers[Key]>;
};

/** No property that `Known` does not have. */
export type NoOthers<O, Known> = { readonly [Key in Exclude<keyof O, keyof Known>]: never };

/** One key per query. */
export interface ReconstructResult extends Answers {
  /** Where it was asked for. */
  readonly explanation?: ReconstructExplanation;
}

/**
 * Collective: answers queries from the tensors of a run, all of them in as few passes as can be. An answer stands under
 * its query's key; of a run in memory, arrays are in the answer, on the root rank.
 *
 * @throws KroncutError `usage` or `input` with one sentence about what is wrong, `cancelled` where the signal was
 * aborted, `memory` where the contraction or the answer does not fit, `device` where the device fails.
 * @example
 * ```js
 * import { cut, evaluate, reconstruct } from 'kroncut';
 *
 * const tensors = await evaluate(await cut('circuit.qasm', { maxWidth: 8 }));
 * const { full, expect } = await reconstruct(tensors, { full: true, expect: 'Z0 Z1 + 0.5*X2' });
 * console.log(full?.values?.length, expect?.value);
 * ```
 */
export function reconstruct<O extends ReconstructOptions>(
  source: RunSource,
  options: O & NoOthers<O, ReconstructOptions>,
): Promise<ReconstructResult & Asked<O>>;
export function reconstruct(source: RunSource, options?: ReconstructOptions): Promise<ReconstructResult>;
export async function reconstruct(
  source: RunSource,
  options: ReconstructOptions = {},
): Promise<ReconstructResult> {
  // It may fail before anything is written: what listens is there from the start, whatever the options are.
  const { stream }: Partial<ReconstructOptions> = Object(options);
  return hearing(stream, () => reconstructCall(source, options));
}

async function reconstructCall(source: RunSource, options: ReconstructOptions): Promise<ReconstructResult> {
  await checkCall(RECONSTRUCT_OPTIONS, options, () => checkRun(source));
  return withContext(options, async (context) => {
    return withRun(
      context,
      source,
      async (run) => {
        if (options.explain !== true) return reconstructRun(run, options);
        await context.cluster.onRoot(async () => {
          requireQuery(options);
          await requireAnswerable(run, options);
          evaluatedPrecision(run.directory(), run.name);
        });
        const explained = await explainQueries(run, options);
        const answers = await reconstructRun(run, options);
        return { ...answers, explanation: await withTimes(run, explained) };
      },
      'answer',
    );
  });
}

/** Collective: answers queries, and keeps the answers in the run. */
export async function reconstructRun(
  run: OpenRun,
  queries: RunQueries,
  registry: Registry = QUERIES,
): Promise<ReconstructResult> {
  return advised(run, queries, () => answersOf(run, queries, registry));
}

type RunQueries = Queries & Pick<ReconstructOptions, 'stream' | 'output'>;

async function answersOf(run: OpenRun, queries: RunQueries, registry: Registry): Promise<ReconstructResult> {
  const { context } = run;
  const begin = performance.now();
  await context.cluster.onRoot(async () => {
    requireQuery(queries, registry);
    await requireAnswerable(run, queries, registry);
    checkQueries(run.cutCircuit, queries, registry);
    checkPlace(run, queries);
    if (queries.repair !== undefined) requireEstimates(run, queries.repair);
    if (run.path !== undefined) return;
    const precision = evaluatedPrecision(run.directory(), run.name);
    checkArray(context, run.cutCircuit.outcomeBits, precision, queries);
  });
  await evaluateMissing(run, queries, registry);
  const source = { ...(await openTensors(run, queries.repair)), bondTolerance: queries.bondTolerance };
  const records = new Map<string, FileRecord>();
  const inquiry = inquiryOf(run, source, queries, records);
  const onWork = (done: number, total: number): void => report(context, 'reconstruct', done, total);
  const { answers, seconds } = await answerQueries(inquiry, queries, onWork, registry);
  const timings = Object.fromEntries(
    Object.entries(seconds).map(([step, each]) => [`reconstruct ${step}`, each]),
  );
  await context.cluster.onRoot(() =>
    save(run, answers, registry, records, { ...timings, reconstruct: secondsSince(begin) }),
  );
  return answers;
}

/** Collective: where the run keeps no outcomes, and what the queries read is not there yet, evaluates that. */
async function evaluateMissing(run: OpenRun, queries: Queries, registry: Registry): Promise<void> {
  const missing = await run.context.cluster.onRoot(() => {
    if (run.directory().stage('evaluate')?.reduced === undefined) return [];
    return missingQuestions(run, localQuestions(queries, registry) ?? []);
  });
  if (missing.length > 0) await evaluateRun(run, {}, missing);
}

type FullQuestion = Pick<ReconstructOptions, 'full' | 'stream' | 'output'>;
type FileQuestion = FullQuestion & Pick<ReconstructOptions, 'samplesFormat'>;

/** Throws `usage` where an answer has no place to go to, or two. */
function checkPlace({ context, name, path, writePath }: OpenRun, question: FileQuestion): void {
  const { full, stream, output } = question;
  for (const place of ['stream', 'output'] as const) {
    if (question[place] !== undefined && full !== true) {
      throw optionError(place, ` says where ${optionName('full')} goes; give that too`);
    }
  }
  if (stream !== undefined && output !== undefined) {
    throw optionError(
      'output',
      ` and ${optionName('stream')} both say where the distribution goes; leave one out`,
    );
  }
  const readOnly = path !== writePath;
  if (readOnly && full === true && stream === undefined && output === undefined) {
    throw new KroncutError(
      'usage',
      `${name} cannot be written; ${optionName('output')} FILE says where the distribution of ${optionName('full')} goes`,
    );
  }
  if (readOnly && question.samplesFormat === 'npy') {
    throw optionError(
      'samplesFormat',
      ` npy: ${name} cannot be written; as text the samples are in the answer`,
    );
  }
  if (stream !== undefined) checkStream(stream, context.cluster);
}

function checkStream(stream: Writable, { launcher }: Pick<Cluster, 'launcher'>): void {
  requireOpen(stream);
  // Launchers give their ranks terminals of their own, and pass on what comes from them.
  if (launcher === 'none' && 'isTTY' in stream && stream.isTTY === true) {
    throw optionError(
      'stream',
      `: ${stream === process.stdout ? 'standard output' : 'it'} is a terminal, and the distribution is binary; send it to a file or a pipe`,
    );
  }
}

/**
 * Throws `usage` or `memory` where a run in memory is asked for a distribution that is too large for an array; for use on
 * the root.
 */
export function checkArray(
  { memory }: Pick<Context, 'memory'>,
  outcomeBits: number,
  precision: Precision,
  { full, stream, output }: FullQuestion,
): void {
  if (full !== true || stream !== undefined || output !== undefined) return;
  if (outcomeBits > MOST_ARRAY_BITS) {
    throw new KroncutError(
      'usage',
      `full: the distribution has 2^${outcomeBits} values, and an array of 2^${MOST_ARRAY_BITS} at most is made; ` +
        'name a directory for a file, or a stream',
    );
  }
  const bytes = fullBytes(outcomeBits, precision);
  requireMemory(bytes, memory, 'an array of the whole distribution', 'name a directory for a file');
}

/** What the root knows of the tensors that were evaluated. */
interface EvaluatedFiles {
  readonly precision: Precision;
  readonly files: [string, FileRecord][];
  readonly uncertainties: Uncertainties;
  /** Of tensors that are evaluated while queries are answered. */
  readonly data: DataKind;
  /** The questions that they were made for, where they keep no outcomes for others. */
  readonly kept: readonly KeptQuestion[] | null;
}

/** The tensors of a run, as queries find them. */
export interface OpenTensors extends QuerySource, Pick<Inquiry, 'memberOf' | 'reduced'> {}

/**
 * Collective: the network of a run's tensors, after each rank has made sure that its share of the files is what
 * was evaluated; with `mlft` that of the repaired ones, which are made where they are not there.
 */
export async function openTensors(run: OpenRun, repair?: Repair): Promise<OpenTensors> {
  const { context, path, writePath, cutCircuit, tensors: store } = run;
  const { cluster } = context;
  const evaluated = await cluster.onRoot(async (): Promise<EvaluatedFiles> => {
    const directory = run.directory();
    const { files = {}, reduced: kept } = directory.stage('evaluate') ?? {};
    const tensors = kept?.flatMap((question) => questionTensors(cutCircuit, question));
    const names = (tensors ?? namedSubcircuits(cutCircuit)).map(({ name }) => name);
    return {
      precision: evaluatedPrecision(directory, run.name),
      files: Object.entries(files),
      uncertainties: await store.uncertainties(names),
      data: directory.manifest.options.sampling?.data ?? 'exact',
      kept: kept ?? null,
    };
  });
  const { precision, files, uncertainties, data, kept } = evaluated;
  const again =
    kept === null
      ? nextStep(
          `what 'kroncut evaluate' wrote; run 'kroncut evaluate ${run.name}' again`,
          'what evaluate wrote; call it again',
        )
      : `what ${nextStep("'kroncut run'", 'run')} wrote; run it with its question again`;
  await cluster.agree(async () => {
    for (const [i, [name, record]] of files.entries()) {
      if (!isDealtTo(cluster, i)) continue;
      if (path === undefined || !(await isIntact(join(path, name), record))) {
        throw new KroncutError('input', `${join(run.name, name)} is not ${again}`);
      }
    }
  });
  const mends = repair === 'mlft';
  if (mends) await repairTensors(context, run, precision, namedSubcircuits(cutCircuit));
  const valuesOf = mends ? repairedName : undefined;
  const identity = JSON.stringify([files, kept]);
  const before = openedOf.get(store);
  if (kept !== null && before?.identity === identity) return before.opened;
  const opened: OpenTensors = {
    directory: writePath,
    cutCircuit,
    precision,
    tensors: JSON.stringify(mends ? [files, repair] : files),
    memberOf: ({ name, subcircuit }) =>
      tensorMember(cutCircuit, subcircuit, store, name, precision, {
        uncertainty: uncertainties[name] ?? (data === 'exact' ? undefined : { data }),
        values: valuesOf?.(name),
      }),
    ...(kept === null
      ? { network: tensorNetwork(cutCircuit, store, precision, uncertainties, valuesOf) }
      : reducedNetwork(cutCircuit, store, precision, kept, uncertainties)),
  };
  if (kept !== null) openedOf.set(store, { identity, opened });
  return opened;
}

/** Tensors without outcomes as they were last opened, and the files that they were: what was read of them is known. */
const openedOf = new WeakMap<TensorStore, { readonly identity: string; readonly opened: OpenTensors }>();

/** What queries are answered from. */
export function inquiryOf(
  run: OpenRun,
  source: OpenTensors,
  {
    stream,
    output,
    expect: asked,
    repair,
  }: Pick<ReconstructOptions, 'stream' | 'output' | 'expect' | 'repair'>,
  records: Map<string, FileRecord>,
): Parameters<typeof answerQueries>[0] {
  const { context, tensors: store } = run;
  const { precision, memberOf, reduced } = source;
  return {
    context,
    source,
    stream,
    output,
    repair,
    async evaluate(variants) {
      if (variants.length === 0) return;
      // Progress is that of the query, whose share in the whole is known.
      const silent = { ...context, onProgress: undefined };
      const sampling = await context.cluster.onRoot(() => run.directory().manifest.options.sampling);
      if (sampling?.data === 'imported') await requireImported(run, precision, variants, asked ?? null);
      else {
        const own = { ...run, context: silent };
        const made = await context.cluster.agree(() =>
          evaluatorOf(run.cutCircuit, precision, context.threads, sampling),
        );
        const evaluator = await readyEvaluator(own, precision, sampling, variants, made);
        await evaluateSubcircuits(silent, { store, evaluator, named: variants });
      }
      if (repair === 'mlft') await repairTensors(silent, run, precision, variants);
    },
    memberOf,
    reduced,
    forget: (file) => context.cluster.onRoot(() => forgetFile(run, file)),
    recorded: (file, record) => {
      if (record !== undefined) records.set(file, record);
    },
  };
}

/** A file is about to be replaced: what the manifest says about it no longer holds. */
async function forgetFile(run: OpenRun, file: string): Promise<void> {
  const directory = run.directory();
  const state = directory.stage('reconstruct');
  if (state === undefined) return;
  const { [file]: _, ...files } = state.files;
  await directory.setStage('reconstruct', { ...state, status: 'running', files });
}

/** Keeps each answer in a file, and notes in the manifest what there is. */
async function save(
  run: OpenRun,
  answers: Readonly<Record<string, unknown>>,
  registry: Registry,
  records: ReadonlyMap<string, FileRecord>,
  timings: Readonly<Record<string, number>>,
): Promise<void> {
  const directory = run.directory();
  const files = { ...directory.stage('reconstruct')?.files };
  const kept = registry.flatMap((definition) => {
    const { key } = definition;
    const answer = answers[key];
    if (answer === undefined) return [];
    const besides = definition.files === undefined ? [] : definition.files(answer);
    return besides === undefined ? [] : [{ key, answer, besides }];
  });
  for (const file of kept.flatMap(({ besides }) => besides)) {
    files[file] = records.get(file) ?? (await directory.record(file));
  }
  for (const { key, answer } of kept) {
    const name = `results/${key}.json`;
    files[name] = await directory.write(name, `${JSON.stringify(answer, null, 2)}\n`);
  }
  await directory.setStage('reconstruct', {
    status: 'done',
    seconds: timings['reconstruct'] ?? 0,
    files,
  });
  await directory.addTimings(timings);
}

export function report(context: Context, stage: Progress['stage'], done: number, total: number): void {
  context.onProgress?.({ stage, done, total });
}
