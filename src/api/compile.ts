/** `compile`: shortens a circuit by re-instantiating its blocks. */
import type { Circuit } from '../circuit/circuit.js';
import { isBarrier, withFencesAs, type Barrier, type Fence, type FreeInput } from '../circuit/fence.js';
import { circuitDepth, countGates, twoQubitDepth } from '../circuit/circuitFacts.js';
import { header } from '../circuit/qasm/writeQasm.js';
import type { BlockStore } from '../compile/ranks/blockStore.js';
import { compileCircuit, type CompiledCircuit } from '../compile/compileCircuit.js';
import type { CircuitOptions, RoundOutcome } from '../compile/compileRound.js';
import { type Round, SMALL_BLOCK } from '../compile/rounds.js';
import { bestWithin } from '../compile/withinBudget.js';
import type { DeviceGates } from '../compile/gates/deviceGates.js';
import { asGiven } from '../compile/asGiven.js';
import type { Predicted } from '../compile/gates/predicted.js';
import { isIdentity, swapsBack, type Permutation } from '../compile/gates/permutation.js';
import { boundFromAngle, LEAST_THRESHOLD } from '../compile/gates/unitary.js';
import { KroncutError, valueAt } from '../error.js';
import type { Context } from '../run/context.js';
import { outputPlace, writeOutput } from '../run/files/output.js';
import type { CompiledForPage } from './reporting/pageOfCompiled.js';
import { withContext } from './context.js';
import { gateSetOf } from './input/gateSet.js';
import { readCircuit, type ReadCircuit } from './input/readCircuit.js';
import { type CircuitSource, checkCall, checkSource } from './input/source.js';
import { secondsSince } from './input/openRun.js';
import { checkedDistance, checkedText } from './verification/checkCompiled.js';
import { withWork } from './compileWork.js';
import { BestSoFar, figuresOf } from './compileBest.js';
import { version } from '../installation.js';
import { type CompileOptions, COMPILE_OPTIONS } from './options/compile.js';
import { optionError, optionName } from '../options/optionName.js';

/** Number of gates by name, and of layers: of all gates, and of those on two qubits alone. */
export interface CircuitSize {
  readonly gates: Readonly<Record<string, number>>;
  readonly depth: number;
  readonly twoQubitDepth: number;
  /** With a `gateSet` of a file: what its errors and times predict of these gates, in its gates. */
  readonly fidelity?: number;
  /** In the unit of the file's times. */
  readonly duration?: number;
}

/**
 * What compiling did: gates and depth before and after, and the error, 1 - |Tr| / 2^n, bounded and, where it can be,
 * measured.
 */
export interface CompileReport {
  readonly before: CircuitSize;
  readonly after: CircuitSize;
  readonly blocks: number;
  /** Most qubits of a block: as asked for, or what came out best within `budget`. */
  readonly blockSize: number;
  /** 1 - |Tr| / 2^n between the two circuits, measured, or bounded by gates of both in turn; null where neither could be had. */
  readonly distance: number | null;
  /** Bound on that distance, from the blocks' errors. */
  readonly errorBound: number;
  /** Qubit of the compiled circuit on which what the original leaves on each qubit is; 0, 1, ... unless `permuteOutput`. */
  readonly permutation: readonly number[];
  /**
   * Blocks of the last round of deletion whose search for fewer gates a limit has ended, or that have too many gates for it:
   * `synthesis` `always` goes on. Null where nothing is searched for.
   */
  readonly unexhausted: number | null;
  /** Blocks of that round that would be shorter, or better, for an error that `maxError` has no room for. */
  readonly withheld: number;
  readonly seconds: number;
}

/** A compiled circuit, with its report. */
export interface CompileResult extends CompileReport {
  readonly circuit: Circuit;
  /**
   * What stands between the gates of the circuit that was read, where it stands in this one: barriers, and what is kept of a
   * circuit that is not fixed. `writeQasm` writes it.
   */
  readonly fences: readonly Fence[];
  /** The barriers among them. */
  readonly barriers: readonly Barrier[];
  /** Inputs without a value, which gates among the fences depend on. */
  readonly inputs: readonly FreeInput[];
}

/** A block beyond this many qubits is beyond the optimiser. */
const MAX_BLOCK_SIZE = 12;

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

/** Collective: `compile`, which also gives the circuit that was read. `isCut`: it is a fixed one, or refused. */
export async function compileIn(
  context: Context,
  source: CircuitSource,
  options: CompileOptions,
  isCut = false,
): Promise<{ result: CompileResult; original: Circuit }> {
  const begin = performance.now();
  const asked = await context.cluster.onRoot(async () => {
    if (options.report !== undefined) await outputPlace(options.report);
    return circuitOptions(options, await gateSetOf(context, options));
  });
  const read = await context.cluster.onRoot(() => readAll(context, source, options, isCut));
  const { circuit, name, inputs, fences: asRead } = read;
  return withWork(context, options, { circuit, name, asked }, async (store, requireWork) => {
    const choices = { asked, budget: options.budget, isTold: options.report !== undefined };
    const given = { circuit, fences: asRead, store };
    const before = { circuit, name, fences: asRead };
    const write = async (found: CompiledCircuit, signal?: AbortSignal): Promise<number | null> => {
      const checked = await checkedResult(context, before, found);
      await requireWork();
      if (options.output === undefined) return checked.distance;
      const text = checkedText(checked.circuit, options.output, {
        version: versionOf(options),
        fences: found.fences,
        inputs,
      });
      await writeOutput(options.output, withComment(text, found.permutation), signal);
      return checked.distance;
    };
    const best = new BestSoFar(options.output, asked);
    const { compiled, rounds, blockSize } = await compileBySizes(context, given, {
      ...choices,
      onBegun: (begun) => best.add(begun),
    }).catch(async (error: unknown) => {
      throw context.cluster.isRoot ? await best.keep(error, circuit, write) : error;
    });
    const { permutation, fences, angle } = compiled;
    const result = withOutcomesMoved({ ...circuit, gates: compiled.gates }, permutation);
    const distance = await context.cluster.onRoot(() => write(compiled, context.signal));
    const report: CompileReport = {
      before: sizeOf(circuit, asRead, asked.gateSet),
      after: sizeOf(result, fences, asked.gateSet),
      blocks: compiled.blocks,
      blockSize,
      distance,
      // What is measured may be above it by rounding, and is no further off for that.
      errorBound: Math.max(boundFromAngle(angle), distance ?? 0),
      permutation,
      withheld: compiled.withheld,
      unexhausted: asked.synthesis === 'off' ? null : compiled.open,
      seconds: secondsSince(begin),
    };
    await context.cluster.onRoot(() =>
      writePage(context, options, { report, rounds, circuit, result, name }),
    );
    return {
      result: { ...report, circuit: result, fences, barriers: fences.filter(isBarrier), inputs },
      original: circuit,
    };
  });
}

/** The circuit, with the fences that stay. */
async function readAll(
  context: Context,
  source: CircuitSource,
  options: CompileOptions,
  isCut: boolean,
): Promise<ReadCircuit> {
  const keeping = isCut ? undefined : { version: versionOf(options), always: false };
  const read = await readCircuit(context, source, { ...options, keeping });
  if (options.ignoreBarriers !== true) return read;
  return { ...read, fences: read.fences.filter((fence) => !isBarrier(fence)) };
}

/** The circuit of a result, and how far it is off; throws `verification` where that is too far. */
async function checkedResult(
  context: Context,
  { circuit, name, fences }: Pick<ReadCircuit, 'circuit' | 'name' | 'fences'>,
  found: CompiledCircuit,
): Promise<{ readonly circuit: Circuit; readonly distance: number | null }> {
  const { gates, permutation, angle } = found;
  const distance = await checkedDistance(
    context,
    circuit.qubits,
    { gates: circuit.gates, fences },
    { gates: [...gates, ...swapsBack(permutation)], fences: found.fences },
    { angle, name, isInterrupted: context.signal?.aborted === true },
  );
  return { circuit: withOutcomesMoved({ ...circuit, gates }, permutation), distance };
}

/** Collective: compiles with blocks of one size, or of several within a budget. `isTold`: what becomes of each round. */
async function compileBySizes(
  context: Context,
  { circuit, fences, store }: { circuit: Circuit; fences: readonly Fence[]; store: BlockStore | undefined },
  {
    asked,
    budget,
    isTold,
    onBegun,
  }: {
    asked: CircuitOptions;
    budget: number | undefined;
    isTold: boolean;
    onBegun: (best: () => CompiledCircuit) => void;
  },
): Promise<{ compiled: CompiledCircuit; rounds: (Round & RoundOutcome)[]; blockSize: number }> {
  const compileWith = async (within: Context, blockSize: number) => {
    const rounds: (Round & RoundOutcome)[] = [];
    const onRound = (round: Round, outcome: RoundOutcome): void => void rounds.push({ ...round, ...outcome });
    const compiled = await compileCircuit(within, circuit, { ...asked, blockSize }, store, version(), {
      fences,
      onBegun,
      ...(isTold ? { onRound } : {}),
    });
    const figures = figuresOf(asked, circuit.qubits, compiled);
    return { compiled, rounds, blockSize, figures };
  };
  return budget === undefined
    ? compileWith(context, asked.blockSize)
    : bestWithin(context, { seconds: budget, qubits: circuit.qubits }, compileWith);
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
export function circuitOptions(options: CompileOptions, gateSet: CircuitOptions['gateSet']): CircuitOptions {
  if (options.objective === 'fidelity' && typeof gateSet === 'string') {
    throw optionError(
      'objective',
      ` fidelity needs the errors of gates; say them by ${optionName('gateSet')} FILE.json`,
    );
  }
  if (options.budget !== undefined && options.blockSize !== undefined) {
    throw optionError(
      'budget',
      ` tries sizes of blocks one after the other; leave out ${optionName('blockSize')}`,
    );
  }
  const {
    blockSize = SMALL_BLOCK,
    multistarts = 8,
    maxError = 1e-6,
    // Whoever allows the circuit more allows it wherever it buys most.
    threshold = maxError > 1e-6 ? maxError : 1e-8,
    rounds = 2,
    seed = 0,
  } = options;
  const { method = 'auto', scan = 'weight', synthesis = 'auto' } = options;
  if (!Number.isInteger(blockSize) || blockSize < 2 || blockSize > MAX_BLOCK_SIZE) {
    throw optionError('blockSize', ` ${blockSize}: a block has 2 to ${MAX_BLOCK_SIZE} qubits`);
  }
  for (const [flag, value] of [
    // The other may follow from it.
    [optionName('maxError'), maxError],
    [optionName('threshold'), threshold],
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
    ...(options.objective === undefined || options.objective === 'two-qubit'
      ? {}
      : { objective: options.objective }),
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

/** Counts of a circuit and its gates with angles that have no value; what stands under conditions is not counted. */
export function sizeOf(
  circuit: Circuit,
  fences: readonly Fence[] = [],
  gateSet?: CircuitOptions['gateSet'],
): CircuitSize {
  const gates = withFencesAs({ gates: circuit.gates, fences }, (fence) =>
    fence.kind === 'symbolic' ? [{ ...fence, params: [] }] : [],
  );
  const sized = { qubits: circuit.qubits, gates };
  return {
    gates: countGates(gates),
    depth: circuitDepth(sized),
    twoQubitDepth: twoQubitDepth(sized),
    ...(typeof gateSet === 'object' ? predictedIn(gateSet, circuit, fences) : {}),
  };
}

function predictedIn(device: DeviceGates, circuit: Circuit, fences: readonly Fence[]): Predicted {
  const { fidelity, duration } = asGiven(circuit, { gates: circuit.gates, fences }, device);
  return { fidelity, duration };
}

/** The version of OpenQASM in which the result is written. */
export function versionOf({ format }: Pick<CompileOptions, 'format'>): 2 | 3 {
  return format === 'qasm3' ? 3 : 2;
}
