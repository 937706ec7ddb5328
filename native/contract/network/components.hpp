#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "contract/network/tensor.hpp"

namespace kroncut {

/// For every joint index of a tensor's bonds, row-major: 1 where some outcome has a value other than zero.
std::vector<std::uint8_t> nonzero_rows(const Tensor& tensor, int threads);

/// A tensor of some rows of another one: row i is row `rows[i]` of `tensor`, counted over `bonds`, row-major.
/// Throws Error(input) where the bonds do not make up so many rows, and for a row that is not there.
Tensor select_rows(const Tensor& tensor, std::span<const std::uint32_t> rows, std::vector<Bond> bonds,
                   int threads);

}  // namespace kroncut
