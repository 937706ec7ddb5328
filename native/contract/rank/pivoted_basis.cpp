#include "contract/rank/pivoted_basis.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "contract/network/dot.hpp"

namespace kroncut {
namespace {

void reflect(const double* reflection, double* vector, std::size_t size) {
  const double factor = 2 * dot(reflection, vector, size);
  for (std::size_t i = 0; i < size; ++i) vector[i] -= factor * reflection[i];
}

}  // namespace

PivotedBasis::PivotedBasis(std::vector<double> columns, std::size_t length, double share) : length_(length) {
  const std::size_t count = columns.size() / length;
  std::vector<std::size_t> order(count);
  std::vector<double> rest(count);
  double total = 0;
  for (std::size_t t = 0; t < count; ++t) {
    order[t] = t;
    rest[t] = dot(columns.data() + t * length, columns.data() + t * length, length);
    total += rest[t];
  }
  const double limit = share * share * total;
  double left = total;
  for (std::size_t k = 0; k < std::min(length, count) && left > limit; ++k) {
    const auto largest = std::max_element(rest.begin() + static_cast<std::ptrdiff_t>(k), rest.end());
    const std::size_t pivot = static_cast<std::size_t>(largest - rest.begin());
    std::swap(order[k], order[pivot]);
    std::swap(rest[k], rest[pivot]);
    const double* const column = columns.data() + order[k] * length;
    const double norm = std::sqrt(dot(column + k, column + k, length - k));
    if (!(norm > 0)) break;
    reflections_.resize((k + 1) * length, 0.0);
    double* const reflection = reflections_.data() + k * length;
    std::copy(column + k, column + length, reflection + k);
    // Away from cancellation.
    reflection[k] += reflection[k] < 0 ? -norm : norm;
    const double size = std::sqrt(dot(reflection + k, reflection + k, length - k));
    for (std::size_t i = k; i < length; ++i) reflection[i] /= size;
    ++rank_;
    left = 0;
    for (std::size_t t = k + 1; t < count; ++t) {
      double* const other = columns.data() + order[t] * length;
      reflect(reflection + k, other + k, length - k);
      rest[t] = dot(other + k + 1, other + k + 1, length - k - 1);
      left += rest[t];
    }
  }
}

std::vector<double> PivotedBasis::vectors() const {
  // The product of all reflections, applied to unit vectors.
  std::vector<double> vectors(length_ * length_, 0.0);
  for (std::size_t j = 0; j < length_; ++j) {
    double* const vector = vectors.data() + j * length_;
    vector[j] = 1;
    for (std::size_t k = std::min(rank_, j + 1); k-- > 0;) {
      reflect(reflections_.data() + k * length_ + k, vector + k, length_ - k);
    }
  }
  return vectors;
}

}  // namespace kroncut
