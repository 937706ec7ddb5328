#include "bench/limits.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>

#include "core/parallel.hpp"
#include "core/simd.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace kroncut {
namespace {

/// Doubles of an array that a thread takes at once.
constexpr std::size_t chunk = std::size_t{1} << 15;
constexpr std::size_t multiply_add_rounds = std::size_t{1} << 20;

/// One instruction set's loops. Sizes are multiples of 8, pointers aligned to 64 bytes.
struct Loops {
  void (*write)(double* out, std::size_t size);
  void (*triad)(const double* a, const double* b, double* out, std::size_t size);
  void (*in_place)(double* values, std::size_t size);
  /// Returns a value that depends on all results; `flops` is the work of one round.
  double (*multiply_add)(std::size_t rounds);
  double flops;
};

void write_portable(double* out, std::size_t size) { std::fill(out, out + size, 1.0); }
void triad_portable(const double* __restrict a, const double* __restrict b, double* __restrict out,
                    std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) out[i] = a[i] + 0.5 * b[i];
}
[[gnu::always_inline]] inline void scale(double* values, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) values[i] *= -1.0;
}
void in_place_portable(double* values, std::size_t size) { scale(values, size); }
double multiply_add_portable(std::size_t rounds) {
  constexpr std::size_t chains = 16;
  double sums[chains] = {};
  for (std::size_t round = 0; round < rounds; ++round) {
    for (double& sum : sums) sum = sum * 0.5 + 1.0;
  }
  double total = 0;
  for (const double sum : sums) total += sum;
  return total;
}

#if defined(__x86_64__)

#define KRONCUT_NAME(loop) loop##_avx2
#define KRONCUT_TARGET __attribute__((target("avx2,fma")))
#define KRONCUT_VECTOR __m256d
#define KRONCUT_PD(operation) _mm256_##operation##_pd
#define KRONCUT_CHAINS 12
#include "bench/limits_vector.inc.hpp"

#define KRONCUT_NAME(loop) loop##_avx512
#define KRONCUT_TARGET __attribute__((target("avx512f,avx512dq,prefer-vector-width=512")))
#define KRONCUT_VECTOR __m512d
#define KRONCUT_PD(operation) _mm512_##operation##_pd
#define KRONCUT_CHAINS 16
#include "bench/limits_vector.inc.hpp"

#endif

const Loops& loops() {
  static constexpr Loops portable{write_portable, triad_portable, in_place_portable, multiply_add_portable,
                                  16 * 2};
#if defined(__x86_64__)
  static constexpr Loops avx2{write_avx2, triad_avx2, in_place_avx2, multiply_add_avx2, 12 * 4 * 2};
  static constexpr Loops avx512{write_avx512, triad_avx512, in_place_avx512, multiply_add_avx512, 16 * 8 * 2};
  if (simd_level() == SimdLevel::avx512) return avx512;
  if (simd_level() == SimdLevel::avx2) return avx2;
#endif
  return portable;
}

template <class Body>
double time_chunks(std::size_t size, int threads, const Body& body) {
  const double start = now();
  parallel_for((size + chunk - 1) / chunk, threads,
               [&](std::size_t task, int) { body(task * chunk, std::min(chunk, size - task * chunk)); });
  return now() - start;
}

}  // namespace

double now() noexcept {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

KernelTiming measure_write(double* out, std::size_t size, int threads) {
  const double seconds = time_chunks(
      size, threads, [&](std::size_t first, std::size_t count) { loops().write(out + first, count); });
  return {seconds, 8.0 * static_cast<double>(size), 0};
}

KernelTiming measure_triad(const double* a, const double* b, double* out, std::size_t size, int threads) {
  const double seconds = time_chunks(size, threads, [&](std::size_t first, std::size_t count) {
    loops().triad(a + first, b + first, out + first, count);
  });
  return {seconds, 24.0 * static_cast<double>(size), 2.0 * static_cast<double>(size)};
}

KernelTiming measure_in_place(double* values, std::size_t size, int threads) {
  const double seconds = time_chunks(
      size, threads, [&](std::size_t first, std::size_t count) { loops().in_place(values + first, count); });
  return {seconds, 16.0 * static_cast<double>(size), static_cast<double>(size)};
}

KernelTiming measure_multiply_add(int threads) {
  const auto tasks = static_cast<std::size_t>(std::max(1, threads)) * 8;
  std::atomic<double> sink{0};
  const double start = now();
  parallel_for(tasks, threads, [&](std::size_t, int) {
    sink.store(loops().multiply_add(multiply_add_rounds / 8), std::memory_order_relaxed);
  });
  const double seconds = now() - start;
  const double rounds = static_cast<double>(tasks) * static_cast<double>(multiply_add_rounds / 8);
  return {seconds, 0, rounds * loops().flops};
}

}  // namespace kroncut
