#include "contract/network/permute.hpp"

#include <algorithm>
#include <numeric>
#include <random>
#include <vector>

#include "core/testing.hpp"

namespace kroncut {
namespace {

/// The definition, element by element.
std::vector<double> permuted(const std::vector<double>& source, const std::vector<std::size_t>& extents,
                             const std::vector<std::size_t>& order) {
  std::vector<double> result(source.size());
  for (std::size_t index = 0; index < source.size(); ++index) {
    std::vector<std::size_t> position(extents.size());
    std::size_t rest = index;
    for (std::size_t axis = extents.size(); axis-- > 0;) {
      position[axis] = rest % extents[axis];
      rest /= extents[axis];
    }
    std::size_t target = 0;
    for (const std::size_t axis : order) target = target * extents[axis] + position[axis];
    result[target] = source[index];
  }
  return result;
}

void check_permutation(const std::vector<std::size_t>& extents, const std::vector<std::size_t>& order) {
  std::size_t size = 1;
  for (const std::size_t extent : extents) size *= extent;
  std::vector<double> source(size);
  std::iota(source.begin(), source.end(), 1.0);
  std::vector<double> actual(size, -1.0);
  Control control;
  permute_axes(source.data(), extents, order, actual.data(), 2, control);
  const auto expected = permuted(source, extents, order);
  KRONCUT_CHECK(actual == expected);
  KRONCUT_CHECK(is_identity_permutation(extents, order) == (expected == source));
}

}  // namespace

KRONCUT_TEST(permute_axes_matches_the_definition) {
  std::mt19937_64 random(1);
  for (int repeat = 0; repeat < 200; ++repeat) {
    std::vector<std::size_t> extents(random() % 7);
    std::size_t size = 1;
    for (std::size_t& extent : extents) {
      extent = 1 + random() % 6;
      if (repeat % 10 == 0 && size < 100) extent *= 64;
      size *= extent;
    }
    std::vector<std::size_t> order(extents.size());
    std::iota(order.begin(), order.end(), 0);
    std::shuffle(order.begin(), order.end(), random);
    if (size < 3000000) check_permutation(extents, order);
  }
}

KRONCUT_TEST(permute_axes_permutes_bits) {
  std::mt19937_64 random(2);
  for (std::size_t bits = 0; bits <= 16; ++bits) {
    std::vector<std::size_t> order(bits);
    std::iota(order.begin(), order.end(), 0);
    check_permutation(std::vector<std::size_t>(bits, 2), order);
    std::shuffle(order.begin(), order.end(), random);
    check_permutation(std::vector<std::size_t>(bits, 2), order);
  }
}

KRONCUT_TEST(permute_axes_transposes_matrices) {
  check_permutation({1024, 512}, {1, 0});
  check_permutation({67, 129}, {1, 0});
  check_permutation({4, 4, 4, 256}, {3, 2, 0, 1});
}

}  // namespace kroncut
