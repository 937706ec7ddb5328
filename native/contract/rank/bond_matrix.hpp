#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "contract/network/tensor.hpp"
#include "contract/rank/full_rank.hpp"
#include "core/error.hpp"

namespace kroncut {

/// A tensor as a matrix: rows by the joint index of some bonds, row-major in the order of their labels,
/// columns by the other bonds and the outcomes. Throws Error(input) for a label that the tensor has not, or
/// more than once.
class BondMatrix {
 public:
  BondMatrix(const Tensor& tensor, std::span<const int> labels)
      : values_(tensor.values), length_(tensor.outcome_size()) {
    std::vector<std::size_t> strides(tensor.bonds.size(), 1);
    for (std::size_t i = strides.size(); i-- > 1;) strides[i - 1] = strides[i] * tensor.bonds[i].extent;
    std::vector<bool> joint(tensor.bonds.size(), false);
    row_offsets_ = {0};
    rest_offsets_ = {0};
    for (const int label : labels) {
      std::size_t place = tensor.bonds.size();
      for (std::size_t i = 0; i < tensor.bonds.size(); ++i) {
        if (tensor.bonds[i].label != label) continue;
        if (place != tensor.bonds.size() || joint[i]) place = tensor.bonds.size() + 1;
        if (place == tensor.bonds.size()) place = i;
      }
      if (place >= tensor.bonds.size()) {
        throw Error(ErrorCode::input, "bond " + std::to_string(label) +
                                          " is to be one of the tensor's bonds, named and present once");
      }
      joint[place] = true;
      extend(row_offsets_, tensor.bonds[place].extent, strides[place]);
    }
    for (std::size_t i = 0; i < tensor.bonds.size(); ++i) {
      if (joint[i]) continue;
      rest_.push_back(tensor.bonds[i]);
      extend(rest_offsets_, tensor.bonds[i].extent, strides[i]);
    }
  }

  [[nodiscard]] std::size_t rows() const noexcept { return row_offsets_.size(); }
  [[nodiscard]] std::size_t columns() const noexcept { return rest_offsets_.size() * length_; }
  /// Outcomes: column j belongs to outcome j % length().
  [[nodiscard]] std::size_t length() const noexcept { return length_; }
  [[nodiscard]] const std::vector<Bond>& rest() const noexcept { return rest_; }

  /// Calls body(first column, values, count) for the runs that columns [begin, end) of a row consist of.
  template <class Body>
  void each_run(std::size_t row, std::size_t begin, std::size_t end, const Body& body) const {
    for (std::size_t column = begin; column < end;) {
      const std::size_t within = column % length_;
      const std::size_t count = std::min(end - column, length_ - within);
      body(column, values_ + (row_offsets_[row] + rest_offsets_[column / length_]) * length_ + within, count);
      column += count;
    }
  }

  /// Columns [begin, end), row-major and without gaps.
  void copy(std::size_t begin, std::size_t end, double* to) const {
    for (std::size_t row = 0; row < rows(); ++row) {
      each_run(row, begin, end, [&](std::size_t column, const double* from, std::size_t count) {
        std::copy(from, from + count, to + row * (end - begin) + (column - begin));
      });
    }
  }

  /// Columns of a block.
  [[nodiscard]] std::size_t block() const noexcept {
    return std::min(columns(), std::max<std::size_t>(64, block_values / rows()));
  }

  /// Ranges of columns in blocks.
  [[nodiscard]] std::vector<ColumnRange> blocks(std::span<const ColumnRange> ranges) const {
    std::vector<ColumnRange> found;
    for (const auto& [begin, end] : ranges) {
      for (std::size_t at = begin; at < end; at += block())
        found.push_back({at, std::min(end, at + block())});
    }
    return found;
  }

 private:
  /// Values of a block of columns that one thread works on.
  static constexpr std::size_t block_values = std::size_t{1} << 16;

  static void extend(std::vector<std::size_t>& offsets, std::size_t extent, std::size_t stride) {
    std::vector<std::size_t> longer;
    longer.reserve(offsets.size() * extent);
    for (const std::size_t offset : offsets) {
      for (std::size_t i = 0; i < extent; ++i) longer.push_back(offset + i * stride);
    }
    offsets = std::move(longer);
  }

  const double* values_;
  std::size_t length_;
  std::vector<std::size_t> row_offsets_;
  std::vector<std::size_t> rest_offsets_;
  std::vector<Bond> rest_;
};

}  // namespace kroncut
