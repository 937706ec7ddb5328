#pragma once

#include <functional>
#include <span>

#include "core/control.hpp"
#include "synthesize/instantiate.hpp"
#include "synthesize/problem/runner.hpp"

namespace kroncut::synthesize {

/// A start of one of several templates, which have the same target.
struct BatchedStart {
  const Plan* plan = nullptr;
  StartResult* result = nullptr;  // `matrices` holds where it begins, then where it ended
};

/// What a batch asks and tells its caller, from the calling thread.
struct BatchWatch {
  /// Whether a start can still be the answer; if not, it may be left as it is.
  std::function<bool(std::size_t)> wanted;
  /// These starts have ended, and their results are there.
  std::function<void(std::span<const std::size_t>)> ended;
};

/// Runs many starts side by side: what a device does instead of a `Runner`. A start is judged by itself (by
/// `on_plateau`, as where it runs alone), so its result does not depend on those beside it.
class BatchRunner {
 public:
  virtual ~BatchRunner() = default;
  /// For `qfactor` and `qfactor_sample`. Throws Error(memory) where not one start fits, and Error(cancelled).
  virtual void run(Method method, const Target& target, std::span<const BatchedStart> starts,
                   const Options& options, Control& control, const BatchWatch& watch) = 0;
};

/// What `automatic` means on a device with many starts: a matter of the target alone.
[[nodiscard]] Method device_method(int qubits, TargetKind kind) noexcept;

/// `instantiate_many` (see there) with QFactor and QFactor-Sample on a device, and second-order steps on
/// `options.threads` threads. `automatic` means the device's method where there are at least 64 starts in
/// all.
std::vector<std::optional<Result>> instantiate_many_on(BatchRunner& device, const Target& target,
                                                       std::span<const Template> patterns,
                                                       const Options& options, Control& control);

}  // namespace kroncut::synthesize
