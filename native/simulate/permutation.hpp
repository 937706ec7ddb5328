#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "simulate/kernel.hpp"
#include "simulate/program.hpp"

namespace kroncut {

/// Whether a gate moves amplitudes and does not change them: cx, x, swap and what they compose to.
[[nodiscard]] bool is_permutation(const GateOperation& gate) noexcept;

/// Many such gates as one move of the amplitudes of a block. Each gate takes the bits of an index to affine
/// functions of them over GF(2), for every permutation of four values is affine; so do all together (Patel,
/// Markov and Hayes, arXiv:quant-ph/0302002).
template <class Real>
class Permutation {
 public:
  /// `place`: of each bit of the state's index, its place within a block, or below zero where that is the
  /// same all over the block. `bits`: of a block.
  Permutation(const std::vector<int>& place, int bits);

  /// Adds a gate after those before, which must be diagonal on bits outside the block.
  void add(const GateOperation& gate);
  /// To be called after the last gate.
  void finish();

  /// Writes the amplitudes of a block in their new order; `base` is an index of the state in that block.
  void apply(const Real* from, Real* to, std::size_t base) const;

 private:
  /// A bit after the gates: the parity of bits before them, inside and outside of the block, and a constant.
  struct Row {
    std::size_t inside = 0;
    std::size_t outside = 0;
    bool flipped = false;
  };
  [[nodiscard]] Row row(int bit) const;

  std::vector<int> place_;
  std::vector<Row> rows_;
  std::vector<std::size_t> inverse_;  // offset of where each bit of the new index comes from
  std::vector<std::size_t> steps_;    // the same from one group of lanes to the next
  std::array<std::size_t, Layout<Real>::lanes> lane_{};
  bool whole_ = true;  // lanes stay where they are
};

}  // namespace kroncut
