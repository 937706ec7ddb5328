#include "bench/simulation.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <memory>
#include <vector>

#include "bench/limits.hpp"
#include "bench/parameters.hpp"
#include "core/aligned.hpp"
#include "core/control.hpp"
#include "core/error.hpp"
#include "simulate/isometry.hpp"
#include "simulate/state.hpp"

namespace kroncut {
namespace {

using Matrix2 = std::array<std::complex<double>, 4>;

/// A one-qubit unitary without zeros; `angle` makes them differ.
Matrix2 dense_unitary(double angle) {
  const std::complex<double> phase = std::polar(1.0, 0.3 + angle);
  const double cosine = std::cos(0.4 + angle / 3);
  const double sine = std::sin(0.4 + angle / 3);
  return {cosine, -sine * std::conj(phase), sine * phase, cosine};
}

GateOperation one_qubit_gate(int qubit, double angle) {
  GateOperation gate;
  gate.first = qubit;
  const Matrix2 matrix = dense_unitary(angle);
  std::copy(matrix.begin(), matrix.end(), gate.matrix.begin());
  return gate;
}

/// The product of a one-qubit unitary on either qubit: a dense matrix of four by four.
GateOperation two_qubit_gate(int first, int second, double angle) {
  GateOperation gate;
  gate.first = first;
  gate.second = second;
  const Matrix2 low = dense_unitary(angle);
  const Matrix2 high = dense_unitary(angle + 0.7);
  for (std::size_t row = 0; row < 4; ++row) {
    for (std::size_t column = 0; column < 4; ++column) {
      gate.matrix[row * 4 + column] = low[row % 2 * 2 + column % 2] * high[row / 2 * 2 + column / 2];
    }
  }
  return gate;
}

/// The state of the last benchmark, kept for the next one.
std::unique_ptr<State<double>>& kept_state() {
  static auto* const instance = new std::unique_ptr<State<double>>;
  return *instance;
}

State<double>& state_of(int bits, int threads) {
  auto& kept = kept_state();
  if (kept == nullptr || kept->bits() != bits) {
    kept.reset();
    kept = std::make_unique<State<double>>(bits, threads);
    kept->set(0, 1.0);
  }
  return *kept;
}

/// Multiplications and additions of a dense complex gate of d rows, per amplitude: d products, d - 1 sums.
double flops_per_amplitude(double rows) { return 6 * rows + 2 * (rows - 1); }

KernelTiming run_gates(const std::vector<GateOperation>& gates, int n, int threads) {
  State<double>& state = state_of(n, threads);
  Control control;
  ApplyOptions options;
  options.threads = threads;
  const double start = now();
  state.apply(gates, options, control);
  const double seconds = now() - start;
  const double amplitudes = std::ldexp(1.0, n);
  double flops = 0;
  for (const GateOperation& gate : gates) flops += amplitudes * flops_per_amplitude(gate.second < 0 ? 2 : 4);
  return {seconds, 32 * amplitudes, flops};
}

int read_qubit(const KernelParameters& parameters, const char* name, int fallback, int least, int n) {
  return static_cast<int>(read_parameter(parameters, name, fallback, least, n - 1));
}

}  // namespace

KernelTiming run_gate(const KernelParameters& parameters, int threads) {
  const int n = static_cast<int>(read_parameter(parameters, "n", 24, 1, 32));
  const int first = read_qubit(parameters, "first", n / 2, 0, n);
  if (!parameters.contains("second")) return run_gates({one_qubit_gate(first, 0.1)}, n, threads);
  const int second = read_qubit(parameters, "second", 0, 0, n);
  if (first == second) {
    throw Error(ErrorCode::usage, "the benchmark parameters first and second must be different qubits");
  }
  return run_gates({two_qubit_gate(first, second, 0.1)}, n, threads);
}

KernelTiming run_gate_run(const KernelParameters& parameters, int threads) {
  const int n = static_cast<int>(read_parameter(parameters, "n", 24, 1, 32));
  const int count = static_cast<int>(read_parameter(parameters, "gates", 12, 1, 1000));
  std::vector<GateOperation> gates;
  for (int i = 0; i < count; ++i) gates.push_back(one_qubit_gate((i + 1) % n, 0.1 * i));
  return run_gates(gates, n, threads);
}

KernelTiming run_isometry(const KernelParameters& parameters, int threads) {
  const int n = static_cast<int>(read_parameter(parameters, "n", 16, 2, 28));
  const int inputs = static_cast<int>(read_parameter(parameters, "inputs", 4, 0, std::min(n, 10)));
  const int outputs = static_cast<int>(read_parameter(parameters, "outputs", 2, 0, std::min(n, 10)));
  const int count = static_cast<int>(read_parameter(parameters, "gates", 200, 0, 100000));
  const bool single = read_parameter(parameters, "single", 0, 0, 1) != 0;
  SubcircuitProgram program;
  program.circuit.qubits = n;
  double flops = 0;
  const double amplitudes = std::ldexp(1.0, n + inputs);
  for (int i = 0; i < count; ++i) {
    const int qubit = i * 7 % n;
    const int other = (qubit + 1 + i % (n - 1)) % n;
    const bool pair = i % 3 == 2;
    program.circuit.gates.push_back(pair ? two_qubit_gate(qubit, other, 0.1 * i)
                                         : one_qubit_gate(qubit, 0.1 * i));
    flops += amplitudes * flops_per_amplitude(pair ? 4 : 2);
  }
  for (int qubit = 0; qubit < inputs; ++qubit) program.inputs.push_back(qubit);
  for (int qubit = 0; qubit < n; ++qubit) {
    (qubit < n - outputs ? program.outcomes : program.outputs).push_back(qubit);
  }
  AlignedArray<double> tensor(tensor_size(program));
  std::fill(tensor.data(), tensor.data() + tensor.size(), 0.0);
  Control control;
  const double start = now();
  isometry_tensor(program, single ? Precision::single_precision : Precision::double_precision, threads,
                  tensor.span(), control);
  return {now() - start, 8.0 * static_cast<double>(tensor.size()), flops};
}

void release_benchmark_state() { kept_state().reset(); }

}  // namespace kroncut
