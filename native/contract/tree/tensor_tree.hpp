#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "contract/network/tensor.hpp"
#include "core/control.hpp"

namespace kroncut {

/// A contraction tree whose leaves are tensors with an outcome each still to be fixed, for many lists of such
/// outcomes in one go. What lists have in common, down to single leaves, is contracted once.
class TensorTree {
 public:
  using TensorPtr = std::shared_ptr<const Tensor>;
  using Join = std::array<std::size_t, 2>;

  /// `leaves[i]`: the tensors, at least one, that may stand at leaf i; all with the same bonds in one order.
  /// `joins`: pairs of nodes, first the leaves, then the results of the joins before; each node but the last
  /// is joined once. Throws Error(input) where a bond does not join exactly two leaves, and where the joins
  /// are no tree.
  TensorTree(std::vector<std::vector<TensorPtr>> leaves, std::span<const Join> joins);

  [[nodiscard]] std::size_t leaf_count() const noexcept { return leaves_.size(); }

  /// value[i]: the contraction with outcome `outcomes[i * leaf_count() + j]` of tensor `choices[same]` at
  /// leaf j. No value depends on the other lists or on `threads`. Throws Error(input) for a choice or an
  /// outcome that is not there.
  [[nodiscard]] std::vector<double> values(std::span<const std::uint32_t> choices,
                                           std::span<const std::uint64_t> outcomes, int threads,
                                           Control& control) const;

  /// Samples number `begin` to `end` of the stream that `seed` names, of the distribution over the outcomes
  /// of all leaves (their first tensors): result[i * leaf_count() + j] is the outcome of leaf j. Leaves are
  /// drawn one after another, given those drawn before, while later ones are summed away (Ferris and Vidal,
  /// arXiv:1201.3974); values below zero count as zero. A sample depends on its number and the seed alone.
  [[nodiscard]] std::vector<std::uint64_t> draw(std::uint64_t seed, std::uint64_t begin, std::uint64_t end,
                                                int threads, Control& control) const;

 private:
  /// A join's own order of open bonds: those of the left operand (p), then those of the right one (q).
  struct Node {
    bool leaf = true;
    std::size_t left = 0;
    std::size_t right = 0;
    std::vector<Bond> bonds;
    std::size_t size = 1;
    std::size_t p = 1;
    std::size_t q = 1;
    std::size_t shared = 1;
    /// Element (p, shared) of the left operand, and (q, shared) of the right one, in their own orders.
    std::vector<std::uint32_t> left_place;
    std::vector<std::uint32_t> right_place;
  };
  friend class WideTree;
  struct Table;
  class Batch;
  class Sampler;

  void join(std::size_t left, std::size_t right);
  [[nodiscard]] std::size_t largest_node() const noexcept;
  [[nodiscard]] std::size_t rows_together(std::size_t count) const;
  /// Throws Error(input) for a choice or an outcome that is not there.
  void require_outcome(std::size_t leaf, std::uint32_t choice, std::uint64_t outcome) const;

  std::vector<std::vector<TensorPtr>> leaves_;
  std::vector<Node> nodes_;
};

}  // namespace kroncut
