/** What would work where cuts take more memory than there is: tried before it is said. */
import type { Circuit } from '../circuit/circuit.js';
import { widestWidth } from '../circuit/simulationMemory.js';
import type { CutCircuit } from '../cut/model/cutCircuit.js';
import { KroncutError } from '../error.js';
import type { Precision } from '../native/addon.js';
import { optionName } from '../options/optionName.js';
import { reducedQuestions } from '../reconstruct/queries/localQueries.js';
import type { Queries } from '../reconstruct/queries/registry.js';
import type { Context } from '../run/context.js';
import { formatBytes } from '../run/resources/units.js';
import type { CutChoices } from './cutChoices.js';
import { predictAnswer } from './explainCut.js';
import { predictReconstruct } from './predictReconstruct.js';
import { predictEvaluate } from './predictStages.js';
import { solveCuts } from './solveCuts.js';

/** What was asked for and does not fit. */
export interface UnfitJob {
  readonly circuit: Circuit;
  readonly choices: CutChoices;
  readonly precision: Precision;
  /** Undefined where nothing is asked yet: what `cut` predicts is taken. */
  readonly queries?: Queries | undefined;
}

/** Seconds for each search for other cuts. */
const SEARCH_SECONDS = 2;

/** True for an error that says that cuts take more memory than there is, and not yet what would work. */
export function isUnfit(error: unknown): error is KroncutError {
  return error instanceof KroncutError && error.code === 'memory' && error.details['unfit'] === true;
}

/** The error with what would work instead. For use on the root. */
export async function withRemedy(
  context: Context,
  error: KroncutError,
  job: UnfitJob,
): Promise<KroncutError> {
  const { unfit: _, ...details } = error.details;
  return new KroncutError('memory', `${error.message}; ${await remedy(context, job)}`, {
    cause: error.cause,
    details,
  });
}

/** Options that make it fit, the simplest first; where none is found, what the whole circuit takes. */
async function remedy(context: Context, job: UnfitJob): Promise<string> {
  const { circuit } = job;
  const { nodeSize } = context.cluster;
  const whole = await solved(context, circuit, { maxWidth: Math.max(1, circuit.qubits) });
  const wholeBytes = whole === undefined ? Infinity : bytesOf(context, whole, job);
  if (whole !== undefined && wholeBytes <= context.memory) {
    const qubits = whole.subcircuits.reduce((most, { width }) => Math.max(most, width), 1);
    return `${optionName('maxWidth')} ${qubits} cuts nothing and takes ${formatBytes(wholeBytes)}`;
  }
  for (const [options, choices] of otherChoices(context, job)) {
    const found = await solved(context, circuit, choices);
    if (found !== undefined && bytesOf(context, found, job) <= context.memory) {
      return `${options.join(' with ')} finds cuts that fit`;
    }
  }
  return [
    'no cuts that fit were found',
    ...(wholeBytes < Infinity ? [`the whole circuit takes ${formatBytes(wholeBytes)}`] : []),
    ...(nodeSize > 1 ? [`fewer than ${nodeSize} ranks on a node leave more for each`] : []),
  ].join(', and ');
}

/** What else could be asked for, as options and as choices; the finder decides what was cut by hand. */
function otherChoices(
  { memory }: Context,
  { circuit, choices }: UnfitJob,
): [readonly string[], CutChoices][] {
  const { cuts: _, labels: __, method, ...asked } = choices;
  const [limit, text] = limitOf(memory);
  const free = { ...asked, maxMemory: Math.min(limit, asked.maxMemory ?? limit) };
  const cutting = method === undefined || method === 'cut' ? '' : `${optionName('method')} cut with `;
  const named = `${cutting}${optionName('maxMemory')} ${text}`;
  const widest = Math.max(1, Math.min(widestWidth(memory), circuit.qubits));
  const all: [readonly string[], CutChoices][] = [
    [[named], free],
    [[named, optionName('joint')], { ...free, joint: true }],
  ];
  if (choices.maxWidth !== undefined && widest > choices.maxWidth) {
    all.push([[named, `${optionName('maxWidth')} ${widest}`], { ...free, maxWidth: widest }]);
  }
  return all;
}

/** Most of the memory, as the option takes it: what is free changes a little from one call to the next. */
function limitOf(memory: number): [number, string] {
  const MEBIBYTE = 2 ** 20;
  const whole = Math.floor((0.9 * memory) / MEBIBYTE);
  if (whole >= 10) return [whole * MEBIBYTE, `${whole}MiB`];
  const bytes = Math.max(1, Math.floor(0.9 * memory));
  return [bytes, String(bytes)];
}

async function solved(
  context: Context,
  circuit: Circuit,
  choices: CutChoices,
): Promise<CutCircuit | undefined> {
  try {
    const silent = { ...context, onProgress: undefined };
    return (await solveCuts(circuit, silent, { ...choices, timeLimit: SEARCH_SECONDS })).cutCircuit;
  } catch (error) {
    // What limits exclude, and circuits that no width simulates, give no advice.
    if (error instanceof KroncutError && error.code !== 'cancelled' && error.code !== 'internal')
      return undefined;
    throw error;
  }
}

/** Bytes on a rank of all stages; Infinity where the answer cannot be contracted. */
function bytesOf(context: Context, cut: CutCircuit, { precision, queries }: UnfitJob): number {
  const questions = queries === undefined ? [] : reducedQuestions(cut, queries);
  const evaluate = predictEvaluate(context, cut, precision, questions).memoryBytes;
  if (evaluate > context.memory) return evaluate;
  if (queries === undefined) {
    return Math.max(evaluate, predictAnswer(context, cut).reconstruct?.memoryBytes ?? Infinity);
  }
  try {
    const { memoryBytes } = predictReconstruct(context, cut, precision, queries, { questions });
    return Math.max(evaluate, memoryBytes);
  } catch (error) {
    if (error instanceof KroncutError && error.code === 'memory') return Infinity;
    throw error;
  }
}
