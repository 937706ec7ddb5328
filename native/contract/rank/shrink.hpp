#pragma once

#include <cstddef>

#include "contract/product/last_step.hpp"
#include "core/control.hpp"

namespace kroncut {

/// What shrinking did to the index that a product sums over.
struct Shrinking {
  std::size_t before = 1;
  std::size_t after = 1;
  /// No value of the answer differs by more than this from that of the product as it was, rounding of the
  /// product itself aside. 0 where nothing but rows of zeros was left out.
  double error_bound = 0;
};

/// Shrinks the inner index of a product to its numerical rank, where that pays. With left = A (rows x k) and
/// right = B (k x columns), columns J of A are chosen such that A = A[:, J] T up to `tolerance`, and the
/// product becomes A[:, J] (T B); the same is then done with the rows of the new right side, so that what
/// stays is the rank of the product (interpolative decomposition: Cheng, Gimbutas, Martinsson and Rokhlin
/// 2005, Eq. 2.3). The columns are chosen on a sparse sketch of A (Clarkson and Woodruff, arXiv:1207.6365),
/// and the residual A - A[:, J] T is then computed in full: it gives the error bound, and a decomposition
/// whose bound exceeds tolerance * sum over i of max |A[:, i]| * max |B[i, :]|, the largest value that the
/// product could have, is given up. A side a few of whose entries are clearly of full rank is not looked at.
///
/// `tolerance` >= 0; at 0 nothing is done. The outcome depends on the product and the tolerance only, never
/// on the number of threads. Takes memory for a copy of either side.
Shrinking shrink_product(PreparedProduct& prepared, double tolerance, int threads, Control& control);

/// Default tolerance: what the rounding of a product over a thousand values may come to.
inline constexpr double rounding_tolerance = 1e-13;

}  // namespace kroncut
