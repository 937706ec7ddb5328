#include "contract/rank/bond_rank.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <random>
#include <vector>

#include "contract/network/network.hpp"
#include "contract/rank/pivoted_basis.hpp"
#include "core/error.hpp"
#include "core/testing.hpp"

namespace kroncut {
namespace {

/// A tensor of bonds 3, 8 and 5, and the place of element (joint index of 5 and 3, bond 8, outcome) in it.
struct Sample {
  NewTensor made;
  std::size_t rows = 1;
  std::size_t rest = 1;
  std::size_t length = 1;
  [[nodiscard]] std::size_t place(std::size_t row, std::size_t other, std::size_t outcome) const {
    const std::vector<Bond>& bonds = made.tensor.bonds;
    const std::size_t fifth = row / bonds[0].extent;
    const std::size_t third = row % bonds[0].extent;
    return ((third * bonds[1].extent + other) * bonds[2].extent + fifth) * length + outcome;
  }
};

const std::vector<int> joint{5, 3};

/// The matrix of a sample: sum over r of scales[r] times a unit vector, orthogonal to the others, times a
/// random one; columns of which only every `every`-th has values.
Sample sample(std::size_t third, std::size_t fifth, std::size_t other, int bits,
              const std::vector<double>& scales, std::size_t every, std::mt19937_64& random) {
  std::vector<int> names;
  for (int bit = 0; bit < bits; ++bit) names.push_back(bit);
  Sample result{allocate_tensor({{3, third}, {8, other}, {5, fifth}}, names), third * fifth, other,
                std::size_t{1} << bits};
  std::normal_distribution<double> normal;
  std::vector<double> start(result.rows * result.rows);
  for (double& value : start) value = normal(random);
  const std::vector<double> units = PivotedBasis(start, result.rows, 0).vectors();
  std::fill(result.made.values, result.made.values + result.made.tensor.size(), 0.0);
  for (std::size_t column = 0; column < other * result.length; column += every) {
    for (std::size_t r = 0; r < scales.size(); ++r) {
      const double share = scales[r] * normal(random);
      for (std::size_t row = 0; row < result.rows; ++row) {
        result.made.values[result.place(row, column / result.length, column % result.length)] +=
            share * units[r * result.rows + row];
      }
    }
  }
  return result;
}

/// Norms of what a basis loses of a sample, or of the whole sample without one, the slow way.
SliceNorms naive_norms(const Sample& s, const BondBasis* basis) {
  double whole = 0;
  SliceNorms norms;
  for (std::size_t outcome = 0; outcome < s.length; ++outcome) {
    double slice = 0;
    for (std::size_t other = 0; other < s.rest; ++other) {
      std::vector<double> column(s.rows);
      for (std::size_t row = 0; row < s.rows; ++row) {
        column[row] = s.made.tensor.values[s.place(row, other, outcome)];
      }
      const std::vector<double> before = column;
      for (std::size_t r = 0; basis != nullptr && r < basis->rank; ++r) {
        double share = 0;
        for (std::size_t i = 0; i < s.rows; ++i) share += basis->vectors[i * basis->rank + r] * before[i];
        for (std::size_t i = 0; i < s.rows; ++i) column[i] -= basis->vectors[i * basis->rank + r] * share;
      }
      for (const double value : column) slice += value * value;
    }
    whole += slice;
    norms.largest = std::max(norms.largest, std::sqrt(slice));
    norms.sum += std::sqrt(slice);
  }
  norms.whole = std::sqrt(whole);
  return norms;
}

void check_basis(const Sample& s, double tolerance, std::size_t expected) {
  Control control;
  const BondBasis found = bond_basis(s.made.tensor, joint, tolerance, 1, control);
  KRONCUT_CHECK(found.extent == s.rows);
  KRONCUT_CHECK(found.rank == expected);
  const BondBasis again = bond_basis(s.made.tensor, joint, tolerance, 3, control);
  KRONCUT_CHECK(again.vectors == found.vectors && again.lost.whole == found.lost.whole);
  if (found.rank == s.rows) {
    KRONCUT_CHECK(found.vectors.empty());
    return;
  }
  for (std::size_t p = 0; p < found.rank; ++p) {
    for (std::size_t q = 0; q < found.rank; ++q) {
      double product = 0;
      for (std::size_t i = 0; i < s.rows; ++i) {
        product += found.vectors[i * found.rank + p] * found.vectors[i * found.rank + q];
      }
      KRONCUT_CHECK_NEAR(product, p == q ? 1.0 : 0.0, 1e-13);
    }
  }
  const SliceNorms all = naive_norms(s, nullptr);
  const SliceNorms lost = naive_norms(s, &found);
  KRONCUT_CHECK(lost.whole <= tolerance * all.whole * (1 + 1e-2) + 1e-15 * all.whole);
  KRONCUT_CHECK(lost.largest <= tolerance * all.largest * (1 + 1e-2) + 1e-15 * all.whole);
  KRONCUT_CHECK_NEAR(found.lost.whole, lost.whole, 1e-14 * all.whole);
  KRONCUT_CHECK_NEAR(found.lost.largest, lost.largest, 1e-14 * all.whole);
  KRONCUT_CHECK_NEAR(found.lost.sum, lost.sum, 1e-14 * all.sum);
}

}  // namespace

KRONCUT_TEST(bond_basis_finds_the_rank_of_narrow_and_wide_tensors) {
  std::mt19937_64 random(31);
  for (const int bits : {0, 3, 9, 13}) {
    for (const std::size_t rank : {std::size_t{1}, std::size_t{5}, std::size_t{11}, std::size_t{16}}) {
      const Sample s = sample(4, 4, 3, bits, std::vector<double>(rank, 1.0), 1, random);
      check_basis(s, 1e-13, std::min(rank, s.rest * s.length));
    }
  }
}

KRONCUT_TEST(bond_basis_keeps_what_is_small_but_more_than_rounding) {
  std::mt19937_64 random(32);
  const std::vector<double> scales{1, 1, 1e-6, 1e-6, 1e-11, 1e-12};
  for (const int bits : {2, 11}) {
    const Sample s = sample(2, 6, 4, bits, scales, 1, random);
    check_basis(s, 1e-13, 6);
    check_basis(s, 1e-9, 4);
    check_basis(s, 1e-4, 2);
  }
}

KRONCUT_TEST(bond_basis_finds_few_columns_among_zeros) {
  std::mt19937_64 random(33);
  // 2^12 columns, of which 16 or 12 are not zero.
  check_basis(sample(4, 4, 4, 10, std::vector<double>(16, 1.0), 256, random), 1e-13, 16);
  check_basis(sample(4, 4, 3, 10, std::vector<double>(16, 1.0), 256, random), 1e-13, 12);
  check_basis(sample(8, 8, 8, 9, std::vector<double>(64, 1.0), 100, random), 1e-13, 41);
}

KRONCUT_TEST(bond_basis_keeps_an_outcome_apart_from_all_others) {
  // What one outcome alone reaches is a small share of the tensor, but not of the largest slice.
  std::mt19937_64 random(34);
  Sample s = sample(2, 2, 1, 14, {1.0, 1.0}, 1, random);
  const double size = naive_norms(s, nullptr).largest;
  std::vector<double> extra(s.rows);
  for (double& value : extra) value = std::normal_distribution<double>()(random);
  for (std::size_t row = 0; row < s.rows; ++row) {
    s.made.values[s.place(row, 0, 77)] += 3e-3 * size * extra[row];
  }
  Control control;
  const BondBasis found = bond_basis(s.made.tensor, joint, 1e-3, 2, control);
  const SliceNorms lost = naive_norms(s, &found);
  KRONCUT_CHECK(found.rank == 3);
  KRONCUT_CHECK(lost.largest <= 1e-3 * naive_norms(s, nullptr).largest);
}

KRONCUT_TEST(bond_basis_leaves_zeros_and_single_components_alone) {
  std::mt19937_64 random(35);
  check_basis(sample(1, 1, 4, 3, {1.0}, 1, random), 1e-13, 1);
  check_basis(sample(2, 2, 4, 3, {}, 1, random), 1e-13, 4);
}

KRONCUT_TEST(project_bonds_multiplies_by_the_vectors) {
  std::mt19937_64 random(36);
  Control control;
  const Sample s = sample(3, 4, 5, 6, std::vector<double>(12, 1.0), 1, random);
  std::vector<double> vectors(12 * 7);
  for (double& value : vectors) value = std::normal_distribution<double>()(random);
  const Tensor made = project_bonds(s.made.tensor, joint, vectors, 40, 2, control);
  KRONCUT_CHECK(made.bonds.size() == 2 && made.bits == s.made.tensor.bits);
  KRONCUT_CHECK(made.bonds[0].label == 40 && made.bonds[0].extent == 7);
  KRONCUT_CHECK(made.bonds[1].label == 8 && made.bonds[1].extent == 5);
  for (std::size_t r = 0; r < 7; ++r) {
    for (std::size_t column = 0; column < s.rest * s.length; ++column) {
      double expected = 0;
      for (std::size_t row = 0; row < 12; ++row) {
        expected +=
            vectors[row * 7 + r] * s.made.tensor.values[s.place(row, column / s.length, column % s.length)];
      }
      KRONCUT_CHECK_NEAR(made.values[r * s.rest * s.length + column], expected, 1e-12);
    }
  }
  KRONCUT_CHECK_THROWS(project_bonds(s.made.tensor, joint, std::vector<double>(13), 40, 1, control).size(),
                       ErrorCode::input);
  const std::vector<int> absent{5, 4};
  const std::vector<int> twice{5, 5};
  KRONCUT_CHECK_THROWS(bond_basis(s.made.tensor, absent, 1e-13, 1, control).rank, ErrorCode::input);
  KRONCUT_CHECK_THROWS(bond_basis(s.made.tensor, twice, 1e-13, 1, control).rank, ErrorCode::input);
}

KRONCUT_TEST(slice_norms_are_those_of_every_outcome) {
  std::mt19937_64 random(37);
  Control control;
  const Sample s = sample(3, 4, 5, 6, {1.0, 0.5}, 1, random);
  const SliceNorms found = slice_norms(s.made.tensor, 2, control);
  const SliceNorms expected = naive_norms(s, nullptr);
  KRONCUT_CHECK_NEAR(found.whole, expected.whole, 1e-12);
  KRONCUT_CHECK_NEAR(found.largest, expected.largest, 1e-12);
  KRONCUT_CHECK_NEAR(found.sum, expected.sum, 1e-11);
  NewTensor scalar = allocate_tensor({}, {});
  scalar.values[0] = -3;
  KRONCUT_CHECK_NEAR(slice_norms(scalar.tensor, 1, control).largest, 3.0, 1e-15);
}

}  // namespace kroncut
