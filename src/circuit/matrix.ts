/**
 * Small dense complex matrices: row-major, real and imaginary part interleaved, so an n x n matrix is a
 * `Float64Array` of 2 n^2. Sizes are those of one- and two-qubit gates; nothing here is meant for states.
 */

/** Order n of a square matrix stored in `matrix`. */
export function orderOf(matrix: Float64Array): number {
  return Math.round(Math.sqrt(matrix.length / 2));
}

export function identityMatrix(order: number): Float64Array {
  const result = new Float64Array(2 * order * order);
  for (let i = 0; i < order; i++) {
    result[2 * (i * order + i)] = 1;
  }
  return result;
}

/** The product `a b` of two square matrices of one order. */
export function multiplyMatrices(a: Float64Array, b: Float64Array): Float64Array {
  const n = orderOf(a);
  const result = new Float64Array(2 * n * n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      const re = a[2 * (i * n + k)]!;
      const im = a[2 * (i * n + k) + 1]!;
      for (let j = 0; j < n; j++) {
        const from = 2 * (k * n + j);
        const to = 2 * (i * n + j);
        result[to] = result[to]! + re * b[from]! - im * b[from + 1]!;
        result[to + 1] = result[to + 1]! + re * b[from + 1]! + im * b[from]!;
      }
    }
  }
  return result;
}

/** The conjugate transpose. */
export function adjointMatrix(a: Float64Array): Float64Array {
  const n = orderOf(a);
  const result = new Float64Array(2 * n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      result[2 * (j * n + i)] = a[2 * (i * n + j)]!;
      result[2 * (j * n + i) + 1] = -a[2 * (i * n + j) + 1]!;
    }
  }
  return result;
}

/** Largest absolute difference of two matrices, over real and imaginary parts. */
export function maxDifference(a: Float64Array, b: Float64Array): number {
  let worst = 0;
  for (let i = 0; i < a.length; i++) {
    worst = Math.max(worst, Math.abs(a[i]! - b[i]!));
  }
  return worst;
}

/** Multiplies a matrix by exp(i angle). */
export function withPhase(a: Float64Array, angle: number): Float64Array {
  const c = Math.cos(angle);
  const s = Math.sin(angle);
  const result = new Float64Array(a.length);
  for (let i = 0; i < a.length; i += 2) {
    result[i] = c * a[i]! - s * a[i + 1]!;
    result[i + 1] = c * a[i + 1]! + s * a[i]!;
  }
  return result;
}

/** Whether `a` = exp(i angle) `b` for some angle. */
export function equalUpToPhase(a: Float64Array, b: Float64Array, tolerance: number): boolean {
  let best = 0;
  for (let i = 2; i < b.length; i += 2) {
    if (Math.hypot(b[i]!, b[i + 1]!) > Math.hypot(b[best]!, b[best + 1]!)) {
      best = i;
    }
  }
  const angle = Math.atan2(a[best + 1]!, a[best]!) - Math.atan2(b[best + 1]!, b[best]!);
  return maxDifference(a, withPhase(b, angle)) <= tolerance;
}

/** The 4x4 matrix of a 2x2 one controlled by the first (lowest) of two qubits: index = control + 2 target. */
export function controlledMatrix(u: Float64Array): Float64Array {
  const result = identityMatrix(4);
  for (let i = 0; i < 2; i++) {
    for (let j = 0; j < 2; j++) {
      const to = 2 * ((1 + 2 * i) * 4 + 1 + 2 * j);
      result[to] = u[2 * (2 * i + j)]!;
      result[to + 1] = u[2 * (2 * i + j) + 1]!;
    }
  }
  return result;
}

/** The angle in (-pi, pi] that equals `angle` modulo 2 pi; values a rounding error above -pi count as pi. */
export function principalAngle(angle: number): number {
  const turn = 2 * Math.PI;
  const wrapped = angle - turn * Math.round(angle / turn);
  return wrapped <= -Math.PI + 1e-12 ? wrapped + turn : wrapped;
}
