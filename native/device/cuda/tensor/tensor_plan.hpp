#pragma once

#include <algorithm>

#include "device/cuda/tensor/pauli_kernels.hpp"
#include "simulate/program.hpp"

namespace kroncut::cuda {

/// How a subcircuit lies in device memory. The state is an isometry: its lowest index bits number the
/// 2^inputs basis inputs, and qubit q is the bit q + inputs above them.
struct TensorPlan {
  int state_bits = 0;
  BitList basis_inputs;  // where basis input bit l is written to start with
  int outcome_bits = 0;
  TensorTask task;  // of all outcomes at once

  /// The task of chunk `chunk` of 2^chunk_bits outcomes.
  [[nodiscard]] TensorTask chunk(int chunk_bits, std::uint64_t chunk) const;
};

/// Throws Error(memory) where the state could not be indexed.
TensorPlan plan_tensor(const SubcircuitProgram& program);

/// Number of launch indices of a gate on a state of `state_bits` index bits.
template <class T>
std::uint64_t gate_count(const GateTask<T>& task, int state_bits) {
  return task.kind == GateKind::identity ? 0 : std::uint64_t{1} << (state_bits - task.fixed);
}

/// The steps from a state to the Pauli components of one chunk, in order. `Launch` runs one kernel body over
/// a number of indices: on a stream of a device, or in a plain loop in the tests.
template <class Launch, class T>
void tensor_chunk(Launch& launch, const TensorTask& task, const Complex<T>* state, double* work,
                  double* result) {
  launch.pair_product(task, state, work);
  if (task.part_bits > 0) launch.add_parts(task, work);
  int position = task.chunk_bits;
  for (int left = task.legs.count; left > 0;) {
    const int bits = std::min(left, 3);
    launch.walsh(bits, position, work, result_size(task) >> bits);
    position += bits;
    left -= bits;
  }
  launch.pauli_component(task, work, result);
}

}  // namespace kroncut::cuda
