#include "contract/consumers/entropy.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "contract/consumers/logarithm.hpp"
#include "contract/consumers/test_feed.hpp"
#include "contract/network/network.hpp"
#include "core/error.hpp"
#include "core/test_values.hpp"
#include "core/testing.hpp"

namespace kroncut {
namespace {

std::vector<double> random_values(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform(-0.2, 1.0);
  std::vector<double> values(size);
  for (double& value : values) value = std::max(-0.1, uniform(random));
  for (std::size_t i = 0; i < size; i += 11) values[i] = 0;
  return values;
}

}  // namespace

KRONCUT_TEST(logarithms_are_those_of_the_standard_library_at_every_level) {
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> exponent(-1074, 1023);
  std::uniform_real_distribution<double> near_one(-0.5, 1.0);
  std::vector<double> values{1,
                             std::nextafter(1.0, 0.0),
                             std::nextafter(1.0, 2.0),
                             0,
                             -0.0,
                             -1,
                             -1e-310,
                             std::numeric_limits<double>::denorm_min(),
                             std::numeric_limits<double>::min(),
                             std::numeric_limits<double>::max(),
                             std::sqrt(0.5),
                             std::sqrt(2.0)};
  for (int i = 0; i < 20000; ++i) values.push_back(std::exp2(exponent(random)));
  for (int i = 0; i < 20000; ++i) values.push_back(1 + near_one(random));
  std::vector<double> found(values.size());
  for (const SimdLevel level : simd_levels()) {
    minus_logarithms(values.data(), values.size(), found.data(), level);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double expected = values[i] > 0 ? -std::log(values[i]) : 0;
      KRONCUT_CHECK_NEAR(found[i], expected, 6e-16 * std::abs(expected));
    }
  }
  minus_logarithms(values.data(), values.size(), found.data());
  for (std::size_t size = 1; size < 20; ++size) {
    std::vector<double> some(size + 1, 7);
    minus_logarithms(values.data() + 100, size, some.data());
    KRONCUT_CHECK(std::equal(some.begin(), some.end() - 1, found.begin() + 100) && some.back() == 7);
  }
}

KRONCUT_TEST(entropies_match_the_definitions_whatever_the_runs) {
  constexpr std::size_t size = 8192;
  constexpr std::size_t slice = 2048;
  constexpr std::size_t offset = 512;
  const auto q = random_values(size, 4);
  const auto p = random_values(std::size_t{1} << 15, 5);
  NewTensor made = allocate_tensor({}, std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14});
  std::copy(p.begin(), p.end(), made.values);
  const auto weights = std::make_shared<const Tensor>(made.tensor);
  std::vector<EntropyResult> all;
  for (const std::size_t run : {std::size_t{64}, std::size_t{512}, std::size_t{4096}, std::size_t{8192}}) {
    EntropyConsumer consumer(weights, offset, size, 2 * size, slice, 2);
    feed(consumer, size, q, run, run);
    all.push_back(consumer.finish());
    EntropyConsumer without(nullptr, 0, size, 2 * size, slice, 2);
    feed(without, size, q, run, run + 1);
    KRONCUT_CHECK(without.finish().entropy == all.back().entropy);
    KRONCUT_CHECK(without.finish().cross_entropy.empty());
  }
  std::uint64_t negatives = 0;
  std::uint64_t missing = 0;
  for (std::size_t part = 0; part < size / slice; ++part) {
    double sums[5] = {};
    for (std::size_t i = part * slice; i < (part + 1) * slice; ++i) {
      const double pi = p[offset + size + i];
      if (q[i] > 0) sums[0] -= q[i] * std::log(q[i]);
      sums[1] += q[i] * q[i];
      if (q[i] < 0) sums[2] += q[i];
      if (q[i] < 0) ++negatives;
      if (pi > 0 && q[i] > 0) sums[3] -= pi * std::log(q[i]);
      if (pi > 0 && q[i] <= 0) sums[4] += pi;
      if (pi > 0 && q[i] <= 0) ++missing;
    }
    KRONCUT_CHECK_NEAR(all[0].entropy[part], sums[0], 1e-10);
    KRONCUT_CHECK_NEAR(all[0].collision[part], sums[1], 1e-10);
    KRONCUT_CHECK_NEAR(all[0].negative_sum[part], sums[2], 1e-10);
    KRONCUT_CHECK_NEAR(all[0].cross_entropy[part], sums[3], 1e-10);
    KRONCUT_CHECK_NEAR(all[0].missing_weight[part], sums[4], 1e-10);
  }
  for (const EntropyResult& result : all) {
    KRONCUT_CHECK(result.entropy == all[0].entropy && result.collision == all[0].collision);
    KRONCUT_CHECK(result.negative_sum == all[0].negative_sum);
    KRONCUT_CHECK(result.cross_entropy == all[0].cross_entropy);
    KRONCUT_CHECK(result.missing_weight == all[0].missing_weight);
    KRONCUT_CHECK(result.negatives == negatives && result.missing == missing);
  }
  KRONCUT_CHECK(negatives > 0 && missing > 0);
}

KRONCUT_TEST(entropies_work_for_tiny_runs_and_slices) {
  const std::vector<double> values{0.5, -0.25, 0, 0.125, 0.125, 0.25, -0.5, 0.75};
  for (const std::size_t run : {std::size_t{1}, std::size_t{2}, std::size_t{4}}) {
    EntropyConsumer consumer(nullptr, 0, 8, 16, 4, 2);
    feed(consumer, 8, values, run, 1);
    const EntropyResult found = consumer.finish();
    KRONCUT_CHECK((found.collision == std::vector<double>{0.328125, 0.890625}));
    KRONCUT_CHECK((found.negative_sum == std::vector<double>{-0.25, -0.5}));
    KRONCUT_CHECK(found.negatives == 2);
    KRONCUT_CHECK_NEAR(found.entropy[0], (0.5 + 0.375) * std::log(2.0), 1e-15);
  }
}

KRONCUT_TEST(entropies_refuse_weights_that_do_not_fit) {
  NewTensor made = allocate_tensor({}, std::vector<int>{0, 1, 2});
  std::fill(made.values, made.values + 8, 0.125);
  const auto weights = std::make_shared<const Tensor>(made.tensor);
  const auto build = [&](std::uint64_t offset) {
    return EntropyConsumer(weights, offset, 0, 4, 4, 1).finish().missing;
  };
  KRONCUT_CHECK(build(4) == 0);
  KRONCUT_CHECK_THROWS(build(5), ErrorCode::input);
  KRONCUT_CHECK_THROWS(build(9), ErrorCode::input);
  made.values[6] = std::numeric_limits<double>::quiet_NaN();
  EntropyConsumer consumer(weights, 4, 0, 4, 4, 1);
  const std::vector<double> values(4, 0.25);
  KRONCUT_CHECK_THROWS((consumer.consume(0, values, 0), 0), ErrorCode::input);
}

}  // namespace kroncut
