/**
 * Jobs as data: a request says in JSON what the command line says in words, and `perform` does it in a session. What
 * belongs to the process that asks (the signal, where progress and a streamed distribution go) comes beside it.
 */
import type { Writable } from 'node:stream';
import type { CompileResult } from './compile.js';
import type { CompileThenCutResult } from './compileThenCut.js';
import type { CutResult } from './cut.js';
import type { DryRun } from './dryRun.js';
import type { CompileDryRun } from './dryRunCompile.js';
import type { EvaluateSummary } from './evaluate.js';
import type { ScalePlan } from './explainReconstruct.js';
import type { ExportDryRun, ExportSummary } from './exportSubexperiments.js';
import type { GenerateAnswer, GenerateDryRun } from './generate.js';
import type { ImportDryRun, ImportSummary, ResultsSource } from './importCounts.js';
import type { Info } from './info.js';
import { isSession } from './options/common.js';
import type { CompileOptions, CompileThenCutChoices } from './options/compile.js';
import type { CutOptions } from './options/cut.js';
import type { EvaluateOptions } from './options/evaluate.js';
import type { ExportOptions, ImportOptions, SubexperimentsOptions } from './options/exchange.js';
import type { GenerateOptions } from './options/generate.js';
import type { ReconstructOptions, ScaleOptions } from './options/reconstruct.js';
import type { ReportOptions } from './options/report.js';
import type { RunOptions } from './options/run.js';
import type { JobOptions } from './session/sessionOptions.js';
import type { SynthesizeOptions } from './options/synthesize.js';
import type { VerifyOptions } from './options/verify.js';
import type { ReconstructResult } from './reconstruct.js';
import type { ReportSummary } from './report.js';
import type { RunResult } from './run.js';
import type { Session } from './session/session.js';
import type { CircuitSource } from './input/source.js';
import type { SubexperimentFacts } from '../evaluate/exchange/facts.js';
import { checkArgument } from '../options/option.js';
import { value } from '../options/readers.js';
import type { SynthesizeDryRun, SynthesizeResult } from './synthesize.js';
import type { VerifyReport } from './verify.js';

/** Options that JSON can carry; threads and device are the session's. */
type Data<Options> = Omit<
  Options,
  'session' | 'cluster' | 'threads' | 'device' | 'signal' | 'onProgress' | 'onWarning' | 'stream'
>;

/** What is said beside the name of a command, and the answers to it: in earnest, and with `dryRun`. */
interface Commands {
  readonly run: Job<{ readonly circuit: CircuitSource }, RunOptions, RunResult, DryRun>;
  readonly cut: Job<{ readonly circuit: CircuitSource }, CutOptions, CutResult, DryRun>;
  readonly evaluate: Job<{ readonly directory: string }, EvaluateOptions, EvaluateSummary, DryRun>;
  readonly subexperiments: Job<
    { readonly directory: string },
    SubexperimentsOptions,
    readonly SubexperimentFacts[],
    never
  >;
  readonly export: Job<{ readonly directory: string }, ExportOptions, ExportSummary, ExportDryRun>;
  readonly import: Job<
    { readonly directory: string; readonly files: readonly ResultsSource[] },
    ImportOptions,
    ImportSummary,
    ImportDryRun
  >;
  /** With `stdout`, `full` goes to the stream of the one who performs the job. */
  readonly reconstruct: Job<
    { readonly directory: string; readonly stdout?: boolean | undefined },
    ReconstructOptions,
    ReconstructResult,
    DryRun
  >;
  readonly plan: Job<{ readonly directory: string }, ScaleOptions, ScalePlan, never>;
  readonly report: Job<{ readonly directory: string }, ReportOptions, ReportSummary, DryRun>;
  readonly verify: Job<{ readonly directory: string }, VerifyOptions, VerifyReport, DryRun>;
  /** With `cut`, the compiled circuit is cut so. */
  readonly compile: Job<
    { readonly circuit: CircuitSource; readonly cut?: CompileThenCutChoices | undefined },
    CompileOptions,
    CompileResult | CompileThenCutResult,
    CompileDryRun
  >;
  readonly synthesize: Job<
    { readonly target: CircuitSource },
    SynthesizeOptions,
    SynthesizeResult,
    SynthesizeDryRun
  >;
  readonly generate: Job<
    { readonly family: string; readonly output?: string | undefined },
    GenerateOptions,
    GenerateAnswer,
    GenerateDryRun
  >;
  readonly info: Job<object, object, Info, never>;
}

interface Job<Named, Options, Answer, Dry> {
  readonly named: Named;
  readonly options: Data<Options>;
  readonly answer: Answer | Dry;
}

/** Commands that can be asked for as data. */
export type JobCommand = keyof Commands;
/** A request for one command. */
export type JobRequestOf<C extends JobCommand> = Commands[C]['named'] & {
  readonly command: C;
  readonly options: Commands[C]['options'];
  /** Says what the job would take, and does nothing. */
  readonly dryRun?: boolean | undefined;
};
/** A job as data, which JSON carries: a command, what it works on, and its options. */
export type JobRequest = { readonly [C in JobCommand]: JobRequestOf<C> }[JobCommand];
/** The answer to a request, which is that of the function of its name. */
export type JobAnswer<C extends JobCommand> = Commands[C]['answer'];

export interface JobContext extends JobOptions {
  readonly session: Session;
  /** Where a distribution goes that is asked for with `stdout`; the root's is used. */
  readonly stream?: Writable | undefined;
}

/** Code is loaded for the command that is asked for alone. */
const PERFORMERS: {
  readonly [C in JobCommand]: (request: JobRequestOf<C>, context: JobContext) => Promise<JobAnswer<C>>;
} = {
  async run({ circuit, options, dryRun }, context) {
    const asked = { ...options, ...within(context) };
    if (dryRun === true) return (await import('./dryRun.js')).dryRunRun(circuit, asked);
    return (await import('./run.js')).run(circuit, asked);
  },
  async cut({ circuit, options, dryRun }, context) {
    const asked = { ...options, ...within(context) };
    if (dryRun === true) return (await import('./dryRun.js')).dryRunCut(circuit, asked);
    return (await import('./cut.js')).cut(circuit, asked);
  },
  async evaluate({ directory, options, dryRun }, context) {
    const asked = { ...options, ...within(context) };
    if (dryRun === true) return (await import('./dryRun.js')).dryRunEvaluate(directory, asked);
    return (await import('./evaluate.js')).evaluate(directory, asked);
  },
  async subexperiments({ directory, options }, context) {
    const { subexperiments } = await import('./subexperiments.js');
    return subexperiments(directory, { ...options, ...within(context) });
  },
  async export({ directory, options, dryRun }, context) {
    const { dryRunExport, exportSubexperiments } = await import('./exportSubexperiments.js');
    const asked = { ...options, ...within(context) };
    return dryRun === true ? dryRunExport(directory, asked) : exportSubexperiments(directory, asked);
  },
  async import({ directory, files, options, dryRun }, context) {
    const { dryRunImport, importCounts } = await import('./importCounts.js');
    const asked = { ...options, ...within(context) };
    return dryRun === true ? dryRunImport(directory, files, asked) : importCounts(directory, files, asked);
  },
  async reconstruct({ directory, options, dryRun, stdout }, context) {
    const stream = stdout === true ? context.stream : undefined;
    const asked = { ...options, ...within(context), stream };
    if (dryRun === true) return (await import('./dryRun.js')).dryRunReconstruct(directory, asked);
    return (await import('./reconstruct.js')).reconstruct(directory, asked);
  },
  async plan({ directory, options }, context) {
    const { planReconstruct } = await import('./explainReconstruct.js');
    return planReconstruct(directory, { ...options, ...within(context) });
  },
  async report({ directory, options, dryRun }, context) {
    const { dryRunReport, report } = await import('./report.js');
    const asked = { ...options, ...within(context) };
    return dryRun === true ? dryRunReport(directory, asked) : report(directory, asked);
  },
  async verify({ directory, options, dryRun }, context) {
    const asked = { ...options, ...within(context) };
    if (dryRun === true) return (await import('./dryRun.js')).dryRunVerify(directory, asked);
    return (await import('./verify.js')).verify(directory, asked);
  },
  async compile({ circuit, options, dryRun, cut }, context) {
    const asked = { ...options, ...within(context) };
    if (dryRun === true) return (await import('./dryRunCompile.js')).dryRunCompile(circuit, asked);
    if (cut === undefined) return (await import('./compile.js')).compile(circuit, asked);
    return (await import('./compileThenCut.js')).compileThenCut(circuit, asked, cut);
  },
  async synthesize({ target, options, dryRun }, context) {
    const { dryRunSynthesize, synthesize } = await import('./synthesize.js');
    const asked = { ...options, ...within(context) };
    return dryRun === true ? dryRunSynthesize(target, asked) : synthesize(target, asked);
  },
  async generate({ family, options, dryRun, output }, context) {
    const { dryRunGenerate, generateInto } = await import('./generate.js');
    if (dryRun === true) return dryRunGenerate(family, options);
    return generateInto(family, options, output, within(context));
  },
  async info(_, context) {
    return (await import('./info.js')).info(within(context));
  },
};

const REQUEST = value<object>('{ command, options } and what the command needs', isObject);
const COMMAND = value<JobCommand>(
  `one of ${Object.keys(PERFORMERS).join(', ')}`,
  (given) => typeof given === 'string' && Object.hasOwn(PERFORMERS, given),
);
const CONTEXT = value<JobContext>(
  '{ session }, with what openSession gives,',
  (given) => isObject(given) && 'session' in given && isSession(given.session),
);

function isObject(given: unknown): given is object {
  return typeof given === 'object' && given !== null;
}

/** Throws `usage` where there is no session to work in. */
function checkContext(context: unknown): void {
  checkArgument('context', CONTEXT, context);
}

/**
 * Collective: does what a request asks for. Rejects with a `KroncutError`; a signal that is aborted, on any rank, ends the
 * job with `cancelled` on all.
 *
 * @example
 * ```js
 * import { openSession, perform } from 'kroncut';
 *
 * const session = await openSession();
 * const request = { command: 'run', circuit: 'circuit.qasm', options: { maxWidth: 8, top: 3 } };
 * const { top } = await perform(request, { session });
 * console.log(top);
 * await session.close();
 * ```
 */
export async function perform<C extends JobCommand>(
  request: JobRequestOf<C>,
  context: JobContext,
): Promise<JobAnswer<C>> {
  checkArgument('request', REQUEST, request);
  checkArgument('command', COMMAND, request.command);
  checkContext(context);
  return PERFORMERS[request.command](request, context);
}

/**
 * Collective: `perform` for a request that comes as data, of which nothing is known yet.
 *
 * @throws KroncutError `usage` where it is no request; else as `perform`.
 * @example
 * ```js
 * import { openSession, performData } from 'kroncut';
 *
 * const session = await openSession();
 * const request = JSON.parse('{ "command": "generate", "family": "ghz", "options": { "qubits": 3 } }');
 * console.log(await performData(request, { session }));
 * await session.close();
 * ```
 */
export async function performData(data: unknown, context: JobContext): Promise<JobAnswer<JobCommand>> {
  checkContext(context);
  const { readJobRequest } = await import('./jobSchema.js');
  const request = await context.session.cluster.agree(() => readJobRequest(data));
  return perform<JobCommand>(request, context);
}

function within({
  session,
  signal,
  onProgress,
  onWarning,
}: JobContext): JobOptions & { readonly session: Session } {
  return { session, signal, onProgress, onWarning };
}
