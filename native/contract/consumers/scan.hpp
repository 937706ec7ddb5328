#pragma once

#include <cstddef>
#include <span>

#include "core/simd.hpp"

namespace kroncut {

/// Values that are summed in eight running sums before sums are paired.
constexpr std::size_t sum_chunk = 64;

/// One pass over a run, by the widest vectors of this machine. All results are the same at every level.
struct Scans {
  /// Whether no value is NaN or infinite.
  bool (*finite)(const double* values, std::size_t size);
  /// Smallest and largest of at least one finite value.
  void (*range)(const double* values, std::size_t size, double* low, double* high);
  /// Whether any value is >= threshold.
  bool (*reaches)(const double* values, std::size_t size, double threshold);
  /// sums[i] = sum of values[sum_chunk * i ...], for `chunks` whole chunks.
  void (*chunk_sums)(const double* values, std::size_t chunks, double* sums);
};

const Scans& scans(SimdLevel level = simd_level()) noexcept;

/// Sum of 2^n values in a fixed tree: eight running sums within a chunk, pairwise above.
[[nodiscard]] double pairwise_sum(std::span<const double> values);

}  // namespace kroncut
