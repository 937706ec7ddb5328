#include "contract/consumers/scan.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace kroncut {
namespace {

constexpr std::size_t lanes = 8;
/// Eight doubles, in as many registers as the instruction set needs; read from any address.
using Vector [[gnu::vector_size(64)]] = double;
using Unaligned [[gnu::vector_size(64), gnu::aligned(8), gnu::may_alias]] = double;

[[gnu::always_inline]] inline const Unaligned& load(const double* values) {
  return *reinterpret_cast<const Unaligned*>(values);
}

/// Comparisons of vectors that are wider than the registers are done number by number.
template <std::size_t width>
struct Register {
  using Vector [[gnu::vector_size(8 * width)]] = double;
  using Unaligned [[gnu::vector_size(8 * width), gnu::aligned(8), gnu::may_alias]] = double;
  using Mask [[gnu::vector_size(8 * width)]] = long;

  [[gnu::always_inline]] static const Unaligned& load(const double* values) {
    return *reinterpret_cast<const Unaligned*>(values);
  }
};

double add_lanes(const double* sum) {
  return ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]));
}

/// x - x is zero for finite numbers and NaN for all others.
[[gnu::always_inline]] inline bool finite_loop(const double* values, std::size_t size) {
  Vector poison = {};
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes) poison += load(values + i) - load(values + i);
  double sum = 0;
  for (std::size_t lane = 0; lane < lanes; ++lane) sum += poison[lane];
  for (; i < size; ++i) sum += values[i] - values[i];
  return sum == 0;
}

template <std::size_t width>
[[gnu::always_inline]] inline void range_loop(const double* values, std::size_t size, double* low,
                                              double* high) {
  double least = values[0];
  double most = values[0];
  std::size_t i = 0;
  if (size >= width) {
    using Wide = typename Register<width>::Vector;
    Wide smallest = Register<width>::load(values);
    Wide largest = smallest;
    for (i = width; i + width <= size; i += width) {
      const Wide next = Register<width>::load(values + i);
      smallest = next < smallest ? next : smallest;
      largest = next > largest ? next : largest;
    }
    for (std::size_t lane = 0; lane < width; ++lane) {
      least = std::min(least, static_cast<double>(smallest[lane]));
      most = std::max(most, static_cast<double>(largest[lane]));
    }
  }
  for (; i < size; ++i) {
    least = std::min(least, values[i]);
    most = std::max(most, values[i]);
  }
  *low = least;
  *high = most;
}

template <std::size_t width>
[[gnu::always_inline]] inline bool reaches_loop(const double* values, std::size_t size, double threshold) {
  typename Register<width>::Mask found = {};
  std::size_t i = 0;
  for (; i + width <= size; i += width) found |= Register<width>::load(values + i) >= threshold;
  long any = 0;
  for (std::size_t lane = 0; lane < width; ++lane) any |= found[lane];
  for (; i < size; ++i) any |= static_cast<long>(values[i] >= threshold);
  return any != 0;
}

[[gnu::always_inline]] inline void chunk_sums_loop(const double* values, std::size_t chunks, double* sums) {
  for (std::size_t chunk = 0; chunk < chunks; ++chunk, values += sum_chunk) {
    Vector sum = load(values);
    for (std::size_t i = lanes; i < sum_chunk; i += lanes) sum += load(values + i);
    const std::array<double, lanes> parts{sum[0], sum[1], sum[2], sum[3], sum[4], sum[5], sum[6], sum[7]};
    sums[chunk] =
        ((parts[0] + parts[4]) + (parts[2] + parts[6])) + ((parts[1] + parts[5]) + (parts[3] + parts[7]));
  }
}

/// Defines the four functions for one instruction set.
#define KRONCUT_SCANS(name, width, attribute)                                                                \
  attribute bool finite_##name(const double* values, std::size_t size) { return finite_loop(values, size); } \
  attribute void range_##name(const double* values, std::size_t size, double* low, double* high) {           \
    range_loop<width>(values, size, low, high);                                                              \
  }                                                                                                          \
  attribute bool reaches_##name(const double* values, std::size_t size, double threshold) {                  \
    return reaches_loop<width>(values, size, threshold);                                                     \
  }                                                                                                          \
  attribute void chunk_sums_##name(const double* values, std::size_t chunks, double* sums) {                 \
    chunk_sums_loop(values, chunks, sums);                                                                   \
  }                                                                                                          \
  constexpr Scans scans_##name{finite_##name, range_##name, reaches_##name, chunk_sums_##name};

KRONCUT_SCANS(portable, 2, )
#if defined(__x86_64__)
KRONCUT_SCANS(avx2, 4, __attribute__((target("avx2"))))
KRONCUT_SCANS(avx512, 8, __attribute__((target("avx512f,avx512dq"))))
#endif
#undef KRONCUT_SCANS

}  // namespace

const Scans& scans(SimdLevel level) noexcept {
#if defined(__x86_64__)
  if (level == SimdLevel::avx512) return scans_avx512;
  if (level == SimdLevel::avx2) return scans_avx2;
#else
  static_cast<void>(level);
#endif
  return scans_portable;
}

double pairwise_sum(std::span<const double> values) {
  if (values.size() < sum_chunk) {
    double sum[lanes] = {};
    for (std::size_t i = 0; i < values.size(); ++i) sum[i % lanes] += values[i];
    return add_lanes(sum);
  }
  // Larger runs are the sum of their halves, so that a run's sum does not depend on how it is divided.
  constexpr std::size_t buffered = 64;
  if (values.size() > buffered * sum_chunk) {
    const std::size_t half = values.size() / 2;
    return pairwise_sum(values.first(half)) + pairwise_sum(values.subspan(half));
  }
  double sums[buffered];
  std::size_t count = values.size() / sum_chunk;
  scans().chunk_sums(values.data(), count, sums);
  for (; count > 1; count /= 2) {
    for (std::size_t i = 0; i < count / 2; ++i) sums[i] = sums[2 * i] + sums[2 * i + 1];
  }
  return sums[0];
}

}  // namespace kroncut
