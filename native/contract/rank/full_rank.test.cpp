#include "contract/rank/full_rank.hpp"

#include <cstddef>
#include <random>
#include <vector>

#include "core/testing.hpp"

namespace kroncut {
namespace {

/// Rows of which the last one is a combination of the others plus `share` of chance.
std::vector<double> sample_of(std::size_t rows, std::size_t width, double share, double scale) {
  std::mt19937_64 random(41);
  std::normal_distribution<double> normal;
  std::vector<double> sample(rows * width);
  for (std::size_t i = 0; i < width; ++i) {
    double sum = 0;
    for (std::size_t row = 0; row + 1 < rows; ++row) sum += sample[row * width + i] = normal(random);
    sample[(rows - 1) * width + i] = scale * (sum + share * normal(random));
  }
  return sample;
}

bool independent(std::vector<double> sample, std::size_t rows, double tolerance) {
  Control control;
  return clearly_independent(sample, rows, tolerance, 2, control);
}

}  // namespace

KRONCUT_TEST(clearly_independent_rows_are_told_from_others) {
  KRONCUT_CHECK(independent(sample_of(12, 48, 1, 1), 12, 1e-13));
  KRONCUT_CHECK(independent(sample_of(12, 12, 1, 0.1), 12, 1e-13));
  KRONCUT_CHECK(independent(sample_of(12, 48, 0.1, 1), 12, 1e-13));
  // On the scale of a large tolerance that is little.
  KRONCUT_CHECK(!independent(sample_of(12, 48, 0.1, 1), 12, 0.1));
  KRONCUT_CHECK(!independent(sample_of(12, 48, 0, 1), 12, 1e-13));
  KRONCUT_CHECK(!independent(sample_of(12, 48, 1e-5, 1), 12, 1e-13));
  // Fewer columns than rows, and rows next to nothing.
  KRONCUT_CHECK(!independent(sample_of(12, 11, 1, 1), 12, 1e-13));
  KRONCUT_CHECK(!independent(sample_of(12, 48, 1, 1e-9), 12, 1e-13));
  KRONCUT_CHECK(!independent(sample_of(12, 48, 1, 0), 12, 1e-13));
  KRONCUT_CHECK(!independent(std::vector<double>(64, 0.0), 8, 1e-13));
}

KRONCUT_TEST(sampled_columns_lie_within_and_are_few) {
  for (const std::size_t columns : {std::size_t{0}, std::size_t{5}, std::size_t{400}, std::size_t{100000}}) {
    std::size_t count = 0;
    std::size_t last = 0;
    for (const auto& [begin, end] : sampled_columns(16, columns)) {
      KRONCUT_CHECK(last <= begin && begin <= end && end <= columns);
      last = end;
      count += end - begin;
    }
    KRONCUT_CHECK(count == (columns < 128 ? columns : 64));
  }
}

}  // namespace kroncut
