#include "simulate/gate_matrix.hpp"

#include <array>
#include <cmath>

namespace kroncut {
namespace {

double snapped(double value) noexcept {
  for (const double exact : {0.0, 1.0, -1.0}) {
    if (std::abs(value - exact) < gate_tolerance) return exact;
  }
  return value;
}

/// The gate's matrix on the qubits (first, second), index bit(first) + 2 * bit(second).
GateOperation widened(const GateOperation& gate, int first, int second) {
  GateOperation wide{first, second, {}};
  for (int row = 0; row < 4; ++row) {
    for (int column = 0; column < 4; ++column) {
      if (gate.second < 0) {
        const int own = gate.first == first ? 0 : 1;
        const bool same_other = ((row ^ column) >> (1 - own) & 1) == 0;
        if (same_other) entry(wide, row, column) = entry(gate, row >> own & 1, column >> own & 1);
      } else {
        const bool swapped = gate.first != first;
        const auto index = [swapped](int i) { return swapped ? (i >> 1 | (i & 1) << 1) : i; };
        entry(wide, row, column) = entry(gate, index(row), index(column));
      }
    }
  }
  return wide;
}

GateOperation product(const GateOperation& later, const GateOperation& earlier) {
  GateOperation result{later.first, later.second, {}};
  const int size = gate_size(later);
  for (int row = 0; row < size; ++row) {
    for (int column = 0; column < size; ++column) {
      std::complex<double> sum = 0;
      for (int k = 0; k < size; ++k) sum += entry(later, row, k) * entry(earlier, k, column);
      entry(result, row, column) = sum;
    }
  }
  snap(result);
  return result;
}

}  // namespace

void snap(GateOperation& gate) noexcept {
  for (auto& value : gate.matrix) value = {snapped(value.real()), snapped(value.imag())};
}

bool is_diagonal_on(const GateOperation& gate, int bit) noexcept {
  const int size = gate_size(gate);
  for (int row = 0; row < size; ++row) {
    for (int column = 0; column < size; ++column) {
      if (((row ^ column) >> bit & 1) != 0 && entry(gate, row, column) != 0.0) return false;
    }
  }
  return true;
}

bool is_identity(const GateOperation& gate) noexcept {
  const int size = gate_size(gate);
  for (int row = 0; row < size; ++row) {
    for (int column = 0; column < size; ++column) {
      if (entry(gate, row, column) != (row == column ? 1.0 : 0.0)) return false;
    }
  }
  return true;
}

GateOperation compose(const GateOperation& later, const GateOperation& earlier) {
  if (later.second < 0 && earlier.second < 0) return product(later, earlier);
  const GateOperation& wide = later.second >= 0 ? later : earlier;
  return product(widened(later, wide.first, wide.second), widened(earlier, wide.first, wide.second));
}

double gate_cost(const GateOperation& gate) noexcept {
  // Per row: multiply-adds, halved for real entries; rows that stay as they are cost nothing. The traffic
  // between registers and the second-level cache, measured, is worth about six multiply-adds.
  constexpr double traffic = 6;
  const int size = gate_size(gate);
  bool real = true;
  for (const auto& value : gate.matrix) real = real && value.imag() == 0;
  double total = 0;
  for (int row = 0; row < size; ++row) {
    int filled = 0;
    for (int column = 0; column < size; ++column) filled += entry(gate, row, column) != 0.0 ? 1 : 0;
    const bool stays = filled == 1 && entry(gate, row, row) == 1.0;
    if (!stays) total += (traffic + (real ? 2.0 : 4.0) * (filled == 3 ? 4 : filled)) / size;
  }
  return total;
}

}  // namespace kroncut
