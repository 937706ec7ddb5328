/** `reconstruct`: answers queries from the tensors of a run directory. */
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import type { Cluster } from '../cluster/cluster.js';
import { evaluateSubcircuits } from '../evaluate/evaluate.js';
import type { Circuit } from '../circuit/circuit.js';
import { exactEvaluator } from '../evaluate/exact.js';
import { KroncutError } from '../error.js';
import type { Precision } from '../native/addon.js';
import type { Context, Progress } from '../run/context.js';
import type { Manifest } from '../run/manifest.js';
import { isIntact, recordFile, type FileRecord } from '../run/files.js';
import { dynamicDefinition } from '../reconstruct/queries/bins.js';
import { streamDistribution } from '../reconstruct/queries/distribution.js';
import {
  bitStringProbabilities,
  expectation,
  writeSamples,
  type TermNetwork,
} from '../reconstruct/queries/closedQueries.js';
import {
  asksNothing,
  asksWidely,
  checkQueries,
  FULL_FILE,
  marginalDistribution,
  type BinsResult,
  type ExpectResult,
  type FullResult,
  type MarginalResult,
  type MomentsResult,
  type ProbabilityResult,
  type Queries,
  searchesTop,
  type QuerySource,
  type SamplesResult,
  type TopResult,
} from '../reconstruct/queries/queries.js';
import { planObservable, type BasisVariant } from '../reconstruct/queries/observables.js';
import { parsePauliSum } from '../reconstruct/queries/pauliSum.js';
import { searchOutcomes } from '../reconstruct/queries/topOutcomes.js';
import {
  tensorMember,
  tensorNetwork,
  answerError,
  type AnswerError,
  type NetworkMember,
  type Uncertainties,
} from '../reconstruct/network/tensorNetwork.js';
import { FileTensors } from '../run/fileTensors.js';
import { openContext, type CommonOptions } from './context.js';
import { explainQueries, withTimes, type ReconstructExplanation } from './explainReconstruct.js';
import { evaluatedPrecision, runCircuit, secondsSince, withRun, type OpenRun } from './openRun.js';

export interface ReconstructOptions extends CommonOptions, Queries {
  /** Says how the queries are contracted, what that was predicted to take, and what it took. */
  readonly explain?: boolean | undefined;
  /** Where `full` goes, as .npy, in place of `results/full.npy`; the root's is used. */
  readonly stream?: Writable | undefined;
}

/** What an answer that is an object says beside its numbers. */
type Answer<T> = T & Pick<AnswerError, 'data'>;

/** One key per query. */
export interface ReconstructResult {
  readonly full?: Answer<FullResult>;
  readonly marginal?: Answer<MarginalResult>;
  readonly top?: Answer<TopResult>;
  readonly moments?: Answer<MomentsResult>;
  readonly probability?: ProbabilityResult;
  readonly expect?: ExpectResult;
  readonly samples?: Answer<SamplesResult>;
  readonly bins?: BinsResult;
  /** Where it was asked for. */
  readonly explanation?: ReconstructExplanation;
}

/** Collective. */
export async function reconstruct(
  directory: string,
  options: ReconstructOptions,
): Promise<ReconstructResult> {
  const context = await openContext(options);
  return withRun(context, directory, async (run) => {
    if (options.explain !== true) return reconstructRun(run, options);
    await context.cluster.onRoot(async () => {
      requireQuery(options);
      await requireAnswerable(run, options);
      evaluatedPrecision(run.directory(), run.name);
    });
    const explained = await explainQueries(run, options);
    const answers = await reconstructRun(run, options);
    return { ...answers, explanation: await withTimes(run, explained) };
  });
}

/** Throws `usage` where no query is named. */
export function requireQuery(queries: Queries): void {
  if (!asksNothing(queries)) return;
  throw new KroncutError(
    'usage',
    'no query: name one or more of --full, --top, --moments, --marginal, --probability, --expect, --samples, --bins',
  );
}

export async function reconstructRun(
  run: OpenRun,
  queries: Queries & Pick<ReconstructOptions, 'stream'>,
): Promise<ReconstructResult> {
  const { context } = run;
  const begin = performance.now();
  await context.cluster.onRoot(async () => {
    requireQuery(queries);
    await requireAnswerable(run, queries);
    checkQueries(run.cutCircuit, queries);
    checkStream(queries, context.cluster);
  });
  const { bondTolerance, checkpointBytes } = queries;
  const source = { ...(await openTensors(run)), bondTolerance, checkpointBytes };
  const { data } = answerError(source.network.members);
  const result: {
    -readonly [Key in keyof ReconstructResult]: ReconstructResult[Key];
  } = {};
  const timings: Record<string, number> = {};
  const parts = countQueries(queries);
  let finished = 0;
  const onWork = (fraction: number): void => report(context, 'reconstruct', finished + fraction, parts);
  const timed = async <T>(name: string, body: () => Promise<T>): Promise<T> => {
    const start = performance.now();
    const value = await body();
    timings[`reconstruct ${name}`] = secondsSince(start);
    finished += 1;
    return value;
  };
  onWork(0);
  const { full, top, moments, crossEntropy, stream } = queries;
  if (top !== undefined && searchesTop(run.cutCircuit, queries)) {
    const limit = queries.topWork;
    const searched = await timed('top', () => searchOutcomes(context, source, top, limit, onWork));
    result.top = { ...searched, data };
  } else if (full === true || moments === true || top !== undefined) {
    if (full === true && stream === undefined) await context.cluster.onRoot(() => forgetFull(run));
    const name = full === true ? 'full' : moments === true ? 'moments' : 'top';
    const asked = { full, top, moments, crossEntropy, stream };
    const streamed = await timed(name, () => streamDistribution(context, source, asked, onWork));
    if (streamed.full !== undefined) result.full = { ...streamed.full, data };
    if (streamed.top !== undefined) result.top = { ...streamed.top, data };
    if (streamed.moments !== undefined) result.moments = { ...streamed.moments, data };
  }
  const { marginal, probability } = queries;
  if (marginal !== undefined) {
    const found = await timed('marginal', () => marginalDistribution(context, source, marginal, onWork));
    result.marginal = { ...found, data };
  }
  if (probability !== undefined) {
    result.probability = await timed('probability', () =>
      bitStringProbabilities(context, source, probability, onWork),
    );
  }
  const { expect, samples, samplesFormat = 'text', seed = 0, bins, depth = 1 } = queries;
  if (bins !== undefined) {
    result.bins = await timed('bins', () => dynamicDefinition(context, source, bins, depth, onWork));
  }
  if (samples !== undefined) {
    const asked = { count: samples, seed, format: samplesFormat };
    const written = await timed('samples', () => writeSamples(context, source, asked, onWork));
    result.samples = { ...written, data };
  }
  if (expect !== undefined) {
    const listed = queries.terms ?? false;
    result.expect = await timed('expect', () => expectationOf(run, source, expect, listed, onWork));
  }
  await context.cluster.onRoot(() => save(run, result, { ...timings, reconstruct: secondsSince(begin) }));
  return result;
}

function checkStream(
  { full, stream }: Pick<ReconstructOptions, 'full' | 'stream'>,
  { launcher }: Pick<Cluster, 'launcher'>,
): void {
  if (stream === undefined) return;
  if (full !== true) throw new KroncutError('usage', '--stdout says where --full goes; give that too');
  // Launchers give their ranks terminals of their own, and pass on what comes from them.
  if (launcher === 'none' && 'isTTY' in stream && stream.isTTY === true) {
    throw new KroncutError(
      'usage',
      '--stdout: standard output is a terminal, and the distribution is binary; send it to a file or a pipe',
    );
  }
}

/** The outcome bits that read the qubits of a sum of Pauli strings; undefined where some qubit is not read. */
export function observedBits(
  { outcomes, qubits }: Pick<Circuit, 'outcomes' | 'qubits'>,
  expect: string,
): number[] | undefined {
  const observed = new Set(
    parsePauliSum(expect, qubits).flatMap(({ paulis }) => paulis.map(({ qubit }) => qubit)),
  );
  const bits = [...observed].map((qubit) => outcomes.indexOf(qubit));
  return bits.includes(-1) ? undefined : bits;
}

/** Throws `usage` for a query beyond the light cone that the run was made for; for use on the root. */
export async function requireAnswerable(run: OpenRun, queries: Queries): Promise<void> {
  const { options, circuit } = run.directory().manifest;
  const { lightCone } = options;
  if (lightCone === null) return;
  const { marginal = [], expect } = queries;
  const wider = asksWidely(queries);
  const observed = expect === undefined ? [] : observedBits(await runCircuit(run), expect);
  const within = (bits: readonly number[] | undefined): boolean =>
    bits !== undefined && bits.every((bit) => lightCone.includes(bit));
  if (!wider && within(marginal) && within(observed)) return;
  const asked = within(observed) ? `--marginal ${marginal.join(',')}` : `--expect '${expect}'`;
  const query = wider ? '--top 10' : asked;
  throw new KroncutError(
    'usage',
    `${run.name} was made for the outcome bits ${lightCone.join(',')} alone, and holds only their light cone; ` +
      `'kroncut run ${circuit.source} -o ${run.name} ${sameOptions(options)}--force ${query}' answers more`,
  );
}

/** The options that decided the cuts and angles of a run, as on a command line. */
function sameOptions({ cut, parameters }: Manifest['options']): string {
  const given = Object.entries(cut).flatMap(([option, value]) => {
    if (value === null || value === false) return [];
    if (value === true) return [`${option} `];
    // Of manual cuts in a file only the hash is known.
    return [`${option} ${option === '--cuts' ? 'FILE' : value} `];
  });
  const values = Object.entries(parameters).map(([name, value]) => `--param ${name}=${value} `);
  return [...given, ...values].join('');
}

/** What the root knows of the tensors that `evaluate` left. */
interface EvaluatedFiles {
  readonly precision: Precision;
  readonly files: [string, FileRecord][];
  readonly uncertainties: Uncertainties;
}

/**
 * Collective: the network of a run's tensors, after each rank has made sure that its share of the files is what
 * `evaluate` left.
 */
export async function openTensors(run: OpenRun): Promise<QuerySource> {
  const { context, path, cutCircuit } = run;
  const { cluster } = context;
  const store = new FileTensors(context, path);
  const { precision, files, uncertainties } = await cluster.onRoot(async (): Promise<EvaluatedFiles> => {
    const directory = run.directory();
    return {
      precision: evaluatedPrecision(directory, run.name),
      files: Object.entries(directory.stage('evaluate')?.files ?? {}),
      uncertainties: await store.uncertainties(cutCircuit.subcircuits.map(({ index }) => String(index))),
    };
  });
  await cluster.agree(async () => {
    for (const [i, [name, record]] of files.entries()) {
      if (i % cluster.size !== cluster.rank) continue;
      if (!(await isIntact(join(path, name), record))) {
        throw new KroncutError(
          'input',
          `${join(run.name, name)} is not what 'kroncut evaluate' wrote; run 'kroncut evaluate ${run.name}' again`,
        );
      }
    }
  });
  return {
    directory: path,
    cutCircuit,
    network: tensorNetwork(cutCircuit, store, precision, uncertainties),
    precision,
    tensors: JSON.stringify(files),
  };
}

/** Collective: evaluates the subcircuits in the bases that are missing, and then the terms. */
async function expectationOf(
  run: OpenRun,
  source: QuerySource,
  expect: string,
  listed: boolean,
  onWork: (fraction: number) => void,
): Promise<ExpectResult> {
  const { context, path, cutCircuit } = run;
  const { precision } = source;
  const store = new FileTensors(context, path);
  const terms = parsePauliSum(expect, cutCircuit.qubits);
  const { variants, factors } = planObservable(cutCircuit, terms);
  if (variants.length > 0) {
    // Progress is that of the query, whose share in the whole is known.
    const silent = { ...context, onProgress: undefined };
    const evaluator = exactEvaluator(cutCircuit, precision, context.threads);
    await evaluateSubcircuits(silent, { store, evaluator, named: variants });
  }
  const members = new Map<string, NetworkMember>();
  const memberOf = ({ name, subcircuit }: BasisVariant): NetworkMember => {
    const member = members.get(name) ?? tensorMember(cutCircuit, subcircuit, store, name, precision);
    members.set(name, member);
    return member;
  };
  const networks = factors.map((local): TermNetwork | undefined =>
    local === undefined
      ? undefined
      : {
          members: local.map(({ variant }) => memberOf(variant)),
          weighed: new Set(local.flatMap(({ weighed }) => weighed)),
        },
  );
  return expectation(context, source, terms, networks, listed, onWork);
}

/** The file is about to be replaced: what the manifest says about it no longer holds. */
async function forgetFull(run: OpenRun): Promise<void> {
  const directory = run.directory();
  const state = directory.stage('reconstruct');
  if (state === undefined) return;
  const { [FULL_FILE]: _, ...files } = state.files;
  await directory.setStage('reconstruct', { ...state, status: 'running', files });
}

async function save(
  run: OpenRun,
  result: ReconstructResult,
  timings: Readonly<Record<string, number>>,
): Promise<void> {
  const directory = run.directory();
  const files = { ...directory.stage('reconstruct')?.files };
  if (result.full?.file === FULL_FILE) {
    files[FULL_FILE] = await recordFile(directory.file(FULL_FILE));
  }
  if (result.samples !== undefined) {
    const { file } = result.samples;
    files[file] = await recordFile(directory.file(file));
  }
  for (const [query, value] of Object.entries(result)) {
    // What went to a stream is not what a file here holds.
    if (query === 'full' && result.full?.file !== FULL_FILE) continue;
    const name = `results/${query}.json`;
    files[name] = await directory.write(name, `${JSON.stringify(value, null, 2)}\n`);
  }
  await directory.setStage('reconstruct', {
    status: 'done',
    seconds: timings['reconstruct'] ?? 0,
    files,
  });
  await directory.addTimings(timings);
}

function countQueries({ full, top, moments, marginal, probability, expect, samples, bins }: Queries): number {
  const streamed = full === true || moments === true || top !== undefined ? 1 : 0;
  return (
    streamed + [marginal, probability, expect, samples, bins].filter((query) => query !== undefined).length
  );
}

export function report(context: Context, stage: Progress['stage'], done: number, total: number): void {
  context.onProgress?.({ stage, done, total });
}
