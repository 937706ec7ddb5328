#include "synthesize/problem/starts.hpp"

#include "synthesize/problem/linear.hpp"

namespace kroncut::synthesize {

void haar_unitary(int d, Random& random, Complex* matrix) {
  for (int k = 0; k < d * d; ++k) {
    const double real = random.normal();
    matrix[k] = {real, random.normal()};
  }
  // Gram-Schmidt on the columns, twice for orthogonality to rounding; positive diagonal of R, so Haar.
  for (int j = 0; j < d; ++j) {
    for (int pass = 0; pass < 2; ++pass) {
      for (int i = 0; i < j; ++i) {
        Complex along = 0;
        for (int k = 0; k < d; ++k) along += multiply(std::conj(matrix[k * d + i]), matrix[k * d + j]);
        for (int k = 0; k < d; ++k) matrix[k * d + j] -= multiply(along, matrix[k * d + i]);
      }
      double norm = 0;
      for (int k = 0; k < d; ++k) norm += std::norm(matrix[k * d + j]);
      for (int k = 0; k < d; ++k) matrix[k * d + j] /= std::sqrt(norm);
    }
  }
}

Matrices random_start(const Plan& plan, Random& random) {
  Matrices matrices = plan.fixed;
  for (const PlannedGate& gate : plan.gates) {
    if (gate.kind == GateKind::free || gate.kind == GateKind::u3) {
      haar_unitary(gate.dimension(), random, &matrices[gate.matrix]);
    } else if (gate.adjustable()) {
      const double angle = 2 * std::numbers::pi * (2 * random.uniform() - 1);
      rotation(gate.kind, angle, std::span(matrices).subspan(gate.matrix, gate.matrix_size()));
    }
  }
  return matrices;
}

Matrices begin_start(const Plan& plan, Random& random, int number) {
  constexpr int plateau_qubits = 7;
  constexpr double deviation = 0.3;
  if (plan.qubits < plateau_qubits || number % 2 == 0) return random_start(plan, random);
  Matrices matrices = plan.fixed;
  for (const PlannedGate& gate : plan.gates) {
    if (!gate.adjustable()) continue;
    std::vector<double> coefficients(gate.generators.size());
    for (double& value : coefficients) value = deviation * random.normal();
    turn(gate.arity, gate.generators, coefficients.data(), &matrices[gate.matrix]);
  }
  return matrices;
}

}  // namespace kroncut::synthesize
