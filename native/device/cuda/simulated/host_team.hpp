#pragma once

#include <barrier>
#include <thread>
#include <vector>

/// Teams of threads (see runtime/team.cuh) on the processor, for tests.
namespace kroncut::cuda {

/// A team on the processor: threads one after another between two barriers, and in another order every time,
/// so that what wrongly depends on the order shows. For tests.
class HostTeam {
 public:
  template <class Body>
  void each(int count, const Body& body) const {
    backwards_ = !backwards_;
    for (int i = 0; i < count; ++i) body(backwards_ ? count - 1 - i : i);
  }
  template <class Body>
  void warp(const Body& body) const {
    body(*this);
  }

 private:
  mutable bool backwards_ = false;
};

/// A thread of a team of real threads, with the barriers of a block and of its first warp: so that a missing
/// one shows, above all under a thread sanitizer. For tests.
class ThreadTeam {
 public:
  static constexpr int threads = 6;
  static constexpr int warp_threads = 4;

  /// Runs kernel(team) on every thread of a team.
  template <class Kernel>
  static void run(const Kernel& kernel) {
    std::barrier<> block(threads);
    std::barrier<> first_warp(warp_threads);
    std::vector<std::jthread> team;
    for (int thread = 0; thread < threads; ++thread)
      team.emplace_back([&, thread] { kernel(ThreadTeam(thread, threads, block, first_warp)); });
  }
  template <class Body>
  void each(int count, const Body& body) const {
    for (int i = thread_; i < count; i += count_) body(i);
    own_.arrive_and_wait();
  }
  template <class Body>
  void warp(const Body& body) const {
    if (thread_ < warp_threads) body(ThreadTeam(thread_, warp_threads, warp_, warp_));
    own_.arrive_and_wait();
  }

 private:
  ThreadTeam(int thread, int count, std::barrier<>& own, std::barrier<>& warp)
      : thread_(thread), count_(count), own_(own), warp_(warp) {}
  int thread_;
  int count_;
  std::barrier<>& own_;
  std::barrier<>& warp_;
};

}  // namespace kroncut::cuda
