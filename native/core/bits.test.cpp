#include "core/bits.hpp"

#include "core/testing.hpp"

namespace kroncut {
namespace {

bool bit(std::uint64_t value, unsigned position) { return ((value >> position) & 1) != 0; }

/// Bit j of the small number belongs to the j-th set bit of the mask; bits of the large one off the mask are
/// zero.
bool belong_together(std::uint64_t small, std::uint64_t large, std::uint64_t mask) {
  unsigned j = 0;
  for (unsigned position = 0; position < 64; ++position) {
    if (bit(mask, position) ? bit(large, position) != bit(small, j++) : bit(large, position)) return false;
  }
  return j == 64 || (small >> j) == 0;
}

constexpr std::uint64_t masks[] = {0, 1, 0b101100, 0xffff0000ffff0000, 0x8000000000000001, ~std::uint64_t{0}};
constexpr std::uint64_t values[] = {
    0, 1, 0b110101, 0x123456789abcdef0, 0xfedcba9876543210, ~std::uint64_t{0}};

KRONCUT_TEST(bits_are_spread_over_a_mask_and_gathered_again) {
  for (const std::uint64_t mask : masks) {
    for (const std::uint64_t value : values) {
      const std::uint64_t kept = value & low_mask(bit_count(mask));
      KRONCUT_CHECK(belong_together(kept, deposit(value, mask), mask));
      KRONCUT_CHECK(belong_together(extract(value, mask), value & mask, mask));
    }
  }
}

KRONCUT_TEST(a_zero_is_inserted_between_the_bits_below_and_those_from_a_position_on) {
  for (const std::uint64_t value : values) {
    for (int position = 0; position < 63; ++position) {
      const std::uint64_t mask = ~(std::uint64_t{1} << position);
      KRONCUT_CHECK(insert_zero(value, position) == deposit(value, mask));
    }
  }
}

KRONCUT_TEST(masks_of_low_bits) {
  KRONCUT_CHECK(low_mask(0) == 0 && low_mask(3) == 7 && low_mask(64) == ~std::uint64_t{0});
  KRONCUT_CHECK(lowest_bits(0b101100, 2) == 0b001100);
}

}  // namespace
}  // namespace kroncut
