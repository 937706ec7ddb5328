#pragma once

#include <functional>

#include "core/aligned.hpp"
#include "core/control.hpp"
#include "synthesize/jacobian.hpp"

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

/// The rule for hopeless starts. A start that will succeed comes down quickly, also from a saddle; one that
/// ends in a local minimum slows down while it is far away. So a start is left when over the last 12 steps
/// the distance fell by less than the share `0.5 * distance^(1/4)`... see the definition for the constants.
bool hopeless(const double* distances, int count, double tolerance) noexcept;

}  // namespace kroncut::synthesize
