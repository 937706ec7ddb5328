#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "synthesize/columns/column_kernels.hpp"

namespace kroncut::synthesize {

/// The groups of indices that a gate mixes: indices of `count` digits of `bits` bits each; the gate acts on
/// the digits `qubits`. Starts and offsets are multiplied by `scale`.
class OwnedGroups {
 public:
  OwnedGroups(int count, int bits, std::span<const int> qubits, std::size_t scale) {
    const std::size_t digit = (std::size_t{1} << bits) - 1;
    std::size_t mask = 0;
    for (const int qubit : qubits) mask |= digit << (bits * qubit);
    const std::size_t size = std::size_t{1} << (bits * count);
    for (std::size_t index = 0; index < size; ++index) {
      if ((index & mask) == 0) starts_.push_back(index * scale);
    }
    const std::size_t members = std::size_t{1} << (static_cast<std::size_t>(bits) * qubits.size());
    for (std::size_t member = 0; member < members; ++member) {
      std::size_t offset = 0;
      for (std::size_t j = 0; j < qubits.size(); ++j) {
        offset |= (member >> (static_cast<std::size_t>(bits) * j) & digit) << (bits * qubits[j]);
      }
      offsets_.push_back(offset * scale);
    }
  }
  [[nodiscard]] RowGroups view() const noexcept {
    return {starts_.data(), starts_.size(), offsets_.data(), static_cast<int>(offsets_.size())};
  }

 private:
  std::vector<std::size_t> starts_;
  std::vector<std::size_t> offsets_;
};

}  // namespace kroncut::synthesize
