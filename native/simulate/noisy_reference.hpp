#pragma once

#include <map>
#include <vector>

#include "simulate/noisy_program.hpp"
#include "simulate/reference.hpp"

/// Circuits with noise by full matrices and Kraus sums, one subexperiment and one pattern of bits at a time.
namespace kroncut::reference {

inline MatrixC adjoint(const MatrixC& a) {
  MatrixC result(a[0].size(), VectorC(a.size()));
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t j = 0; j < a[0].size(); ++j) result[j][i] = std::conj(a[i][j]);
  }
  return result;
}

/// The Kraus operators of a step; of a measurement, that of one bit.
inline std::vector<MatrixC> kraus(const NoisyStep& step, int qubits, unsigned bit) {
  const auto one = [&](int qubit, const MatrixC& matrix) {
    return full_matrix(Random::gate(qubit, -1, matrix), qubits);
  };
  const auto [a, b] = step.rates;
  const int first = step.gate.first;
  const int second = step.gate.second;
  switch (step.kind) {
    case NoisyStep::Kind::map:
      return {full_matrix(step.gate, qubits)};
    case NoisyStep::Kind::measure:
      return {one(first, bit == 0 ? MatrixC{{1, 0}, {0, 0}} : MatrixC{{0, 0}, {0, 1}})};
    case NoisyStep::Kind::damping:
      return {one(first, {{1, 0}, {0, std::sqrt(1 - a - b)}}), one(first, {{0, std::sqrt(a)}, {0, 0}}),
              one(first, {{0, 0}, {0, std::sqrt(b)}})};
    default: {
      std::vector<MatrixC> result;
      const int strings = second < 0 ? 4 : 16;
      for (int string = 0; string < strings; ++string) {
        MatrixC own = one(first, pauli(string & 3));
        if (second >= 0) own = multiply(one(second, pauli(string >> 2)), own);
        const double share = a / strings + (string == 0 ? 1 - a : 0);
        for (auto& row : own) {
          for (auto& value : row) value *= std::sqrt(share);
        }
        result.push_back(own);
      }
      return result;
    }
  }
}

/// Frequencies of a subexperiment, [recorded bits, the first end's lowest] x [outcomes].
inline std::vector<double> noisy_frequencies(const NoisyProgram& program, const std::vector<int>& settings) {
  std::vector<std::size_t> recording;
  for (std::size_t end = 0; end < program.ends.size(); ++end) {
    if (program.ends[end][static_cast<std::size_t>(settings[end])].rows() == 2) recording.push_back(end);
  }
  const std::size_t outcomes = program.outcomes.size();
  const std::size_t size = std::size_t{1} << program.qubits;
  std::vector<double> result(std::size_t{1} << (outcomes + recording.size()), 0.0);
  for (std::size_t pattern = 0; pattern < std::size_t{1} << recording.size(); ++pattern) {
    std::map<std::size_t, unsigned> bits;
    for (std::size_t k = 0; k < recording.size(); ++k) bits[recording[k]] = pattern >> k & 1U;
    MatrixC rho(size, VectorC(size));
    rho[0][0] = 1;
    for (const NoisyItem& item : program.items) {
      const auto end = static_cast<std::size_t>(std::max(0, item.end));
      const std::vector<NoisyStep>& steps = item.end < 0
                                                ? item.steps
                                                : program.ends[end][static_cast<std::size_t>(settings[end])]
                                                      .places[static_cast<std::size_t>(item.place)];
      for (const NoisyStep& step : steps) {
        MatrixC next(size, VectorC(size));
        for (const MatrixC& own : kraus(step, program.qubits, item.end < 0 ? 0 : bits[end])) {
          const MatrixC term = multiply(own, multiply(rho, adjoint(own)));
          for (std::size_t i = 0; i < size; ++i) {
            for (std::size_t j = 0; j < size; ++j) next[i][j] += term[i][j];
          }
        }
        rho = next;
      }
    }
    for (std::size_t i = 0; i < size; ++i) {
      bool fits = true;
      for (const std::size_t end : recording) {
        const int read = program.ends[end][static_cast<std::size_t>(settings[end])].read;
        if (read >= 0 && (i >> read & 1U) != bits[end]) fits = false;
      }
      if (!fits) continue;
      std::size_t outcome = 0;
      for (std::size_t k = 0; k < outcomes; ++k) outcome |= (i >> program.outcomes[k] & 1U) << k;
      result[(pattern << outcomes) | outcome] += rho[i][i].real();
    }
  }
  return result;
}

}  // namespace kroncut::reference
