/** `report`: a page of HTML about a run. */
import { join } from 'node:path';
import { KroncutError, required } from '../error.js';
import { optionName } from '../options/optionName.js';
import { predictReconstruct } from '../predict/predictReconstruct.js';
import { missingOf } from '../report/run/outcomeSection.js';
import { runPage } from '../report/run/runPage.js';
import type { RunFacts } from '../report/run/facts.js';
import type { Missing } from '../report/page.js';
import type { Context } from '../run/context.js';
import { mayNotWrite } from '../run/files/files.js';
import { outputPlace, writeOutput } from '../run/files/output.js';
import { withContext } from './context.js';
import { dryRun, type DryRun } from './dryRun.js';
import { secondsSince, withRun, type OpenRun } from './input/openRun.js';
import { checkCall, checkDirectory } from './input/source.js';
import { REPORT_OPTIONS, type ReportOptions } from './options/report.js';
import { fitting } from './reporting/costs.js';
import { readFacts, type ReadFacts } from './reporting/readFacts.js';
import { askedForPage, withAnswer, type PageQuestion } from './reporting/questions.js';
import { evaluation } from './dryRun.js';
import { reconstructRun } from './reconstruct.js';
import { version } from '../installation.js';

/** The page in a run directory. */
export const REPORT_FILE = 'report.html';

/** The page that was written. */
export interface ReportSummary {
  /** Where the page is. */
  readonly file: string;
  readonly bytes: number;
  /** What the run does not hold, so that the page has no more of it than these words, and the command that makes it. */
  readonly missing: readonly Missing[];
  readonly seconds: number;
}

/** Seconds that answering for the page alone may be predicted to take. */
const MOST_SECONDS = 10;

/**
 * Collective: writes a page about the run in a directory: its circuit with the cuts, subcircuits and bonds, outcomes with
 * their errors, time and memory against what was predicted, and how it was made. One file of HTML without scripts, which
 * asks for nothing else. The run need only be cut: the page says what is missing. Nothing is locked, and nothing in the
 * directory but the page changes.
 *
 * The probability of 1 of each outcome bit, and the terms of an expectation value that the run was made for, are found here
 * where that is quick.
 *
 * @throws KroncutError `usage` for a folder that holds no cut run, `input` where the page cannot be written, `cancelled`.
 * @example
 * ```js
 * import { report, run } from 'kroncut';
 *
 * await run('circuit.qasm', { directory: 'reported', maxWidth: 8 });
 * const { file } = await report('reported', { output: 'page.html' });
 * console.log(file);
 * ```
 */
export async function report(directory: string, options: ReportOptions = {}): Promise<ReportSummary> {
  await checkCall(REPORT_OPTIONS, options, () => checkDirectory(directory));
  return withContext(options, (context) => reportIn(context, directory, options));
}

/** Collective: `report` in a session's job. */
export async function reportIn(
  context: Context,
  directory: string,
  { output }: Pick<ReportOptions, 'output'>,
): Promise<ReportSummary> {
  const begin = performance.now();
  const file = output ?? join(directory, REPORT_FILE);
  return withRun(
    context,
    directory,
    async (run) => {
      const { cluster, signal } = context;
      await cluster.onRoot(async () => void (await outputPlace(file)));
      let facts: RunFacts | undefined;
      const questions = await cluster.onRoot(async () => {
        const read = await factsOf(run);
        facts = read.facts;
        return questionsFor(run, read);
      });
      for (const question of questions) {
        const answer = await answerOf(run, question);
        if (facts !== undefined) facts = withAnswer(facts, question, answer);
      }
      return cluster.onRoot(async (): Promise<ReportSummary> => {
        const found = required(facts, 'what the page is made from');
        const text = runPage(found);
        await write(run, file, text, output === undefined, signal);
        return {
          file,
          bytes: Buffer.byteLength(text),
          missing: missingOf(found),
          seconds: secondsSince(begin),
        };
      });
    },
    'look',
  );
}

/** For use on the root. */
function factsOf(run: OpenRun): Promise<ReadFacts> {
  const { context, cutCircuit } = run;
  const { options, stages } = run.directory().manifest;
  const ranks = stages.evaluate?.worker?.ranks;
  const precision = options.precision ?? 'double';
  const evaluate = evaluation(
    context,
    cutCircuit,
    precision,
    options.sampling,
    stages.evaluate?.reduced,
    ranks,
  );
  return readFacts(run, evaluate, { version: version(), node: process.version, when: new Date() });
}

/** What is asked for the page alone, where that is quick; for use on the root. */
function questionsFor(run: OpenRun, read: ReadFacts): PageQuestion[] {
  const { precision } = run.directory().manifest.options;
  const questions = run.directory().stage('evaluate')?.reduced;
  return askedForPage(run.name, read).filter(({ expect }) => {
    const asked = { expect, terms: true };
    const predicted = fitting(() =>
      predictReconstruct(run.context, run.cutCircuit, precision ?? 'double', asked, { questions }),
    );
    return predicted !== null && predicted.seconds <= MOST_SECONDS;
  });
}

/** Collective: undefined where it cannot be answered here, whatever the reason; the page goes without. */
async function answerOf(run: OpenRun, { expect }: PageQuestion): Promise<Parameters<typeof withAnswer>[2]> {
  try {
    return (await reconstructRun(run, { expect, terms: true })).expect;
  } catch (error) {
    if (error instanceof KroncutError && ['usage', 'input', 'memory'].includes(error.code)) return undefined;
    throw error;
  }
}

async function write(
  run: OpenRun,
  file: string,
  text: string,
  inRun: boolean,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await writeOutput(file, text, signal);
  } catch (error) {
    if (!inRun || !(error instanceof KroncutError) || !mayNotWrite(error.cause)) throw error;
    throw new KroncutError(
      'usage',
      `${run.name} cannot be written; ${optionName('output')} FILE says where the page goes`,
      { cause: error },
    );
  }
}

/** Collective: what `report` would take, in seconds and bytes. */
export async function dryRunReport(directory: string, options: ReportOptions = {}): Promise<DryRun> {
  await checkCall(REPORT_OPTIONS, options, () => checkDirectory(directory));
  return withContext(options, (context) =>
    withRun(
      context,
      directory,
      (run) =>
        context.cluster.onRoot(async () => {
          const read = await factsOf(run);
          const { precision } = run.directory().manifest.options;
          const basis = { questions: run.directory().stage('evaluate')?.reduced };
          const predicted = questionsFor(run, read).map(({ expect }) =>
            predictReconstruct(
              context,
              run.cutCircuit,
              precision ?? 'double',
              { expect, terms: true },
              basis,
            ),
          );
          const seconds = predicted.reduce((sum, each) => sum + each.seconds, 0);
          const memoryBytes = predicted.reduce((most, each) => Math.max(most, each.memoryBytes), 0);
          return dryRun({
            report: { seconds, memoryBytes, diskBytes: Buffer.byteLength(runPage(read.facts)) },
          });
        }),
      'look',
    ),
  );
}
