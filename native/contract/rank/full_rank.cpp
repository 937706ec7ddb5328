#include "contract/rank/full_rank.hpp"

#include <algorithm>
#include <cmath>

#include "contract/product/stream_product.hpp"

namespace kroncut {
namespace {

/// Columns that are looked at for each row, and in how many places.
constexpr std::size_t sample_ratio = 4;
constexpr std::size_t sample_places = 64;
/// Pivots that leave no doubt: at least, and in units of the square of the tolerance.
constexpr double clear_pivot = 1e-6;
constexpr double tolerances = 64;
/// Squares of smaller norms are not to be trusted.
constexpr double trusted_norm = 1e-140;

}  // namespace

std::uint64_t mixed(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

std::vector<ColumnRange> sampled_columns(std::size_t rows, std::size_t columns) {
  const std::size_t run = (sample_ratio * rows + sample_places - 1) / sample_places;
  const std::size_t step = columns / sample_places;
  if (2 * run > step) return {{0, columns}};
  std::vector<ColumnRange> ranges;
  for (std::size_t place = 0; place < sample_places; ++place) {
    const std::size_t begin = place * step + mixed(place) % (step - run);
    ranges.push_back({begin, begin + run});
  }
  return ranges;
}

bool clearly_independent(std::vector<double>& sample, std::size_t rows, double tolerance, int threads,
                         Control& control) {
  const std::size_t width = sample.size() / rows;
  if (width < rows) return false;
  std::vector<double> norms(rows, 0.0);
  for (std::size_t row = 0; row < rows; ++row) {
    double* const values = sample.data() + row * width;
    for (std::size_t i = 0; i < width; ++i) norms[row] += values[i] * values[i];
  }
  const auto [least, most] = std::minmax_element(norms.begin(), norms.end());
  const double clear = std::max(clear_pivot, tolerances * tolerance * tolerance);
  if (!(*least > clear_pivot * *most && *most > trusted_norm * trusted_norm)) return false;
  std::vector<double> turned(rows * width);
  for (std::size_t row = 0; row < rows; ++row) {
    const double factor = 1 / std::sqrt(norms[row]);
    for (std::size_t i = 0; i < width; ++i) {
      sample[row * width + i] *= factor;
      turned[i * rows + row] = sample[row * width + i];
    }
  }
  std::vector<double> gram(rows * rows);
  multiply(rows, rows, width, sample.data(), turned.data(), gram.data(), threads, control);
  for (std::size_t k = 0; k < rows; ++k) {
    const double* const pivots = gram.data() + k * rows;
    if (!(pivots[k] > clear)) return false;
    for (std::size_t i = k + 1; i < rows; ++i) {
      const double factor = pivots[i] / pivots[k];
      double* const row = gram.data() + i * rows;
      for (std::size_t j = i; j < rows; ++j) row[j] -= factor * pivots[j];
    }
  }
  return true;
}

}  // namespace kroncut
