#pragma once

#include <complex>

#include "simulate/program.hpp"

namespace kroncut {

/// Entries closer than this to 0 or 1 are rounding errors of a product of gates and are taken as exact.
inline constexpr double gate_tolerance = 4e-16;

/// 2 or 4: rows of a gate's matrix.
[[nodiscard]] inline int gate_size(const GateOperation& gate) noexcept { return gate.second < 0 ? 2 : 4; }

/// The qubit that bit 0 or 1 of a matrix index stands for.
[[nodiscard]] inline int gate_qubit(const GateOperation& gate, int bit) noexcept {
  return bit == 0 ? gate.first : gate.second;
}

/// Entry of a gate's matrix, row-major.
[[nodiscard]] inline std::complex<double>& entry(GateOperation& gate, int row, int column) noexcept {
  return gate.matrix[static_cast<std::size_t>(row * gate_size(gate) + column)];
}
[[nodiscard]] inline const std::complex<double>& entry(const GateOperation& gate, int row,
                                                       int column) noexcept {
  return gate.matrix[static_cast<std::size_t>(row * gate_size(gate) + column)];
}

/// Replaces parts of entries within `gate_tolerance` of 0, 1 or -1 by these.
void snap(GateOperation& gate) noexcept;

/// Whether the gate leaves bit `bit` of its index (0: first, 1: second qubit) as it is, so that it only
/// selects what happens to the other: true for controls and for diagonal gates.
[[nodiscard]] bool is_diagonal_on(const GateOperation& gate, int bit) noexcept;

[[nodiscard]] bool is_identity(const GateOperation& gate) noexcept;

/// `later` after `earlier`, as one gate on the qubits of the wider one (of `later` when both have two). The
/// qubits of the narrower must be among those of the wider.
[[nodiscard]] GateOperation compose(const GateOperation& later, const GateOperation& earlier);

/// Multiply-adds per amplitude pair that the kernels spend on the gate, plus what a pass over the cached
/// state costs: the measure by which `fuse` decides.
[[nodiscard]] double gate_cost(const GateOperation& gate) noexcept;

}  // namespace kroncut
