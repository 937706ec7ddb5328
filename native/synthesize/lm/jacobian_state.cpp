#include <algorithm>
#include <cmath>

#include "core/aligned.hpp"
#include "synthesize/columns/column_kernels.hpp"
#include "synthesize/columns/row_groups.hpp"
#include "synthesize/lm/jacobian.hpp"
#include "synthesize/problem/linear.hpp"

namespace kroncut::synthesize {
namespace {

/// The Jacobian of a state target: column j is i times the state in front of a gate with its Pauli product
/// applied, moved to the end of the circuit, without its component along i C|0> (the phase, which is free).
class StateJacobian final : public Jacobian {
 public:
  StateJacobian(const Plan& plan, const Target& target)
      : plan_(plan),
        target_(target.values),
        kernels_(column_kernels(simd_level())),
        dimension_(plan.dimension()) {
    for (std::size_t t = 0; t < plan.gates.size(); ++t) {
      const PlannedGate& gate = plan.gates[t];
      columns_.push_back(size_);
      size_ += gate.directions.size();
      groups_.emplace_back(plan.qubits, 1, gate_qubits(gate), 2);
    }
    size_ = (size_ + column_lanes - 1) / column_lanes * column_lanes;
    chunks_ = AlignedArray<double>(size_ * 2 * dimension_);
    residual_ = AlignedArray<double>(2 * dimension_);
    states_.resize(plan.gates.size() + 1, std::vector<Complex>(dimension_));
    states_[0][0] = 1;
  }

  double evaluate(const Matrices& matrices) override {
    for (std::size_t t = 0; t < plan_.gates.size(); ++t) {
      states_[t + 1] = states_[t];
      apply_gate(states_[t + 1], gate_qubits(plan_.gates[t]), &matrices[plan_.gates[t].matrix]);
    }
    overlap_ = 0;
    for (std::size_t i = 0; i < dimension_; ++i)
      overlap_ += multiply(std::conj(target_[i]), states_.back()[i]);
    return 1 - std::abs(overlap_);
  }

  void linearise(const Matrices& matrices, double* normal, double* gradient) override {
    const std::vector<Complex>& end = states_.back();
    const double size = std::abs(overlap_);
    const Complex phase = size > 1e-300 ? overlap_ / size : Complex(1);
    for (std::size_t i = 0; i < dimension_; ++i) {
      const Complex error = multiply(phase, target_[i]) - end[i];
      residual_[2 * i] = error.real();
      residual_[2 * i + 1] = error.imag();
    }
    std::fill(chunks_.span().begin(), chunks_.span().end(), 0.0);
    for (std::size_t chunk = 0; chunk < size_ / column_lanes; ++chunk) move_chunk(chunk, matrices);
    normal_equations(chunks_.data(), size_ / column_lanes, 2 * dimension_, residual_.data(), normal,
                     gradient);
  }

 private:
  static std::span<const int> gate_qubits(const PlannedGate& gate) {
    return std::span(gate.qubits).first(static_cast<std::size_t>(gate.arity));
  }

  bool enter(double* data, std::size_t chunk, std::size_t t) const {
    const PlannedGate& gate = plan_.gates[t];
    bool any = false;
    for (std::size_t j = 0; j < gate.directions.size(); ++j) {
      const std::size_t column = columns_[t] + j;
      if (column / column_lanes != chunk) continue;
      std::vector<Complex> moved = states_[t];
      apply_gate(moved, gate_qubits(gate), pauli_matrix(gate.arity, gate.directions[j]).data());
      for (std::size_t i = 0; i < dimension_; ++i) {
        data[column_lanes * (2 * i) + column % column_lanes] = -moved[i].imag();
        data[column_lanes * (2 * i + 1) + column % column_lanes] = moved[i].real();
      }
      any = true;
    }
    return any;
  }

  void move_chunk(std::size_t chunk, const Matrices& matrices) {
    double* const data = chunks_.data() + chunk * column_lanes * 2 * dimension_;
    bool any = false;
    for (std::size_t t = 0; t < plan_.gates.size(); ++t) {
      if (enter(data, chunk, t)) any = true;
      if (any) {
        kernels_.apply_complex(data, groups_[t].view(),
                               reinterpret_cast<const double*>(&matrices[plan_.gates[t].matrix]));
      }
    }
    const std::vector<Complex>& end = states_.back();
    for (std::size_t lane = 0; lane < column_lanes; ++lane) {
      double along = 0;
      for (std::size_t i = 0; i < dimension_; ++i) {
        along += data[column_lanes * (2 * i + 1) + lane] * end[i].real() -
                 data[column_lanes * 2 * i + lane] * end[i].imag();
      }
      for (std::size_t i = 0; i < dimension_; ++i) {
        data[column_lanes * 2 * i + lane] += along * end[i].imag();
        data[column_lanes * (2 * i + 1) + lane] -= along * end[i].real();
      }
    }
  }

  const Plan& plan_;
  const std::vector<Complex>& target_;
  const ColumnKernels& kernels_;
  std::size_t dimension_;
  Complex overlap_;
  std::vector<std::vector<Complex>> states_;
  AlignedArray<double> chunks_;
  AlignedArray<double> residual_;
  std::vector<OwnedGroups> groups_;
};

}  // namespace

std::unique_ptr<Jacobian> make_state_jacobian(const Plan& plan, const Target& target) {
  return std::make_unique<StateJacobian>(plan, target);
}

}  // namespace kroncut::synthesize
