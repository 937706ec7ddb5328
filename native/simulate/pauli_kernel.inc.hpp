// From amplitudes to Pauli components, for the instruction set KRONCUT_LEVEL. Included by kernel_*.cpp.
//
// T(M) turns an operator M on the legs into its Pauli components, leg by leg: with blocks M00, M01, M10, M11
// of a leg (ket, bra), I and Z are T(M00) +- T(M11), X is T(M01) + T(M10), and Y is i (T(M01) - T(M10)) on an
// output, where it is Tr(Y M), and the negative on an input, where it is the coefficient sum of Y_ij M_ij.
// For M = u u^dagger, T is real and T(M10) is the conjugate of T(M01); so the recursion needs only the two
// diagonal blocks and one complex one, every leg costs one addition per number, and all of it happens in
// place.

namespace kroncut::KRONCUT_LEVEL {
namespace {

struct Pauli {
  const PauliTask& task;
  bool stopped = false;

  KRONCUT_TARGET void check(int level) {
    if (level >= 5 && !stopped) stopped = task.cancelled(task.context);
  }

  /// out[lane] = 2^-inputs * sum over the traced values of |u|^2.
  KRONCUT_TARGET void square(std::size_t u, double* __restrict out) {
    const std::size_t lanes = task.lanes;
    const std::size_t flat = task.flat;
    const double* __restrict lr = task.left_re + u * flat;
    const double* __restrict li = task.left_im + u * flat;
    const double* __restrict rr = task.right_re + u * flat;
    const double* __restrict ri = task.right_im + u * flat;
    if (lanes >= 8) {
      for (std::size_t x = 0; x < lanes; ++x) out[x] = 0.5 * (lr[x] * rr[x] + li[x] * ri[x]);
      for (std::size_t s = lanes; s < flat; s += lanes) {
        for (std::size_t x = 0; x < lanes; ++x) {
          out[x] += 0.5 * (lr[s + x] * rr[s + x] + li[s + x] * ri[s + x]);
        }
      }
      return;
    }
    double sum[8] = {};
    for (std::size_t f = 0; f < flat; f += 8) {
      for (std::size_t x = 0; x < 8; ++x) sum[x] += lr[f + x] * rr[f + x] + li[f + x] * ri[f + x];
    }
    for (std::size_t x = 0; x < lanes; ++x) out[x] = 0;
    for (std::size_t x = 0; x < 8; ++x) out[x & (lanes - 1)] += 0.5 * sum[x];
  }

  /// re + i im = 2^(1 - inputs) * sum over the traced values of u conj(w).
  KRONCUT_TARGET void overlap(std::size_t u, std::size_t w, double* __restrict re, double* __restrict im) {
    const std::size_t lanes = task.lanes;
    const std::size_t flat = task.flat;
    const double* __restrict lr = task.left_re + u * flat;
    const double* __restrict li = task.left_im + u * flat;
    const double* __restrict rr = task.right_re + w * flat;
    const double* __restrict ri = task.right_im + w * flat;
    if (lanes >= 8) {
      for (std::size_t x = 0; x < lanes; ++x) {
        re[x] = lr[x] * rr[x] + li[x] * ri[x];
        im[x] = li[x] * rr[x] - lr[x] * ri[x];
      }
      for (std::size_t s = lanes; s < flat; s += lanes) {
        for (std::size_t x = 0; x < lanes; ++x) {
          re[x] += lr[s + x] * rr[s + x] + li[s + x] * ri[s + x];
          im[x] += li[s + x] * rr[s + x] - lr[s + x] * ri[s + x];
        }
      }
      return;
    }
    double sum_re[8] = {};
    double sum_im[8] = {};
    for (std::size_t f = 0; f < flat; f += 8) {
      for (std::size_t x = 0; x < 8; ++x) {
        sum_re[x] += lr[f + x] * rr[f + x] + li[f + x] * ri[f + x];
        sum_im[x] += li[f + x] * rr[f + x] - lr[f + x] * ri[f + x];
      }
    }
    for (std::size_t x = 0; x < lanes; ++x) re[x] = im[x] = 0;
    for (std::size_t x = 0; x < 8; ++x) {
      re[x & (lanes - 1)] += sum_re[x];
      im[x & (lanes - 1)] += sum_im[x];
    }
  }

  KRONCUT_TARGET static void butterfly(double* __restrict plus, double* __restrict minus, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const double a = plus[i];
      const double b = minus[i];
      plus[i] = a + b;
      minus[i] = a - b;
    }
  }

  /// x = p + m, y = i (p - m), where x holds p and y holds m before.
  KRONCUT_TARGET static void twist(double* __restrict x_re, double* __restrict x_im, double* __restrict y_re,
                                   double* __restrict y_im, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const double pr = x_re[i];
      const double pi = x_im[i];
      const double mr = y_re[i];
      const double mi = y_im[i];
      x_re[i] = pr + mr;
      x_im[i] = pi + mi;
      y_re[i] = mi - pi;
      y_im[i] = pr - mr;
    }
  }

  [[nodiscard]] bool is_output(int level) const { return task.legs - level >= task.inputs; }

  /// T(u u^dagger) on the last `level` legs, u being 2^level consecutive vectors.
  KRONCUT_TARGET void hermitian(int level, std::size_t u, double* out) {
    if (level == 0) return square(u, out);
    check(level);
    if (stopped) return;
    const std::size_t half = std::size_t{1} << (level - 1);
    const std::size_t quarter = half * half * task.lanes;
    hermitian(level - 1, u, out);
    hermitian(level - 1, u + half, out + 3 * quarter);
    butterfly(out, out + 3 * quarter, quarter);
    if (is_output(level)) {
      cross(level - 1, u + half, u, out + quarter, out + 2 * quarter);
    } else {
      cross(level - 1, u, u + half, out + quarter, out + 2 * quarter);
    }
  }

  /// T(u w^dagger) on the last `level` legs.
  KRONCUT_TARGET void cross(int level, std::size_t u, std::size_t w, double* re, double* im) {
    if (level == 0) return overlap(u, w, re, im);
    check(level);
    if (stopped) return;
    const std::size_t half = std::size_t{1} << (level - 1);
    const std::size_t quarter = half * half * task.lanes;
    cross(level - 1, u, w, re, im);
    cross(level - 1, u + half, w + half, re + 3 * quarter, im + 3 * quarter);
    butterfly(re, re + 3 * quarter, quarter);
    butterfly(im, im + 3 * quarter, quarter);
    const std::size_t first = is_output(level) ? quarter : 2 * quarter;
    const std::size_t second = 3 * quarter - first;
    cross(level - 1, u, w + half, re + first, im + first);
    cross(level - 1, u + half, w, re + second, im + second);
    twist(re + quarter, im + quarter, re + 2 * quarter, im + 2 * quarter, quarter);
  }
};

}  // namespace

void pauli(const PauliTask& task, double* out) { Pauli{task}.hermitian(task.legs, 0, out); }

}  // namespace kroncut::KRONCUT_LEVEL
