#include "contract/tree/tensor_tree.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <random>
#include <vector>

#include "contract/network/network.hpp"
#include "core/error.hpp"
#include "core/testing.hpp"

namespace kroncut {
namespace {

using TensorPtr = TensorTree::TensorPtr;
using Join = TensorTree::Join;

TensorPtr random_tensor(std::vector<Bond> bonds, std::vector<int> bits, std::mt19937_64& random,
                        double low = 0.0) {
  NewTensor made = allocate_tensor(std::move(bonds), std::move(bits));
  std::uniform_real_distribution<double> uniform(low, 1.0);
  for (std::size_t i = 0; i < made.tensor.size(); ++i) made.values[i] = uniform(random);
  return std::make_shared<const Tensor>(made.tensor);
}

/// A ring of four tensors with a tail; bonds of several extents, in several orders.
struct Network {
  std::vector<TensorPtr> tensors;
  std::vector<Join> joins;
};

Network ring(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Network network;
  network.tensors = {
      random_tensor({{1, 4}, {4, 3}}, {0, 1}, random), random_tensor({{2, 2}, {1, 4}}, {2}, random),
      random_tensor({{2, 2}, {5, 2}, {3, 4}}, {3, 4, 5}, random), random_tensor({{3, 4}, {4, 3}}, {}, random),
      random_tensor({{5, 2}}, {6, 7, 8, 9, 10, 11, 12}, random)};
  network.joins = {{2, 4}, {0, 3}, {5, 1}, {7, 6}};
  return network;
}

/// The contraction with outcomes fixed, by summing over all values of all bonds.
double dense_value(const Network& network, const std::vector<std::uint64_t>& outcomes) {
  std::map<int, std::size_t> extents;
  for (const TensorPtr& tensor : network.tensors) {
    for (const Bond& bond : tensor->bonds) extents[bond.label] = bond.extent;
  }
  std::map<int, std::size_t> at;
  for (const auto& [label, extent] : extents) at[label] = 0;
  double sum = 0;
  for (;;) {
    double term = 1;
    for (std::size_t i = 0; i < network.tensors.size(); ++i) {
      const Tensor& tensor = *network.tensors[i];
      std::size_t index = 0;
      for (const Bond& bond : tensor.bonds) index = index * bond.extent + at[bond.label];
      term *= tensor.values[index * tensor.outcome_size() + outcomes[i]];
    }
    sum += term;
    auto digit = at.begin();
    while (digit != at.end() && ++digit->second == extents[digit->first]) (digit++)->second = 0;
    if (digit == at.end()) return sum;
  }
}

TensorTree tree_of(const Network& network) {
  std::vector<std::vector<TensorPtr>> leaves;
  for (const TensorPtr& tensor : network.tensors) leaves.push_back({tensor});
  return {leaves, network.joins};
}

}  // namespace

KRONCUT_TEST(trees_give_the_value_of_every_list_of_outcomes) {
  Control control;
  const Network network = ring(1);
  const TensorTree tree = tree_of(network);
  std::mt19937_64 random(2);
  std::vector<std::uint64_t> outcomes;
  std::vector<double> expected;
  for (int row = 0; row < 50; ++row) {
    std::vector<std::uint64_t> own;
    for (const TensorPtr& tensor : network.tensors) own.push_back(random() % tensor->outcome_size());
    expected.push_back(dense_value(network, own));
    outcomes.insert(outcomes.end(), own.begin(), own.end());
  }
  const std::vector<std::uint32_t> choices(outcomes.size(), 0);
  const auto found = tree.values(choices, outcomes, 2, control);
  KRONCUT_CHECK(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    KRONCUT_CHECK_NEAR(found[i], expected[i], 1e-13 * std::abs(expected[i]));
    const auto alone =
        tree.values(std::span(choices).first(5), std::span(outcomes).subspan(5 * i, 5), 1, control);
    KRONCUT_CHECK(alone.size() == 1 && alone[0] == found[i]);
  }
}

KRONCUT_TEST(leaves_may_have_several_tensors) {
  Control control;
  std::mt19937_64 random(3);
  Network network = ring(1);
  std::vector<std::vector<TensorPtr>> leaves;
  for (const TensorPtr& tensor : network.tensors) leaves.push_back({tensor});
  leaves[1].push_back(random_tensor(network.tensors[1]->bonds, {}, random));
  const TensorTree tree(leaves, network.joins);
  const std::vector<std::uint32_t> choices{0, 1, 0, 0, 0, 0, 0, 0, 0, 0};
  const std::vector<std::uint64_t> outcomes{3, 0, 5, 0, 99, 3, 1, 5, 0, 99};
  const auto found = tree.values(choices, outcomes, 1, control);
  KRONCUT_CHECK_NEAR(found[1], dense_value(network, {3, 1, 5, 0, 99}), 1e-12);
  network.tensors[1] = leaves[1][1];
  KRONCUT_CHECK_NEAR(found[0], dense_value(network, {3, 0, 5, 0, 99}), 1e-12);
}

KRONCUT_TEST(values_of_wide_trees_are_those_of_the_definition_whatever_is_asked_with_them) {
  // Two tensors with seven bonds between them, and one that each of them has a bond to.
  std::mt19937_64 random(11);
  Network network;
  const std::vector<Bond> one{{1, 4}, {2, 4}, {3, 4}, {4, 4}, {5, 4}, {6, 4}, {7, 4}, {8, 4}};
  const std::vector<Bond> other{{7, 4}, {3, 4}, {9, 2}, {1, 4}, {6, 4}, {5, 4}, {2, 4}, {4, 4}};
  network.tensors = {random_tensor(one, {}, random, -1.0), random_tensor(other, {}, random, -1.0),
                     random_tensor({{9, 2}, {8, 4}}, {0}, random, -1.0)};
  network.joins = {{0, 2}, {1, 3}};
  std::vector<std::vector<TensorPtr>> leaves;
  for (const TensorPtr& tensor : network.tensors) leaves.push_back({tensor});
  leaves[0].push_back(random_tensor(one, {}, random, -1.0));
  leaves[1].push_back(random_tensor(other, {}, random, -1.0));
  const TensorTree tree(leaves, network.joins);
  std::vector<std::uint32_t> choices;
  std::vector<std::uint64_t> outcomes;
  std::vector<double> expected;
  for (std::uint32_t row = 0; row < 8; ++row) {
    choices.insert(choices.end(), {row & 1U, row >> 1 & 1U, 0});
    outcomes.insert(outcomes.end(), {0, 0, row >> 2});
    Network chosen = network;
    for (std::size_t leaf = 0; leaf < 2; ++leaf) chosen.tensors[leaf] = leaves[leaf][choices[3 * row + leaf]];
    expected.push_back(dense_value(chosen, {0, 0, row >> 2}));
  }
  Control control;
  const auto found = tree.values(choices, outcomes, 1, control);
  KRONCUT_CHECK(found == tree.values(choices, outcomes, 3, control));
  for (std::size_t row = 0; row < found.size(); ++row) {
    KRONCUT_CHECK_NEAR(found[row], expected[row], 1e-9);
    const auto alone = tree.values(std::span(choices).subspan(3 * row, 3),
                                   std::span(outcomes).subspan(3 * row, 3), 2, control);
    KRONCUT_CHECK(alone.size() == 1 && alone[0] == found[row]);
  }
}

KRONCUT_TEST(long_sums_are_the_same_for_few_and_for_many_values) {
  // A sum of 40000 products; so many tensors that together they are arranged one by one.
  std::mt19937_64 random(12);
  constexpr std::uint32_t count = 70;
  constexpr std::size_t length = 40000;
  std::vector<std::vector<TensorPtr>> leaves(3);
  for (std::uint32_t i = 0; i < count; ++i) {
    leaves[0].push_back(random_tensor({{1, length}, {2, 4}}, {}, random, -1.0));
  }
  for (int i = 0; i < 2; ++i) leaves[1].push_back(random_tensor({{1, length}}, {}, random, -1.0));
  leaves[2].push_back(random_tensor({{2, 4}}, {}, random, -1.0));
  const std::vector<Join> joins{{0, 1}, {3, 2}};
  const TensorTree tree(leaves, joins);
  std::vector<std::uint32_t> choices;
  for (std::uint32_t row = 0; row < 2 * count; ++row) choices.insert(choices.end(), {row / 2, row % 2, 0});
  const std::vector<std::uint64_t> outcomes(choices.size(), 0);
  Control control;
  const auto found = tree.values(choices, outcomes, 2, control);
  for (const std::uint32_t row : {0U, 1U, count, 2 * count - 1}) {
    double expected = 0;
    for (std::size_t i = 0; i < length; ++i) {
      for (std::size_t j = 0; j < 4; ++j) {
        expected +=
            leaves[0][row / 2]->values[4 * i + j] * leaves[1][row % 2]->values[i] * leaves[2][0]->values[j];
      }
    }
    KRONCUT_CHECK_NEAR(found[row], expected, 1e-9);
    const auto alone = tree.values(std::span(choices).subspan(3 * row, 3),
                                   std::span(outcomes).subspan(3 * row, 3), 1, control);
    KRONCUT_CHECK(alone.size() == 1 && alone[0] == found[row]);
  }
}

KRONCUT_TEST(samples_follow_the_distribution_whatever_is_drawn_with_them) {
  Control control;
  std::mt19937_64 random(5);
  Network network;
  network.tensors = {random_tensor({{1, 2}}, {0, 1}, random), random_tensor({{2, 3}, {1, 2}}, {2}, random),
                     random_tensor({{2, 3}}, {3, 4, 5, 6, 7, 8}, random)};
  network.joins = {{1, 0}, {3, 2}};
  const TensorTree tree = tree_of(network);
  constexpr std::size_t count = 40000;
  const auto all = tree.draw(7, 0, count, 2, control);
  KRONCUT_CHECK(all.size() == 3 * count);
  const auto part = tree.draw(7, 1000, 1017, 1, control);
  KRONCUT_CHECK(std::equal(part.begin(), part.end(), all.begin() + 3000));
  const auto other = tree.draw(8, 1000, 1017, 1, control);
  KRONCUT_CHECK(other != part);
  // The marginal of the first two leaves and two bits of the third, against its definition: 32 bins.
  std::vector<double> expected(32, 0.0);
  std::vector<double> seen(32, 0.0);
  for (std::uint64_t a = 0; a < 4; ++a) {
    for (std::uint64_t b = 0; b < 2; ++b) {
      for (std::uint64_t c = 0; c < 64; ++c) {
        expected[a * 8 + b * 4 + c / 16] += dense_value(network, {a, b, c});
      }
    }
  }
  const double total = std::accumulate(expected.begin(), expected.end(), 0.0);
  for (std::size_t i = 0; i < count; ++i)
    seen[all[3 * i] * 8 + all[3 * i + 1] * 4 + all[3 * i + 2] / 16] += 1;
  double chi_squared = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    const double wanted = expected[i] / total * count;
    chi_squared += (seen[i] - wanted) * (seen[i] - wanted) / wanted;
  }
  // 31 degrees of freedom: above 65 in three of ten thousand cases, and this one is always the same.
  KRONCUT_CHECK(chi_squared < 65);
}

KRONCUT_TEST(values_below_zero_are_never_drawn) {
  Control control;
  NewTensor made = allocate_tensor({}, {0, 1});
  const double values[4] = {-0.25, 0.75, 0, 0.5};
  std::copy(values, values + 4, made.values);
  const TensorTree tree({{std::make_shared<const Tensor>(made.tensor)}}, {});
  for (const std::uint64_t x : tree.draw(1, 0, 300, 1, control)) KRONCUT_CHECK(x == 1 || x == 3);
}

KRONCUT_TEST(nothing_is_drawn_from_what_is_not_finite) {
  for (const double broken : {std::nan(""), HUGE_VAL}) {
    NewTensor made = allocate_tensor({}, {0, 1});
    const double values[] = {0.25, broken, 0.25, 0.25};
    std::copy_n(values, 4, made.values);
    const TensorTree tree({{std::make_shared<const Tensor>(made.tensor)}}, {});
    Control control;
    KRONCUT_CHECK_THROWS(tree.draw(1, 0, 3, 1, control), ErrorCode::internal);
  }
}

KRONCUT_TEST(trees_refuse_what_does_not_fit) {
  Control control;
  const Network network = ring(4);
  std::vector<std::vector<TensorPtr>> leaves;
  for (const TensorPtr& tensor : network.tensors) leaves.push_back({tensor});
  const auto build = [&](const std::vector<Join>& joins) { return TensorTree(leaves, joins).leaf_count(); };
  KRONCUT_CHECK_THROWS(build({{0, 1}}), ErrorCode::input);
  KRONCUT_CHECK_THROWS(build({{0, 1}, {0, 2}, {3, 4}, {5, 6}}), ErrorCode::input);
  KRONCUT_CHECK_THROWS(build({{0, 7}, {1, 2}, {3, 4}, {5, 6}}), ErrorCode::input);
  const TensorTree tree(leaves, network.joins);
  const std::vector<std::uint32_t> choices(5, 0);
  const std::vector<std::uint64_t> outcomes{4, 0, 0, 0, 0};
  KRONCUT_CHECK_THROWS(tree.values(choices, outcomes, 1, control), ErrorCode::input);
  const std::vector<std::uint32_t> absent{0, 0, 0, 1, 0};
  const std::vector<std::uint64_t> zeros(5, 0);
  KRONCUT_CHECK_THROWS(tree.values(absent, zeros, 1, control), ErrorCode::input);
}

}  // namespace kroncut
