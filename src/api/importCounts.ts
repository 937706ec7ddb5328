/** `import`: what was measured elsewhere, in place of evaluating the subcircuits of a run. */
import { join } from 'node:path';
import { KroncutError } from '../error.js';
import { collectCounts, type CollectedCounts } from '../evaluate/exchange/collectCounts.js';
import { cutHash, listExperiments, type TensorExperiments } from '../evaluate/exchange/experiments.js';
import { readResultFile, type ResultFile } from '../evaluate/exchange/readResults.js';
import {
  importedEvaluator,
  mergeImports,
  storeImports,
  type HeldCounts,
  type ImportedTensor,
} from '../evaluate/imported.js';
import { evaluateTasks, namedSubcircuits } from '../evaluate/tasks.js';
import { predictEvaluation } from '../evaluate/evaluate.js';
import type { Precision } from '../native/addon.js';
import { checkArgument } from '../options/option.js';
import { optionName } from '../options/optionName.js';
import { value } from '../options/readers.js';
import { predictTasks, type Prediction } from '../predict/predictStages.js';
import type { Context } from '../run/context.js';
import type { Manifest, Sampling } from '../run/directory/manifest.js';
import type { FileRecord } from '../run/files/files.js';
import { FileTensors, registrationFile, tensorFile } from '../run/tensors/fileTensors.js';
import { withContext } from './context.js';
import { measuredTensors } from './input/measuredTensors.js';
import {
  inMemory,
  secondsSince,
  withRun,
  type InMemory,
  type OpenRun,
  type RunSource,
} from './input/openRun.js';
import { checkCall, checkRun } from './input/source.js';
import { IMPORT_OPTIONS, type ImportOptions } from './options/exchange.js';
import { samplingText } from './sampling/sampling.js';

/** A file of results by its path (`-` is standard input), or its text. */
export type ResultsSource = string | { readonly text: string; readonly name?: string | undefined };

/** What a file brought. */
export interface ImportedFile {
  readonly file: string;
  readonly sha256: string;
  readonly experiments: number;
  /** Null where it does not say how many. */
  readonly shots: number | null;
  /** What ran them, where the file says it. */
  readonly backend?: string | undefined;
}

/** What an import brought. */
export interface ImportSummary extends Partial<InMemory> {
  readonly files: readonly ImportedFile[];
  /** Experiments with results, and tensors that they are about. */
  readonly experiments: number;
  readonly subcircuits: number;
  /** Shots that came in, and with those of earlier imports; null where some file does not say. */
  readonly shots: number | null;
  readonly totalShots: number | null;
  /** Size of these tensors in bytes. */
  readonly bytes: number;
  readonly seconds: number;
}

/** What an import would bring, and take in seconds and bytes. */
export interface ImportDryRun {
  readonly dryRun: true;
  readonly stages: { readonly import: Prediction };
  readonly total: Prediction;
  readonly files: readonly ImportedFile[];
  readonly experiments: number;
  readonly subcircuits: number;
}

const FILES = value<readonly ResultsSource[]>(
  "a list of files of results by their names ('-' is standard input), or { text: JSON }",
  (given) => Array.isArray(given) && given.length > 0 && given.every(isResultsSource),
);

function isResultsSource(given: unknown): boolean {
  if (typeof given === 'string') return true;
  if (typeof given !== 'object' || given === null || !('text' in given)) return false;
  const name = 'name' in given ? given.name : undefined;
  return typeof given.text === 'string' && (name === undefined || typeof name === 'string');
}

/**
 * Collective: takes in results of the subexperiments of a run, all of them or none. Another import adds. Throws `input` with
 * the file and the place in it for what is missing, contradictory, of another cut or of another width, `usage` where the run
 * was evaluated in another way.
 */
export async function importCounts(
  source: RunSource,
  files: readonly ResultsSource[],
  options: ImportOptions = {},
): Promise<ImportSummary> {
  await check(source, files, options);
  return withContext(options, (context) =>
    withRun(context, source, async (run) => {
      const begin = performance.now();
      const planned = await context.cluster.onRoot(async () => {
        const plan = await planImport(run, files, options);
        await takeIn(run, plan);
        return {
          files: plan.files,
          totals: totalsOf(plan),
          names: plan.tensors.map(({ named }) => named.name),
        };
      });
      // Tensors in memory are known to the root alone so far.
      if (run.path === undefined) await run.tensors.share(planned.names);
      return { files: planned.files, ...planned.totals, seconds: secondsSince(begin), ...inMemory(run) };
    }),
  );
}

/** Collective: checks what `importCounts` does, and says what it would take; nothing is changed. */
export async function dryRunImport(
  source: RunSource,
  files: readonly ResultsSource[],
  options: ImportOptions = {},
): Promise<ImportDryRun> {
  await check(source, files, options);
  return withContext(options, (context) =>
    withRun(
      context,
      source,
      (run) =>
        context.cluster.onRoot(async () => {
          const plan = await planImport(run, files, options);
          const named = plan.tensors.map((tensor) => tensor.named);
          const total = predictTasks(context, evaluateTasks(run.cutCircuit, plan.precision, 1, named));
          const { experiments, subcircuits } = totalsOf(plan);
          return {
            dryRun: true as const,
            stages: { import: total },
            total,
            files: plan.files,
            experiments,
            subcircuits,
          };
        }),
      'answer',
    ),
  );
}

function check(source: unknown, files: unknown, options: ImportOptions): Promise<void> {
  return checkCall(IMPORT_OPTIONS, options, () => {
    checkRun(source);
    checkArgument('files', FILES, files);
  });
}

interface ImportPlan {
  readonly precision: Precision;
  readonly sampling: Sampling;
  /** Earlier imports stay. */
  readonly adds: boolean;
  /** Tensors that change. */
  readonly tensors: readonly ImportedTensor[];
  /** What was there of these, and of others. */
  readonly held: ReadonlyMap<string, HeldCounts>;
  readonly collected: ReadonlyMap<string, CollectedCounts>;
  readonly files: readonly ImportedFile[];
  readonly bytes: number;
}

/** Everything that can be wrong with the files is found here, before anything is written. For use on the root. */
async function planImport(
  run: OpenRun,
  sources: readonly ResultsSource[],
  options: ImportOptions,
): Promise<ImportPlan> {
  const { cutCircuit, name } = run;
  const { seed = 0, round = 1, forExpect = null, force = false } = options;
  const { precision: before, sampling: earlier } = run.directory().manifest.options;
  const adds = !force && earlier?.data === 'imported';
  if (before !== null && !adds && !force) {
    throw new KroncutError(
      'usage',
      `${name} is evaluated ${samplingText(earlier)}, not by measurements; use another folder, or ${optionName('force')} to replace it`,
    );
  }
  const precision = force ? 'double' : (before ?? 'double');
  const tensors = listExperiments(cutCircuit, measuredTensors(cutCircuit, forExpect));
  const files: ResultFile[] = [];
  for (const source of sources) files.push(await readResults(run.context, source));
  const collected = collectCounts({ run: name, cut: cutHash(cutCircuit), tensors, files, seed, round });
  const held = adds ? await heldCounts(run, tensors, precision) : new Map<string, HeldCounts>();
  const time = new Date().toISOString();
  const merged = mergeImports(
    { run: name, tensors, collected, held, time },
    files.map(({ file }) => file),
  );
  const named = merged.map((tensor) => tensor.named);
  return {
    precision,
    sampling: {
      data: 'imported',
      shots: null,
      shotsEach: null,
      standardError: null,
      allocation: 'even',
      seed,
      forExpect: forExpect ?? (adds ? earlier.forExpect : null),
    },
    adds,
    tensors: merged,
    held,
    collected,
    files: files.map((file) => importedFile(file, collected)),
    bytes: predictEvaluation(evaluateTasks(cutCircuit, precision, 1, named)).diskBytes,
  };
}

async function readResults({ inputs, signal }: Context, source: ResultsSource): Promise<ResultFile> {
  if (typeof source === 'string') {
    return readResultFile(source === '-' ? 'standard input' : source, await inputs.read(source, signal));
  }
  return readResultFile(source.name ?? 'the text', source.text);
}

/** What earlier imports brought. Throws `input` where it is not as they left it. */
async function heldCounts(
  run: OpenRun,
  tensors: readonly TensorExperiments[],
  precision: Precision,
): Promise<Map<string, HeldCounts>> {
  const { tensors: store, cutCircuit } = run;
  const evaluator = importedEvaluator(cutCircuit, precision);
  const own = new Set(namedSubcircuits(cutCircuit).map(({ name }) => name));
  const held = new Map<string, HeldCounts>();
  for (const tensor of tensors) {
    const { name } = tensor;
    const record = await store.find(name);
    if (record?.key === evaluator.key(tensor)) {
      held.set(name, { counts: await store.counts(name), sources: record.sources ?? [] });
    } else if (own.has(name)) {
      throw new KroncutError(
        'input',
        `${join(run.name, tensorFile(name))} is not what was imported, or its counts are not; ` +
          `${optionName('force')} begins anew with the results of all rounds`,
      );
    }
  }
  return held;
}

function importedFile(file: ResultFile, collected: ReadonlyMap<string, CollectedCounts>): ImportedFile {
  const shots = [...collected.values()].flatMap((tensor) => {
    const own = tensor.shots.get(file);
    return own === undefined ? [] : [own];
  });
  const { file: name, sha256, backend, entries } = file;
  return {
    file: name,
    sha256,
    experiments: entries.length,
    shots: sumOf(shots),
    ...(backend === undefined ? {} : { backend }),
  };
}

function sumOf(shots: readonly (number | null)[]): number | null {
  return shots.reduce((sum, each) => (sum === null || each === null ? null : sum + each), 0);
}

function totalsOf({
  tensors,
  held,
  collected,
  files,
  bytes,
}: ImportPlan): Pick<ImportSummary, 'experiments' | 'subcircuits' | 'shots' | 'totalShots' | 'bytes'> {
  const results = [...collected.values()].flatMap((tensor) => tensor.results);
  return {
    experiments: new Set(results.map(({ experiment }) => experiment)).size,
    subcircuits: tensors.length,
    shots: sumOf(files.map(({ shots }) => shots)),
    totalShots: sumOf(
      [...files, ...[...held.values()].flatMap(({ sources }) => sources)].map(({ shots: each }) => each),
    ),
    bytes,
  };
}

/** Puts tensors, counts and the manifest in their places, all or none. For use on the root. */
async function takeIn(run: OpenRun, plan: ImportPlan): Promise<void> {
  const { context, cutCircuit, tensors: held } = run;
  const { precision, tensors } = plan;
  const directory = run.directory();
  const names = tensors.map(({ named }) => named.name);
  const folder = await directory.incoming();
  if (folder === undefined) {
    if (!plan.adds) await held.clear();
    await held.prepare(plan.bytes);
    await storeImports(held, cutCircuit, precision, tensors);
    await directory.takeIn([], manifestWith(directory.manifest, plan, {}));
    return;
  }
  const store = new FileTensors(context, folder);
  await store.prepare(plan.bytes);
  await storeImports(store, cutCircuit, precision, tensors);
  const files = await store.records(names);
  const next = manifestWith(directory.manifest, plan, files);
  await directory.takeIn([...new Set([...Object.keys(files), ...names.map(registrationFile)])], next);
  await directory.remove('results');
  if (!plan.adds) await held.clear(names);
}

/** Answers from what was there before no longer hold. */
function manifestWith(
  { options, stages, ...rest }: Manifest,
  { precision, sampling, adds }: ImportPlan,
  files: Readonly<Record<string, FileRecord>>,
): Manifest {
  const kept = adds ? (stages.evaluate?.files ?? {}) : {};
  return {
    ...rest,
    options: { ...options, precision, sampling },
    stages: {
      ...(stages.cut === undefined ? {} : { cut: stages.cut }),
      evaluate: { status: 'done', seconds: 0, files: { ...kept, ...files } },
    },
  };
}
