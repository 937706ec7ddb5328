/**
 * How a device errs, as a user says it in a file: depolarizing noise by class or name of a gate, relaxation by T1, T2 and the
 * times that gates take, and readout that mistakes one bit for the other. docs/noise.md has the formulas.
 */
import { z } from 'zod';
import { KroncutError } from '../../error.js';
import { parseJson } from '../../json.js';
import { schemaFault } from '../../run/files/schemaFault.js';
import type { Confusion } from '../../run/tensors/counts.js';

export const NOISE_VERSION = 1;

const probability = z.number().min(0).max(1);
const time = z.number().min(0);
const constant = z.number().positive();

/** A number for each class of gates, and others for gates by their names. */
function byGate<T extends z.ZodType>(value: T) {
  return { oneQubit: value, twoQubit: value, gates: z.record(z.string(), value).optional() };
}

const readout = z.strictObject({ probMeas1Prep0: probability, probMeas0Prep1: probability });

const schema = z.strictObject({
  version: z.literal(NOISE_VERSION),
  depolarizing: z.strictObject(byGate(probability)).optional(),
  relaxation: z.strictObject({ t1: constant, t2: constant, times: z.strictObject(byGate(time)) }).optional(),
  readout: readout.optional(),
  /** What differs for qubits of the original circuit. */
  qubits: z
    .record(
      z.string().regex(/^\d+$/, 'the number of a qubit'),
      z.strictObject({ t1: constant.optional(), t2: constant.optional(), readout: readout.optional() }),
    )
    .optional(),
});

export type NoiseModel = z.infer<typeof schema>;

/** What happens to each qubit of a gate after it (see native/simulate/noisy_program.hpp). */
export interface Damping {
  readonly amplitude: number;
  readonly phase: number;
}

/** Reads a noise file. Throws `input` with the file, the key and what would be right. */
export function readNoiseModel(text: string, file: string): NoiseModel {
  return checkedNoise(parseJson(text, file, `a noise model is an object such as ${EXAMPLE}`), file);
}

const EXAMPLE = '{ "version": 1, "depolarizing": { "oneQubit": 0.001, "twoQubit": 0.01 } }';

/** The model in these data, its keys in one order. Throws `input` as `readNoiseModel` does. */
export function checkedNoise(data: unknown, file: string): NoiseModel {
  const parsed = schema.safeParse(data);
  if (!parsed.success) {
    const fault = schemaFault(parsed.error, { whole: 'the noise model', quote: '"' });
    throw new KroncutError('input', `${file}: ${fault}`);
  }
  const model = parsed.data;
  checkTimes(model, file);
  return model;
}

/** No state stays pure longer than twice as long as it stays excited. */
function checkTimes({ relaxation, qubits = {} }: NoiseModel, file: string): void {
  const refuse = (place: string, t1: number, t2: number): void => {
    if (t2 <= 2 * t1) return;
    throw new KroncutError(
      'input',
      `${file}: "${place}" ${t2} is more than twice t1 ${t1}, which nothing can be`,
    );
  };
  if (relaxation !== undefined) refuse('relaxation.t2', relaxation.t1, relaxation.t2);
  for (const [qubit, own] of Object.entries(qubits)) {
    if (own.t1 === undefined && own.t2 === undefined) continue;
    if (relaxation === undefined) {
      throw new KroncutError(
        'input',
        `${file}: "qubits.${qubit}" has a t1 or t2, but there is no "relaxation" that says what times gates take`,
      );
    }
    refuse(`qubits.${qubit}.t2`, own.t1 ?? relaxation.t1, own.t2 ?? relaxation.t2);
  }
}

/** Depolarizing noise and readout errors alone. */
export function plainNoise(
  depolarizing: readonly [number, number] | undefined,
  readoutError: readonly [number, number] | undefined,
): NoiseModel {
  return {
    version: NOISE_VERSION,
    ...(depolarizing === undefined
      ? {}
      : { depolarizing: { oneQubit: depolarizing[0], twoQubit: depolarizing[1] } }),
    ...(readoutError === undefined
      ? {}
      : { readout: { probMeas1Prep0: readoutError[0], probMeas0Prep1: readoutError[1] } }),
  };
}

interface ByGate {
  readonly oneQubit: number;
  readonly twoQubit: number;
  readonly gates?: Readonly<Record<string, number>> | undefined;
}

function valueFor(
  { oneQubit, twoQubit, gates = {} }: ByGate,
  name: string | undefined,
  qubits: number,
): number {
  const own = name !== undefined && Object.hasOwn(gates, name) ? gates[name] : undefined;
  return own ?? (qubits === 1 ? oneQubit : twoQubit);
}

/** The depolarizing parameter of a gate; one without a name has that of its class. */
export function depolarizingOf(
  { depolarizing }: NoiseModel,
  name: string | undefined,
  qubits: number,
): number {
  return depolarizing === undefined ? 0 : valueFor(depolarizing, name, qubits);
}

/**
 * What relaxation does to a qubit of a gate; `wire` is the qubit of the original circuit, undefined for an ancilla. In time t
 * an excited state decays with probability 1 - exp(-t / T1), and coherences shrink by exp(-t / T2).
 */
export function dampingOf(
  { relaxation, qubits }: NoiseModel,
  name: string | undefined,
  width: number,
  wire: number | undefined,
): Damping {
  if (relaxation === undefined) return { amplitude: 0, phase: 0 };
  const own = wire === undefined ? undefined : qubits?.[String(wire)];
  const elapsed = valueFor(relaxation.times, name, width);
  const left = Math.exp(-elapsed / (own?.t1 ?? relaxation.t1));
  const coherent = Math.exp(-elapsed / (own?.t2 ?? relaxation.t2));
  return { amplitude: 1 - left, phase: Math.max(0, left - coherent ** 2) };
}

/** How the measurement of a qubit errs. */
export function confusionOf({ readout: all, qubits }: NoiseModel, wire: number | undefined): Confusion {
  const own = (wire === undefined ? undefined : qubits?.[String(wire)]?.readout) ?? all;
  return { oneOfZero: own?.probMeas1Prep0 ?? 0, zeroOfOne: own?.probMeas0Prep1 ?? 0 };
}
