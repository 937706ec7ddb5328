#include "contract/network/network.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "contract/product/stream_product.hpp"
#include "core/error.hpp"
#include "core/npy.hpp"
#include "core/testing.hpp"

namespace kroncut {
namespace {

Tensor random_tensor(std::vector<Bond> bonds, std::vector<int> bits, std::mt19937_64& random) {
  NewTensor made = allocate_tensor(std::move(bonds), std::move(bits));
  std::uniform_real_distribution<double> uniform(-1.0, 1.0);
  for (std::size_t i = 0; i < made.tensor.size(); ++i) made.values[i] = uniform(random);
  return made.tensor;
}

/// Indices by name: bond labels as they are, outcome bits as 1000 + bit.
using Assignment = std::map<int, std::size_t>;
constexpr int bit_names = 1000;

double element(const Tensor& tensor, const Assignment& at) {
  std::size_t index = 0;
  for (const Bond& bond : tensor.bonds) index = index * bond.extent + at.at(bond.label);
  for (std::size_t bit = tensor.bits.size(); bit-- > 0;) {
    index = index * 2 + at.at(bit_names + tensor.bits[bit]);
  }
  return tensor.values[index];
}

/// Calls `visit` for every assignment of the indices from number `depth` on; `at` has those before it.
template <class Visit>
void for_all_from(std::size_t depth, const std::vector<std::pair<int, std::size_t>>& indices,
                  const Visit& visit, Assignment& at) {
  if (depth == indices.size()) {
    visit(at);
    return;
  }
  std::size_t& value = at[indices[depth].first];
  for (std::size_t i = 0; i < indices[depth].second; ++i) {
    value = i;
    for_all_from(depth + 1, indices, visit, at);
  }
}

/// Calls `visit` for every assignment of the named indices, to those that `at` has.
template <class Visit>
void for_all(const std::vector<std::pair<int, std::size_t>>& indices, const Visit& visit,
             Assignment at = {}) {
  for_all_from(0, indices, visit, at);
}

std::vector<std::pair<int, std::size_t>> indices_of(const Tensor& tensor) {
  std::vector<std::pair<int, std::size_t>> indices;
  for (const Bond& bond : tensor.bonds) indices.emplace_back(bond.label, bond.extent);
  for (const int bit : tensor.bits) indices.emplace_back(bit_names + bit, 2);
  return indices;
}

Tensor contract_on_cpu(const Tensor& left, const Tensor& right) {
  Control control;
  return contract(
      left, right,
      [&](std::size_t rows, std::size_t columns, std::size_t inner, const double* a, const double* b,
          double* c) { multiply(rows, columns, inner, a, b, c, 2, control); },
      2, control);
}

}  // namespace

KRONCUT_TEST(contract_matches_a_sum_over_shared_bonds) {
  std::mt19937_64 random(1);
  for (int repeat = 0; repeat < 60; ++repeat) {
    std::vector<Bond> left_bonds;
    std::vector<Bond> right_bonds;
    std::vector<std::pair<int, std::size_t>> shared;
    const int count = static_cast<int>(random() % 5);
    for (int label = 0; label < count; ++label) {
      const std::size_t extent = std::vector<std::size_t>{4, 2, 3, 4, 1}[random() % 5];
      const int where = static_cast<int>(random() % 4);
      if (where != 1) left_bonds.push_back({label, extent});
      if (where != 2) right_bonds.push_back({label, extent});
      if (where != 1 && where != 2) shared.emplace_back(label, extent);
    }
    std::shuffle(left_bonds.begin(), left_bonds.end(), random);
    std::shuffle(right_bonds.begin(), right_bonds.end(), random);
    std::vector<int> bits{0, 1, 2, 3, 4, 5};
    std::shuffle(bits.begin(), bits.end(), random);
    const auto middle = bits.begin() + static_cast<std::ptrdiff_t>(random() % 7);
    const Tensor left = random_tensor(left_bonds, {bits.begin(), middle}, random);
    const Tensor right = random_tensor(right_bonds, {middle, bits.end()}, random);
    const Tensor result = contract_on_cpu(left, right);
    KRONCUT_CHECK(result.bits == bits);
    double worst = 0;
    for_all(indices_of(result), [&](const Assignment& at) {
      double sum = 0;
      for_all(
          shared, [&](const Assignment& all) { sum += element(left, all) * element(right, all); }, at);
      worst = std::max(worst, std::abs(sum - element(result, at)));
    });
    KRONCUT_CHECK_NEAR(worst, 0.0, 1e-12);
  }
}

KRONCUT_TEST(contract_refuses_what_does_not_fit) {
  std::mt19937_64 random(2);
  const Tensor a = random_tensor({{1, 4}}, {0}, random);
  KRONCUT_CHECK_THROWS(contract_on_cpu(a, random_tensor({{1, 2}}, {1}, random)), ErrorCode::input);
  KRONCUT_CHECK_THROWS(contract_on_cpu(a, random_tensor({{1, 4}}, {0}, random)), ErrorCode::input);
  KRONCUT_CHECK_THROWS(contract_on_cpu(a, random_tensor({{2, 4}, {2, 4}}, {1}, random)), ErrorCode::input);
}

KRONCUT_TEST(reduce_matches_the_definition) {
  std::mt19937_64 random(3);
  for (int repeat = 0; repeat < 80; ++repeat) {
    std::vector<Bond> bonds;
    if (random() % 2 == 0) bonds.push_back({1, 3});
    if (random() % 2 == 0) bonds.push_back({7, 4});
    if (random() % 2 == 0) bonds.push_back({2, 2});
    const bool traced = !bonds.empty() && random() % 2 == 0;
    if (traced) bonds.push_back(bonds[random() % bonds.size()]);
    std::shuffle(bonds.begin(), bonds.end(), random);
    std::vector<int> bits(repeat < 10 ? 15 : random() % 7);
    for (std::size_t i = 0; i < bits.size(); ++i) bits[i] = static_cast<int>(10 - i);
    const Tensor tensor = random_tensor(bonds, bits, random);
    std::vector<BitAction> actions;
    for (std::size_t i = 0; i < bits.size(); ++i) {
      actions.push_back(static_cast<BitAction>(repeat == 0 ? 1 : random() % 5));
    }
    Control control;
    const Tensor result = reduce(tensor, actions, 2, control);

    std::map<int, int> ends;
    for (const Bond& bond : bonds) ++ends[bond.label];
    std::vector<std::size_t> expected_extents;
    for (const Bond& bond : bonds) {
      if (ends[bond.label] == 1) expected_extents.push_back(bond.extent);
    }
    KRONCUT_CHECK(result.bonds.size() == expected_extents.size());
    std::vector<double> expected(result.size(), 0.0);
    for_all(indices_of(tensor), [&](const Assignment& at) {
      std::size_t index = 0;
      for (const Bond& bond : result.bonds) index = index * bond.extent + at.at(bond.label);
      double sign = 1;
      for (std::size_t bit = bits.size(); bit-- > 0;) {
        const std::size_t value = at.at(bit_names + bits[bit]);
        if (actions[bit] == BitAction::keep) index = index * 2 + value;
        if (actions[bit] == BitAction::fix0 && value == 1) sign = 0;
        if (actions[bit] == BitAction::fix1 && value == 0) sign = 0;
        if (actions[bit] == BitAction::weigh && value == 1) sign = -sign;
      }
      // A traced label is assigned once per end; equal values come up extent times too often.
      const double often = traced
                               ? static_cast<double>(std::max_element(bonds.begin(), bonds.end(),
                                                                      [&](const Bond& a, const Bond& b) {
                                                                        return ends[a.label] < ends[b.label];
                                                                      })
                                                         ->extent)
                               : 1.0;
      expected[index] += sign * element(tensor, at) / often;
    });
    double worst = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      worst = std::max(worst, std::abs(expected[i] - result.values[i]));
    }
    KRONCUT_CHECK_NEAR(worst, 0.0, 1e-10);
  }
}

KRONCUT_TEST(reduce_refuses_what_does_not_fit) {
  std::mt19937_64 random(4);
  Control control;
  const Tensor tensor = random_tensor({{1, 2}, {1, 3}}, {0}, random);
  const std::vector<BitAction> keep{BitAction::keep};
  KRONCUT_CHECK_THROWS(reduce(tensor, keep, 1, control), ErrorCode::input);
  const Tensor triple = random_tensor({{1, 2}, {1, 2}, {1, 2}}, {0}, random);
  KRONCUT_CHECK_THROWS(reduce(triple, keep, 1, control), ErrorCode::input);
  KRONCUT_CHECK_THROWS(reduce(random_tensor({}, {0, 1}, random), keep, 1, control), ErrorCode::input);
}

KRONCUT_TEST(open_tensor_reads_both_precisions) {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("kroncut-network-test-" + std::to_string(getpid()) + ".npy"))
          .string();
  const std::vector<double> values{0.5, -1.25, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0};
  const std::vector<int> labels{9};
  const std::vector<int> bits{3, 1};
  for (const NpyType type : {NpyType::float32, NpyType::float64}) {
    std::filesystem::remove(path);
    NpyFile::create(path, type, {2, 4}).write(0, std::span<const double>(values));
    const Tensor tensor = open_tensor(path, labels, bits);
    KRONCUT_CHECK(tensor.bonds.size() == 1 && tensor.bonds[0].label == 9 && tensor.bonds[0].extent == 2);
    KRONCUT_CHECK(tensor.bits == bits);
    KRONCUT_CHECK(std::equal(values.begin(), values.end(), tensor.values));
    const std::vector<int> one_bit{3};
    KRONCUT_CHECK_THROWS(open_tensor(path, labels, one_bit), ErrorCode::input);
    KRONCUT_CHECK_THROWS(open_tensor(path, bits, bits), ErrorCode::input);
  }
  std::filesystem::remove(path);
}

}  // namespace kroncut
