#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "simulate/program.hpp"

namespace kroncut {

/// A step of a circuit with noise, on the qubits of `gate`.
struct NoisyStep {
  enum class Kind {
    /// A linear map: `gate` whole.
    map,
    /// Amplitude and phase damping of one qubit (Nielsen and Chuang, sections 8.3.5 and 8.3.6): Kraus
    /// operators
    /// diag(1, sqrt(1 - a - p)), sqrt(a) |0><1| and sqrt(p) |1><1|, with a = `rates[0]`, p = `rates[1]`.
    damping,
    /// rho <- (1 - l) rho + l (1 / 2^k) (x) Tr rho on the k qubits of `gate`, l = `rates[0]`.
    depolarizing,
    /// A measurement of one qubit, whose bit the end records.
    measure,
  };
  Kind kind = Kind::map;
  GateOperation gate;
  std::array<double, 2> rates{};
};

/// What is done at an end of a cut.
struct NoisySetting {
  /// For each place of the end, the steps there.
  std::vector<std::vector<NoisyStep>> places;
  /// The qubit whose bit is recorded when the circuit has ended, or -1.
  int read = -1;

  /// 2 where a bit is recorded, else 1.
  [[nodiscard]] int rows() const noexcept;
};

/// Steps in time order, or a place of an end.
struct NoisyItem {
  int end = -1;  // -1: `steps`
  int place = 0;
  std::vector<NoisyStep> steps;
};

/// A subcircuit with noise and all that may be done at its ends. Qubits start in |0>.
struct NoisyProgram {
  int qubits = 0;
  std::vector<NoisyItem> items;
  /// The settings of each end.
  std::vector<std::vector<NoisySetting>> ends;
  /// Qubit of outcome bit 0, 1, ...
  std::vector<int> outcomes;
  /// So many items at the end are ends with one place whose settings act on the one qubit that they read,
  /// each on another one.
  int trailing = 0;

  /// Rows of an end: those of all its settings.
  [[nodiscard]] std::size_t rows(std::size_t end) const noexcept;
};

/// Throws Error(input) for a program that is none.
void validate(const NoisyProgram& program);

}  // namespace kroncut
