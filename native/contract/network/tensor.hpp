#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace kroncut {

/// An index shared by two tensors of a network.
struct Bond {
  int label = 0;
  std::size_t extent = 1;
};

/// A real tensor: bonds times outcomes, row-major, bonds first: element (b0, b1, ..., x) with x running
/// fastest. Bit j of x is outcome bit `bits[j]` of the circuit. The values are immutable and may be mapped
/// from a file.
struct Tensor {
  std::vector<Bond> bonds;
  std::vector<int> bits;
  const double* values = nullptr;
  std::shared_ptr<const void> owner;  // keeps `values` alive

  [[nodiscard]] std::size_t bond_size() const noexcept {
    std::size_t size = 1;
    for (const auto& bond : bonds) size *= bond.extent;
    return size;
  }
  [[nodiscard]] std::size_t outcome_size() const noexcept { return std::size_t{1} << bits.size(); }
  [[nodiscard]] std::size_t size() const noexcept { return bond_size() * outcome_size(); }
};

}  // namespace kroncut
