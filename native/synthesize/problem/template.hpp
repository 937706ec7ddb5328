#pragma once

#include <array>
#include <complex>
#include <cstddef>
#include <span>
#include <vector>

namespace kroncut::synthesize {

using Complex = std::complex<double>;

/// Most qubits of a template: QFactor's matrix then takes 256 MiB.
inline constexpr int most_qubits = 12;

/// `free` is any unitary on 1, 2 or 3 qubits, `u3` one up to its phase, `rx` ... `rzz` are exp(-i angle/2 P);
/// the last three have nothing to adjust.
enum class GateKind { free, u3, rx, ry, rz, rxx, ryy, rzz, cx, cz, constant };

/// A gate as data. Bit j of its matrix index is qubits[j]; the qubits are distinct and in any order.
struct TemplateGate {
  GateKind kind = GateKind::u3;
  int arity = 1;
  std::array<int, 3> qubits{};
  std::vector<Complex> matrix;  // only for constant: 4^arity entries, row-major
};

struct Template {
  int qubits = 0;
  std::vector<TemplateGate> gates;
  /// Empty, or the values of all gates that are not fixed: u3 theta, phi, lambda; a rotation its angle; free
  /// its matrix, interleaved.
  std::vector<double> parameters;
};

/// A matrix (4^n entries, row-major) or a state (2^n), see `TargetKind`.
enum class TargetKind { unitary, state };
struct Target {
  int qubits = 0;
  TargetKind kind = TargetKind::unitary;
  std::vector<Complex> values;
};

/// A gate of a plan: where its matrix and its parameters stand, and how many generators (Pauli products) move
/// it.
struct PlannedGate {
  GateKind kind = GateKind::u3;
  int arity = 1;
  std::array<int, 3> qubits{};
  std::size_t matrix = 0;
  std::size_t parameter = 0;
  std::size_t parameters = 0;
  std::vector<int> generators;  // Pauli indices, digit j (base 4, I X Y Z) for qubits[j]
  /// Generators without those that only do what an earlier gate's can, through gates that they commute with.
  /// Those of all gates together move the circuit in every direction that the generators do.
  std::vector<int> directions;

  [[nodiscard]] int dimension() const noexcept { return 1 << arity; }
  [[nodiscard]] std::size_t matrix_size() const noexcept { return std::size_t{1} << (2 * arity); }
  [[nodiscard]] bool adjustable() const noexcept { return !generators.empty(); }
};

/// Matrices of all gates of a plan, one after another.
using Matrices = std::vector<Complex>;

/// A checked template, ready to be instantiated.
struct Plan {
  int qubits = 0;
  std::vector<PlannedGate> gates;
  Matrices fixed;  // constants in place, identity elsewhere
  std::size_t parameters = 0;
  std::size_t generators = 0;
  std::size_t directions = 0;

  [[nodiscard]] std::size_t dimension() const noexcept { return std::size_t{1} << qubits; }
};

/// Checks a template and lays it out. Throws Error(input) naming the gate and what would be right: 1 to 12
/// qubits, distinct qubits in range, as many as the kind wants, a constant that is unitary within 1e-8,
/// parameters that are as many as needed, finite and (free) unitary within 1e-6.
Plan make_plan(const Template& pattern);

/// Throws Error(input) unless the target has the plan's size, finite entries, and is unitary (normalised)
/// within 1e-8 in every entry of T^dagger T.
void check_target(const Target& target, int qubits);

/// The gates of a plan with these parameters. Throws Error(input) if they are not as many as needed.
Matrices to_matrices(const Plan& plan, std::span<const double> parameters);

/// Parameters of gates; u3 loses its phase: S = U det(U)^(-1/2), theta = 2 atan2(|S10|, |S00|).
std::vector<double> to_parameters(const Plan& plan, const Matrices& matrices);

/// The nearest rotation of a gate's kind to a unitary: its angle (see `rotation`).
void rotation(GateKind kind, double angle, std::span<Complex> matrix);

}  // namespace kroncut::synthesize
