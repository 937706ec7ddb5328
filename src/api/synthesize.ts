/** `synthesize`: a circuit for a unitary or a state of few qubits; `instantiate`: the parameters of a given template. */
import { makeCircuit, type Circuit } from '../circuit/circuit.js';
import { countTwoQubitGates } from '../circuit/circuitFacts.js';
import { instantiator } from '../compile/block/shortenBlock.js';
import type { QubitPair } from '../compile/block/schmidtNeeds.js';
import { toGateSet } from '../compile/gates/toGateSet.js';
import { MOST_SYNTHESIZED_QUBITS, predictSynthesis, synthesizeTarget } from '../compile/synthesizeTarget.js';
import {
  denseState,
  denseUnitary,
  LEAST_THRESHOLD,
  stateDistance,
  unitaryDistance,
} from '../compile/gates/unitary.js';
import { KroncutError } from '../error.js';
import type { InstantiateMethod, InstantiateResult, SynthesisTarget, Template } from '../native/addon.js';
import { invoke } from '../native/invoke.js';
import type { Context } from '../run/context.js';
import { outputPlace, writeOutput } from '../run/files/output.js';
import { sizeOf, type CircuitSize } from './compile.js';
import { checkedText } from './verification/checkCompiled.js';
import { withContext } from './context.js';
import { secondsSince } from './input/openRun.js';
import { asProcess, type Prediction } from '../predict/predictStages.js';
import { gateSetOf } from './input/gateSet.js';
import { checkTargetSource, readTargetIn, type TargetSource } from './input/target.js';
import {
  SYNTHESIZE_OPTIONS,
  type LibraryInstantiateOptions,
  type SynthesizeOptions,
  INSTANTIATE_OPTIONS,
} from './options/synthesize.js';
import { optionError } from '../options/optionName.js';
import { checkCall } from './input/source.js';

export interface SynthesizeReport extends CircuitSize {
  readonly kind: 'unitary' | 'state';
  readonly qubits: number;
  /** Gates on two qubits, and how many the target's entanglement takes at least on these pairs. */
  readonly twoQubitGates: number;
  readonly least: number;
  /** From the target, computed densely from the gates. */
  readonly distance: number;
  readonly seconds: number;
}

export interface SynthesizeResult extends SynthesizeReport {
  readonly circuit: Circuit;
}

/** What a synthesis would take, at most. */
export interface SynthesizeDryRun {
  readonly dryRun: true;
  readonly kind: 'unitary' | 'state';
  readonly qubits: number;
  readonly stages: Readonly<Record<string, Prediction>>;
  readonly total: Prediction;
}

interface Asked {
  readonly pairs: readonly QubitPair[];
  readonly threshold: number;
  readonly multistarts: number;
  readonly templates: number;
  readonly method: InstantiateMethod;
  readonly seed: number;
}

/**
 * Collective (the root works): finds a circuit for a unitary to 4 qubits or a state to 6, checks it, and only then
 * writes it.
 *
 * @throws KroncutError `usage` or `input` for what is no target, `infeasible` where no circuit is found.
 * @example
 * ```js
 * import { synthesize } from 'kroncut';
 *
 * // A controlled not: rows one after another, real and imaginary parts in turn.
 * const values = new Float64Array(32);
 * for (const [column, row] of [0, 3, 2, 1].entries()) values[2 * (4 * row + column)] = 1;
 * const { circuit, distance } = await synthesize({ qubits: 2, kind: 'unitary', values });
 * console.log(circuit.gates.length, distance);
 * ```
 */
export async function synthesize(
  source: TargetSource,
  options: SynthesizeOptions = {},
): Promise<SynthesizeResult> {
  await checkCall(SYNTHESIZE_OPTIONS, options, () => checkTargetSource(source));
  const begin = performance.now();
  return withContext(options, async (context) => {
    return context.cluster.onRoot(async () => {
      const target = await readTargetIn(context, source, options);
      if (options.output !== undefined) await outputPlace(options.output);
      const asked = checkedOptions(target, options);
      const gateSet = await gateSetOf(context, options);
      const finder = instantiator(nativeCalls(context), asked, asked.seed);
      const { gates, least } = await synthesizeTarget(target, asked, finder);
      const circuit = makeCircuit(target.qubits, toGateSet(gates, gateSet).gates);
      const distance = distanceFrom(target, circuit);
      if (!(distance <= asked.threshold)) {
        throw new KroncutError('internal', `the circuit that was found is ${distance} away from its target`);
      }
      if (options.output !== undefined) {
        await writeOutput(options.output, checkedText(circuit, options.output), context.signal);
      }
      return {
        ...sizeOf(circuit),
        kind: target.kind,
        qubits: target.qubits,
        twoQubitGates: countTwoQubitGates(circuit.gates),
        least,
        distance,
        seconds: secondsSince(begin),
        circuit,
      };
    });
  });
}

/**
 * Collective: what `synthesize` would take at most, in seconds and bytes.
 *
 * @throws KroncutError `usage` or `input` for what is no target.
 */
export async function dryRunSynthesize(
  source: TargetSource,
  options: SynthesizeOptions = {},
): Promise<SynthesizeDryRun> {
  await checkCall(SYNTHESIZE_OPTIONS, options, () => checkTargetSource(source));
  return withContext(options, async (context) => {
    return context.cluster.onRoot(async () => {
      const target = await readTargetIn(context, source, options);
      const total = asProcess(predictSynthesis(target, checkedOptions(target, options), context.threads));
      const { kind, qubits } = target;
      return { dryRun: true, kind, qubits, stages: { synthesize: total }, total };
    });
  });
}

/**
 * Finds parameters with which a template is the target, up to a phase. Neither is changed. Every rank that calls it
 * computes by itself; the answer depends on target, template, options and seed, not on the threads.
 *
 * @throws KroncutError `usage` or `input` for what is no target or template, `memory` where it does not fit.
 * @example
 * ```js
 * import { instantiate } from 'kroncut';
 *
 * const values = new Float64Array(8);
 * values[2] = values[4] = 1; // the gate x, [[0, 1], [1, 0]]
 * const template = { qubits: 1, gates: [{ kind: 'u3', qubits: [0] }] };
 * const { success, parameters } = await instantiate({ qubits: 1, kind: 'unitary', values }, template);
 * console.log(success, parameters);
 * ```
 */
export async function instantiate(
  source: TargetSource,
  template: Template,
  options: LibraryInstantiateOptions = {},
): Promise<InstantiateResult> {
  await checkCall(INSTANTIATE_OPTIONS, options, () => checkTargetSource(source));
  const {
    session: _o,
    cluster: _c,
    threads: _t,
    device: _d,
    signal: _s,
    onProgress: _p,
    onWarning: _w,
    ...rest
  } = options;
  const { kind, parameters, parametersFrom, ...given } = rest;
  return withContext(options, async (context) => {
    const target = await readTargetIn(context, source, { kind, parameters, parametersFrom });
    return nativeCalls(context).call((calls) =>
      context.native.instantiate(target, template, { ...given, ...calls }),
    );
  });
}

function nativeCalls(context: Context): Parameters<typeof instantiator>[0] {
  const { native, device, threads, signal } = context;
  return {
    native,
    device,
    call: (body) => invoke(native, (control) => body({ control, device, threads }), { signal }),
  };
}

function distanceFrom({ qubits, kind, values }: SynthesisTarget, { gates }: Circuit): number {
  return kind === 'state'
    ? stateDistance(denseState(qubits, gates), values)
    : unitaryDistance(denseUnitary(qubits, gates), values);
}

function checkedOptions({ qubits, kind }: SynthesisTarget, options: SynthesizeOptions): Asked {
  const { threshold = 1e-8, multistarts = 4, templates = 500, seed = 0 } = options;
  const { method = 'auto' } = options;
  const most = MOST_SYNTHESIZED_QUBITS[kind];
  if (qubits > most) {
    throw new KroncutError(
      'usage',
      `a ${kind} of ${qubits} qubits is too wide; ${most} are most, and compile takes circuits of any width`,
    );
  }
  if (!(threshold >= LEAST_THRESHOLD && threshold < 1)) {
    throw optionError(
      'threshold',
      ` ${threshold}: a distance from ${LEAST_THRESHOLD} (below, rounding hides it) to less than 1 is needed`,
    );
  }
  return {
    pairs: checkedPairs(qubits, options.pairs),
    threshold,
    multistarts,
    templates,
    method,
    seed,
  };
}

/** All pairs, or those given, the smaller qubit first and each once. */
function checkedPairs(qubits: number, given: readonly QubitPair[] | undefined): QubitPair[] {
  const pairs = new Map<string, QubitPair>();
  const all = Array.from({ length: qubits }, (_, q) => q);
  for (const [a, b] of given ?? all.flatMap((q) => all.slice(q + 1).map((r): QubitPair => [q, r]))) {
    const wrong = ![a, b].every((q) => Number.isInteger(q) && q >= 0 && q < qubits);
    if (wrong || a === b) {
      throw optionError('pairs', ` ${a}-${b}: two of the qubits 0 to ${qubits - 1} are needed`);
    }
    const pair: QubitPair = a < b ? [a, b] : [b, a];
    pairs.set(pair.join('-'), pair);
  }
  const reached = new Set([0]);
  for (let before = 0; before < reached.size;) {
    before = reached.size;
    for (const pair of pairs.values())
      if (pair.some((q) => reached.has(q))) for (const q of pair) reached.add(q);
  }
  if (reached.size < qubits) {
    throw optionError('pairs', ` ${[...pairs.keys()].join(',')}: they do not connect all ${qubits} qubits`);
  }
  return [...pairs.values()];
}
