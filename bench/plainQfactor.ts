/**
 * QFactor as published (Kukliansky et al. 2023, arXiv:2306.08152), one start, scalar and slow, on matrices as arrays:
 * what the rates of success are measured against. It shares nothing with the addon.
 */
import type { Template } from 'kroncut';

/** Complex matrix, row by row, real and imaginary parts apart. */
interface Matrix {
  readonly size: number;
  readonly re: Float64Array;
  readonly im: Float64Array;
}

interface Placed {
  readonly qubits: readonly number[];
  readonly free: boolean;
  matrix: Matrix;
}

/** The paper's defaults: success, plateau, and less than a tenth gained in 200 iterations. */
const SUCCESS = 1e-10;
const [PLATEAU_A, PLATEAU_R, LEAST_ITERATIONS, WINDOW] = [1e-12, 1e-6, 10, 8];
const [SLOW_SHARE, SLOW_STEP, RESET] = [0.1, 200, 40];

function zeros(size: number): Matrix {
  return { size, re: new Float64Array(size * size), im: new Float64Array(size * size) };
}

function fromInterleaved(size: number, values: Float64Array): Matrix {
  return {
    size,
    re: Float64Array.from({ length: size * size }, (_, k) => values[2 * k] ?? 0),
    im: Float64Array.from({ length: size * size }, (_, k) => values[2 * k + 1] ?? 0),
  };
}

function adjoint({ size, re, im }: Matrix): Matrix {
  const result = zeros(size);
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j < size; j += 1) {
      result.re[i * size + j] = re[j * size + i] ?? 0;
      result.im[i * size + j] = -(im[j * size + i] ?? 0);
    }
  }
  return result;
}

function transposed({ size, re, im }: Matrix): Matrix {
  const { re: back, im: negative } = adjoint({ size, re, im });
  return { size, re: back, im: negative.map((value) => -value) };
}

/** Gate times matrix, the gate on some qubits of the row index. */
function applied(matrix: Matrix, gate: Matrix, qubits: readonly number[]): Matrix {
  const { size } = matrix;
  const result = zeros(size);
  const mask = qubits.reduce((sum, q) => sum | (1 << q), 0);
  const local = (row: number): number => qubits.reduce((sum, q, j) => sum | (((row >> q) & 1) << j), 0);
  const global = (index: number): number => qubits.reduce((sum, q, j) => sum | (((index >> j) & 1) << q), 0);
  for (let row = 0; row < size; row += 1) {
    for (let k = 0; k < gate.size; k += 1) {
      const from = (row & ~mask) | global(k);
      const at = local(row) * gate.size + k;
      const [a, b] = [gate.re[at] ?? 0, gate.im[at] ?? 0];
      if (a === 0 && b === 0) continue;
      for (let column = 0; column < size; column += 1) {
        const [x, y] = [matrix.re[from * size + column] ?? 0, matrix.im[from * size + column] ?? 0];
        const to = row * size + column;
        result.re[to] = (result.re[to] ?? 0) + a * x - b * y;
        result.im[to] = (result.im[to] ?? 0) + a * y + b * x;
      }
    }
  }
  return result;
}

/** Matrix times gate. */
function appliedRight(matrix: Matrix, gate: Matrix, qubits: readonly number[]): Matrix {
  return transposed(applied(transposed(matrix), transposed(gate), qubits));
}

/** E[b, a]: the trace over all other qubits. */
function environment({ size, re, im }: Matrix, qubits: readonly number[]): Matrix {
  const result = zeros(2 ** qubits.length);
  const mask = qubits.reduce((sum, q) => sum | (1 << q), 0);
  const local = (row: number): number => qubits.reduce((sum, q, j) => sum | (((row >> q) & 1) << j), 0);
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      if ((row & ~mask) !== (column & ~mask)) continue;
      const at = local(row) * result.size + local(column);
      result.re[at] = (result.re[at] ?? 0) + (re[row * size + column] ?? 0);
      result.im[at] = (result.im[at] ?? 0) + (im[row * size + column] ?? 0);
    }
  }
  return result;
}

/** Inverse by Gauss and Jordan with pivots; undefined for a singular matrix. */
function inverse(matrix: Matrix): Matrix | undefined {
  const { size } = matrix;
  const rows = Array.from({ length: size }, (_, i) =>
    Array.from({ length: 2 * size }, (__, j): [number, number] =>
      j < size ? [matrix.re[i * size + j] ?? 0, matrix.im[i * size + j] ?? 0] : [j - size === i ? 1 : 0, 0],
    ),
  );
  const entry = (i: number, j: number): readonly [number, number] => rows[i]?.[j] ?? [0, 0];
  for (let k = 0; k < size; k += 1) {
    let pivot = k;
    for (let i = k + 1; i < size; i += 1) {
      if (Math.hypot(...entry(i, k)) > Math.hypot(...entry(pivot, k))) pivot = i;
    }
    const [a, b] = entry(pivot, k);
    const square = a * a + b * b;
    if (!(square > 1e-280)) return undefined;
    const chosen = rows.splice(pivot, 1)[0] ?? [];
    rows.splice(
      k,
      0,
      chosen.map(([x, y]) => [(x * a + y * b) / square, (y * a - x * b) / square]),
    );
    for (let i = 0; i < size; i += 1) {
      if (i === k) continue;
      const [f, g] = entry(i, k);
      rows[i] = (rows[i] ?? []).map(([x, y], j) => {
        const [p, q] = entry(k, j);
        return [x - f * p + g * q, y - f * q - g * p];
      });
    }
  }
  const result = zeros(size);
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j < size; j += 1) {
      [result.re[i * size + j], result.im[i * size + j]] = entry(i, size + j);
    }
  }
  return result;
}

/** The unitary V W^dagger of E = W S V^dagger, by Newton's iteration for the polar factor (Higham 1986). */
function update(environmentMatrix: Matrix): Matrix | undefined {
  let x = adjoint(environmentMatrix);
  for (let step = 0; step < 100; step += 1) {
    const back = inverse(x);
    if (back === undefined) return undefined;
    const other = adjoint(back);
    const norm = (m: Matrix): number => Math.hypot(...m.re, ...m.im);
    const scale = step < 8 ? Math.sqrt(norm(other) / norm(x)) : 1;
    const next = zeros(x.size);
    let change = 0;
    for (let k = 0; k < x.re.length; k += 1) {
      const re = (scale * (x.re[k] ?? 0) + (other.re[k] ?? 0) / scale) / 2;
      const im = (scale * (x.im[k] ?? 0) + (other.im[k] ?? 0) / scale) / 2;
      change = Math.max(change, Math.abs(re - (x.re[k] ?? 0)), Math.abs(im - (x.im[k] ?? 0)));
      next.re[k] = re;
      next.im[k] = im;
    }
    x = next;
    if (change < 1e-15) break;
  }
  return x;
}

/** Control is bit 0 of the index: 1 and 3 change places. */
const CX = Float64Array.from({ length: 32 }, (_, k) => ([0, 14, 20, 26].includes(k) ? 1 : 0));

/** Haar-random: the polar factor of a matrix of normal numbers. */
function randomGate(size: number, random: () => number): Matrix {
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  for (;;) {
    const found = update(fromInterleaved(size, Float64Array.from({ length: 2 * size * size }, normal)));
    if (found !== undefined) return found;
  }
}

/** One start from random gates; the distance that it ends with. Takes `cx`, `u3` and `free` gates. */
export function plainQfactor(
  target: Float64Array,
  { qubits, gates }: Template,
  random: () => number,
): { readonly distance: number; readonly iterations: number } {
  const size = 2 ** qubits;
  const placed = gates.map((gate): Placed => {
    const free = gate.kind !== 'cx';
    const order = 2 ** gate.qubits.length;
    return { qubits: gate.qubits, free, matrix: free ? randomGate(order, random) : fromInterleaved(4, CX) };
  });
  let m = zeros(size);
  const improve = (gate: Placed): void => {
    if (gate.free) gate.matrix = update(environment(m, gate.qubits)) ?? gate.matrix;
  };
  let [before, stepBefore, quiet, slow] = [Infinity, 1, -WINDOW, false];
  for (let iteration = 1; ; iteration += 1) {
    if (iteration % RESET === 1) {
      m = adjoint(fromInterleaved(size, target));
      for (const { matrix, qubits: on } of placed) m = applied(m, matrix, on);
    }
    for (const gate of placed.toReversed()) {
      m = applied(m, adjoint(gate.matrix), gate.qubits);
      improve(gate);
      m = appliedRight(m, gate.matrix, gate.qubits);
    }
    for (const gate of placed) {
      m = appliedRight(m, adjoint(gate.matrix), gate.qubits);
      improve(gate);
      m = applied(m, gate.matrix, gate.qubits);
    }
    let [re, im] = [0, 0];
    for (let i = 0; i < size; i += 1) {
      re += m.re[i * size + i] ?? 0;
      im += m.im[i * size + i] ?? 0;
    }
    const distance = 1 - Math.hypot(re, im) / size;
    if (distance <= SUCCESS || !Number.isFinite(distance)) return { distance, iterations: iteration };
    if (Math.abs(distance - before) <= PLATEAU_A + PLATEAU_R * distance) quiet = iteration;
    before = distance;
    if (iteration % SLOW_STEP === 0) {
      slow = stepBefore - distance < SLOW_SHARE * stepBefore;
      stepBefore = distance;
    }
    if (iteration > LEAST_ITERATIONS && (slow || iteration - quiet < WINDOW)) {
      return { distance, iterations: iteration };
    }
  }
}
