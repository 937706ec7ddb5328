#pragma once

#include <bit>
#include <cstdint>

#include "core/host_device.hpp"

namespace kroncut {

/// Mask of the lowest `count` bits, count in [0, 64].
constexpr std::uint64_t low_mask(unsigned count) noexcept {
  return count >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
}

/// `value` with a zero bit inserted at `position`; the bits above move up by one.
KRONCUT_HD constexpr std::uint64_t insert_zero(std::uint64_t value, int position) noexcept {
  const std::uint64_t low = value & ((std::uint64_t{1} << position) - 1);
  return ((value >> position) << (position + 1)) | low;
}

/// Spreads the low bits of `value` over the set bits of `mask`, lowest first (the pdep of x86).
KRONCUT_HD constexpr std::uint64_t deposit(std::uint64_t value, std::uint64_t mask) noexcept {
  std::uint64_t result = 0;
  for (; mask != 0; mask &= mask - 1, value >>= 1) {
    if ((value & 1) != 0) result |= mask & (~mask + 1);
  }
  return result;
}

/// Gathers the bits of `value` at the set bits of `mask` into the low bits (the pext of x86).
constexpr std::uint64_t extract(std::uint64_t value, std::uint64_t mask) noexcept {
  std::uint64_t result = 0;
  for (unsigned bit = 0; mask != 0; mask &= mask - 1, ++bit) {
    if ((value & mask & (~mask + 1)) != 0) result |= std::uint64_t{1} << bit;
  }
  return result;
}

/// The lowest `count` set bits of `mask`.
constexpr std::uint64_t lowest_bits(std::uint64_t mask, unsigned count) noexcept {
  return deposit(low_mask(count), mask);
}

constexpr unsigned bit_count(std::uint64_t mask) noexcept {
  return static_cast<unsigned>(std::popcount(mask));
}

}  // namespace kroncut
