#pragma once

#include <cstdint>

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

}  // namespace kroncut::synthesize
