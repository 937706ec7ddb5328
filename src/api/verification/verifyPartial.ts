/**
 * Checks of a run whose circuit is too large to simulate. Each is independent of the others and of the cuts: the sum of
 * all probabilities; marginals, against a simulation of their light cones alone; probabilities of sampled outcomes,
 * against the same circuit cut elsewhere, and against the file of the distribution where there is one.
 */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { lightCone } from '../../circuit/lightCone.js';
import type { Circuit } from '../../circuit/circuit.js';
import { ClosedNetwork, planClosed } from '../../reconstruct/engine/closedNetwork.js';
import { bitStringProbabilities } from '../../reconstruct/queries/answers/probabilityAnswer.js';
import { sampledStrings } from '../../reconstruct/queries/answers/samplesAnswer.js';
import { uncutBytes } from '../../circuit/simulationMemory.js';
import { liveCircuit, simulateLive } from '../../reconstruct/queries/answers/compare.js';
import { FULL_FILE } from '../../reconstruct/queries/full.js';
import { marginalDistribution } from '../../reconstruct/queries/answers/marginalAnswer.js';
import { liveBits } from '../../reconstruct/queries/outcomeBits.js';
import type { QuerySource } from '../../reconstruct/queries/query.js';
import type { Precision } from '../../run/context.js';
import type { Prediction } from '../../predict/predictStages.js';
import { runCircuit, type OpenRun } from '../input/openRun.js';
import { checkRecut, LONGEST_RECUT_SECONDS, relativeError, type RecutCheck } from './recut.js';
import { storedBytes } from '../../native/valueBytes.js';
import { required, valueAt } from '../../error.js';

/** What was checked, and by how much it was off. */
export interface PartialChecks {
  /** Sum of all probabilities, and its distance from 1. */
  readonly normalization: { readonly sum: number; readonly error: number };
  /** Marginals against a simulation of what these bits depend on; null where the smallest light cone is too wide. */
  readonly lightCones: {
    readonly marginals: readonly {
      readonly bits: readonly number[];
      readonly qubits: number;
      readonly gates: number;
      readonly maxAbsError: number;
    }[];
    readonly maxAbsError: number;
  } | null;
  /** Sampled outcomes against other cuts of the circuit; null where none were found. */
  readonly recut: RecutCheck | null;
  /** Sampled outcomes against `results/full.npy`, where it is there. */
  readonly file?: { readonly outcomes: number; readonly maxRelativeError: number };
  /** Checks that could not be made, and why. */
  readonly skipped: readonly string[];
}

/** Widest light cone that is simulated, how many are, and how many bits of each are compared at most. */
const CONE_QUBITS = 20;
const CONES = 12;
const CONE_BITS = 6;
/** Outcomes that are drawn and compared. */
const OUTCOMES = 24;

/** Collective. */
export async function partialChecks(
  run: OpenRun,
  source: QuerySource,
  hasFile: boolean,
  onWork: (fraction: number) => void,
): Promise<PartialChecks> {
  const { context } = run;
  const skipped: string[] = [];
  const sum = await context.cluster.onRoot(async () => {
    const closed = new ClosedNetwork(context, planClosed(source.network, context.memory));
    return closed.value(source.network.members, () => 'sum');
  });
  onWork(0.1);
  const lightCones = await checkLightCones(run, source, skipped);
  onWork(0.4);
  const strings = [...new Set(await sampledStrings(context, source, OUTCOMES, 0))];
  const found = await bitStringProbabilities(context, source, strings);
  const expected = strings.map((bits) => required(found[bits], `the probability of ${bits}`));
  const recut = await checkRecut(run, source, strings, expected);
  if (typeof recut === 'string') skipped.push(`other cuts: ${recut}`);
  onWork(0.9);
  const file =
    hasFile && run.path !== undefined
      ? await checkFile(run, join(run.path, FULL_FILE), source.precision, strings, expected)
      : undefined;
  return {
    normalization: { sum, error: Math.abs(sum - 1) },
    lightCones,
    recut: typeof recut === 'string' ? null : recut,
    ...(file === undefined ? {} : { file }),
    skipped,
  };
}

/** What the checks take at most, about: other cuts are evaluated only where that is predicted to be quick. */
export function predictPartial(): Prediction {
  return {
    seconds: LONGEST_RECUT_SECONDS,
    memoryBytes: uncutBytes(CONE_QUBITS, CONE_BITS, 'double'),
    diskBytes: 0,
  };
}

/** The largest error that counts: absolute for sums and marginals, relative for outcomes. */
export function largestError({ normalization, lightCones, recut, file }: PartialChecks): number {
  return Math.max(
    normalization.error,
    lightCones?.maxAbsError ?? 0,
    recut?.maxRelativeError ?? 0,
    file?.maxRelativeError ?? 0,
  );
}

interface Cone {
  readonly bits: readonly number[];
  readonly circuit: Circuit;
  readonly qubits: number;
}

async function checkLightCones(
  run: OpenRun,
  source: QuerySource,
  skipped: string[],
): Promise<PartialChecks['lightCones']> {
  const { context } = run;
  const found = await context.cluster.onRoot(async () => {
    const { cones, narrowest } = chooseCones(await runCircuit(run), liveBits(run.cutCircuit));
    const exact: number[][] = [];
    for (const { bits, circuit } of cones) {
      const others = circuit.outcomes.flatMap((_, bit) => (bits.includes(bit) ? [] : [bit]));
      const tensor = await simulateLive(context, circuit, liveCircuit(circuit, others), 'double');
      exact.push([...context.native.readTensor(tensor, 0, 2 ** bits.length)]);
    }
    const listed = cones.map(({ bits, qubits, circuit: { gates } }) => ({
      bits,
      qubits,
      gates: gates.length,
    }));
    return { narrowest, cones: listed, exact };
  });
  if (found.cones.length === 0) {
    skipped.push(
      `light cones: the smallest one has ${found.narrowest} qubits, and at most ${CONE_QUBITS} are simulated`,
    );
    return null;
  }
  const marginals = [];
  for (const [i, cone] of found.cones.entries()) {
    const { probabilities } = await marginalDistribution(context, source, cone.bits);
    const exact = found.exact[i] ?? [];
    const maxAbsError = probabilities.reduce(
      (most, p, index) => Math.max(most, Math.abs(p - valueAt(exact, index))),
      0,
    );
    marginals.push({ ...cone, maxAbsError });
  }
  return { marginals, maxAbsError: Math.max(...marginals.map(({ maxAbsError }) => maxAbsError)) };
}

/** The widest light cones that can be simulated, each with all the bits (in ascending order) that lie in it. */
export function chooseCones(
  circuit: Circuit,
  bits: readonly number[],
): { cones: readonly Cone[]; narrowest: number } {
  const all = bits.map((bit) => {
    const cone = lightCone(circuit, [bit]);
    const qubits = new Set(cone.gates.flatMap((gate) => gate.qubits)).add(valueAt(circuit.outcomes, bit));
    return { bit, qubits, gates: cone.gates.length };
  });
  const narrowest = all.reduce((least, { qubits }) => Math.min(least, qubits.size), Infinity);
  const fitting = all
    .filter(({ qubits }) => qubits.size <= CONE_QUBITS)
    .sort((a, b) => b.qubits.size - a.qubits.size || b.gates - a.gates || a.bit - b.bit);
  const covered = new Set<number>();
  const cones: Cone[] = [];
  for (const { bit, qubits } of fitting) {
    if (cones.length === CONES) break;
    if (covered.has(bit)) continue;
    const inside = fitting.filter((other) => other.bit !== bit && isSubset(other.qubits, qubits));
    const chosen = [bit, ...inside.slice(0, CONE_BITS - 1).map((other) => other.bit)].sort((a, b) => a - b);
    for (const one of chosen) covered.add(one);
    const cone = lightCone(circuit, chosen);
    const touched = new Set(cone.gates.flatMap((gate) => gate.qubits));
    for (const one of chosen) touched.add(valueAt(circuit.outcomes, one));
    cones.push({ bits: chosen, circuit: cone, qubits: touched.size });
  }
  return { cones, narrowest };
}

function isSubset(part: ReadonlySet<number>, whole: ReadonlySet<number>): boolean {
  return [...part].every((element) => whole.has(element));
}

/** Values of `results/full.npy` at some outcomes, against what the tensors say. */
async function checkFile(
  { context, cutCircuit: { outcomeBits } }: OpenRun,
  name: string,
  precision: Precision,
  strings: readonly string[],
  expected: readonly number[],
): Promise<NonNullable<PartialChecks['file']>> {
  return context.cluster.onRoot(async () => {
    const width = storedBytes(precision);
    const file = await open(name, 'r');
    try {
      const header = (await file.stat()).size - width * 2 ** outcomeBits;
      const values: number[] = [];
      for (const string of strings) {
        const { buffer } = await file.read(
          Buffer.alloc(width),
          0,
          width,
          header + width * Number.parseInt(string, 2),
        );
        values.push(precision === 'double' ? buffer.readDoubleLE() : buffer.readFloatLE());
      }
      return { outcomes: strings.length, maxRelativeError: relativeError(expected, values) };
    } finally {
      await file.close();
    }
  });
}
