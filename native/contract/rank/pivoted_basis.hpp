#pragma once

#include <cstddef>
#include <vector>

namespace kroncut {

/// An orthonormal basis whose first `rank()` vectors hold all of some columns but a small rest: Householder's
/// method, the column with the largest rest being taken next (Businger and Golub, Numer. Math. 7, 269
/// (1965)).
class PivotedBasis {
 public:
  /// `columns`: vectors of `length` values one after another. Ends when what is left of all of them together
  /// has a norm of at most `share` times theirs, or is as many vectors as they have values.
  PivotedBasis(std::vector<double> columns, std::size_t length, double share);

  [[nodiscard]] std::size_t rank() const noexcept { return rank_; }
  /// `length` vectors one after another; those from number `rank()` on span what is left out.
  [[nodiscard]] std::vector<double> vectors() const;

 private:
  std::size_t length_;
  std::size_t rank_ = 0;
  /// Reflections I - 2 v v^T with unit vectors v, one after another; v is zero before its number.
  std::vector<double> reflections_;
};

}  // namespace kroncut
