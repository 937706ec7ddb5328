/**
 * One cut, many values of the circuit's parameters: a loop that evaluates again only the subcircuits whose gates
 * changed, and contracts again only what these enter.
 */
import { join } from 'node:path';
import { buildCutCircuit } from '../cut/solution/buildCutCircuit.js';
import type { CutCircuit } from '../cut/model/cutCircuit.js';
import { evaluateSubcircuits } from '../evaluate/evaluate.js';
import type { NamedSubcircuit } from '../evaluate/evaluator.js';
import { exactEvaluator } from '../evaluate/exact.js';
import { KroncutError } from '../error.js';
import type { Precision } from '../native/addon.js';
import { expectation, type TermNetwork } from '../reconstruct/queries/answers/expectationAnswer.js';
import { planObservable } from '../reconstruct/queries/observables.js';
import { parsePauliSum } from '../reconstruct/queries/pauliSum.js';
import { TensorCache } from '../reconstruct/engine/tensorCache.js';
import { tensorMember, tensorNetwork, type NetworkMember } from '../reconstruct/network/tensorNetwork.js';
import type { Context } from '../run/context.js';
import { FileTensors } from '../run/tensors/fileTensors.js';
import { MemoryTensors } from '../run/tensors/memoryTensors.js';
import type { TensorStore } from '../run/tensors/tensorStore.js';
import { withContext } from './context.js';
import { withNewRun } from './cut.js';
import { readCircuit } from './input/readCircuit.js';
import { type CircuitSource, checkCall, checkSource } from './input/source.js';
import { secondsSince } from './input/openRun.js';
import { type LoopOptions, type Parameters, LOOP_OPTIONS } from './options/cut.js';
import { checkArgument } from '../options/option.js';
import { value as valueOf } from '../options/readers.js';

const BODY = valueOf<unknown>(
  'a function that is given the loop over values',
  (given) => typeof given === 'function',
);

/** An expectation value at one point, with what it took: tensors evaluated, reused and contracted. */
export interface LoopValue {
  readonly value: number;
  /** Tensors of subcircuits that were evaluated now, and those that the parameters left as they were. */
  readonly evaluated: number;
  readonly reused: number;
  /** Tensors that were contracted now, on all ranks, and those that were found as an earlier value left them. */
  readonly contracted: number;
  readonly found: number;
  readonly seconds: number;
}

/** Asks for values of a cut circuit at one point after another of its parameters. */
export interface ParameterLoop {
  readonly cutCircuit: CutCircuit;
  /**
   * Collective: the expectation value of a sum of Pauli strings, for these values of the parameters (those that are left
   * out keep the values that the loop began with). Throws `input` for a name that the circuit does not have, and where
   * the values change which gates the circuit has.
   */
  expect(sum: string, parameters?: Parameters): Promise<LoopValue>;
}

/**
 * Collective: cuts a circuit (in memory where no directory is named), or takes the cuts that the directory holds, and calls `body` with a loop over values of
 * its parameters. The directory is held until `body` ends; its tensors and results are left alone, for the loop keeps
 * its own in `loop/`.
 *
 * @example
 * ```js
 * import { withParameters } from 'kroncut';
 *
 * const parameters = { theta: 0.4, phi: 1.2 };
 * const value = await withParameters('ansatz.qasm', { maxWidth: 3, parameters }, async (loop) => {
 *   const { value } = await loop.expect('Z0 Z1 + 0.5*X2', { theta: 0.3 });
 *   return value;
 * });
 * console.log(value);
 * ```
 */
export async function withParameters<T>(
  source: CircuitSource,
  options: LoopOptions,
  body: (loop: ParameterLoop) => Promise<T>,
): Promise<T> {
  await checkCall(LOOP_OPTIONS, options, () => {
    checkSource(source);
    checkArgument('body', BODY, body);
  });
  return withContext(options, async (context) => {
    return withNewRun(context, source, options, async (run, _reused, cutSource) => {
      const cutWith = (parameters: Parameters): Promise<CutCircuit> =>
        context.cluster.onRoot(async () => {
          const { circuit, parts } = cutSource();
          const asked = { ...options, parameters: { ...options.parameters, ...parameters } };
          const bound = (await readCircuit(context, source, asked)).circuit;
          const same = bound.gates.length === circuit.gates.length;
          if (
            !same ||
            bound.gates.some(({ qubits }, i) => qubits.join() !== circuit.gates[i]?.qubits.join())
          ) {
            throw new KroncutError(
              'input',
              'these values of the parameters change which gates the circuit has; cut it again with them',
            );
          }
          return buildCutCircuit(bound, parts, { joint: options.joint });
        });
      const cache = new TensorCache();
      const store =
        run.writePath === undefined
          ? new MemoryTensors(context)
          : new FileTensors(context, join(run.writePath, 'loop'));
      const { precision = 'double' } = options;
      return body({
        cutCircuit: run.cutCircuit,
        expect: async (sum, parameters = {}) =>
          expectWith({ context, store, cache }, await cutWith(parameters), sum, precision),
      });
    });
  });
}

/** What a loop has from one value to the next. */
interface LoopState {
  readonly context: Context;
  readonly store: TensorStore;
  readonly cache: TensorCache;
}

async function expectWith(
  { context, store, cache }: LoopState,
  cutCircuit: CutCircuit,
  sum: string,
  precision: Precision,
): Promise<LoopValue> {
  const begin = performance.now();
  const { cluster } = context;
  const evaluator = exactEvaluator(cutCircuit, precision, context.threads);
  const terms = await cluster.agree(() => parsePauliSum(sum, cutCircuit.qubits));
  const { factors } = planObservable(cutCircuit, terms);
  const named = new Map<string, NamedSubcircuit>();
  for (const { variant } of factors.flatMap((local) => local ?? [])) named.set(variant.name, variant);
  const { evaluated, reused } = await evaluateSubcircuits(
    { ...context, onProgress: undefined },
    { store, evaluator, named: [...named.values()] },
  );
  const members = new Map<string, NetworkMember>();
  for (const item of named.values()) {
    const { name, subcircuit } = item;
    const origin = evaluator.key(item);
    members.set(name, tensorMember(cutCircuit, subcircuit, store, name, precision, { origin }));
  }
  const networks = factors.map((local): TermNetwork | undefined =>
    local === undefined
      ? undefined
      : {
          members: local.flatMap(({ variant }) => members.get(variant.name) ?? []),
          weighed: new Set(local.flatMap(({ weighed }) => weighed)),
        },
  );
  const network = tensorNetwork(cutCircuit, store, precision);
  const querySource = { directory: undefined, cutCircuit, network, precision };
  cache.begin();
  const { value } = await expectation(context, querySource, terms, networks, false, undefined, cache);
  const { made, found } = cache.counts;
  const [contracted = 0, foundAll = 0] = await cluster.reduce(Float64Array.of(made, found), 'sum');
  return { value, evaluated, reused, contracted, found: foundAll, seconds: secondsSince(begin) };
}
