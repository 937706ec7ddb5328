#include "contract/consumers/digest.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "contract/consumers/scan.hpp"
#include "core/test_values.hpp"
#include "core/testing.hpp"

namespace kroncut {
namespace {

/// Values of all magnitudes, with zeros and negative ones among them, and stretches without positive ones.
std::vector<double> random_values(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> exponent(-60, 0);
  std::vector<double> values(size);
  for (std::size_t i = 0; i < size; ++i) {
    const double value = std::exp2(exponent(random));
    const auto kind = random() % 8;
    values[i] = kind == 0 ? 0 : kind == 1 || i / 16 % 5 == 0 ? -value : value;
  }
  return values;
}

}  // namespace

KRONCUT_TEST(digests_match_the_definitions_at_every_level) {
  for (unsigned bits = 0; bits <= 11; ++bits) {
    const std::size_t size = std::size_t{1} << bits;
    auto values = random_values(size + 1, bits);
    const std::span<const double> run(values.data() + 1, size);
    long double sum = 0;
    long double entropy = 0;
    long double collision = 0;
    long double negative = 0;
    std::uint64_t negatives = 0;
    for (const double q : run) {
      sum += q;
      collision += static_cast<long double>(q) * q;
      if (q > 0) entropy -= q * std::log(static_cast<long double>(q));
      if (q < 0) negative += q;
      if (q < 0) ++negatives;
    }
    for (const SimdLevel level : simd_levels()) {
      for (const bool entropies : {false, true}) {
        const Digest found = digest(run, entropies, level);
        KRONCUT_CHECK(found.sum == pairwise_sum(run));
        KRONCUT_CHECK_NEAR(found.sum, static_cast<double>(sum), 1e-13 * static_cast<double>(size));
        KRONCUT_CHECK(found.low == *std::min_element(run.begin(), run.end()));
        KRONCUT_CHECK(found.high == *std::max_element(run.begin(), run.end()));
        if (!entropies) continue;
        const double tolerance = 1e-15 * static_cast<double>(size);
        KRONCUT_CHECK_NEAR(found.entropy, static_cast<double>(entropy), tolerance);
        KRONCUT_CHECK_NEAR(found.collision, static_cast<double>(collision), tolerance);
        KRONCUT_CHECK_NEAR(found.negative_sum, static_cast<double>(negative), tolerance);
        KRONCUT_CHECK(found.negatives == negatives);
      }
    }
  }
}

KRONCUT_TEST(digests_of_halves_add_up_to_that_of_the_whole) {
  const auto values = random_values(digest_block, 77);
  const std::span<const double> all(values);
  for (const SimdLevel level : simd_levels()) {
    for (std::size_t size = digest_block; size > sum_chunk; size /= 2) {
      const Digest whole = digest(all.first(size), true, level);
      const Digest first = digest(all.first(size / 2), true, level);
      const Digest second = digest(all.subspan(size / 2, size / 2), true, level);
      KRONCUT_CHECK(whole.sum == first.sum + second.sum);
      KRONCUT_CHECK(whole.entropy == first.entropy + second.entropy);
      KRONCUT_CHECK(whole.collision == first.collision + second.collision);
      KRONCUT_CHECK(whole.negative_sum == first.negative_sum + second.negative_sum);
      KRONCUT_CHECK(whole.negatives == first.negatives + second.negatives);
    }
  }
}

KRONCUT_TEST(a_value_that_is_not_finite_shows_in_the_sum) {
  for (const SimdLevel level : simd_levels()) {
    for (const std::size_t size : {std::size_t{8}, std::size_t{64}, std::size_t{1024}}) {
      for (std::size_t i = 0; i < size; i += 3) {
        for (const double bad :
             {std::numeric_limits<double>::quiet_NaN(), -std::numeric_limits<double>::infinity()}) {
          auto values = random_values(size, size);
          values[i] = bad;
          KRONCUT_CHECK(!std::isfinite(digest(values, true, level).sum));
        }
      }
    }
  }
}

}  // namespace kroncut
