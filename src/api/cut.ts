/** `cut`: finds cuts of a circuit and begins a run directory with them. */
import { basename } from 'node:path';
import { sha256 } from '../run/files/fileHash.js';
import type { Circuit } from '../circuit/circuit.js';
import { circuitHash } from '../circuit/circuitHash.js';
import { writeQasm } from '../circuit/qasm/writeQasm.js';
import { writeReusedQasm, writeSubcircuitQasm } from '../circuit/qasm/subcircuitQasm.js';
import { rootWithHelpers } from '../cluster/rootWithHelpers.js';
import { buildCutCircuit } from '../cut/solution/buildCutCircuit.js';
import { checkCutCircuit } from '../cut/solution/checker.js';
import type { CutCircuit, Subcircuit } from '../cut/model/cutCircuit.js';
import { planReuse } from '../cut/reuse/planReuse.js';
import type { CutSolution } from '../cut/search/component/findCutsOptions.js';
import { exceededLimits } from '../cut/model/limits.js';
import { cutsFile, readCutsFile } from '../cut/solution/cutsFile.js';
import { cutSummary, type CutSummary } from '../cut/solution/summary.js';
import { cancelledBy, KroncutError } from '../error.js';
import type { Context } from '../run/context.js';
import type { FileRecord } from '../run/files/files.js';
import type { RunIdentity } from '../run/directory/manifest.js';
import { RunDirectory } from '../run/directory/runDirectory.js';
import { withContext } from './context.js';
import { readCircuit, type ReadCircuit } from './input/readCircuit.js';
import {
  DRAWING_FILE,
  drawSvg,
  explainCut,
  type CutExplanation,
  type CutSource,
} from '../predict/explainCut.js';
import { holdingRun, inMemory, secondsSince, type InMemory, type OpenRun } from './input/openRun.js';
import { MemoryRun } from '../run/directory/memoryRun.js';
import type { Run } from '../run/directory/run.js';
import { overheadOf } from '../predict/solveCuts.js';
import { solveByMethod } from '../predict/solveByMethod.js';
import type { MethodQuestion } from '../predict/methods.js';
import { type CutChoices, CUT_CHOICES } from '../predict/cutChoices.js';
import { StartHelper, type StartAnswer, type StartJob } from '../cut/search/heuristic/sharedStarts.js';
import { version } from '../installation.js';
import { type CutOptions, CUT_OPTIONS } from './options/cut.js';
import { type CircuitSource, checkCall, checkSource } from './input/source.js';
import { identityOf } from '../options/option.js';
import { optionName } from '../options/optionName.js';

/**
 * Cuts that were found, or that the directory held. Of a run in memory, `run` is what `evaluate` and `reconstruct`
 * take.
 */
export interface CutResult {
  readonly summary: CutSummary;
  /** What the cuts mean and cost, with a drawing. */
  readonly explanation: CutExplanation;
  readonly cutCircuit: CutCircuit;
  /** True where the directory held these cuts already. */
  readonly reused: boolean;
}

/**
 * Collective: cuts a circuit and writes `circuit.qasm`, `cuts.json` and `subcircuits/`, or keeps the run in memory.
 *
 * @throws KroncutError `usage` or `input` with one sentence about what is wrong, `cancelled` where the signal was
 * aborted, `infeasible` where no cuts keep to the limits, with the one to relax.
 * @example
 * ```js
 * import { cut, evaluate, reconstruct } from 'kroncut';
 *
 * const { summary, run } = await cut('circuit.qasm', { maxWidth: 8 });
 * console.log(summary.width, summary.samplingOverhead);
 * const { top } = await reconstruct(await evaluate({ run }), { top: 3 });
 * console.log(top);
 * ```
 */
export function cut(source: CircuitSource, options: CutOptions & { directory: string }): Promise<CutResult>;
export function cut(
  source: CircuitSource,
  options?: CutOptions & { directory?: undefined },
): Promise<CutResult & InMemory>;
export function cut(source: CircuitSource, options: CutOptions): Promise<CutResult & Partial<InMemory>>;
export async function cut(
  source: CircuitSource,
  options: CutOptions = {},
): Promise<CutResult & Partial<InMemory>> {
  await checkCall(CUT_OPTIONS, options, () => checkSource(source));
  return withContext(options, (context) =>
    withNewRun(context, source, options, async (run, reused, cutSource) => ({
      summary: cutSummary(run.cutCircuit, run.quality),
      explanation: await context.cluster.onRoot(() => {
        const file = run.path === undefined ? undefined : DRAWING_FILE;
        return explainCut(context, cutSource(), { ...options.drawing, file });
      }),
      cutCircuit: run.cutCircuit,
      reused,
      ...inMemory(run),
    })),
  );
}

export interface NewRunWishes {
  /** Throws for a circuit that will not do, before anything is written. */
  readonly check?: ((circuit: Circuit) => void) | undefined;
  /** What is going to be asked, for a method that depends on it. */
  readonly question?: MethodQuestion | undefined;
}

/**
 * Collective: begins a run, or goes on with the same one, for the time of `body`. What `check` or the search for cuts
 * throws leaves the directory as it was, also with `force`. `cutSource` is for use within `cluster.onRoot`.
 */
export async function withNewRun<T>(
  context: Context,
  source: CircuitSource,
  given: CutOptions,
  body: (run: OpenRun, reused: boolean, cutSource: () => CutSource) => Promise<T>,
  { check, question }: NewRunWishes = {},
): Promise<T> {
  return holdingRun(context, given.directory, async (hold) => {
    let found: CutSource | undefined;
    const helper = new StartHelper(context);
    const help = (job: StartJob): Promise<StartAnswer> => helper.help(job);
    const { cutCircuit, quality, reused } = await rootWithHelpers(context.cluster, help, async (ask) => {
      const options = await goingOn(given);
      const read = await readCircuit(context, source, options);
      check?.(read.circuit);
      const identity = await runIdentity(context, read, options);
      const { directory, force = false } = options;
      const run = hold.take(
        directory === undefined
          ? new MemoryRun(version(), identity)
          : await RunDirectory.create(directory, version(), identity, force, context.signal),
      );
      const solve = (circuit: Circuit): Promise<CutSolution> =>
        solveByMethod(circuit, context, options, helper.runner(ask), question);
      const result = await cutInto(run, read.circuit, options, solve, context.signal);
      const { parts, cutCircuit, ...quality } = result.solution;
      found = { circuit: read.circuit, parts, cutCircuit };
      return { cutCircuit, quality, reused: result.reused };
    });
    const cutSource = (): CutSource => {
      if (found === undefined) throw new KroncutError('internal', 'only the root rank holds the circuit');
      return found;
    };
    return hold.open(cutCircuit, quality, (run) => body(run, reused, cutSource));
  });
}

/** A run for more outcome bits than are asked for answers too: what the folder holds goes on. */
async function goingOn(options: CutOptions): Promise<CutOptions> {
  const { directory, lightConeOf, force } = options;
  if (lightConeOf === undefined || directory === undefined || force === true) return options;
  const there = await RunDirectory.lightConeIn(directory);
  if (there === null) return { ...options, lightConeOf: undefined };
  const answers = there !== undefined && lightConeOf.every((bit) => there.includes(bit));
  return answers ? { ...options, lightConeOf: there } : options;
}

async function cutInto(
  directory: Run,
  circuit: Circuit,
  choices: CutChoices,
  solve: (circuit: Circuit) => Promise<CutSolution>,
  signal: AbortSignal | undefined,
): Promise<{ solution: CutSolution; reused: boolean }> {
  const begin = performance.now();
  const known = await knownCuts(directory, circuit, choices);
  const solution = known ?? (await solve(circuit));
  const { cutCircuit } = solution;
  checkCutCircuit(circuit, cutCircuit);
  if (known === undefined || !(await directory.isDone('cut'))) {
    await directory.begin();
    const files: Record<string, FileRecord> = {
      'circuit.qasm': await directory.write('circuit.qasm', writeQasm(circuit, 2)),
      'cuts.json': await directory.write('cuts.json', cutsFile(contentOf(solution))),
    };
    for (const subcircuit of cutCircuit.subcircuits) {
      const name = `subcircuits/${subcircuit.index}.qasm`;
      files[name] = await directory.write(name, subcircuitText(subcircuit, choices.reuseQubits === true));
    }
    const seconds = secondsSince(begin);
    // A drawing is for people: no stage depends on it, so nobody checks it.
    await directory.write(DRAWING_FILE, drawSvg({ circuit, parts: solution.parts, cutCircuit }));
    await directory.setStage('cut', { status: 'done', seconds, files });
    await directory.addTimings({ cut: seconds });
    if (known === undefined && solution.interrupted === true) {
      if (directory instanceof MemoryRun) throw cancelledBy(signal, 'the search was interrupted');
      const kept = `the best cuts found so far are kept, and the same command goes on with them (${optionName('force')} searches again)`;
      throw cancelledBy(signal, `the search was interrupted; ${kept}`, { details: { kept } });
    }
  }
  return { solution, reused: known !== undefined };
}

function subcircuitText(subcircuit: Subcircuit, reuse: boolean): string {
  const text = { ...subcircuit, qubits: subcircuit.width };
  const plan = planReuse(subcircuit);
  if (!reuse || plan.width === subcircuit.width) return writeSubcircuitQasm(text);
  return writeReusedQasm({ ...text, outcomes: subcircuit.outcomes.map(({ qubit }) => qubit) }, plan);
}

function contentOf(solution: CutSolution): Parameters<typeof cutsFile>[0] {
  const { parts, cutCircuit, ...quality } = solution;
  const { objective, value, lowerBound, proven, seconds, reuseQubits, classicalCommunication, method } =
    quality;
  return {
    parts,
    cutCircuit,
    quality: { objective, value, lowerBound, proven, seconds, reuseQubits, classicalCommunication, method },
  };
}

/**
 * The cuts that the directory holds, applied to the circuit as it is now, with its present angles. What was proven for
 * other angles is not for these.
 */
async function knownCuts(
  directory: Run,
  circuit: Circuit,
  choices: CutChoices,
): Promise<CutSolution | undefined> {
  if ((await directory.finished('cut', 'cuts.json')) === undefined) return undefined;
  const file = directory.nameOf('cuts.json');
  const { parts, quality } = readCutsFile(await directory.read('cuts.json'), file);
  const cutCircuit = buildCutCircuit(circuit, parts, { joint: choices.joint });
  const value = quality.objective === 'cost' ? quality.value : overheadOf(cutCircuit, choices);
  if (Math.abs(value - quality.value) <= 1e-9 * quality.value || !Number.isFinite(value))
    return { ...quality, parts, cutCircuit };
  const [exceeded] = exceededLimits(
    cutCircuit,
    { maxOverhead: choices.maxOverhead },
    { overheadOf: () => value },
  );
  if (exceeded !== undefined) {
    throw new KroncutError(
      'infeasible',
      `with these angles the cuts in ${file} have a sampling overhead of ${value}, but ${optionName('maxOverhead')} allows ` +
        `${exceeded.limit}; ${optionName('force')} searches for others`,
    );
  }
  return { ...quality, value, lowerBound: null, proven: false, parts, cutCircuit };
}

async function runIdentity(
  { inputs, signal }: Context,
  { name, circuit, parameters }: ReadCircuit,
  choices: CutChoices & Pick<CutOptions, 'lightConeOf'>,
): Promise<RunIdentity> {
  const manual = choices.cuts === undefined ? null : sha256(await inputs.read(choices.cuts, signal));
  return {
    circuit: {
      source: basename(name),
      hash: circuitHash(circuit),
      structure: structureHash(circuit),
      qubits: circuit.qubits,
      gates: circuit.gates.length,
      outcomeBits: circuit.outcomes.length,
    },
    // Of a file the content counts.
    cut: { ...identityOf(CUT_CHOICES, { ...choices }), cuts: manual },
    parameters,
    lightCone: choices.lightConeOf?.toSorted((a, b) => a - b) ?? null,
  };
}

/** Hash of a circuit without its angles. */
function structureHash(circuit: Circuit): string {
  const gates = circuit.gates.map(({ name, qubits }) => [name, qubits]);
  return sha256(JSON.stringify([circuit.qubits, circuit.outcomes, circuit.measured, gates]));
}
