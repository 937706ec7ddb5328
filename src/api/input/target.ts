/** What synthesis and instantiation aim at: a unitary or a state, from a circuit, a .npy file or numbers. */
import { denseState, denseUnitary, MAX_DENSE_QUBITS } from '../../compile/gates/unitary.js';
import { KroncutError } from '../../error.js';
import type { SynthesisTarget } from '../../native/addon.js';
import { Inputs } from '../../run/files/inputs.js';
import { readNpyFile, type ComplexArray } from '../../run/files/readNpy.js';
import { readCircuit, type ReadingContext } from './readCircuit.js';
import { isSource, type CircuitSource } from './source.js';
import { TARGET_OPTIONS, type TargetOptions } from '../options/synthesize.js';
import { checkArgument, checkOptions } from '../../options/option.js';
import { value } from '../../options/readers.js';

/**
 * A file `*.npy` (shape (2^n, 2^n): a unitary; (2^n,) or (2^n, 1): a state; complex128 or float64, index bit i =
 * qubit i), a circuit by file or text, or the numbers themselves.
 */
export type TargetSource = CircuitSource | SynthesisTarget;

const TARGET = value<TargetSource>(
  'the name of a .npy or OpenQASM file, { text: OpenQASM }, or { qubits, kind, values }',
  (given) => isSource(given) || isTarget(given),
);

function isTarget(given: unknown): given is SynthesisTarget {
  if (typeof given !== 'object' || given === null || !('values' in given)) return false;
  if (!('qubits' in given) || typeof given.qubits !== 'number') return false;
  const hasKind = 'kind' in given && (given.kind === 'unitary' || given.kind === 'state');
  return hasKind && given.values instanceof Float64Array;
}

/** Throws `usage` for what is no target at all. */
export function checkTargetSource(source: unknown): void {
  checkArgument('source', TARGET, source);
}

/** How far U^dagger U may be from 1 in an entry, and the norm of a state from 1. */
const TOLERANCE = 1e-8;
/** Numbers of the largest unitary that can be a target. */
const MOST_NUMBERS = 4 ** MAX_DENSE_QUBITS;

/**
 * Reads and checks a target: a `.npy` file, a circuit, or arrays.
 *
 * @throws KroncutError `input` or `usage`, in a sentence, for what is none.
 */
export async function readTarget(
  source: TargetSource,
  options: TargetOptions = {},
): Promise<SynthesisTarget> {
  checkTargetSource(source);
  checkOptions(TARGET_OPTIONS, options);
  return readTargetIn({ inputs: new Inputs() }, source, options);
}

/** The same of arguments that were checked, with what `-` stands for. */
export async function readTargetIn(
  context: ReadingContext,
  source: TargetSource,
  options: TargetOptions,
): Promise<SynthesisTarget> {
  const { kind } = options;
  if (typeof source === 'object' && 'values' in source) return checkTarget(source, 'the target');
  if (typeof source === 'string' && source.endsWith('.npy')) {
    return checkTarget(targetOfArray(await readNpyFile(source, MOST_NUMBERS), source, kind), source);
  }
  const { circuit, name } = await readCircuit(context, source, options);
  if (circuit.qubits > MAX_DENSE_QUBITS) {
    throw new KroncutError(
      'input',
      `${name}: has ${circuit.qubits} qubits, and the matrix of a circuit is made up to ${MAX_DENSE_QUBITS}`,
    );
  }
  return kind === 'state'
    ? { qubits: circuit.qubits, kind, values: denseState(circuit.qubits, circuit.gates) }
    : { qubits: circuit.qubits, kind: 'unitary', values: denseUnitary(circuit.qubits, circuit.gates) };
}

function targetOfArray(
  { shape, values }: ComplexArray,
  name: string,
  asked: TargetOptions['kind'],
): SynthesisTarget {
  const [rows = 1, columns = 1] = shape;
  const kind = columns === 1 ? 'state' : 'unitary';
  const qubits = Math.log2(rows);
  if (!Number.isInteger(qubits) || qubits < 1 || (kind === 'unitary' && columns !== rows)) {
    throw new KroncutError(
      'input',
      `${name}: has shape (${shape.join(', ')}); a unitary of n qubits is 2^n x 2^n, a state 2^n`,
    );
  }
  if (asked !== undefined && asked !== kind) {
    throw new KroncutError('input', `${name}: holds a ${kind}, not a ${asked}`);
  }
  return { qubits, kind, values };
}

function checkTarget(target: SynthesisTarget, name: string): SynthesisTarget {
  const { qubits, kind, values } = target;
  const refuse = (what: string): KroncutError => new KroncutError('input', `${name}: ${what}`);
  if (!Number.isInteger(qubits) || qubits < 1 || qubits > MAX_DENSE_QUBITS) {
    throw refuse(`has ${qubits} qubits; 1 to ${MAX_DENSE_QUBITS} are possible`);
  }
  const order = 2 ** qubits;
  const columns = kind === 'state' ? 1 : order;
  if (values.length !== 2 * order * columns) {
    throw refuse(
      `has ${values.length} numbers; a ${kind} of ${qubits} qubits has ${2 * order * columns}, real and imaginary parts`,
    );
  }
  if (!values.every((value) => Number.isFinite(value)))
    throw refuse('has entries that are not finite numbers');
  for (let i = 0; i < columns; i += 1) {
    for (let j = i; j < columns; j += 1) {
      const [re, im] = columnProduct(values, columns, i, j);
      if (Math.hypot(re - (i === j ? 1 : 0), im) <= TOLERANCE) continue;
      if (kind === 'state') throw refuse(`is not normalised: the squares of its amplitudes add up to ${re}`);
      throw refuse(
        i === j
          ? `is not unitary: the squares in column ${i} add up to ${re}`
          : `is not unitary: columns ${i} and ${j} are not orthogonal`,
      );
    }
  }
  return target;
}

/** Sum over rows of conj(m[row, i]) m[row, j]. */
function columnProduct(m: Float64Array, columns: number, i: number, j: number): readonly [number, number] {
  let [re, im] = [0, 0];
  for (let row = 0; row < m.length / 2; row += columns) {
    const [ar, ai] = [m[2 * (row + i)]!, m[2 * (row + i) + 1]!];
    const [br, bi] = [m[2 * (row + j)]!, m[2 * (row + j) + 1]!];
    re += ar * br + ai * bi;
    im += ar * bi - ai * br;
  }
  return [re, im];
}
