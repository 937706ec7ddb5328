#include "contract/product/naive_kronecker.hpp"

#include <algorithm>

#include "core/parallel.hpp"
#include "core/simd.hpp"

namespace kroncut {
namespace {

using AddScaled = void (*)(double factor, const double* values, double* out, std::size_t size);

[[gnu::always_inline]] inline void add_scaled_loop(double factor, const double* __restrict values,
                                                   double* __restrict out, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) out[i] += factor * values[i];
}

void add_scaled(double factor, const double* values, double* out, std::size_t size) {
  add_scaled_loop(factor, values, out, size);
}

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) void add_scaled_avx2(double factor, const double* values, double* out,
                                                         std::size_t size) {
  add_scaled_loop(factor, values, out, size);
}
__attribute__((target("avx512f,avx512dq,prefer-vector-width=512"))) void add_scaled_avx512(
    double factor, const double* values, double* out, std::size_t size) {
  add_scaled_loop(factor, values, out, size);
}
#endif

AddScaled choose() {
#if defined(__x86_64__)
  if (simd_level() == SimdLevel::avx512) return add_scaled_avx512;
  if (simd_level() == SimdLevel::avx2) return add_scaled_avx2;
#endif
  return add_scaled;
}

}  // namespace

void naive_kronecker(std::size_t rows, std::size_t columns, std::size_t inner, const double* left,
                     const double* right, double* out, int threads, Control& control) {
  const AddScaled add = choose();
  const std::size_t rows_per_task = std::max<std::size_t>(1, (std::size_t{1} << 15) / columns);
  const std::size_t tasks = (rows + rows_per_task - 1) / rows_per_task;
  parallel_for(tasks, threads, [&](std::size_t task, int) {
    const std::size_t last = std::min(rows, (task + 1) * rows_per_task);
    std::fill(out + task * rows_per_task * columns, out + last * columns, 0.0);
  });
  for (std::size_t k = 0; k < inner; ++k) {
    control.check();
    parallel_for(tasks, threads, [&](std::size_t task, int) {
      const std::size_t last = std::min(rows, (task + 1) * rows_per_task);
      for (std::size_t row = task * rows_per_task; row < last; ++row) {
        add(left[row * inner + k], right + k * columns, out + row * columns, columns);
      }
    });
  }
}

}  // namespace kroncut
