/** What a run holds, for its page; for use on the root. */
import { join } from 'node:path';
import { readCutsFile } from '../../cut/solution/cutsFile.js';
import { cutSummary } from '../../cut/solution/summary.js';
import { explainCut } from '../../predict/explainCut.js';
import type { Prediction } from '../../predict/predictStages.js';
import { FULL_FILE } from '../../reconstruct/queries/full.js';
import type { Missing } from '../../report/page.js';
import type { Held, RunFacts } from '../../report/run/facts.js';
import { shellWord } from '../../report/words.js';
import type { Run } from '../../run/directory/run.js';
import { formatBytes } from '../../run/resources/units.js';
import { runCircuit, type OpenRun } from '../input/openRun.js';
import { askedFlags } from './asked.js';
import { commandsOf } from './commands.js';
import { costRows } from './costs.js';
import { lookAtDistribution, MOST_FILE_BYTES, type LookedAt } from './distribution.js';
import { expectOf, expectSchema, heldAnswer, heldVerification, outcomesOf, topSchema } from './results.js';
import { tensorFacts } from './tensorFacts.js';

export interface ReadFacts {
  readonly facts: RunFacts;
  /** What may be asked of the run for its page, and is not there. */
  readonly wanted: { readonly ones: boolean; readonly expect: string | null };
}

/** Outcome bits of a distribution that may be asked for whole. */
const MOST_BITS = 36;
/** Most likely outcomes that are taken from the distribution where no answer lists them. */
const TOP = 10;

/** `evaluate` is what evaluating was predicted to take. */
export async function readFacts(
  run: OpenRun,
  evaluate: Prediction,
  made: RunFacts['made'],
): Promise<ReadFacts> {
  const { context, cutCircuit, quality, name } = run;
  const directory = run.directory();
  const { manifest } = directory;
  const circuit = await runCircuit(run);
  const { parts } = readCutsFile(await directory.read('cuts.json'), directory.nameOf('cuts.json'));
  const { bondGraph, subexperiments, uncut, verdict } = explainCut(context, { circuit, parts, cutCircuit });
  const answers = await readAnswers(run);
  const files = Object.values(manifest.stages).flatMap((stage) => Object.keys(stage?.files ?? {}));
  const questions = await askedFlags(directory);
  const facts: RunFacts = {
    name,
    manifest,
    circuit,
    parts,
    cutCircuit,
    summary: cutSummary(cutCircuit, quality),
    bonds: bondGraph,
    subexperiments,
    uncut,
    verdict,
    tensors: await tensorFacts(directory),
    costs: await costRows(context, directory, cutCircuit, evaluate),
    timings: await directory.timings(),
    ...answers.held,
    files,
    commands: commandsOf(name, manifest, questions),
    made,
    memory: context.memory,
  };
  return { facts, wanted: answers.wanted };
}

interface ReadAnswers {
  readonly held: Pick<RunFacts, 'top' | 'distribution' | 'ones' | 'expect' | 'verify'>;
  readonly wanted: ReadFacts['wanted'];
}

async function readAnswers(run: OpenRun): Promise<ReadAnswers> {
  const directory = run.directory();
  const { stages, options } = directory.manifest;
  const folder = shellWord(run.name);
  if (stages.evaluate?.status !== 'done') return notEvaluated(folder);
  const top = await heldAnswer(directory, 'reconstruct', 'top', topSchema);
  const expect = await heldAnswer(directory, 'reconstruct', 'expect', expectSchema);
  const verify = await heldVerification(directory);
  const full = await lookAt(run);
  const looked = 'held' in full ? full.held : undefined;
  const { reduced } = stages.evaluate;
  const kept = reduced?.flatMap((question) => question.expect ?? []) ?? [];
  const sum = kept.length === 1 ? (kept[0] ?? null) : null;
  const exact = options.sampling === null || options.sampling.data === 'exact';
  const noOutcomes = {
    what: 'The run keeps no outcomes, only what its questions need.',
    command: `kroncut evaluate ${folder}`,
  };
  const ask = (what: string, flags: string): Missing => ({
    what,
    command: `kroncut reconstruct ${folder} ${flags}`,
  });
  const fromFull =
    looked === undefined || !exact ? undefined : { proven: true, bound: 0, outcomes: looked.top };
  const found =
    top === undefined ? fromFull : { proven: top.proven, bound: top.bound, outcomes: outcomesOf(top) };
  const outcomes = <T>(value: T | undefined, what: Missing): Held<T> =>
    value === undefined ? { missing: reduced === undefined ? what : noOutcomes } : { held: value };
  const ones = looked?.ones.map((value, bit) => ({ bit, value }));
  return {
    held: {
      top: outcomes(found, ask('The most likely outcomes were not asked for.', '--top 10')),
      distribution: outcomes(looked?.fact, 'missing' in full ? full.missing : noOutcomes),
      ones: outcomes(
        ones,
        ask('How often each bit is 1 takes too long to find for a page.', "--expect 'Z0 + Z1' --terms"),
      ),
      expect:
        expect === undefined
          ? { missing: ask('No expectation value was asked for.', "--expect 'Z0 Z1' --terms") }
          : { held: expectOf(expect) },
      verify:
        verify === undefined
          ? {
              missing: {
                what: 'The answer was not compared with anything yet.',
                command: `kroncut verify ${folder}`,
              },
            }
          : { held: verify },
    },
    wanted: {
      ones: reduced === undefined && (ones === undefined || !exact),
      expect: expect !== undefined && expect.terms === undefined ? sum : null,
    },
  };
}

function notEvaluated(folder: string): ReadAnswers {
  const missing = {
    what: 'The subcircuits are not evaluated yet, so there are no outcomes.',
    command: `kroncut evaluate ${folder}`,
  };
  return {
    held: {
      top: { missing },
      distribution: { missing },
      ones: { missing },
      expect: { missing },
      verify: { missing },
    },
    wanted: { ones: false, expect: null },
  };
}

/** The distribution, where it is in its file, whole, and not too large to be looked at. */
async function lookAt(run: OpenRun): Promise<Held<LookedAt>> {
  const directory: Run = run.directory();
  const folder = shellWord(run.name);
  const record = directory.stage('reconstruct')?.files[FULL_FILE];
  const { outcomeBits } = run.cutCircuit;
  if (record === undefined || run.path === undefined) {
    if (outcomeBits > MOST_BITS) {
      const what = `The distribution of 2^${outcomeBits} outcomes is too large to be written.`;
      return { missing: { what, command: null } };
    }
    const size = formatBytes(2 ** outcomeBits * 8);
    const what = `The whole distribution was not asked for; its file takes ${size}.`;
    return { missing: { what, command: `kroncut reconstruct ${folder} --full` } };
  }
  if (record.size > MOST_FILE_BYTES) {
    const limit = formatBytes(MOST_FILE_BYTES);
    const what = `results/full.npy (${formatBytes(record.size)}) is not plotted: that is done to ${limit}.`;
    return { missing: { what, command: null } };
  }
  const again = {
    what: 'results/full.npy is not what was written.',
    command: `kroncut reconstruct ${folder} --full`,
  };
  if ((await directory.finished('reconstruct', FULL_FILE)) === undefined) return { missing: again };
  return { held: await lookAtDistribution(join(run.path, FULL_FILE), outcomeBits, TOP, run.context.signal) };
}
