/** The tensor of a subcircuit straight from its definition (Peng et al. 2019, Eq. 2), for a handful of qubits. */
import type { Subcircuit } from '../../src/cut/model/cutCircuit.js';
import { runGates } from './denseSimulator.js';

interface Complex {
  readonly re: number;
  readonly im: number;
}

const ZERO: Complex = { re: 0, im: 0 };
const ONE: Complex = { re: 1, im: 0 };
const MINUS: Complex = { re: -1, im: 0 };
const I: Complex = { re: 0, im: 1 };
const MINUS_I: Complex = { re: 0, im: -1 };

/** Row-major entries of I, X, Y, Z. */
const PAULI: readonly (readonly Complex[])[] = [
  [ONE, ZERO, ZERO, ONE],
  [ZERO, ONE, ONE, ZERO],
  [ZERO, MINUS_I, I, ZERO],
  [ONE, ZERO, ZERO, MINUS],
];

function times(a: Complex, b: Complex): Complex {
  return { re: a.re * b.re - a.im * b.im, im: a.re * b.im + a.im * b.re };
}

function digits(value: number, count: number, base: number): number[] {
  // The first leg runs slowest.
  return Array.from({ length: count }, (_, i) => Math.floor(value / base ** (count - 1 - i)) % base);
}

/**
 * Values in the layout of `tensors/N.npy`: input legs, output legs, outcomes. An input leg holds the response to the
 * prepared operator P/2, an output leg Tr(P rho).
 */
export function referenceTensor(subcircuit: Subcircuit): Float64Array {
  const { width, gates, inputs, outputs, outcomes } = subcircuit;
  const states = Array.from({ length: 2 ** inputs.length }, (_, x) => {
    const start = new Float64Array(2 * 2 ** width);
    const index = inputs.reduce((sum, { qubit }, k) => sum + ((x >> k) & 1) * 2 ** qubit, 0);
    start[2 * index] = 1;
    return runGates(width, gates, start);
  });
  const outcomeCount = 2 ** outcomes.length;
  const result = new Float64Array(4 ** (inputs.length + outputs.length) * outcomeCount);
  const outputMask = outputs.reduce((mask, { qubit }) => mask | (1 << qubit), 0);
  for (const [x, left] of states.entries()) {
    for (const [y, right] of states.entries()) {
      for (let i = 0; i < 2 ** width; i += 1) {
        for (let k = 0; k < 2 ** outputs.length; k += 1) {
          const j =
            (i & ~outputMask) | outputs.reduce((sum, { qubit }, m) => sum | (((k >> m) & 1) << qubit), 0);
          // rho[i, j] of the (x, y) element of the input.
          const rho = times(
            { re: left[2 * i] ?? 0, im: left[2 * i + 1] ?? 0 },
            { re: right[2 * j] ?? 0, im: -(right[2 * j + 1] ?? 0) },
          );
          if (rho.re === 0 && rho.im === 0) continue;
          const outcome = outcomes.reduce((sum, { qubit }, b) => sum | (((i >> qubit) & 1) << b), 0);
          addPaulis(rho, x, y, i, j, outcome);
        }
      }
    }
  }
  return result;

  function addPaulis(rho: Complex, x: number, y: number, i: number, j: number, outcome: number): void {
    const legs = inputs.length + outputs.length;
    for (let paulis = 0; paulis < 4 ** legs; paulis += 1) {
      let value = rho;
      for (const [leg, pauli] of digits(paulis, legs, 4).entries()) {
        const matrix = PAULI[pauli] ?? [];
        const output = outputs[leg - inputs.length];
        if (output === undefined) {
          const entry = matrix[2 * ((x >> leg) & 1) + ((y >> leg) & 1)] ?? ZERO;
          value = times(value, { re: entry.re / 2, im: entry.im / 2 });
        } else {
          value = times(value, matrix[2 * ((j >> output.qubit) & 1) + ((i >> output.qubit) & 1)] ?? ZERO);
        }
      }
      const at = paulis * outcomeCount + outcome;
      result[at] = (result[at] ?? 0) + value.re;
    }
  }
}
