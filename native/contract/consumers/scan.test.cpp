#include "contract/consumers/scan.hpp"

#include <algorithm>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include "core/test_values.hpp"
#include "core/testing.hpp"

namespace kroncut {
namespace {

std::vector<double> seeded_values(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  return uniform_values(size, random);
}

}  // namespace

KRONCUT_TEST(scans_match_the_standard_library_at_every_level) {
  for (const SimdLevel level : simd_levels()) {
    const Scans& scan = scans(level);
    for (std::size_t size = 1; size < 70; ++size) {
      auto values = seeded_values(size + 1, size);
      const double* const data = values.data() + 1;
      double low = 0;
      double high = 0;
      scan.range(data, size, &low, &high);
      KRONCUT_CHECK(low == *std::min_element(data, data + size));
      KRONCUT_CHECK(high == *std::max_element(data, data + size));
      KRONCUT_CHECK(scan.reaches(data, size, high));
      KRONCUT_CHECK(!scan.reaches(data, size, high + 1e-9));
      KRONCUT_CHECK(scan.finite(data, size));
      for (std::size_t i = 0; i < size; ++i) {
        for (const double bad :
             {std::numeric_limits<double>::quiet_NaN(), -std::numeric_limits<double>::infinity()}) {
          const double good = std::exchange(values[i + 1], bad);
          KRONCUT_CHECK(!scan.finite(data, size));
          values[i + 1] = good;
        }
      }
    }
  }
}

KRONCUT_TEST(chunk_sums_are_equal_at_every_level) {
  const auto values = seeded_values(10 * sum_chunk, 3);
  std::vector<double> reference(10);
  scans(SimdLevel::portable).chunk_sums(values.data(), 10, reference.data());
  for (std::size_t chunk = 0; chunk < 10; ++chunk) {
    double sum = 0;
    for (std::size_t i = 0; i < sum_chunk; ++i) sum += values[chunk * sum_chunk + i];
    KRONCUT_CHECK_NEAR(reference[chunk], sum, 1e-13);
  }
  for (const SimdLevel level : simd_levels()) {
    std::vector<double> sums(10);
    scans(level).chunk_sums(values.data(), 10, sums.data());
    KRONCUT_CHECK(sums == reference);
  }
}

KRONCUT_TEST(pairwise_sum_is_the_sum_of_the_halves) {
  for (unsigned bits = 0; bits < 16; ++bits) {
    const auto values = seeded_values(std::size_t{1} << bits, bits);
    long double sum = 0;
    for (const double value : values) sum += value;
    KRONCUT_CHECK_NEAR(pairwise_sum(values), static_cast<double>(sum), 1e-12);
    const std::span<const double> all(values);
    if (bits > 6) {
      KRONCUT_CHECK(pairwise_sum(values) ==
                    pairwise_sum(all.first(all.size() / 2)) + pairwise_sum(all.last(all.size() / 2)));
    }
  }
}

}  // namespace kroncut
