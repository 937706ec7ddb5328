#pragma once

#include <cstdint>

#include "core/bits.hpp"
#include "device/cuda/runtime/complex.hpp"

namespace kroncut::cuda {

enum class GateKind { identity, diagonal, one_target, two_targets };

/// One gate as the device sees it. An index i of the launch stands for the amplitude (or the first of a pair
/// or quadruple) whose index is i with zero bits inserted at the `fixed` positions and `set` added.
template <class T>
struct GateTask {
  GateKind kind = GateKind::identity;
  int fixed = 0;
  int position[2] = {0, 0};    // ascending; the first `fixed` entries count
  std::uint64_t set = 0;       // bits that are one in all amplitudes touched: the controls
  std::uint64_t first = 0;     // bit of the first target
  std::uint64_t second = 0;    // bit of the second target, 0 if there is none
  Complex<T> matrix[16] = {};  // diagonal: 4 factors by the target bits; otherwise row-major 2x2 or 4x4
};

/// Applies a gate to the amplitudes that index `i` stands for; i < 2^(bits - fixed).
template <class T>
KRONCUT_HD void apply_gate(const GateTask<T>& task, Complex<T>* state, std::uint64_t i) {
  std::uint64_t index = i;
  for (int j = 0; j < task.fixed; ++j) index = insert_zero(index, task.position[j]);
  index |= task.set;
  if (task.kind == GateKind::diagonal) {
    const int factor = ((index & task.first) != 0 ? 1 : 0) + ((index & task.second) != 0 ? 2 : 0);
    state[index] = multiply(task.matrix[factor], state[index]);
  } else if (task.kind == GateKind::one_target) {
    const Complex<T> a = state[index];
    const Complex<T> b = state[index | task.first];
    state[index] = multiply_add(task.matrix[1], b, multiply(task.matrix[0], a));
    state[index | task.first] = multiply_add(task.matrix[3], b, multiply(task.matrix[2], a));
  } else if (task.kind == GateKind::two_targets) {
    Complex<T> amplitude[4];
    for (unsigned j = 0; j < 4; ++j) {
      amplitude[j] = state[index | ((j & 1) != 0 ? task.first : 0) | ((j & 2) != 0 ? task.second : 0)];
    }
    for (unsigned row = 0; row < 4; ++row) {
      Complex<T> sum = multiply(task.matrix[4 * row], amplitude[0]);
      for (unsigned column = 1; column < 4; ++column) {
        sum = multiply_add(task.matrix[4 * row + column], amplitude[column], sum);
      }
      state[index | ((row & 1) != 0 ? task.first : 0) | ((row & 2) != 0 ? task.second : 0)] = sum;
    }
  }
}

/// Positions of a list of bits in an index, for a kernel's arguments.
struct BitList {
  static constexpr int capacity = 64;
  int count = 0;
  std::int8_t position[capacity] = {};
};

/// Bit j of `value` moved to the j-th position of the list.
KRONCUT_HD std::uint64_t scatter(std::uint64_t value, const BitList& list) {
  std::uint64_t result = 0;
  for (int j = 0; j < list.count; ++j) result |= ((value >> j) & 1) << list.position[j];
  return result;
}

/// Start of an isometry: the state has `inputs.count` low bits that number the basis inputs, and the input
/// qubits, at the positions of `inputs`, start in the basis state of that number. Called for every input on a
/// state of zeros.
template <class T>
KRONCUT_HD void set_basis_input(const BitList& inputs, Complex<T>* state, std::uint64_t input) {
  state[input | scatter(input, inputs)] = {T(1), T(0)};
}

}  // namespace kroncut::cuda
