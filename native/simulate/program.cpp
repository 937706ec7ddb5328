#include "simulate/program.hpp"

#include <string>
#include <string_view>

#include "core/error.hpp"

namespace kroncut {
namespace {

void check_qubit(int qubit, int qubits, const char* role) {
  if (qubit < 0 || qubit >= qubits) {
    throw Error(ErrorCode::input, std::string(role) + " names qubit " + std::to_string(qubit) +
                                      ", but the circuit has " + std::to_string(qubits) + " qubits");
  }
}

void check_distinct(const std::vector<int>& list, std::vector<bool>& used, int qubits, const char* role) {
  for (const int qubit : list) {
    check_qubit(qubit, qubits, role);
    if (used[static_cast<std::size_t>(qubit)]) {
      throw Error(ErrorCode::input, std::string(role) + " names qubit " + std::to_string(qubit) +
                                        ", which is already a leg, an outcome or in the same list");
    }
    used[static_cast<std::size_t>(qubit)] = true;
  }
}

}  // namespace

void validate(const GateProgram& program) {
  // A state of more qubits than this does not fit the address space, so shifts by it need no further check.
  constexpr int most_qubits = 48;
  if (program.qubits < 0 || program.qubits > most_qubits) {
    throw Error(ErrorCode::input, "a circuit of " + std::to_string(program.qubits) +
                                      " qubits cannot be simulated as a state vector; at most " +
                                      std::to_string(most_qubits) + " can");
  }
  for (const auto& gate : program.gates) {
    check_qubit(gate.first, program.qubits, "a gate");
    if (gate.second != -1) check_qubit(gate.second, program.qubits, "a gate");
    if (gate.second == gate.first) {
      throw Error(ErrorCode::input, "a two-qubit gate names qubit " + std::to_string(gate.first) + " twice");
    }
  }
}

void validate(const SubcircuitProgram& program) {
  validate(program.circuit);
  const int qubits = program.circuit.qubits;
  std::vector<bool> entered(static_cast<std::size_t>(qubits), false);
  std::vector<bool> left(static_cast<std::size_t>(qubits), false);
  check_distinct(program.inputs, entered, qubits, "an input");
  check_distinct(program.mirrored, left, qubits, "a mirrored leg");
  check_distinct(program.outputs, left, qubits, "an output");
  check_distinct(program.outcomes, left, qubits, "an outcome");
}

void validate(const SubcircuitProgram& program, std::span<const PauliString> strings) {
  validate(program);
  const auto qubits = static_cast<std::size_t>(program.circuit.qubits);
  std::vector<bool> taken(qubits, false);
  for (const auto* list : {&program.mirrored, &program.outputs, &program.outcomes}) {
    for (const int qubit : *list) taken[static_cast<std::size_t>(qubit)] = true;
  }
  for (const PauliString& string : strings) {
    std::vector<bool> used = taken;
    std::vector<int> acted;
    for (const auto& [qubit, pauli] : string) {
      if (std::string_view("XYZ01").find(pauli) == std::string_view::npos) {
        throw Error(ErrorCode::input, std::string("a Pauli string has X, Y, Z, 0 and 1, not ") + pauli);
      }
      acted.push_back(qubit);
    }
    check_distinct(acted, used, program.circuit.qubits, "a Pauli string");
  }
}

}  // namespace kroncut
