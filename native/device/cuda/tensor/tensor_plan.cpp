#include "device/cuda/tensor/tensor_plan.hpp"

#include <string>
#include <vector>

#include "core/error.hpp"

namespace kroncut::cuda {
namespace {

/// Below this many work elements the device is not filled, so the sum over traced qubits is split. A
/// constant, since the split decides the order of summation.
constexpr int filling_bits = 18;

void append(BitList& list, int position) { list.position[list.count++] = static_cast<std::int8_t>(position); }

}  // namespace

TensorPlan plan_tensor(const SubcircuitProgram& program) {
  const int inputs = static_cast<int>(program.inputs.size());
  const int mirrored = static_cast<int>(program.mirrored.size());
  const int outputs = static_cast<int>(program.outputs.size());
  const int legs = static_cast<int>(program.legs());
  const int outcomes = static_cast<int>(program.outcomes.size());
  TensorPlan plan;
  plan.state_bits = program.circuit.qubits + inputs;
  if (plan.state_bits > 56 || 2 * legs + outcomes > 56) {
    throw Error(ErrorCode::memory, "a subcircuit of " + std::to_string(program.circuit.qubits) +
                                       " qubits with " + std::to_string(legs) +
                                       " cut ends does not fit into the memory of any device");
  }
  plan.outcome_bits = outcomes;
  for (const int qubit : program.inputs) append(plan.basis_inputs, qubit + inputs);
  TensorTask& task = plan.task;
  task.inputs = inputs + mirrored;
  task.outputs = outputs;
  std::uint64_t traced = 0;
  for (int qubit = 0; qubit < program.circuit.qubits; ++qubit) traced |= std::uint64_t{1} << (qubit + inputs);
  for (const auto* list : {&program.outputs, &program.mirrored}) {
    for (auto qubit = list->rbegin(); qubit != list->rend(); ++qubit) {
      append(task.legs, *qubit + inputs);
      traced &= ~(std::uint64_t{1} << (*qubit + inputs));
    }
  }
  for (int input = inputs - 1; input >= 0; --input) append(task.legs, input);
  for (const int qubit : program.outcomes) {
    append(task.outcomes, qubit + inputs);
    traced &= ~(std::uint64_t{1} << (qubit + inputs));
  }
  task.traced_mask = traced;
  task.traced_bits = program.circuit.qubits - mirrored - outputs - outcomes;
  task.part_bits = std::min(task.traced_bits, std::max(0, filling_bits - 2 * task.legs.count - outcomes));
  task.chunk_bits = outcomes;
  return plan;
}

TensorTask TensorPlan::chunk(int chunk_bits, std::uint64_t chunk) const {
  TensorTask result = task;
  result.chunk_bits = chunk_bits;
  result.outcome_begin = chunk << chunk_bits;
  return result;
}

}  // namespace kroncut::cuda
