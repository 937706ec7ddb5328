#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/control.hpp"
#include "synthesize/problem/template.hpp"

namespace kroncut::synthesize {

/// How to look for parameters. `automatic` estimates the work of both methods, see `choose_method`.
enum class Method { automatic, qfactor, lm, qfactor_sample };

/// Names and defaults are those of QFactor (Kukliansky et al., arXiv:2306.08152) and QFactor-Sample
/// (arXiv:2405.12866) where they have one.
struct Options {
  Method method = Method::automatic;
  int multistarts = 1;  // the warm one, where the template has parameters, included
  std::uint64_t seed = 0;
  int threads = 1;
  double dist_tol = 1e-10;
  bool polish = true;
  int max_iters = 100000;
  int min_iters = 10;
  double diff_tol_a = 1e-12;
  double diff_tol_r = 1e-6;
  double diff_tol_step_r = 0.1;
  int diff_tol_step = 200;
  int reset_iter = 40;
  double beta = 0;
  int training_states = 0;  // 0: the root of the number of parameters
  int validation_states = 2;
  double overtrain_ratio = 0.1;
  bool all_starts = false;     // also run the starts behind a success
  bool first_success = false;  // of several templates: leave those behind one that succeeds
  int device_share = 1;        // calls that share the free memory of a device
};

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

/// What `automatic` means for this problem. Second order needs tens of steps where QFactor needs hundreds of
/// iterations, so it is taken while one of its steps costs at most 20 iterations (and its Jacobian 256 MiB),
/// by the operation counts of both; else QFactor, and QFactor-Sample from 8 qubits on and for states.
Method choose_method(const Plan& plan, const Target& target);

}  // namespace kroncut::synthesize
