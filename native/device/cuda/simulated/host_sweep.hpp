#pragma once

#include <vector>

#include "device/cuda/simulated/host_team.hpp"
#include "device/cuda/sweep/sweep_kernels.hpp"

namespace kroncut::cuda {

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
