/** Frequencies of a subexperiment with noise: a density matrix as a vector of kets and bras, Kraus sums, gate by gate. */
import { gateMatrix } from '../../src/circuit/gates.js';
import { PAULI } from '../../src/circuit/pauli.js';
import type { SubexperimentCircuit } from '../../src/subexperiments/subexperimentCircuit.js';
import type { NoiseModel } from '../../src/subexperiments/noise/noiseModel.js';
import { applyMatrix, zeroState } from './denseSimulator.js';

type Kraus = readonly { readonly matrix: Float64Array; readonly qubits: readonly number[] }[];

/** [recorded bits, the first the lowest] x [outcomes], before they are read; `wires` are the original qubits. */
export function noisyFrequencies(
  { qubits, steps, recorded, outcomes }: SubexperimentCircuit,
  wires: readonly number[],
  noise: NoiseModel,
): Float64Array {
  const result = new Float64Array(2 ** (recorded + outcomes.length));
  for (let pattern = 0; pattern < 2 ** recorded; pattern += 1) {
    let rho = zeroState(2 * qubits);
    for (const step of steps) {
      if (step.kind === 'measure') {
        const bit = (pattern >> step.bit) & 1;
        const matrix = Float64Array.of(1 - bit, 0, 0, 0, 0, 0, bit, 0);
        rho = summed(rho, qubits, [[{ matrix, qubits: [step.qubit] }]]);
        continue;
      }
      const [name, on, matrix] =
        step.kind === 'gate'
          ? [step.gate.name, step.gate.qubits, gateMatrix(step.gate)]
          : [undefined, step.qubits, step.matrix];
      rho = summed(rho, qubits, [[{ matrix, qubits: on }]]);
      rho = summed(rho, qubits, depolarizing(noise, name, on));
      for (const qubit of on) {
        for (const channel of relaxation(noise, name, on.length, qubit, wires[qubit])) {
          rho = summed(rho, qubits, channel);
        }
      }
    }
    for (let i = 0; i < 2 ** qubits; i += 1) {
      const outcome = outcomes.reduce((sum, qubit, bit) => sum + ((i >> qubit) & 1) * 2 ** bit, 0);
      const at = pattern * 2 ** outcomes.length + outcome;
      result[at] = (result[at] ?? 0) + (rho[2 * (i + i * 2 ** qubits)] ?? 0);
    }
  }
  return result;
}

/** Sum of K rho K^dagger. */
function summed(rho: Float64Array, width: number, operators: readonly Kraus[]): Float64Array {
  const sum = new Float64Array(rho.length);
  for (const factors of operators) {
    let term = rho;
    for (const { matrix, qubits } of factors) {
      term = applyMatrix(term, matrix, qubits);
      const conjugate = matrix.map((value, i) => (i % 2 === 0 ? value : -value));
      term = applyMatrix(
        term,
        conjugate,
        qubits.map((qubit) => qubit + width),
      );
    }
    for (const [i, value] of term.entries()) sum[i] = (sum[i] ?? 0) + value;
  }
  return sum;
}

function scaled(matrix: Float64Array, factor: number): Float64Array {
  return matrix.map((value) => factor * value);
}

/** (1 - l) rho + l / 4^k times the sum over all Pauli strings. */
function depolarizing(
  { depolarizing: rates }: NoiseModel,
  name: string | undefined,
  on: readonly number[],
): Kraus[] {
  const own = rates?.gates?.[name ?? ''] ?? (on.length === 1 ? rates?.oneQubit : rates?.twoQubit) ?? 0;
  return Array.from({ length: 4 ** on.length }, (_, string) => {
    const chance = own / 4 ** on.length + (string === 0 ? 1 - own : 0);
    return on.map((qubit, place) => ({
      matrix: scaled(PAULI[pauliNumber((string >> (2 * place)) & 3)], place === 0 ? Math.sqrt(chance) : 1),
      qubits: [qubit],
    }));
  });
}

function pauliNumber(number: number): 0 | 1 | 2 | 3 {
  return number === 0 ? 0 : number === 1 ? 1 : number === 2 ? 2 : 3;
}

/** Decay with T1, and phase flips that make up what T2 has beyond it. */
function relaxation(
  { relaxation: rates, qubits = {} }: NoiseModel,
  name: string | undefined,
  width: number,
  qubit: number,
  wire: number | undefined,
): Kraus[][] {
  if (rates === undefined) return [];
  const own = wire === undefined ? undefined : qubits[wire];
  const [t1, t2] = [own?.t1 ?? rates.t1, own?.t2 ?? rates.t2];
  const time = rates.times.gates?.[name ?? ''] ?? (width === 1 ? rates.times.oneQubit : rates.times.twoQubit);
  const decay = 1 - Math.exp(-time / t1);
  const flip = (1 - Math.exp(-time / t2 + time / (2 * t1))) / 2;
  const one = (matrix: Float64Array): Kraus => [{ matrix, qubits: [qubit] }];
  return [
    [
      one(Float64Array.of(1, 0, 0, 0, 0, 0, Math.sqrt(1 - decay), 0)),
      one(Float64Array.of(0, 0, Math.sqrt(decay), 0, 0, 0, 0, 0)),
    ],
    [one(scaled(PAULI[0], Math.sqrt(1 - flip))), one(scaled(PAULI[3], Math.sqrt(flip)))],
  ];
}
