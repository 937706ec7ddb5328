#pragma once

#include <array>
#include <complex>
#include <vector>

namespace kroncut {

/// Storage precision of state vectors. Probabilities and tensors are accumulated in double in either case.
enum class Precision { single_precision, double_precision };

/// A unitary on one or two qubits. `matrix` is row-major, 2x2 in the first four entries or 4x4; the index of
/// a two-qubit gate is bit(first) + 2 * bit(second).
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

/// A subcircuit with its cut ends. Qubits that are neither in `outputs` nor in `outcomes` are traced out;
/// qubits that are not in `inputs` start in |0>. A qubit may be in `inputs` and in `outputs`.
struct SubcircuitProgram {
  GateProgram circuit;
  std::vector<int> inputs;    // qubit of each wire that enters through a cut: leg 0, 1, ...
  std::vector<int> outputs;   // qubit of each wire that leaves through a cut: the legs after the inputs
  std::vector<int> outcomes;  // qubit of local outcome bit 0, 1, ...
};

/// Throws Error(input) where a qubit is out of range or used twice.
void validate(const GateProgram& program);
void validate(const SubcircuitProgram& program);

}  // namespace kroncut
