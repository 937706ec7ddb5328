#pragma once

#include <functional>
#include <span>

#include "synthesize/problem/template.hpp"

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

}  // namespace kroncut::synthesize
