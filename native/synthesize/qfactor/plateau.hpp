#pragma once

#include <cmath>

#include "core/host_device.hpp"

namespace kroncut::synthesize {

/// When a start is on a plateau (Kukliansky et al., arXiv:2306.08152, section III). Plain functions of plain
/// data, for processors and devices judge alike.
struct PlateauLimits {
  double diff_tol_a = 0;
  double diff_tol_r = 0;
  double diff_tol_step_r = 0;
  int diff_tol_step = 1;
  int min_iters = 0;
};

struct PlateauState {
  int iterations = 0;
  int quiet = -1000;
  bool slow = false;
  double before = HUGE_VAL;
  double step_before = 1;
};

/// Takes the cost of the next iteration. True after min_iters if |c - c_before| <= diff_tol_a + diff_tol_r
/// |c| within the last 8 iterations, or less than diff_tol_step_r was gained over diff_tol_step iterations;
/// and always for a cost that is not a number.
KRONCUT_HD bool on_plateau(const PlateauLimits& limits, PlateauState& state, double cost) {
  constexpr int window = 8;
  ++state.iterations;
  if (!(fabs(cost) < HUGE_VAL)) return true;
  if (fabs(cost - state.before) <= limits.diff_tol_a + limits.diff_tol_r * fabs(cost))
    state.quiet = state.iterations;
  state.before = cost;
  if (state.iterations % limits.diff_tol_step == 0) {
    state.slow = state.step_before - cost < limits.diff_tol_step_r * state.step_before;
    state.step_before = cost;
  }
  return state.iterations > limits.min_iters && (state.slow || state.iterations - state.quiet < window);
}

}  // namespace kroncut::synthesize
