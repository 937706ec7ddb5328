/** `verify`: the reconstructed distribution against the uncut simulation. */
import { lowerCircuit } from '../../../circuit/lower.js';
import type { Circuit } from '../../../circuit/circuit.js';
import { uncutBytes } from '../../../circuit/simulationMemory.js';
import type { BitAction, Precision, TensorHandle } from '../../../native/addon.js';
import { compute, type Context } from '../../../run/context.js';
import { requireMemory } from '../../../run/resources/space.js';
import { contractNetwork } from '../../engine/contractNetwork.js';
import {
  keepQuery,
  openBytes,
  singleTensorNetwork,
  type TensorNetwork,
} from '../../network/tensorNetwork.js';
import { VALUE_BYTES } from '../../../native/valueBytes.js';
import { required, valueAt } from '../../../error.js';

/**
 * Differences between the distribution q and the uncut one p, with natural logarithms; null where a term has q = 0
 * and p > 0.
 */
export interface VerifyResult {
  readonly maxAbsError: number;
  /** Sum of squared errors over the sum of squared probabilities of the uncut circuit. */
  readonly relativeMeanSquaredError: number;
  /** Sum of (p - q)^2 / (p + q), p being the uncut distribution. */
  readonly chiSquared: number;
  /** (sum of sqrt(p q))^2. */
  readonly hellingerFidelity: number;
  /** -sum of p ln q in nats, over outcomes with q > 0; null where that leaves out a real part of p. */
  readonly crossEntropy: number | null;
  /** Outcomes with p > 0 and q <= 0, which the cross entropy leaves out. */
  readonly crossEntropyMissing: number;
}

/**
 * Where q <= 0 the error is at least p, so below this largest error the outcomes that the cross entropy leaves out are
 * noise of rounding.
 */
const ROUNDING: Readonly<Record<Precision, number>> = { double: 1e-12, single: 1e-6 };

/** Qubits that carry a gate or an outcome that is not 0 by construction, and the bits read from them. */
export interface LiveCircuit {
  readonly qubits: readonly number[];
  readonly bits: readonly number[];
}

export function liveCircuit(circuit: Circuit, zeroBits: readonly number[]): LiveCircuit {
  const zero = new Set(zeroBits);
  const bits = circuit.outcomes.map((_, bit) => bit).filter((bit) => !zero.has(bit));
  const touched = new Set(circuit.gates.flatMap(({ qubits }) => qubits));
  for (const bit of bits) touched.add(valueAt(circuit.outcomes, bit));
  return { qubits: [...touched].sort((a, b) => a - b), bits };
}

/**
 * Collective: simulates the uncut circuit on every rank and compares it with `network`, each rank over its slices.
 * Throws `memory` before that where the simulation does not fit.
 */
export async function compareWithUncut(
  context: Context,
  circuit: Circuit,
  zeroBits: readonly number[],
  network: TensorNetwork,
  precision: Precision,
  onWork?: (fraction: number) => void,
): Promise<VerifyResult> {
  const live = liveCircuit(circuit, zeroBits);
  await context.cluster.agree(() =>
    requireMemory(
      uncutBytes(live.qubits.length, live.bits.length, precision),
      context.memory,
      `simulating the uncut circuit of ${live.qubits.length} qubits`,
      'compare on a larger machine, or skip verify',
    ),
  );
  const reference = await context.cluster.agree(() =>
    simulateLive(context, circuit, live, precision, (fraction) => onWork?.(fraction / 2)),
  );
  const { compare } = await contractNetwork(
    // The reference stays in memory.
    { ...context, memory: context.memory - VALUE_BYTES * 2 ** live.bits.length },
    network,
    // The reference has the same index: bit i is live bit i. The others are summed away.
    keepQuery(live.bits),
    { compare: reference },
    (fraction) => onWork?.(0.5 + fraction / 2),
  );
  return {
    maxAbsError: compare.maxAbsError,
    relativeMeanSquaredError: compare.squaredError / compare.squaredReference,
    chiSquared: compare.chiSquared,
    hellingerFidelity: compare.fidelity ** 2,
    crossEntropy:
      compare.missing > 0 && compare.maxAbsError > ROUNDING[precision] ? null : compare.crossEntropy,
    crossEntropyMissing: compare.missing,
  };
}

/** The distribution of a circuit's live bits, by simulation: bit i of the index is live bit i. */
export async function simulateLive(
  context: Context,
  circuit: Circuit,
  live: LiveCircuit,
  precision: Precision,
  onWork?: (fraction: number) => void,
): Promise<TensorHandle> {
  const local = new Map(live.qubits.map((qubit, i) => [qubit, i]));
  const localOf = (qubit: number): number => required(local.get(qubit), `the place of qubit ${qubit}`);
  const program = {
    qubits: live.qubits.length,
    ...lowerCircuit(circuit.gates.map((gate) => ({ ...gate, qubits: gate.qubits.map(localOf) }))),
    outcomes: Int32Array.from(live.bits, (bit) => localOf(valueAt(circuit.outcomes, bit))),
  };
  return compute(
    context,
    (options) => context.native.simulateProbabilities(program, { ...options, precision }),
    onWork,
  );
}

/** The distribution in a `full.npy` as a network over the bits that are not 0 by construction. */
export function fileNetwork(
  context: Context,
  file: string,
  outcomeBits: number,
  zeroBits: readonly number[],
  precision: Precision,
): TensorNetwork {
  const bits = Array.from({ length: outcomeBits }, (_, bit) => bit);
  const live = bits.filter((bit) => !zeroBits.includes(bit));
  return singleTensorNetwork('full.npy', live, openBytes(2 ** outcomeBits, precision), async () => {
    const tensor = await compute(context, () => context.native.openTensor(file, [], bits));
    if (zeroBits.length === 0) return tensor;
    const actions = bits.map((bit): BitAction => (zeroBits.includes(bit) ? 'fix0' : 'keep'));
    return compute(context, (options) => context.native.reduceTensor(tensor, actions, options));
  });
}
