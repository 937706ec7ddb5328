#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "contract/tree/tensor_tree.hpp"
#include "core/control.hpp"

namespace kroncut {

/// Values of a tree with nodes so large that few rows of a batch would share any: each node is made once for
/// all rows that agree below it, and the threads divide single products. A sum is divided into blocks that
/// depend on its length alone.
class WideTree {
 public:
  WideTree(const TensorTree& tree, int threads, Control& control)
      : tree_(tree), threads_(threads), control_(control) {}

  /// As `TensorTree::values`.
  [[nodiscard]] std::vector<double> values(std::span<const std::uint32_t> choices,
                                           std::span<const std::uint64_t> outcomes) const;

 private:
  struct Entries;
  class Operand;
  struct Product {
    const double* left;   // [p][shared]
    const double* right;  // [q][shared]
    double* to;           // [p][q]
  };

  [[nodiscard]] std::size_t rows_that_fit(std::span<const std::uint32_t> choices,
                                          std::span<const std::uint64_t> outcomes) const;
  [[nodiscard]] Entries entries(std::size_t number, std::span<const std::uint32_t> choices,
                                std::span<const std::uint64_t> outcomes) const;
  [[nodiscard]] Entries leaf(std::size_t number, std::span<const std::uint32_t> choices,
                             std::span<const std::uint64_t> outcomes) const;
  /// All products of a node whose sums are long, a stretch of all entries after another, so that no operand
  /// is arranged as a whole; false where entries or results are too many for that.
  bool multiply_long(const TensorTree::Node& node, const Entries& left, const Entries& right,
                     const std::vector<std::pair<std::uint64_t, std::uint64_t>>& pairs,
                     Entries& result) const;
  void multiply(const TensorTree::Node& node, const std::vector<Product>& products) const;

  const TensorTree& tree_;
  int threads_;
  Control& control_;
};

}  // namespace kroncut
