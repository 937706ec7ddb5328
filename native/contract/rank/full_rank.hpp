#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/control.hpp"

namespace kroncut {

/// Columns [begin, end).
struct ColumnRange {
  std::size_t begin;
  std::size_t end;
};

/// Four columns for each of `rows` rows out of `columns`, evenly spread but for chance; all where there are
/// not many more.
std::vector<ColumnRange> sampled_columns(std::size_t rows, std::size_t columns);

/// Whether the rows of a sample (row-major, `rows` of them, which is used up) are clearly independent, so
/// that no combination of them is small on the scale of `tolerance`: it goes by the pivots of Cholesky's
/// method for rows of unit length, which must not differ in length by more than a thousand. Rows that are not
/// seen through so easily may be independent yet; those of a matrix that the sample is taken from are so all
/// the more.
bool clearly_independent(std::vector<double>& sample, std::size_t rows, double tolerance, int threads,
                         Control& control);

/// A number that looks like chance.
std::uint64_t mixed(std::uint64_t value);

}  // namespace kroncut
