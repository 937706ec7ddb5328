/** `compile`: shortens a circuit by re-instantiating its blocks. */
import { rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import type { Barrier, Circuit, Gate } from '../circuit/circuit.js';
import { circuitHash } from '../circuit/circuitHash.js';
import { circuitDepth, countGates, countTwoQubitGates } from '../circuit/circuitFacts.js';
import { readProgram } from '../circuit/qasm/readQasm.js';
import { header, writeQasm } from '../circuit/qasm/writeQasm.js';
import { type BlockDevice, BlockStore } from '../compile/ranks/blockStore.js';
import {
  compileCircuit,
  type CircuitOptions,
  type CompiledCircuit,
  type RoundOutcome,
} from '../compile/compileCircuit.js';
import { type Round, SMALL_BLOCK } from '../compile/rounds.js';
import { bestWithin } from '../compile/withinBudget.js';
import { isIdentity, swapsBack, type Permutation } from '../compile/gates/permutation.js';
import {
  boundFromAngle,
  denseUnitary,
  distanceAngle,
  LEAST_THRESHOLD,
  MAX_DENSE_QUBITS,
  MAX_SAMPLED_QUBITS,
  sampledDistance,
  unitaryDistance,
} from '../compile/gates/unitary.js';
import { KroncutError, required, valueAt } from '../error.js';
import type { Context } from '../run/context.js';
import { fileError, hasCode, makeFolder, removePartials, writeFileAtomic } from '../run/files/files.js';
import { acquireLock, type Lock } from '../run/directory/lock.js';
import { outputPlace, writeOutput } from '../run/files/output.js';
import type { CompiledForPage } from './reporting/pageOfCompiled.js';
import { readRegular } from '../run/files/inputs.js';
import { withContext } from './context.js';
import { readCircuit } from './input/readCircuit.js';
import { type CircuitSource, checkCall, checkSource } from './input/source.js';
import { secondsSince } from './input/openRun.js';
import { version } from '../installation.js';
import { type CompileOptions, COMPILE_OPTIONS } from './options/compile.js';
import { optionError, optionName } from '../options/optionName.js';

/** Number of gates by name, and of layers. */
export interface CircuitSize {
  readonly gates: Readonly<Record<string, number>>;
  readonly depth: number;
}

/**
 * What compiling did: gates and depth before and after, and the error, 1 - |Tr| / 2^n, bounded and, to ten qubits,
 * measured.
 */
export interface CompileReport {
  readonly before: CircuitSize;
  readonly after: CircuitSize;
  readonly blocks: number;
  /** Most qubits of a block: as asked for, or what came out best within `budget`. */
  readonly blockSize: number;
  /** 1 - |Tr| / 2^n between the two circuits, computed densely; null where that is too large. */
  readonly distance: number | null;
  /** Bound on that distance, from the blocks' errors. */
  readonly errorBound: number;
  /** Qubit of the compiled circuit on which what the original leaves on each qubit is; 0, 1, ... unless `permuteOutput`. */
  readonly permutation: readonly number[];
  readonly seconds: number;
}

/** A compiled circuit, with its report. */
export interface CompileResult extends CompileReport {
  readonly circuit: Circuit;
  /** The barriers of the circuit that was read, where they stand in this one. */
  readonly barriers: readonly Barrier[];
}

/** A block beyond this many qubits is beyond the optimiser. */
const MAX_BLOCK_SIZE = 12;
/** Rounding of two dense products of some hundred gates, as an angle. */
const DENSE_ROUNDING = 1e-10;

/**
 * Collective: compiles a circuit, checks the result, and only then writes it, where `output` names a file. Errors are in
 * 1 - |Tr| / 2^n.
 *
 * @throws KroncutError `usage` or `input` with one sentence about what is wrong, `cancelled` where the signal was
 * aborted, `memory` where a block does not fit.
 * @example
 * ```js
 * import { compile, generate, readQasm } from 'kroncut';
 *
 * const circuit = readQasm(generate('qft', { qubits: 4 }).qasm);
 * const { before, after, errorBound } = await compile(circuit, { blockSize: 3 });
 * console.log(before.gates, after.gates, errorBound);
 * ```
 */
export async function compile(source: CircuitSource, options: CompileOptions = {}): Promise<CompileResult> {
  await checkCall(COMPILE_OPTIONS, options, () => checkSource(source));
  return withContext(options, async (context) => (await compileIn(context, source, options)).result);
}

/** Collective: `compile`, which also gives the circuit that was read. */
export async function compileIn(
  context: Context,
  source: CircuitSource,
  options: CompileOptions,
): Promise<{ result: CompileResult; original: Circuit }> {
  const begin = performance.now();
  const asked = await context.cluster.onRoot(async () => {
    if (options.report !== undefined) await outputPlace(options.report);
    return circuitOptions(options);
  });
  const read = await context.cluster.onRoot(() => readCircuit(context, source, options));
  const { circuit, name } = read;
  const asRead = options.ignoreBarriers === true ? [] : read.barriers;
  const walls = [...new Set(asRead.map(({ position }) => position))];
  return withWork(context, options, { circuit, name, asked }, async (store, requireWork) => {
    const choices = { asked, budget: options.budget, isTold: options.report !== undefined };
    const { compiled, rounds, blockSize } = await compileBySizes(context, { circuit, walls, store }, choices);
    const barriers = movedBarriers(asRead, walls, compiled.walls);
    const { permutation } = compiled;
    const result = withOutcomesMoved({ ...circuit, gates: compiled.gates }, permutation);
    const restored = { ...circuit, gates: [...result.gates, ...swapsBack(permutation)] };
    const errorBound = boundFromAngle(compiled.angle);
    const distance = await context.cluster.onRoot(() => {
      const measured = measuredDistance(circuit, restored);
      checkSampled(circuit, restored, compiled.angle, name);
      if (measured !== null && !(distanceAngle(measured) <= compiled.angle + DENSE_ROUNDING)) {
        throw new KroncutError(
          'verification',
          `the compiled circuit is ${measured} away from ${name}, beyond the bound of ${errorBound}; it is not written`,
        );
      }
      return measured;
    });
    await context.cluster.onRoot(async () => {
      await requireWork();
      if (options.output === undefined) return;
      const text = checkedText(result, options.output, barriers);
      await writeOutput(options.output, withComment(text, permutation), context.signal);
    });
    const report: CompileReport = {
      before: sizeOf(circuit),
      after: sizeOf(result),
      blocks: compiled.blocks,
      blockSize,
      distance,
      errorBound,
      permutation,
      seconds: secondsSince(begin),
    };
    await context.cluster.onRoot(() =>
      writePage(context, options, { report, rounds, circuit, result, name }),
    );
    return { result: { ...report, circuit: result, barriers }, original: circuit };
  });
}

/** Collective: compiles with blocks of one size, or of several within a budget. `isTold`: what becomes of each round. */
async function compileBySizes(
  context: Context,
  { circuit, walls, store }: { circuit: Circuit; walls: readonly number[]; store: BlockStore | undefined },
  { asked, budget, isTold }: { asked: CircuitOptions; budget: number | undefined; isTold: boolean },
): Promise<{ compiled: CompiledCircuit; rounds: (Round & RoundOutcome)[]; blockSize: number }> {
  const compileWith = async (within: Context, blockSize: number) => {
    const rounds: (Round & RoundOutcome)[] = [];
    const onRound = (round: Round, outcome: RoundOutcome): void => void rounds.push({ ...round, ...outcome });
    const compiled = await compileCircuit(within, circuit, { ...asked, blockSize }, store, version(), {
      walls,
      ...(isTold ? { onRound } : {}),
    });
    const { gates } = compiled;
    const figures = [countTwoQubitGates(gates), circuitDepth({ ...circuit, gates }), gates.length];
    return { compiled, rounds, blockSize, figures };
  };
  return budget === undefined
    ? compileWith(context, asked.blockSize)
    : bestWithin(context, { seconds: budget, qubits: circuit.qubits }, compileWith);
}

/** Barriers behind as many gates of the compiled circuit as their walls are. */
function movedBarriers(
  barriers: readonly Barrier[],
  walls: readonly number[],
  now: readonly number[],
): Barrier[] {
  const moved = new Map(walls.map((wall, i) => [wall, now[i]]));
  return barriers.map((barrier) => ({
    ...barrier,
    position: required(moved.get(barrier.position), 'the place of a barrier'),
  }));
}

/** For use on the root: the page, where one is asked for. */
async function writePage(context: Context, options: CompileOptions, found: CompiledForPage): Promise<void> {
  if (options.report === undefined) return;
  // Plots are loaded for a page alone.
  const { pageOfCompiled } = await import('./reporting/pageOfCompiled.js');
  await writeOutput(
    options.report,
    pageOfCompiled({ context, options, version: version(), ...found }),
    context.signal,
  );
}

/** A circuit whose measurements find what was on each qubit where it is now. */
function withOutcomesMoved(circuit: Circuit, permutation: Permutation): Circuit {
  if (!circuit.measured) return circuit;
  // A classical bit without a measurement stays without.
  return { ...circuit, outcomes: circuit.outcomes.map((q) => (q < 0 ? q : valueAt(permutation, q))) };
}

/** The text of a circuit that says in which order its qubits end, if in another one. */
function withComment(text: string, permutation: Permutation): string {
  if (isIdentity(permutation)) return text;
  const comment = `// permutation: ${permutation.join(' ')} (what the original leaves on qubit 0, 1, ... is on these)`;
  const lines = text.split('\n');
  return lines.toSpliced(header(2).length, 0, comment).join('\n');
}

/** The options with their defaults; throws `usage` where one is out of range. */
export function circuitOptions(options: CompileOptions): CircuitOptions {
  if (options.budget !== undefined && options.blockSize !== undefined) {
    throw optionError(
      'budget',
      ` tries sizes of blocks one after the other; leave out ${optionName('blockSize')}`,
    );
  }
  const {
    blockSize = SMALL_BLOCK,
    multistarts = 8,
    threshold = 1e-8,
    maxError = 1e-6,
    rounds = 2,
    seed = 0,
  } = options;
  const { method = 'auto', scan = 'weight', synthesis = 'auto', gateSet = 'u3-cx' } = options;
  if (!Number.isInteger(blockSize) || blockSize < 2 || blockSize > MAX_BLOCK_SIZE) {
    throw optionError('blockSize', ` ${blockSize}: a block has 2 to ${MAX_BLOCK_SIZE} qubits`);
  }
  for (const [flag, value] of [
    [optionName('threshold'), threshold],
    [optionName('maxError'), maxError],
  ] as const) {
    if (value >= LEAST_THRESHOLD && value < 1) continue;
    throw new KroncutError(
      'usage',
      `${flag} ${value}: a distance from ${LEAST_THRESHOLD} (below, rounding hides it) to less than 1 is needed`,
    );
  }
  // Left out where they are not asked for: so work that was done without them goes on.
  const free = {
    ...(options.permuteOutput === true ? { permuteOutput: true as const } : {}),
    ...(options.newPairs === true ? { newPairs: true as const } : {}),
  };
  return {
    blockSize,
    method,
    multistarts,
    threshold,
    maxError,
    scan,
    synthesis,
    rounds,
    gateSet,
    seed,
    ...free,
  };
}

export function sizeOf(circuit: Circuit): CircuitSize {
  return { gates: countGates(circuit.gates), depth: circuitDepth(circuit) };
}

/** States of random samples are compared where that takes about a second: amplitudes times gates. */
const MOST_SAMPLED_WORK = 1e8;
/** How far an estimate from random states may lie above the bound: beyond it, chance is no reason. */
const SAMPLED_FACTOR = 100;

/** Throws `verification` where random states show that a circuit too wide for its matrix is beyond the bound. */
function checkSampled(before: Circuit, after: Circuit, angle: number, name: string): void {
  const work = 2 ** before.qubits * (before.gates.length + after.gates.length);
  if (before.qubits <= MAX_DENSE_QUBITS || before.qubits > MAX_SAMPLED_QUBITS || work > MOST_SAMPLED_WORK)
    return;
  const estimate = sampledDistance(before.qubits, before.gates, after.gates);
  if (estimate <= SAMPLED_FACTOR * boundFromAngle(angle + DENSE_ROUNDING)) return;
  throw new KroncutError(
    'verification',
    `the compiled circuit is about ${estimate} away from ${name}, beyond the bound of ${boundFromAngle(angle)}; it is not written`,
  );
}

/** Gates of the circuit by which its comparison is timed. */
const TIMED_GATES = 20;
/** Gates of the circuit and of the compiled one, for each gate of the circuit. */
const BOTH_CIRCUITS = 1.4;

/** Seconds that the comparison with the compiled circuit will take, by what a few gates take now. */
export function comparisonSeconds({ qubits, gates }: Circuit): number {
  const dense = qubits <= MAX_DENSE_QUBITS;
  const work = 2 ** qubits * BOTH_CIRCUITS * gates.length;
  if (gates.length === 0 || (!dense && (qubits > MAX_SAMPLED_QUBITS || work > MOST_SAMPLED_WORK))) return 0;
  const some = gates.slice(0, TIMED_GATES);
  const timed = (list: readonly Gate[]): number => {
    const begin = performance.now();
    if (dense) denseUnitary(qubits, list);
    else sampledDistance(qubits, list, []);
    return secondsSince(begin);
  };
  const [none, few] = [timed([]), timed(some)];
  const each = Math.max(0, few - none) / some.length;
  return (dense ? 2 * none : none) + BOTH_CIRCUITS * gates.length * each;
}

function measuredDistance(before: Circuit, after: Circuit): number | null {
  if (before.qubits > MAX_DENSE_QUBITS) return null;
  return unitaryDistance(denseUnitary(after.qubits, after.gates), denseUnitary(before.qubits, before.gates));
}

/** The circuit as OpenQASM 2, after the text was read back and found to be the circuit. */
export function checkedText(circuit: Circuit, file: string, barriers: readonly Barrier[] = []): string {
  const text = writeQasm(circuit, 2, barriers);
  const back = readProgram(text, { file });
  const isSame = JSON.stringify(back.barriers) === JSON.stringify(barriers);
  if (!isSame || circuitHash(back.circuit) !== circuitHash(circuit)) {
    throw new KroncutError(
      'internal',
      `${file} would not be read as the circuit that was compiled; it is not written`,
    );
  }
  return text;
}

const WORK_VERSION = 1;
const WORK_FILE = 'compile.json';
const workSchema = z.object({
  schemaVersion: z.literal(WORK_VERSION),
  kroncut: z.string(),
  source: z.string(),
  circuit: z.string(),
  options: z.record(z.string(), z.union([z.string(), z.number(), z.literal(true)])),
});
type WorkIdentity = z.infer<typeof workSchema>;

/** The folder of finished blocks where none is named; undefined where there is no file for it to stand beside. */
async function workBeside(output: string | undefined): Promise<string | undefined> {
  if (output === undefined || (await outputPlace(output)).direct) return undefined;
  return `${output}.work`;
}

/** Holds the folder of finished blocks, locked, for the time of `body`. */
async function withWork<T>(
  { cluster, device, signal }: Context,
  { work, output, force, budget }: CompileOptions,
  { circuit, name, asked }: { circuit: Circuit; name: string; asked: CircuitOptions },
  body: (store: BlockStore | undefined, requireWork: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const folder = work ?? (await cluster.onRoot(() => workBeside(output)));
  if (folder === undefined) return body(undefined, async () => {});
  const path = resolve(folder);
  let lock: Lock | undefined;
  try {
    const kind: BlockDevice = await cluster.onRoot(() => (device === 'cpu' ? 'cpu' : 'cuda'));
    await cluster.onRoot(async () => {
      const identity: WorkIdentity = {
        schemaVersion: WORK_VERSION,
        kroncut: version(),
        source: basename(name),
        circuit: circuitHash(circuit),
        options: { ...asked, ...(budget === undefined ? {} : { budget: true as const }) },
      };
      try {
        await makeFolder(path);
      } catch (error) {
        if (error instanceof KroncutError && hasCode(error.cause, 'EEXIST'))
          throw new KroncutError('usage', `${folder} is a file; the work needs a folder`);
        throw error;
      }
      lock = await acquireLock(path, { signal });
      if (force === true) {
        for (const own of [WORK_FILE, 'blocks']) await rm(join(path, own), { recursive: true, force: true });
      }
      const difference = await workDifference(join(path, WORK_FILE), identity);
      if (difference !== undefined) {
        throw new KroncutError(
          'usage',
          `${folder} holds ${difference}; use another folder (${optionName('work')}), or ${optionName('force')} to replace it`,
        );
      }
      await removePartials(join(path, 'blocks'));
      await writeFileAtomic(join(path, WORK_FILE), `${JSON.stringify(identity, null, 2)}\n`);
    });
    return await body(new BlockStore(path, kind), async () => lock?.requireHeld());
  } finally {
    lock?.release();
  }
}

/** What work is there that this is not, in words; undefined where there is none or the same. */
async function workDifference(file: string, asked: WorkIdentity): Promise<string | undefined> {
  let text: string;
  try {
    text = await readRegular(file);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw fileError(error, file, 'read');
  }
  let there: WorkIdentity;
  try {
    there = workSchema.parse(JSON.parse(text));
  } catch {
    return `a ${WORK_FILE} that this version does not understand`;
  }
  if (there.circuit !== asked.circuit) return `the work on another circuit (${there.source})`;
  for (const option of Object.keys({ ...asked.options, ...there.options })) {
    const [before, value] = [there.options[option], asked.options[option]];
    if (before !== value) return `work with ${option} ${before ?? 'left out'}, not ${value ?? 'left out'}`;
  }
  return undefined;
}
