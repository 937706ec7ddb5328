#pragma once

#include <cstdint>

#include "synthesize/problem/options.hpp"
#include "synthesize/problem/template.hpp"

namespace kroncut::synthesize {

/// Bytes that a call of `instantiate_many` takes.
struct Need {
  std::uint64_t call = 0;    // whatever the threads: the target, and where all starts begin
  std::uint64_t thread = 0;  // for each thread: the arrays of the method, and of the polishing steps
  std::uint64_t start = 0;   // on a device, for each start there
  int tasks = 1;             // parts of a template's starts that threads can take
  bool polishes = false;     // second-order steps are affordable, see `lm_affordable`
};

/// What a call with templates like this one takes on the processor. It counts the same arrays that the
/// methods allocate, so it is the peak, small lists apart.
Need memory_need(const Plan& plan, TargetKind kind, std::size_t templates, const Options& options);

}  // namespace kroncut::synthesize
