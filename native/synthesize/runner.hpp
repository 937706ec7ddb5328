#pragma once

#include <functional>
#include <memory>

#include "synthesize/instantiate.hpp"

namespace kroncut::synthesize {

struct StartResult {
  double distance = 1;
  int iterations = 0;
  Matrices matrices;
};

/// Runs starts of one problem with one method; one object per thread.
class Runner {
 public:
  virtual ~Runner() = default;
  /// Improves each start in place (`matrices` holds where it begins). `stop` is asked now and then and ends
  /// the run early when true; what is in the results then does not matter.
  virtual void run(std::span<StartResult> starts, const std::function<bool()>& stop) = 0;
};

/// The runner of a method (not `automatic`). QFactor on a state target is QFactor-Sample with that one state.
/// Where second-order steps are affordable and `polish` is set, successes of QFactor are polished by them.
std::unique_ptr<Runner> make_runner(Method method, const Plan& plan, const Target& target,
                                    const Options& options);

/// What polishes successes that a device has found; null where they are left as they are.
std::unique_ptr<Runner> make_polisher(const Plan& plan, const Target& target, const Options& options);

/// Starts that QFactor runs side by side.
inline constexpr int batch_starts = 8;

/// Whether QFactor runs eight starts side by side, or each on its own with columns side by side.
bool runs_batched(const Plan& plan, const Options& options);

/// Floating point operations of one Levenberg-Marquardt step, and of one QFactor iteration of one start.
double lm_work(const Plan& plan, const Target& target);
double qfactor_work(const Plan& plan);

/// Whether a Jacobian fits: at most 256 MiB.
bool lm_affordable(const Plan& plan, const Target& target);

}  // namespace kroncut::synthesize
