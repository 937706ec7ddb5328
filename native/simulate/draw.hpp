#pragma once

#include <cstdint>

namespace kroncut {

/// Random numbers of one stream: xoshiro256** (Blackman and Vigna 2021), its state filled by splitmix64; the
/// same on every platform.
class RandomStream {
 public:
  explicit RandomStream(std::uint64_t seed) noexcept;

  [[nodiscard]] std::uint64_t bits() noexcept;
  /// From 0 (included) to 1 (excluded).
  [[nodiscard]] double uniform() noexcept { return static_cast<double>(bits() >> 11) * 0x1p-53; }
  /// A binomial number: by waits between successes (Devroye 1986, X.4.3) where few are expected, else by
  /// transformed rejection (BTRS, Hoermann 1993).
  [[nodiscard]] std::uint64_t binomial(std::uint64_t trials, double probability) noexcept;

 private:
  std::uint64_t state_[4];
};

}  // namespace kroncut
