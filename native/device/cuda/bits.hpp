#pragma once

#include <cstdint>

#include "core/host_device.hpp"

namespace kroncut::cuda {

/// `value` with a zero bit inserted at `position`; the bits above move up by one.
KRONCUT_HD std::uint64_t insert_zero(std::uint64_t value, int position) {
  const std::uint64_t low = value & ((std::uint64_t{1} << position) - 1);
  return ((value >> position) << (position + 1)) | low;
}

/// Spreads the low bits of `value` over the set bits of `mask`, lowest first (the pdep of x86).
KRONCUT_HD std::uint64_t deposit(std::uint64_t value, std::uint64_t mask) {
  std::uint64_t result = 0;
  while (mask != 0) {
    const std::uint64_t lowest = mask & (~mask + 1);
    if ((value & 1) != 0) result |= lowest;
    value >>= 1;
    mask ^= lowest;
  }
  return result;
}

/// Gathers the bits of `value` at the set bits of `mask` (the pext of x86).
KRONCUT_HD std::uint64_t extract(std::uint64_t value, std::uint64_t mask) {
  std::uint64_t result = 0;
  std::uint64_t bit = 1;
  while (mask != 0) {
    const std::uint64_t lowest = mask & (~mask + 1);
    if ((value & lowest) != 0) result |= bit;
    bit <<= 1;
    mask ^= lowest;
  }
  return result;
}

}  // namespace kroncut::cuda
