#include "synthesize/qfactor/qfactor_kernels.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "synthesize/problem/linear.hpp"

namespace kroncut::synthesize {

const QfactorKernels& qfactor_kernels([[maybe_unused]] SimdLevel level) noexcept {
#if defined(__x86_64__)
  if (level == SimdLevel::avx512) return avx512::qfactor_kernel_set;
  if (level == SimdLevel::avx2) return avx2::qfactor_kernel_set;
#endif
  return portable::qfactor_kernel_set;
}

namespace {

/// Gauss-Jordan with partial pivoting; false if a pivot vanishes.
bool invert(int d, Complex* matrix, Complex* inverse) {
  std::fill(inverse, inverse + d * d, Complex(0));
  for (int i = 0; i < d; ++i) inverse[i * d + i] = 1;
  for (int c = 0; c < d; ++c) {
    int best = c;
    for (int r = c + 1; r < d; ++r) {
      if (std::norm(matrix[r * d + c]) > std::norm(matrix[best * d + c])) best = r;
    }
    if (!(std::norm(matrix[best * d + c]) > 0)) return false;
    if (best != c) {
      std::swap_ranges(matrix + c * d, matrix + (c + 1) * d, matrix + best * d);
      std::swap_ranges(inverse + c * d, inverse + (c + 1) * d, inverse + best * d);
    }
    const Complex pivot = 1.0 / matrix[c * d + c];
    for (int k = 0; k < d; ++k) {
      matrix[c * d + k] = multiply(matrix[c * d + k], pivot);
      inverse[c * d + k] = multiply(inverse[c * d + k], pivot);
    }
    for (int r = 0; r < d; ++r) {
      if (r == c) continue;
      const Complex factor = matrix[r * d + c];
      for (int k = 0; k < d; ++k) {
        matrix[r * d + k] -= multiply(factor, matrix[c * d + k]);
        inverse[r * d + k] -= multiply(factor, inverse[c * d + k]);
      }
    }
  }
  return true;
}

double norm_square(std::span<const Complex> matrix) {
  double sum = 0;
  for (const Complex& value : matrix) sum += std::norm(value);
  return sum;
}

}  // namespace

void polar_one(int d, double* environment, double* gate) {
  const auto size = static_cast<std::size_t>(d * d);
  std::array<Complex, 64> x{}, copy{}, inverse{};
  for (std::size_t k = 0; k < size; ++k) x[k] = {environment[2 * k], environment[2 * k + 1]};
  const auto used = std::span(x).first(size);
  const double lean = 1e-9 * std::sqrt(norm_square(used)) + 1e-60;
  for (int i = 0; i < d; ++i) {
    for (int j = 0; j < d; ++j) {
      x[static_cast<std::size_t>(i * d + j)] +=
          lean * Complex(gate[2 * (j * d + i)], -gate[2 * (j * d + i) + 1]);
    }
  }
  const double unit = std::sqrt(d / norm_square(used));
  for (Complex& value : used) value *= unit;
  for (int step = 0; step < 40; ++step) {
    copy = x;
    if (!invert(d, copy.data(), inverse.data())) return;
    const double scale = std::pow(norm_square(std::span(inverse).first(size)) / norm_square(used), 0.25);
    double change = 0;
    for (int i = 0; i < d; ++i) {
      for (int j = 0; j < d; ++j) {
        Complex& value = x[static_cast<std::size_t>(i * d + j)];
        const Complex next =
            0.5 * (scale * value + std::conj(inverse[static_cast<std::size_t>(j * d + i)]) / scale);
        change += std::norm(next - value);
        value = next;
      }
    }
    if (!(change > 1e-17)) break;
  }
  for (int i = 0; i < d; ++i) {
    for (int j = 0; j < d; ++j) {
      const Complex value = x[static_cast<std::size_t>(i * d + j)];
      gate[2 * (j * d + i)] = value.real();
      gate[2 * (j * d + i) + 1] = -value.imag();
    }
  }
}

}  // namespace kroncut::synthesize
