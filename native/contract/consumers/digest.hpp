#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/simd.hpp"

namespace kroncut {

/// What one pass over a run of the answer q finds. Sums are added in a fixed tree, that of `pairwise_sum`, so
/// that a run's sum is that of its halves, however it is divided.
struct Digest {
  double sum = 0;  // not finite where a value is not
  double low = 0;
  double high = 0;
  /// Only where asked for:
  double entropy = 0;       // -q ln q, where q > 0 (nats)
  double collision = 0;     // q^2
  double negative_sum = 0;  // q, where q < 0
  std::uint64_t negatives = 0;
};

/// Values that are digested at once, so that they stay in the first-level cache from one consumer to the
/// next.
constexpr std::size_t digest_block = 2048;

/// Digests 1 to `digest_block` values, a power of two of them. `sum`, `low` and `high` are the same at every
/// level; the last bits of the rest may differ from level to level.
[[nodiscard]] Digest digest(std::span<const double> values, bool entropies, SimdLevel level = simd_level());

/// Adds neighbours until one number is left; `count` is a power of two. The sums are overwritten.
double pair_up(double* sums, std::size_t count);

}  // namespace kroncut
