#include "synthesize/problem/linear.hpp"

#include <algorithm>
#include <cmath>

namespace kroncut::synthesize {

void multiply(int d, const Complex* a, const Complex* b, Complex* result) noexcept {
  for (int i = 0; i < d; ++i) {
    for (int j = 0; j < d; ++j) {
      Complex sum = 0;
      for (int k = 0; k < d; ++k) sum += multiply(a[i * d + k], b[k * d + j]);
      result[i * d + j] = sum;
    }
  }
}

void adjoint(int d, const Complex* a, Complex* result) noexcept {
  for (int i = 0; i < d; ++i) {
    for (int j = 0; j < d; ++j) result[i * d + j] = std::conj(a[j * d + i]);
  }
}

void apply_gate(std::span<Complex> state, std::span<const int> qubits, const Complex* gate) {
  const std::size_t d = std::size_t{1} << qubits.size();
  std::array<std::size_t, 8> offsets{};
  std::size_t mask = 0;
  for (std::size_t j = 0; j < qubits.size(); ++j) mask |= std::size_t{1} << qubits[j];
  for (std::size_t index = 0; index < d; ++index) {
    for (std::size_t j = 0; j < qubits.size(); ++j) {
      if ((index >> j & 1) != 0) offsets[index] |= std::size_t{1} << qubits[j];
    }
  }
  std::array<Complex, 8> old{};
  for (std::size_t base = 0; base < state.size(); ++base) {
    if ((base & mask) != 0) continue;
    for (std::size_t i = 0; i < d; ++i) old[i] = state[base | offsets[i]];
    for (std::size_t i = 0; i < d; ++i) {
      Complex sum = 0;
      for (std::size_t j = 0; j < d; ++j) sum += multiply(gate[i * d + j], old[j]);
      state[base | offsets[i]] = sum;
    }
  }
}

std::vector<Complex> pauli_matrix(int arity, int index) {
  const int d = 1 << arity;
  std::vector<Complex> result(static_cast<std::size_t>(d) * static_cast<std::size_t>(d));
  for (int column = 0; column < d; ++column) {
    int row = column;
    Complex value = 1;
    for (int j = 0; j < arity; ++j) {
      const int digit = index >> (2 * j) & 3;
      const bool one = (column >> j & 1) != 0;
      if (digit == 1 || digit == 2) row ^= 1 << j;
      if (digit == 2) value *= one ? Complex(0, -1) : Complex(0, 1);
      if (digit == 3 && one) value = -value;
    }
    result[static_cast<std::size_t>(row * d + column)] = value;
  }
  return result;
}

namespace {

void turn_one(std::span<const int> generators, const double* coefficients, Complex* gate) {
  std::array<double, 4> axis{};
  for (std::size_t j = 0; j < generators.size(); ++j) {
    axis[static_cast<std::size_t>(generators[j])] = coefficients[j];
  }
  const double angle = std::sqrt(axis[1] * axis[1] + axis[2] * axis[2] + axis[3] * axis[3]);
  const double sine = angle < 1e-150 ? 1 : std::sin(angle) / angle;
  const double c = std::cos(angle);
  const double x = axis[1] * sine;
  const double y = axis[2] * sine;
  const double z = axis[3] * sine;
  const std::array<Complex, 4> factor = {Complex(c, z), Complex(y, x), Complex(-y, x), Complex(c, -z)};
  const std::array<Complex, 4> old = {gate[0], gate[1], gate[2], gate[3]};
  multiply(2, old.data(), factor.data(), gate);
}

}  // namespace

void turn(int arity, std::span<const int> generators, const double* coefficients, Complex* gate) {
  if (arity == 1) return turn_one(generators, coefficients, gate);
  const int d = 1 << arity;
  const auto size = static_cast<std::size_t>(d * d);
  std::array<Complex, 64> step{};
  double norm = 0;
  for (std::size_t j = 0; j < generators.size(); ++j) {
    const std::vector<Complex> pauli = pauli_matrix(arity, generators[j]);
    norm += std::abs(coefficients[j]);
    for (std::size_t k = 0; k < size; ++k) step[k] += multiply(Complex(0, coefficients[j]), pauli[k]);
  }
  // exp by scaling, a Taylor series to rounding, and squaring.
  int squarings = 0;
  while (norm > 0.5 && squarings < 60) {
    norm /= 2;
    ++squarings;
  }
  const double scale = std::ldexp(1.0, -squarings);
  for (Complex& value : step) value *= scale;
  std::array<Complex, 64> sum{};
  std::array<Complex, 64> term{};
  std::array<Complex, 64> next{};
  for (int i = 0; i < d; ++i)
    sum[static_cast<std::size_t>(i * d + i)] = term[static_cast<std::size_t>(i * d + i)] = 1;
  for (int order = 1; order <= 14; ++order) {
    multiply(d, term.data(), step.data(), next.data());
    for (std::size_t k = 0; k < size; ++k) {
      term[k] = next[k] / static_cast<double>(order);
      sum[k] += term[k];
    }
  }
  for (int s = 0; s < squarings; ++s) {
    multiply(d, sum.data(), sum.data(), next.data());
    sum = next;
  }
  multiply(d, gate, sum.data(), next.data());
  std::copy_n(next.data(), size, gate);
}

double unitarity_error(int d, const Complex* matrix) {
  double worst = 0;
  for (int i = 0; i < d; ++i) {
    for (int j = 0; j < d; ++j) {
      Complex sum = i == j ? -1 : 0;
      for (int k = 0; k < d; ++k) sum += multiply(std::conj(matrix[k * d + i]), matrix[k * d + j]);
      const double error = std::abs(sum);
      if (!(error <= worst)) worst = error;
    }
  }
  return worst;
}

void make_unitary(const Plan& plan, Matrices& matrices) {
  for (const PlannedGate& gate : plan.gates) {
    if (gate.kind != GateKind::free && gate.kind != GateKind::u3) continue;
    // Newton-Schulz: U <- U (3 - U^dagger U) / 2.
    const int d = gate.dimension();
    Complex* const matrix = &matrices[gate.matrix];
    std::array<Complex, 64> dagger{}, square{}, result{};
    for (int pass = 0; pass < 2; ++pass) {
      adjoint(d, matrix, dagger.data());
      multiply(d, dagger.data(), matrix, square.data());
      for (int k = 0; k < d * d; ++k) {
        const auto at = static_cast<std::size_t>(k);
        square[at] = (k % (d + 1) == 0 ? 1.5 : 0.0) - 0.5 * square[at];
      }
      multiply(d, matrix, square.data(), result.data());
      std::copy_n(result.data(), gate.matrix_size(), matrix);
    }
  }
}

namespace {

void apply_all(const Plan& plan, const Matrices& matrices, std::span<Complex> state) {
  for (const PlannedGate& gate : plan.gates) {
    apply_gate(state, std::span(gate.qubits).first(static_cast<std::size_t>(gate.arity)),
               &matrices[gate.matrix]);
  }
}

}  // namespace

std::vector<Complex> composite(const Plan& plan, const Matrices& matrices) {
  const std::size_t size = plan.dimension();
  std::vector<Complex> result(size * size);
  std::vector<Complex> column(size);
  for (std::size_t j = 0; j < size; ++j) {
    std::fill(column.begin(), column.end(), Complex(0));
    column[j] = 1;
    apply_all(plan, matrices, column);
    for (std::size_t i = 0; i < size; ++i) result[i * size + j] = column[i];
  }
  return result;
}

std::vector<Complex> composite_state(const Plan& plan, const Matrices& matrices) {
  std::vector<Complex> state(plan.dimension());
  state[0] = 1;
  apply_all(plan, matrices, state);
  return state;
}

}  // namespace kroncut::synthesize
