#pragma once

#include <cstddef>

#include "core/control.hpp"

namespace kroncut {

/// Reconstruction as CutQC does it (arXiv:2012.02333, Section 4.3), the yardstick of the benchmarks: for each
/// of `inner` terms the Kronecker product of a column of `left` [rows][inner] and a row of `right`
/// [inner][columns] is added to the whole of out[rows][columns], which starts as zeros. Every term is one
/// pass over the output.
void naive_kronecker(std::size_t rows, std::size_t columns, std::size_t inner, const double* left,
                     const double* right, double* out, int threads, Control& control);

}  // namespace kroncut
