#pragma once

#include <array>
#include <complex>
#include <cstddef>
#include <span>
#include <vector>

namespace kroncut {

/// Storage precision of state vectors. Probabilities and tensors are accumulated in double in either case.
enum class Precision { single_precision, double_precision };

/// A linear map, as a rule a unitary, on one or two qubits. `matrix` is row-major, 2x2 in the first four
/// entries or 4x4; the index of a two-qubit gate is bit(first) + 2 * bit(second).
struct GateOperation {
  int first = 0;
  int second = -1;  // -1: a one-qubit gate
  std::array<std::complex<double>, 16> matrix{};
};

/// Gates in time order on `qubits` qubits; qubit 0 is the lowest bit of a state's index.
struct GateProgram {
  int qubits = 0;
  std::vector<GateOperation> gates;
};

/// A subcircuit with its cut ends. Qubits that are in none of `mirrored`, `outputs` and `outcomes` are traced
/// out; qubits that are not in `inputs` start in |0>. A qubit may be in `inputs` and in one of the others.
struct SubcircuitProgram {
  GateProgram circuit;
  std::vector<int> inputs;    // qubit of each wire that enters through a cut: leg 0, 1, ...
  std::vector<int> mirrored;  // qubits that are legs with the components of an input, Tr(P^T rho) / 2
  std::vector<int> outputs;   // qubit of each wire that leaves through a cut: the last legs, Tr(P rho)
  std::vector<int> outcomes;  // qubit of local outcome bit 0, 1, ...

  [[nodiscard]] std::size_t legs() const noexcept { return inputs.size() + mirrored.size() + outputs.size(); }
};

/// One factor of a string: 'X', 'Y' or 'Z' on a qubit, or the projector on its outcome '0' or '1'. Qubits
/// that are not named have the identity.
struct PauliFactor {
  int qubit = 0;
  char pauli = 'Z';
};
using PauliString = std::vector<PauliFactor>;

/// Throws Error(input) where a qubit is out of range or used twice.
void validate(const GateProgram& program);
void validate(const SubcircuitProgram& program);
/// Strings act on traced qubits alone, on each once.
void validate(const SubcircuitProgram& program, std::span<const PauliString> strings);

}  // namespace kroncut
