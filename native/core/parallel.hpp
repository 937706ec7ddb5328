#pragma once

#include <cstddef>
#include <functional>

namespace kroncut {

/// Threads that the process may use (its affinity mask), at least 1.
int available_threads() noexcept;

/// Runs `body(index, worker)` for every index in [0, count) on up to `threads` threads, the caller being one
/// of them; `worker` is in [0, threads). Indices are handed out one by one in ascending order, so make each
/// one worth microseconds. Threads are kept between calls; calls from several threads run side by side. The
/// first exception stops the hand-out and is rethrown in the caller after all workers have stopped. Nested
/// calls run on the calling thread alone.
void parallel_for(std::size_t count, int threads, const std::function<void(std::size_t, int)>& body);

}  // namespace kroncut
