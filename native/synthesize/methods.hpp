#pragma once

#include <memory>

#include "synthesize/problem/options.hpp"
#include "synthesize/problem/runner.hpp"

namespace kroncut::synthesize {

/// What `automatic` means for this problem. Second order needs tens of steps where QFactor needs hundreds of
/// iterations, so it is taken while one of its steps costs at most 20 iterations (and its Jacobian 256 MiB),
/// by the operation counts of both; else QFactor, and QFactor-Sample from 8 qubits on and for states.
Method choose_method(const Plan& plan, const Target& target);

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
