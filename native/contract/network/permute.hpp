#pragma once

#include <cstddef>
#include <span>

#include "core/control.hpp"

namespace kroncut {

/// Reorders the axes of a row-major array: axis d of `destination` is axis `order[d]` of `source`, whose
/// extents are `extents`. An outcome axis of 2^n is given as n axes of extent 2, highest bit first, which
/// makes a bit permutation. The arrays must not overlap. Works in blocks that fit the caches from both sides.
void permute_axes(const double* source, std::span<const std::size_t> extents,
                  std::span<const std::size_t> order, double* destination, int threads, Control& control);

/// Whether permute_axes would only copy.
[[nodiscard]] bool is_identity_permutation(std::span<const std::size_t> extents,
                                           std::span<const std::size_t> order);

}  // namespace kroncut
