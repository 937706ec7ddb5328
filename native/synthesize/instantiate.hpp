#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/control.hpp"
#include "synthesize/problem/options.hpp"
#include "synthesize/problem/template.hpp"

namespace kroncut::synthesize {

struct Result {
  bool success = false;
  double distance = 1;  // computed anew from the parameters
  std::vector<double> parameters;
  Method method = Method::lm;
  int iterations = 0;
  std::int64_t total_iterations = 0;
  int start = 0;
  std::vector<double> distances;  // of each start, up to the answer (all_starts: of all)
};

/// Finds parameters with which the template is the target up to a phase: the first start, in order, whose
/// distance is at most dist_tol, else the best one. The answer depends on the input and the seed, not on the
/// threads. Throws Error(input) for a target or template that is malformed, or a template with nothing to
/// adjust; Error(usage) for options out of range; Error(cancelled).
Result instantiate(const Target& target, const Template& pattern, const Options& options, Control& control);

/// The same for several templates and one target, over the threads: over fewer where memory gives out, and in
/// smaller batches where one thread is too many; Error(memory) where not one start fits. With `first_success`
/// the entries behind the first template that succeeds are empty.
std::vector<std::optional<Result>> instantiate_many(const Target& target, std::span<const Template> patterns,
                                                    const Options& options, Control& control);

/// Throws Error(usage), naming the option, its value and its range.
void check_options(const Options& options);

}  // namespace kroncut::synthesize
