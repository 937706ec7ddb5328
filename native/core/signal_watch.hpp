#pragma once

#include <chrono>
#include <vector>

namespace kroncut {

/// Ends the process with 128 + the number of a signal that came and that nobody has heard of within `grace`:
/// a program may be busy where its own answer cannot run. The handlers that stand when this is called are
/// still called. A later call changes `grace` alone. Throws Error(internal) where the system refuses.
void watch_signals(const std::vector<int>& signals, std::chrono::milliseconds grace);

/// The program has heard of the signals that came so far.
void signal_heard() noexcept;

}  // namespace kroncut
