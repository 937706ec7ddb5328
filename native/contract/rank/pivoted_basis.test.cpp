#include "contract/rank/pivoted_basis.hpp"

#include <cmath>
#include <cstddef>
#include <random>
#include <vector>

#include "core/testing.hpp"

namespace kroncut {
namespace {

double dot(const double* a, const double* b, std::size_t size) {
  double sum = 0;
  for (std::size_t i = 0; i < size; ++i) sum += a[i] * b[i];
  return sum;
}

/// `count` columns of `length` values that depend on `rank` of them, but for noise.
std::vector<double> dependent_columns(std::size_t length, std::size_t count, std::size_t rank, double noise,
                                      std::mt19937_64& random) {
  std::uniform_real_distribution<double> uniform(-1.0, 1.0);
  std::vector<double> basis(rank * length);
  for (double& value : basis) value = uniform(random);
  std::vector<double> columns(count * length);
  for (std::size_t t = 0; t < count; ++t) {
    for (std::size_t i = 0; i < length; ++i) columns[t * length + i] = noise * uniform(random);
    for (std::size_t r = 0; r < rank; ++r) {
      const double share = uniform(random);
      for (std::size_t i = 0; i < length; ++i) columns[t * length + i] += share * basis[r * length + i];
    }
  }
  return columns;
}

}  // namespace

KRONCUT_TEST(pivoted_basis_spans_all_columns_but_a_rest_within_its_share) {
  std::mt19937_64 random(21);
  struct Case {
    std::size_t length, count, rank;
    double noise, share;
  };
  for (const Case& c : {Case{9, 30, 4, 0, 1e-13}, Case{16, 16, 16, 0, 1e-13}, Case{16, 5, 5, 0, 1e-13},
                        Case{12, 40, 3, 1e-9, 1e-7}, Case{4, 7, 0, 0, 1e-13}, Case{1, 3, 1, 0, 1e-13}}) {
    const std::vector<double> columns = dependent_columns(c.length, c.count, c.rank, c.noise, random);
    const PivotedBasis found(columns, c.length, c.share);
    KRONCUT_CHECK(found.rank() == c.rank);
    const std::vector<double> vectors = found.vectors();
    for (std::size_t i = 0; i < c.length; ++i) {
      for (std::size_t j = 0; j < c.length; ++j) {
        const double product = dot(vectors.data() + i * c.length, vectors.data() + j * c.length, c.length);
        KRONCUT_CHECK_NEAR(product, i == j ? 1.0 : 0.0, 1e-14);
      }
    }
    double lost = 0;
    double all = 0;
    for (std::size_t t = 0; t < c.count; ++t) {
      const double* const column = columns.data() + t * c.length;
      all += dot(column, column, c.length);
      for (std::size_t j = c.rank; j < c.length; ++j) {
        lost += std::pow(dot(vectors.data() + j * c.length, column, c.length), 2);
      }
    }
    KRONCUT_CHECK(std::sqrt(lost) <= c.share * std::sqrt(all));
  }
}

}  // namespace kroncut
