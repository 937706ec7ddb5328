#include "device/cuda/tensor/gate_task.hpp"

#include <algorithm>
#include <utility>

namespace kroncut::cuda {
namespace {

using Value = std::complex<double>;

template <class T>
Complex<T> narrow(Value value) {
  return {static_cast<T>(value.real()), static_cast<T>(value.imag())};
}

bool is_diagonal(const GateOperation& gate, std::size_t size) {
  for (std::size_t row = 0; row < size; ++row) {
    for (std::size_t column = 0; column < size; ++column) {
      if (row != column && gate.matrix[row * size + column] != Value(0)) return false;
    }
  }
  return true;
}

/// Whether a two-qubit gate leaves basis state `k` alone.
bool leaves(const GateOperation& gate, std::size_t k) {
  for (std::size_t j = 0; j < 4; ++j) {
    const Value expected(j == k ? 1 : 0);
    if (gate.matrix[4 * k + j] != expected || gate.matrix[4 * j + k] != expected) return false;
  }
  return true;
}

template <class T>
void fix(GateTask<T>& task, int position) {
  task.position[task.fixed++] = position;
  if (task.fixed == 2 && task.position[0] > task.position[1]) std::swap(task.position[0], task.position[1]);
}

template <class T>
void make_diagonal(GateTask<T>& task, const GateOperation& gate, int first, int second) {
  const bool pair = second >= 0;
  const std::size_t size = pair ? 4 : 2;
  std::array<Value, 4> factor{1, 1, 1, 1};
  for (std::size_t k = 0; k < size; ++k) factor[k] = gate.matrix[k * size + k];
  for (std::size_t k = 0; k < 4; ++k) task.matrix[k] = narrow<T>(factor[k]);
  if (std::all_of(factor.begin(), factor.begin() + size, [](Value value) { return value == Value(1); })) {
    return;
  }
  task.kind = GateKind::diagonal;
  const bool only_first_set = factor[0] == Value(1) && (!pair || factor[2] == Value(1));
  const bool only_second_set = pair && factor[0] == Value(1) && factor[1] == Value(1);
  if (only_first_set) {
    fix(task, first);
    task.set |= task.first;
  }
  if (only_second_set) {
    fix(task, second);
    task.set |= task.second;
  }
}

}  // namespace

template <class T>
GateTask<T> make_gate_task(const GateOperation& gate, int low_bits) {
  GateTask<T> task;
  const int first = gate.first + low_bits;
  const int second = gate.second < 0 ? -1 : gate.second + low_bits;
  task.first = std::uint64_t{1} << first;
  task.second = second < 0 ? 0 : std::uint64_t{1} << second;
  if (is_diagonal(gate, second < 0 ? 2 : 4)) {
    make_diagonal(task, gate, first, second);
    return task;
  }
  fix(task, first);
  if (second < 0) {
    task.kind = GateKind::one_target;
    for (std::size_t k = 0; k < 4; ++k) task.matrix[k] = narrow<T>(gate.matrix[k]);
    return task;
  }
  fix(task, second);
  const bool first_controls = leaves(gate, 0) && leaves(gate, 2);
  const bool second_controls = leaves(gate, 0) && leaves(gate, 1);
  if (first_controls || second_controls) {
    // The gate acts on the basis states where the control is one: {1, 3} or {2, 3}.
    const std::size_t low = first_controls ? 1 : 2;
    const std::size_t high = 3;
    task.kind = GateKind::one_target;
    task.matrix[0] = narrow<T>(gate.matrix[4 * low + low]);
    task.matrix[1] = narrow<T>(gate.matrix[4 * low + high]);
    task.matrix[2] = narrow<T>(gate.matrix[4 * high + low]);
    task.matrix[3] = narrow<T>(gate.matrix[4 * high + high]);
    task.set = first_controls ? task.first : task.second;
    if (first_controls) task.first = task.second;
    task.second = 0;
    return task;
  }
  task.kind = GateKind::two_targets;
  for (std::size_t k = 0; k < 16; ++k) task.matrix[k] = narrow<T>(gate.matrix[k]);
  return task;
}

template GateTask<float> make_gate_task<float>(const GateOperation&, int);
template GateTask<double> make_gate_task<double>(const GateOperation&, int);

}  // namespace kroncut::cuda
