#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "contract/network/tensor.hpp"
#include "core/control.hpp"

namespace kroncut {

/// Norms of a tensor's slices, one for each outcome: that of a slice is the root of the sum of its squares
/// over all bonds. Their root mean square times their number's root (`whole`, the norm of the tensor), the
/// largest one, and their sum.
struct SliceNorms {
  double whole = 0;
  double largest = 0;
  double sum = 0;
};

/// Orthonormal vectors U over the joint index of some bonds of a tensor A, which is taken as a matrix with
/// one row for each value of that index. U U^T A stands for A.
struct BondBasis {
  /// Of the joint index.
  std::size_t extent = 1;
  /// Number of vectors, at least 1; `extent` where none can be spared, and then there are none here.
  std::size_t rank = 1;
  /// extent x rank, row-major.
  std::vector<double> vectors;
  /// Of A - U U^T A, as measured.
  SliceNorms lost;
};

/// The numerical rank of a tensor with regard to the bonds `labels`, whose joint index is row-major in their
/// order. What is lost has a norm of at most `tolerance` times that of the tensor, and no slice of it one
/// above `tolerance` times the largest norm of a slice. The vectors are found by Householder's method with
/// pivots (Golub and Van Loan, section 5.4) on a sparse sketch of the matrix (Clarkson and Woodruff,
/// arXiv:1207.6365), which squares no condition number; what they leave of the matrix is then measured in a
/// second pass over the tensor, and vectors that leave too much are given up. Where a few columns
/// are clearly of full rank the others are not read. The outcome depends on the tensor and the tolerance
/// alone, never on the number of threads. Throws Error(input) for a label that the tensor has not, or has
/// more than once.
BondBasis bond_basis(const Tensor& tensor, std::span<const int> labels, double tolerance, int threads,
                     Control& control);

/// U^T A, for the vectors of a BondBasis: the bonds `labels` become one of extent `rank` with the label
/// `label`, which comes first; the others keep their order. Throws Error(input) as `bond_basis` does, and for
/// vectors that do not fit.
Tensor project_bonds(const Tensor& tensor, std::span<const int> labels, std::span<const double> vectors,
                     int label, int threads, Control& control);

SliceNorms slice_norms(const Tensor& tensor, int threads, Control& control);

}  // namespace kroncut
