#pragma once

#include <functional>

#include "core/aligned.hpp"
#include "core/control.hpp"
#include "synthesize/lm/jacobian.hpp"

namespace kroncut::synthesize {

struct LmLimits {
  double tolerance = 1e-10;  // distance that counts as success
  bool polish = true;        // go on after success until rounding
  int iterations = 1000;
  bool give_up = true;  // leave hopeless starts early, see `LevenbergMarquardt::run`
};

struct StartOutcome {
  double distance = 1;
  int iterations = 0;
};

/// Levenberg-Marquardt (Nielsen's damping, IMM-REP-1999-05) for one problem; one object per thread.
class LevenbergMarquardt {
 public:
  LevenbergMarquardt(const Plan& plan, const Target& target);
  /// Improves `matrices` until success, the limits, or a minimum that is none: the gradient vanishes, no
  /// damping helps, or (give_up) `hopeless` says so. `stop` is asked now and then and ends the run when true.
  StartOutcome run(Matrices& matrices, const LmLimits& limits, const std::function<bool()>& stop);

 private:
  bool solve_damped(double damping);
  void step_to(const Matrices& from, Matrices& to) const;

  const Plan& plan_;
  std::unique_ptr<Jacobian> jacobian_;
  AlignedArray<double> normal_;
  AlignedArray<double> factor_;
  AlignedArray<double> gradient_;
  AlignedArray<double> step_;
};

/// The rule for hopeless starts, given the distance after every step: over 4 steps the distance fell by less
/// than 1% (or over 12 steps by less than 10%) while its complement, the fidelity, grew by less than 2%
/// (30%). A start that will succeed creeps only where the fidelity is still tiny and multiplies; one at a
/// local minimum does not. On random templates of 4 to 6 qubits it ends failures after half as many steps,
/// and costs about 5% of the successes.
bool hopeless(std::span<const double> distances) noexcept;

}  // namespace kroncut::synthesize
