/** Whether a compiled circuit is what it should be: measured before anything is written, and its text read back. */
import { gateOf } from '../../circuit/gates.js';
import type { Circuit, Gate } from '../../circuit/circuit.js';
import { circuitHash } from '../../circuit/circuitHash.js';
import { withFencesAs, type Fence, type FreeInput, type Sequence } from '../../circuit/fence.js';
import { readProgram } from '../../circuit/qasm/readQasm.js';
import { writeQasm } from '../../circuit/qasm/writeQasm.js';
import { Random } from '../../circuit/random.js';
import { boundFromAngle, denseUnitary, distanceAngle, unitaryDistance } from '../../compile/gates/unitary.js';
import { KroncutError } from '../../error.js';
import type { Context } from '../../run/context.js';
import { secondsSince } from '../input/openRun.js';
import { alternatingAngle } from './alternatingDistance.js';
import { comparisonWithin, simulatedDistance } from './simulatedDistance.js';

/** Unitaries of so few qubits are multiplied out here, the others by the simulator. */
const MATRIX_QUBITS = 8;

/** Rounding of two products of some hundred gates, as an angle. */
const ROUNDING = 1e-10;

/** Circuits are compared where that takes some seconds: amplitudes times gates. */
const MOST_WORK = 2e10;
/** What takes less than a second. */
const QUICK_WORK = 1e9;
/** Gates of both in turn, where neither fits: amplitudes times gates for some seconds, and for less than one. */
const ALTERNATING_WORK = { most: 2e7, quick: 5e5 };
/** Rounding of many small products and of their splitting, as an angle: 5e-17 as a distance. */
const ALTERNATING_ROUNDING = 1e-8;
/** How far an estimate from a random state may lie above the bound: beyond it, chance is no reason. */
const SAMPLED_FACTOR = 100;

/**
 * Gates with a random one on every qubit of every fence, the same for fences of one number. What a fence does is
 * linear in what it is replaced by, and such products span all operators: two circuits that agree so, by chance alone
 * would differ with the fences themselves.
 */
function withStandIns(sequence: Sequence): Gate[] {
  if (sequence.fences.length === 0) return [...sequence.gates];
  return withFencesAs(sequence, ({ qubits }, number) => {
    const random = new Random(number, 'stand-ins');
    const angle = (): number => 2 * Math.PI * random.next();
    return qubits.map((q) => gateOf('u3', [q], angle(), angle(), angle()));
  });
}

/** What a comparison is about. */
export interface Compared {
  readonly angle: number;
  readonly name: string;
  /** The work was interrupted: the comparison takes a second at most, and does not listen to the signal. */
  readonly isInterrupted?: boolean;
}

/**
 * 1 - |Tr| / 2^n between two circuits of `qubits`, with random gates in the places of fences; beyond the simulator a bound on
 * it from gates taken in turn; null where neither could be had. Throws `verification` where the circuits are further apart than `angle`, or seem to be by a random state.
 */
export async function checkedDistance(
  context: Context,
  qubits: number,
  before: Sequence,
  after: Sequence,
  { angle, name, isInterrupted = false }: Compared,
): Promise<number | null> {
  const [original, compiled] = [withStandIns(before), withStandIns(after)];
  const refuse = (what: string): KroncutError =>
    new KroncutError(
      'verification',
      `the compiled circuit is ${what} away from ${name}, beyond the bound of ${boundFromAngle(angle)}; it is not written`,
    );
  if (qubits <= MATRIX_QUBITS) {
    const measured = unitaryDistance(denseUnitary(qubits, compiled), denseUnitary(qubits, original));
    if (!(distanceAngle(measured) <= angle + ROUNDING)) throw refuse(String(measured));
    return measured;
  }
  const mostWork = isInterrupted ? QUICK_WORK : MOST_WORK;
  const comparison = comparisonWithin(context, qubits, original.length + compiled.length, mostWork);
  const within = isInterrupted ? { ...context, signal: undefined } : context;
  if (comparison === undefined) {
    const { least, most } = await alternatingAngle(qubits, [original, compiled], {
      mostWork: isInterrupted ? ALTERNATING_WORK.quick : ALTERNATING_WORK.most,
      tolerance: angle + ALTERNATING_ROUNDING,
      signal: within.signal,
    });
    if (least > angle + ALTERNATING_ROUNDING) throw refuse(`at least ${boundFromAngle(least)}`);
    // Parts that did not stay small tell nothing; what was rounded away may be as much as the bound.
    return most <= angle + ALTERNATING_ROUNDING ? boundFromAngle(most) : null;
  }
  const distance = await simulatedDistance(within, qubits, [original, compiled], comparison);
  if (comparison.kind === 'whole') {
    if (!(distanceAngle(distance) <= angle + ROUNDING)) throw refuse(String(distance));
    return distance;
  }
  if (!(distance <= SAMPLED_FACTOR * boundFromAngle(angle + ROUNDING))) throw refuse(`about ${distance}`);
  return null;
}

/** Gates of the circuit by which its comparison is timed. */
const TIMED_GATES = 20;
/** Gates of the circuit and of the compiled one, for each gate of the circuit. */
const BOTH_CIRCUITS = 1.4;

/** Seconds that the comparison with the compiled circuit will take, by what a few gates take now. */
export function comparisonSeconds(context: Context, { qubits, gates }: Circuit): number {
  if (gates.length === 0) return 0;
  if (qubits > MATRIX_QUBITS) {
    const comparison = comparisonWithin(context, qubits, BOTH_CIRCUITS * gates.length, MOST_WORK);
    return (comparison?.work ?? 0) * context.calibration.rates.amplitude;
  }
  const some = gates.slice(0, TIMED_GATES);
  const timed = (list: readonly Gate[]): number => {
    const begin = performance.now();
    denseUnitary(qubits, list);
    return secondsSince(begin);
  };
  const [none, few] = [timed([]), timed(some)];
  return 2 * none + (BOTH_CIRCUITS * gates.length * Math.max(0, few - none)) / some.length;
}

/** A compiled circuit as it is to be written. */
export interface ForFile {
  readonly version: 2 | 3;
  readonly fences: readonly Fence[];
  readonly inputs: readonly FreeInput[];
}

/** The circuit as OpenQASM, after the text was read back and found to be the circuit. */
export function checkedText(
  circuit: Circuit,
  file: string,
  { version, fences, inputs }: ForFile = { version: 2, fences: [], inputs: [] },
): string {
  const text = writeQasm(circuit, version, fences, inputs);
  const isPlain = fences.every(({ kind }) => kind === 'barrier');
  const back = readProgram(text, { file, ...(isPlain ? {} : { keeping: { version, always: true } }) });
  const isSame = JSON.stringify([back.fences, back.inputs]) === JSON.stringify([fences, inputs]);
  if (!isSame || circuitHash(back.circuit) !== circuitHash(circuit)) {
    throw new KroncutError(
      'internal',
      `${file} would not be read as the circuit that was compiled; it is not written`,
    );
  }
  return text;
}
