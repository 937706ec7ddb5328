#include "contract/rank/shrink.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <random>
#include <vector>

#include "contract/consumers/consumers.hpp"
#include "contract/network/network.hpp"
#include "contract/product/stream_product.hpp"
#include "core/testing.hpp"

namespace kroncut {
namespace {

/// A tensor with one bond whose components depend on `rank` of them, those from `zero` on being zero.
std::shared_ptr<const Tensor> dependent_tensor(std::size_t extent, std::size_t rank, std::size_t zero,
                                               std::vector<int> bits, double noise, std::mt19937_64& random) {
  NewTensor made = allocate_tensor({{0, extent}}, std::move(bits));
  std::uniform_real_distribution<double> uniform(-1.0, 1.0);
  const std::size_t length = made.tensor.outcome_size();
  std::vector<double> basis(rank * length);
  for (double& value : basis) value = uniform(random);
  for (std::size_t i = 0; i < extent; ++i) {
    std::fill(made.values + i * length, made.values + (i + 1) * length, 0.0);
    if (i >= zero) continue;
    for (std::size_t r = 0; r < rank; ++r) {
      const double share = uniform(random);
      for (std::size_t j = 0; j < length; ++j) made.values[i * length + j] += share * basis[r * length + j];
    }
    for (std::size_t j = 0; j < length; ++j) made.values[i * length + j] += noise * uniform(random);
  }
  return std::make_shared<const Tensor>(made.tensor);
}

std::vector<int> range(int begin, int end) {
  std::vector<int> bits(static_cast<std::size_t>(end - begin));
  std::iota(bits.begin(), bits.end(), begin);
  return bits;
}

std::vector<double> values_of(const PreparedProduct& prepared) {
  const std::uint64_t size = std::uint64_t{1} << prepared.bits;
  ValuesConsumer values(0, size);
  FanOut fan_out({&values});
  Control control;
  stream_product(prepared.product, 0, size, fan_out, 1, control);
  return values.values();
}

struct Shrunk {
  Shrinking shrinking;
  double worst = 0;    // difference from the product as it was
  double largest = 0;  // value of it
  std::vector<double> values;
};

Shrunk shrink(const std::shared_ptr<const Tensor>& first, const std::shared_ptr<const Tensor>& second,
              double tolerance, int threads) {
  Control control;
  std::vector<int> order = first->bits;
  order.insert(order.end(), second->bits.begin(), second->bits.end());
  PreparedProduct prepared = prepare_product(first, second, order, 1, control);
  const std::vector<double> before = values_of(prepared);
  Shrunk result;
  result.shrinking = shrink_product(prepared, tolerance, threads, control);
  KRONCUT_CHECK(result.shrinking.after == prepared.product.inner);
  result.values = values_of(prepared);
  for (std::size_t i = 0; i < before.size(); ++i) {
    result.worst = std::max(result.worst, std::abs(before[i] - result.values[i]));
    result.largest = std::max(result.largest, std::abs(before[i]));
  }
  return result;
}

}  // namespace

KRONCUT_TEST(shrink_product_finds_the_rank_of_either_side_and_of_the_product) {
  std::mt19937_64 random(11);
  struct Case {
    std::size_t first_rank, second_rank, zero, expected;
  };
  for (const Case& c : {Case{5, 16, 16, 5}, Case{16, 3, 16, 3}, Case{7, 4, 16, 4}, Case{16, 16, 16, 16},
                        Case{16, 16, 9, 9}, Case{1, 1, 16, 1}, Case{6, 6, 11, 6}}) {
    for (const int middle : {6, 8}) {
      const auto first = dependent_tensor(16, c.first_rank, 16, range(0, middle), 0, random);
      const auto second = dependent_tensor(16, c.second_rank, c.zero, range(middle, 18), 0, random);
      const Shrunk shrunk = shrink(first, second, rounding_tolerance, 2);
      KRONCUT_CHECK(shrunk.shrinking.after == c.expected);
      KRONCUT_CHECK_NEAR(shrunk.worst, 0.0, 1e-13 * shrunk.largest * 16);
      KRONCUT_CHECK(shrink(first, second, rounding_tolerance, 1).values == shrunk.values);
    }
  }
}

KRONCUT_TEST(shrink_product_keeps_within_its_bound) {
  std::mt19937_64 random(12);
  for (const double noise : {1e-3, 1e-6, 1e-9}) {
    const auto first = dependent_tensor(16, 4, 16, range(0, 8), noise, random);
    const auto second = dependent_tensor(16, 16, 16, range(8, 18), 0, random);
    const Shrunk exact = shrink(first, second, rounding_tolerance, 1);
    KRONCUT_CHECK(exact.shrinking.after == 16);
    const Shrunk shrunk = shrink(first, second, 100 * noise, 1);
    KRONCUT_CHECK(shrunk.shrinking.after == 4);
    KRONCUT_CHECK(shrunk.shrinking.error_bound > 0);
    KRONCUT_CHECK(shrunk.worst > 0);
    KRONCUT_CHECK(shrunk.worst <= shrunk.shrinking.error_bound * (1 + 1e-9));
  }
}

KRONCUT_TEST(shrink_product_sketches_long_sides) {
  std::mt19937_64 random(13);
  const auto first = dependent_tensor(32, 9, 32, range(0, 9), 0, random);
  const auto second = dependent_tensor(32, 32, 32, range(9, 20), 0, random);
  const Shrunk shrunk = shrink(first, second, rounding_tolerance, 2);
  KRONCUT_CHECK(shrunk.shrinking.before == 32);
  KRONCUT_CHECK(shrunk.shrinking.after == 9);
  KRONCUT_CHECK(shrunk.worst <= 1e-12 * shrunk.largest);
}

KRONCUT_TEST(shrink_product_leaves_alone_what_is_small_or_not_to_be_shrunk) {
  std::mt19937_64 random(14);
  const auto first = dependent_tensor(16, 2, 16, range(0, 8), 0, random);
  const auto second = dependent_tensor(16, 2, 16, range(8, 18), 0, random);
  KRONCUT_CHECK(shrink(first, second, 0, 1).shrinking.after == 16);
  const auto small = dependent_tensor(16, 2, 16, range(0, 2), 0, random);
  const auto other = dependent_tensor(16, 2, 16, range(2, 4), 0, random);
  KRONCUT_CHECK(shrink(small, other, rounding_tolerance, 1).shrinking.after == 16);
}

}  // namespace kroncut
