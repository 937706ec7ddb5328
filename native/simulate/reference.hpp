#pragma once

#include <array>
#include <cmath>
#include <complex>
#include <cstddef>
#include <random>
#include <vector>

#include "simulate/program.hpp"

/// Slow and obvious linear algebra for the tests: dense vectors and matrices, every gate a full matrix.
namespace kroncut::reference {

using Complex = std::complex<double>;
using VectorC = std::vector<Complex>;
using MatrixC = std::vector<VectorC>;

inline MatrixC identity(std::size_t size) {
  MatrixC result(size, VectorC(size));
  for (std::size_t i = 0; i < size; ++i) result[i][i] = 1;
  return result;
}

inline MatrixC multiply(const MatrixC& a, const MatrixC& b) {
  MatrixC result(a.size(), VectorC(b[0].size()));
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t k = 0; k < b.size(); ++k) {
      if (a[i][k] == 0.0) continue;
      for (std::size_t j = 0; j < b[0].size(); ++j) result[i][j] += a[i][k] * b[k][j];
    }
  }
  return result;
}

/// The state after a gate.
inline VectorC apply(const GateOperation& gate, const VectorC& state) {
  const std::size_t rows = gate.second < 0 ? 2 : 4;
  const std::size_t low = std::size_t{1} << gate.first;
  const std::size_t high = gate.second < 0 ? 0 : std::size_t{1} << gate.second;
  const auto own = [&](std::size_t i) { return ((i & low) != 0 ? 1U : 0U) + ((i & high) != 0 ? 2U : 0U); };
  VectorC result(state.size());
  for (std::size_t i = 0; i < state.size(); ++i) {
    for (std::size_t column = 0; column < rows; ++column) {
      const std::size_t j =
          (i & ~low & ~high) | ((column & 1U) != 0 ? low : 0) | ((column & 2U) != 0 ? high : 0);
      result[i] += gate.matrix[own(i) * rows + column] * state[j];
    }
  }
  return result;
}

/// The gate as a matrix on the whole space.
inline MatrixC full_matrix(const GateOperation& gate, int qubits) {
  const std::size_t size = std::size_t{1} << qubits;
  const std::size_t rows = gate.second < 0 ? 2 : 4;
  const auto own = [&](std::size_t index) {
    std::size_t value = index >> gate.first & 1U;
    if (gate.second >= 0) value |= (index >> gate.second & 1U) << 1;
    return value;
  };
  std::size_t mask = std::size_t{1} << gate.first;
  if (gate.second >= 0) mask |= std::size_t{1} << gate.second;
  MatrixC result(size, VectorC(size));
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = 0; j < size; ++j) {
      if ((i & ~mask) == (j & ~mask)) result[i][j] = gate.matrix[own(i) * rows + own(j)];
    }
  }
  return result;
}

inline MatrixC unitary(const GateProgram& program) {
  MatrixC result = identity(std::size_t{1} << program.qubits);
  for (const auto& gate : program.gates) result = multiply(full_matrix(gate, program.qubits), result);
  return result;
}

inline MatrixC pauli(int index) {
  const Complex i(0, 1);
  switch (index) {
    case 1:
      return {{0, 1}, {1, 0}};
    case 2:
      return {{0, -i}, {i, 0}};
    case 3:
      return {{1, 0}, {0, -1}};
    default:
      return identity(2);
  }
}

/// Random circuits with gates of every shape that kernels treat differently.
class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}

  int below(int limit) { return static_cast<int>(engine_() % static_cast<unsigned>(limit)); }
  double angle() { return std::uniform_real_distribution<double>(-3, 3)(engine_); }
  Complex phase() { return std::polar(1.0, angle()); }
  Complex amplitude() {
    std::normal_distribution<double> normal;
    const double re = normal(engine_);
    return {re, normal(engine_)};
  }

  /// A Haar-random unitary, by Gram-Schmidt.
  MatrixC haar(std::size_t size) {
    MatrixC rows(size, VectorC(size));
    for (std::size_t i = 0; i < size; ++i) {
      for (auto& value : rows[i]) value = amplitude();
      for (std::size_t pass = 0; pass < 2; ++pass) {
        for (std::size_t k = 0; k < i; ++k) {
          Complex overlap = 0;
          for (std::size_t j = 0; j < size; ++j) overlap += std::conj(rows[k][j]) * rows[i][j];
          for (std::size_t j = 0; j < size; ++j) rows[i][j] -= overlap * rows[k][j];
        }
      }
      double norm = 0;
      for (const auto& value : rows[i]) norm += std::norm(value);
      for (auto& value : rows[i]) value /= std::sqrt(norm);
    }
    return rows;
  }

  GateOperation one_qubit(int qubit) {
    const double t = angle();
    switch (below(6)) {
      case 0:
        return gate(qubit, -1, {{phase(), 0}, {0, phase()}});
      case 1:
        return gate(qubit, -1, {{0, phase()}, {phase(), 0}});
      case 2:
        return gate(qubit, -1, {{std::cos(t), -std::sin(t)}, {std::sin(t), std::cos(t)}});
      case 3:
        return gate(qubit, -1, {{0, 1}, {1, 0}});
      default:
        return gate(qubit, -1, haar(2));
    }
  }

  GateOperation two_qubit(int first, int second) {
    const MatrixC u = haar(2);
    const Complex p = phase();
    switch (below(10)) {
      case 0:  // controlled phase
        return gate(first, second, {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, p}});
      case 1:  // diagonal
        return gate(first, second,
                    {{phase(), 0, 0, 0}, {0, p, 0, 0}, {0, 0, phase(), 0}, {0, 0, 0, phase()}});
      case 2:  // cx, first is the control
        return gate(first, second, {{1, 0, 0, 0}, {0, 0, 0, 1}, {0, 0, 1, 0}, {0, 1, 0, 0}});
      case 3:  // controlled u, second is the control
        return gate(first, second,
                    {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, u[0][0], u[0][1]}, {0, 0, u[1][0], u[1][1]}});
      case 4:  // swap
        return gate(first, second, {{1, 0, 0, 0}, {0, 0, 1, 0}, {0, 1, 0, 0}, {0, 0, 0, 1}});
      case 5:  // swap-like with phases
        return gate(first, second, {{1, 0, 0, 0}, {0, 0, p, 0}, {0, -p, 0, 0}, {0, 0, 0, phase()}});
      case 6: {  // exp(-i t XX)
        const double t = angle();
        const Complex c(std::cos(t), 0);
        const Complex s(0, -std::sin(t));
        return gate(first, second, {{c, 0, 0, s}, {0, c, s, 0}, {0, s, c, 0}, {s, 0, 0, c}});
      }
      case 7: {  // three states mixed, one left alone
        const MatrixC v = haar(3);
        return gate(first, second,
                    {{v[0][0], v[0][1], 0, v[0][2]},
                     {v[1][0], v[1][1], 0, v[1][2]},
                     {0, 0, 1, 0},
                     {v[2][0], v[2][1], 0, v[2][2]}});
      }
      default:
        return gate(first, second, haar(4));
    }
  }

  GateProgram program(int qubits, int gates) {
    GateProgram result{qubits, {}};
    for (int k = 0; k < gates; ++k) {
      const int first = below(qubits);
      if (qubits == 1 || below(3) == 0) {
        result.gates.push_back(one_qubit(first));
      } else {
        result.gates.push_back(two_qubit(first, (first + 1 + below(qubits - 1)) % qubits));
      }
    }
    return result;
  }

  VectorC state(int bits) {
    VectorC result(std::size_t{1} << bits);
    for (auto& value : result) value = amplitude() / std::sqrt(static_cast<double>(result.size()));
    return result;
  }

  static GateOperation gate(int first, int second, const MatrixC& matrix) {
    GateOperation result{first, second, {}};
    for (std::size_t row = 0; row < matrix.size(); ++row) {
      for (std::size_t column = 0; column < matrix.size(); ++column) {
        result.matrix[row * matrix.size() + column] = matrix[row][column];
      }
    }
    return result;
  }

  std::mt19937& engine() { return engine_; }

 private:
  std::mt19937 engine_;
};

}  // namespace kroncut::reference
