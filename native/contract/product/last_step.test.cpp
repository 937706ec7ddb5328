#include "contract/product/last_step.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "contract/consumers/consumers.hpp"
#include "contract/network/network.hpp"
#include "contract/product/stream_product.hpp"
#include "core/error.hpp"
#include "core/testing.hpp"

namespace kroncut {
namespace {

std::shared_ptr<const Tensor> random_tensor(std::vector<Bond> bonds, std::vector<int> bits,
                                            std::mt19937_64& random) {
  NewTensor made = allocate_tensor(std::move(bonds), std::move(bits));
  std::uniform_real_distribution<double> uniform(-1.0, 1.0);
  for (std::size_t i = 0; i < made.tensor.size(); ++i) made.values[i] = uniform(random);
  return std::make_shared<const Tensor>(made.tensor);
}

/// All values of the answer by way of contract(), whose own test is an explicit sum.
std::vector<double> expected_answer(const Tensor& first, const Tensor& second,
                                    const std::vector<int>& order) {
  Control control;
  const Tensor joint = contract(
      first, second,
      [&](std::size_t rows, std::size_t columns, std::size_t inner, const double* a, const double* b,
          double* c) { multiply(rows, columns, inner, a, b, c, 1, control); },
      1, control);
  std::vector<double> answer(joint.size());
  for (std::size_t index = 0; index < answer.size(); ++index) {
    std::size_t source = 0;
    for (std::size_t bit = 0; bit < joint.bits.size(); ++bit) {
      const auto position = std::find(order.begin(), order.end(), joint.bits[bit]) - order.begin();
      source |= (index >> position & 1) << bit;
    }
    answer[index] = joint.values[source];
  }
  return answer;
}

std::vector<double> stream_values(const PreparedProduct& prepared, int threads) {
  const std::uint64_t size = std::uint64_t{1} << prepared.bits;
  ValuesConsumer values(0, size);
  FanOut fan_out({&values});
  Control control;
  stream_product(prepared.product, 0, size, fan_out, threads, control);
  return values.values();
}

}  // namespace

KRONCUT_TEST(prepare_product_gives_the_answer_in_any_order) {
  std::mt19937_64 random(1);
  for (int repeat = 0; repeat < 60; ++repeat) {
    std::vector<int> order(static_cast<std::size_t>(repeat % 12));
    std::iota(order.begin(), order.end(), 5);
    if (repeat % 3 != 0) std::shuffle(order.begin(), order.end(), random);
    auto bits = order;
    if (repeat % 2 == 0) std::shuffle(bits.begin(), bits.end(), random);
    const auto middle = bits.begin() + static_cast<std::ptrdiff_t>(random() % (bits.size() + 1));
    std::vector<Bond> bonds;
    for (int label = 0; label < repeat % 4; ++label) bonds.push_back({label, 1 + random() % 4});
    auto other_bonds = bonds;
    std::shuffle(other_bonds.begin(), other_bonds.end(), random);
    const auto first = random_tensor(bonds, {bits.begin(), middle}, random);
    const auto second = random_tensor(other_bonds, {middle, bits.end()}, random);
    Control control;
    const PreparedProduct prepared = prepare_product(first, second, order, 2, control);
    KRONCUT_CHECK(order.empty() || (prepared.product.column_mask & 1) == 1);
    const auto actual = stream_values(prepared, 2);
    const auto expected = expected_answer(*first, *second, order);
    double worst = actual.size() == expected.size() ? 0 : 1;
    for (std::size_t i = 0; i < actual.size(); ++i)
      worst = std::max(worst, std::abs(actual[i] - expected[i]));
    KRONCUT_CHECK_NEAR(worst, 0.0, 1e-12);
    KRONCUT_CHECK(stream_values(prepare_product(second, first, order, 1, control), 1).size() ==
                  actual.size());
  }
}

KRONCUT_TEST(prepare_product_leaves_out_rows_of_zeros) {
  for (const bool reorder : {false, true}) {
    NewTensor a = allocate_tensor({{1, 4}}, {0, 1});
    NewTensor b = allocate_tensor({{1, 4}}, {2, 3});
    for (std::size_t i = 0; i < 16; ++i) {
      a.values[i] = i / 4 == 1 ? 0.0 : static_cast<double>(i + 1);
      b.values[i] = i / 4 == 2 ? 0.0 : static_cast<double>(i) - 7.5;
    }
    const auto first = std::make_shared<const Tensor>(a.tensor);
    const auto second = std::make_shared<const Tensor>(b.tensor);
    const std::vector<int> order = reorder ? std::vector<int>{1, 0, 3, 2} : std::vector<int>{0, 1, 2, 3};
    Control control;
    const PreparedProduct prepared = prepare_product(first, second, order, 1, control);
    KRONCUT_CHECK(prepared.product.inner == 2);
    KRONCUT_CHECK(stream_values(prepared, 1) == expected_answer(*first, *second, order));
  }
  NewTensor zero = allocate_tensor({{1, 2}}, {0});
  std::fill(zero.values, zero.values + 4, 0.0);
  std::mt19937_64 random(2);
  const auto other = random_tensor({{1, 2}}, {1}, random);
  Control control;
  const std::vector<int> order{0, 1};
  const auto prepared =
      prepare_product(std::make_shared<const Tensor>(zero.tensor), other, order, 1, control);
  KRONCUT_CHECK(stream_values(prepared, 1) == std::vector<double>(4, 0.0));
}

KRONCUT_TEST(prepare_product_refuses_what_does_not_fit) {
  std::mt19937_64 random(3);
  const auto a = random_tensor({{1, 4}}, {0, 1}, random);
  const auto b = random_tensor({{1, 4}}, {2}, random);
  const auto prepare = [](const auto& first, const auto& second, const std::vector<int>& order) {
    Control control;
    return prepare_product(first, second, order, 1, control).bits;
  };
  KRONCUT_CHECK(prepare(a, b, {0, 1, 2}) == 3);
  KRONCUT_CHECK_THROWS(prepare(a, b, {0, 1, 2, 3}), ErrorCode::input);
  KRONCUT_CHECK_THROWS(prepare(a, b, {0, 1}), ErrorCode::input);
  KRONCUT_CHECK_THROWS(prepare(a, b, {0, 1, 2, 2}), ErrorCode::input);
  KRONCUT_CHECK_THROWS(prepare(a, a, {0, 1}), ErrorCode::input);
  KRONCUT_CHECK_THROWS(prepare(a, random_tensor({{1, 2}}, {2}, random), {0, 1, 2}), ErrorCode::input);
  KRONCUT_CHECK_THROWS(prepare(a, random_tensor({}, {2}, random), {0, 1, 2}), ErrorCode::input);
  KRONCUT_CHECK_THROWS(prepare(a, random_tensor({{1, 4}}, {2, 2}, random), {0, 1, 2}), ErrorCode::input);
}

}  // namespace kroncut
