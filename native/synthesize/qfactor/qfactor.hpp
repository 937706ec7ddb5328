#pragma once

#include <array>

#include "core/aligned.hpp"
#include "synthesize/columns/row_groups.hpp"
#include "synthesize/problem/options.hpp"
#include "synthesize/problem/runner.hpp"
#include "synthesize/qfactor/plateau.hpp"
#include "synthesize/qfactor/qfactor_kernels.hpp"

namespace kroncut::synthesize {

/// `on_plateau` with the limits of the options.
PlateauLimits plateau_limits(const Options& options) noexcept;
class PlateauRule {
 public:
  explicit PlateauRule(const Options& options) : limits_(plateau_limits(options)) {}
  /// Takes the cost of the next iteration; true if the start is on a plateau.
  bool add(double cost) noexcept { return on_plateau(limits_, state_, cost); }

 private:
  PlateauLimits limits_;
  PlateauState state_;
};

/// QFactor on eight starts side by side. M = C T^dagger is kept; a right-to-left sweep takes each gate off
/// its left side, replaces it by the best one for the environment, and puts it on the right, in one pass M <-
/// U_old^dagger M U_new; the left-to-right sweep mirrors it. The environment of M without the gate is
/// U_old^dagger times that of M, so it costs only 2^n 4^k reads.
class Qfactor final : public Runner {
 public:
  Qfactor(const Plan& plan, const Target& target, const Options& options);
  void run(std::span<StartResult> starts, const std::function<bool()>& stop) override;

 private:
  void load(std::span<const StartResult> starts);
  void rebuild();
  void iterate();
  void pass(std::size_t t, bool rightward);
  void improve(std::size_t t, bool rightward);
  void store(StartResult& start, std::size_t lane) const;
  [[nodiscard]] std::array<double, qfactor_lanes> costs() const;
  double* gate_numbers(std::size_t t) { return gates_.data() + plan_.gates[t].matrix * lane_numbers; }

  struct Swaps {
    std::vector<std::size_t> first;
    std::vector<std::size_t> second;
  };

  const Plan& plan_;
  const Target& target_;
  const Options& options_;
  const QfactorKernels& kernels_;
  std::size_t size_;
  std::vector<OwnedGroups> groups_;
  std::vector<Swaps> swaps_;  // of constant cx gates
  AlignedArray<double> matrix_;
  AlignedArray<double> gates_;
  AlignedArray<double> old_;
  AlignedArray<double> dagger_;
  AlignedArray<double> environment_;
  AlignedArray<double> scratch_;
};

/// The angle of exp(-i angle/2 P) that makes |Tr(E U)| largest: traces are Tr E and Tr(E P).
double best_angle(Complex trace, Complex pauli_trace) noexcept;

}  // namespace kroncut::synthesize
