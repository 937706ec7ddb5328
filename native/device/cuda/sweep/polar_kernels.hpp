#pragma once

#include <cmath>

#include "device/cuda/runtime/complex.hpp"

/// The gate that fits an environment best, by one warp: U = Q^dagger with the unitary polar factor Q of E, so
/// that Re Tr(E U) is largest. Where E is (nearly) singular the old gate decides: E + 1e-9 |E| U^dagger is
/// taken. The same steps as native/synthesize/qfactor/qfactor_kernels.hpp on the processor.
///
/// A warp has `each(count, body)`: body(i) for every i < count, and a barrier behind. What stands between two
/// calls runs on every lane alike, and reads nothing that a lane still writes.
namespace kroncut::cuda {

using Number = Complex<double>;

/// Numbers of working memory that `polar` needs.
constexpr int polar_work = 4 * 64;

KRONCUT_HD Number conjugate(Number a) { return {a.re, -a.im}; }
KRONCUT_HD Number add(Number a, Number b) { return {a.re + b.re, a.im + b.im}; }
KRONCUT_HD Number subtract(Number a, Number b) { return {a.re - b.re, a.im - b.im}; }
KRONCUT_HD Number scaled(double factor, Number a) { return {factor * a.re, factor * a.im}; }
KRONCUT_HD double norm(Number a) { return a.re * a.re + a.im * a.im; }
KRONCUT_HD Number reciprocal(Number a) { return scaled(1 / norm(a), conjugate(a)); }
KRONCUT_HD double norm_square(const Number* matrix, int count) {
  double sum = 0;
  for (int k = 0; k < count; ++k) sum += norm(matrix[k]);
  return sum;
}

/// x = E + 1e-9 |E| U^dagger.
template <class Warp>
KRONCUT_HD void lean(const Warp& warp, int d, const Number* e, const Number* u, Number* x) {
  warp.each(d * d, [&](int k) {
    const double weight = 1e-9 * sqrt(norm_square(e, d * d)) + 1e-60;
    x[k] = add(e[k], scaled(weight, conjugate(u[k % d * d + k / d])));
  });
}

/// In closed form: with E = W S V^dagger, E + e^(i arg det E) adj(E)^dagger is (s1 + s2) W V^dagger.
template <class Warp>
KRONCUT_HD void polar_two(const Warp& warp, const Number* e, Number* u, Number* work) {
  Number* const x = work;
  lean(warp, 2, e, u, x);
  warp.each(1, [&](int) {
    const Number det = subtract(multiply(x[0], x[3]), multiply(x[1], x[2]));
    const Number phase = scaled(1 / sqrt(norm(det) + 1e-300), det);
    const Number q[4] = {
        add(x[0], multiply(phase, conjugate(x[3]))), subtract(x[1], multiply(phase, conjugate(x[2]))),
        subtract(x[2], multiply(phase, conjugate(x[1]))), add(x[3], multiply(phase, conjugate(x[0])))};
    const double scale = 1 / sqrt(norm_square(q, 4) / 2);
    for (int k = 0; k < 4; ++k) u[k % 2 * 2 + k / 2] = scaled(scale, conjugate(q[k]));
  });
}

/// Cofactor number k (row-major) of a 4 x 4 matrix.
KRONCUT_HD Number cofactor_four(const Number* x, int k) {
  const int row = k / 4;
  const int column = k % 4;
  const int r[3] = {row < 1 ? 4 : 0, row < 2 ? 8 : 4, row < 3 ? 12 : 8};
  const int c[3] = {column < 1 ? 1 : 0, column < 2 ? 2 : 1, column < 3 ? 3 : 2};
  Number sum = {0, 0};
  for (int j = 0; j < 3; ++j) {
    const int p = c[j == 0 ? 1 : 0];
    const int q = c[j == 2 ? 1 : 2];
    const Number minor = subtract(multiply(x[r[1] + p], x[r[2] + q]), multiply(x[r[1] + q], x[r[2] + p]));
    const Number product = multiply(x[r[0] + c[j]], minor);
    sum = j == 1 ? subtract(sum, product) : add(sum, product);
  }
  return (row + column) % 2 == 0 ? sum : scaled(-1, sum);
}

/// inverse = copy^-1 by Gauss-Jordan with partial pivoting, d x d; `copy` is used up, `extra` holds d + 1
/// numbers. False, on all lanes, if a pivot vanishes.
template <class Warp>
KRONCUT_HD bool eliminate(const Warp& warp, int d, Number* copy, Number* inverse, Number* extra) {
  warp.each(d * d, [&](int k) { inverse[k] = {k % (d + 1) == 0 ? 1.0 : 0.0, 0}; });
  for (int c = 0; c < d; ++c) {
    warp.each(1, [&](int) {
      int best = c;
      for (int r = c + 1; r < d; ++r) {
        if (norm(copy[d * r + c]) > norm(copy[d * best + c])) best = r;
      }
      extra[d] = {static_cast<double>(best), norm(copy[d * best + c])};
    });
    if (!(extra[d].im > 0)) return false;
    const int best = static_cast<int>(extra[d].re);
    warp.each(2 * d, [&](int k) {
      Number* const matrix = k < d ? copy : inverse;
      const Number old = matrix[d * c + k % d];
      matrix[d * c + k % d] = matrix[d * best + k % d];
      matrix[d * best + k % d] = old;
    });
    warp.each(d, [&](int r) { extra[r] = copy[d * r + c]; });
    warp.each(2 * d, [&](int k) {
      Number* const matrix = k < d ? copy : inverse;
      const int at = d * c + k % d;
      matrix[at] = multiply(matrix[at], reciprocal(extra[c]));
    });
    warp.each(2 * d * d, [&](int item) {
      const int r = item / (2 * d);
      const int k = item % d;
      if (r == c) return;
      Number* const matrix = item % (2 * d) < d ? copy : inverse;
      matrix[d * r + k] = subtract(matrix[d * r + k], multiply(extra[r], matrix[d * c + k]));
    });
  }
  return true;
}

/// Newton's iteration X <- (m X + X^(-dagger) / m) / 2 with Frobenius scaling (Higham 1986), a lane for each
/// entry. Inverses are made of cofactors, and by elimination only where those would lose digits: in the first
/// steps of an environment that is nearly singular.
template <class Warp>
KRONCUT_HD void polar_four(const Warp& warp, const Number* e, Number* u, Number* work) {
  constexpr double least_det_square = 1e-4;
  Number* const copy = work;
  Number* const inverse = work + 16;
  Number* const extra = work + 32;
  Number* const cofactors = work + 64;
  Number* x = work + 128;
  Number* next = work + 192;
  lean(warp, 4, e, u, copy);
  warp.each(16, [&](int k) { x[k] = scaled(2 / sqrt(norm_square(copy, 16)), copy[k]); });
  for (int step = 0; step < 24; ++step) {
    warp.each(16, [&](int k) { cofactors[k] = cofactor_four(x, k); });
    Number det = multiply(x[0], cofactors[0]);
    for (int j = 1; j < 4; ++j) det = multiply_add(x[j], cofactors[j], det);
    if (!(norm(det) > least_det_square)) {
      warp.each(16, [&](int k) { copy[k] = x[k]; });
      if (!eliminate(warp, 4, copy, inverse, extra)) return;
      warp.each(16, [&](int k) { cofactors[k] = inverse[k % 4 * 4 + k / 4]; });
      det = {1, 0};
    }
    warp.each(16, [&](int k) {
      const double above = norm_square(cofactors, 16) / norm(det);
      const double scale = sqrt(sqrt(above / norm_square(x, 16)));
      const Number other = conjugate(multiply(cofactors[k], reciprocal(det)));
      next[k] = scaled(0.5, add(scaled(scale, x[k]), scaled(1 / scale, other)));
    });
    double change = 0;
    for (int k = 0; k < 16; ++k) change += norm(subtract(next[k], x[k]));
    Number* const old = x;
    x = next;
    next = old;
    if (!(change > 1e-17)) break;
  }
  warp.each(16, [&](int k) { u[k % 4 * 4 + k / 4] = conjugate(x[k]); });
}

/// As `polar_four`, by elimination alone.
template <class Warp>
KRONCUT_HD void polar_eight(const Warp& warp, const Number* e, Number* u, Number* work) {
  Number* const x = work;
  Number* const copy = work + 64;
  Number* const inverse = work + 128;
  Number* const extra = work + 192;
  lean(warp, 8, e, u, copy);
  warp.each(64, [&](int k) { x[k] = scaled(sqrt(8 / norm_square(copy, 64)), copy[k]); });
  for (int step = 0; step < 40; ++step) {
    warp.each(64, [&](int k) { copy[k] = x[k]; });
    if (!eliminate(warp, 8, copy, inverse, extra)) return;
    const double scale = sqrt(sqrt(norm_square(inverse, 64) / norm_square(x, 64)));
    warp.each(64, [&](int k) {
      const Number other = conjugate(inverse[k % 8 * 8 + k / 8]);
      copy[k] = scaled(0.5, add(scaled(scale, x[k]), scaled(1 / scale, other)));
    });
    double change = 0;
    for (int k = 0; k < 64; ++k) change += norm(subtract(copy[k], x[k]));
    // A lane may still be reading x above: only what follows the next barrier writes it.
    warp.each(1, [](int) {});
    warp.each(64, [&](int k) { x[k] = copy[k]; });
    if (!(change > 1e-17)) break;
  }
  warp.each(64, [&](int k) { u[k % 8 * 8 + k / 8] = conjugate(x[k]); });
}

/// d is 2, 4 or 8; `e` stays as it is.
template <class Warp>
KRONCUT_HD void polar(const Warp& warp, int d, const Number* e, Number* u, Number* work) {
  if (d == 2) {
    polar_two(warp, e, u, work);
  } else if (d == 4) {
    polar_four(warp, e, u, work);
  } else {
    polar_eight(warp, e, u, work);
  }
}

}  // namespace kroncut::cuda
