#pragma once

#include <barrier>
#include <thread>
#include <vector>

#include "device/cuda/sweep_kernels.hpp"

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

/// The kernels of sweep_launch.cu on the processor.
class HostSweep {
 public:
  void sweep(const SweepTask& task, std::size_t starts) {
    std::vector<Number> columns(static_cast<std::size_t>(2 * task.columns) << task.qubits);
    for (std::size_t i = 0; i < starts; ++i)
      run_start(HostTeam(), task, task.active[i], columns.data(), scratch_);
  }
  void rebuild_parts(const SweepTask& task, std::size_t starts) {
    parts(task, starts, [&](std::uint32_t slot, int part) { rebuild_part(HostTeam(), task, slot, part); });
  }
  void step_parts(const SweepTask& task, std::size_t starts, int place, bool rightward) {
    parts(task, starts, [&](std::uint32_t slot, int part) {
      step_part(HostTeam(), task, slot, part, place, rightward, scratch_);
    });
  }
  void update_starts(const SweepTask& task, std::size_t starts, int place, bool rightward) {
    for (std::size_t i = 0; i < starts; ++i)
      update_start(HostTeam(), task, task.active[i], place, rightward, scratch_);
  }
  void overlap_parts(const SweepTask& task, std::size_t starts) {
    parts(task, starts,
          [&](std::uint32_t slot, int part) { overlap_part(HostTeam(), task, slot, part, scratch_); });
  }
  void judge_starts(const SweepTask& task, std::size_t starts) {
    for (std::size_t i = 0; i < starts; ++i) judge_start(HostTeam(), task, task.active[i], scratch_);
  }
  void images(const ImageTask& task, std::uint64_t count) {
    for (std::uint64_t item = 0; item < count; ++item) image_element(task, item);
  }

 private:
  template <class Body>
  void parts(const SweepTask& task, std::size_t starts, const Body& body) {
    for (std::size_t i = 0; i < starts; ++i) {
      for (int part = 0; part < task.parts; ++part) body(task.active[i], part);
    }
  }
  SweepScratch scratch_;
};

}  // namespace kroncut::cuda
