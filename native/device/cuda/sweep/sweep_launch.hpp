#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "device/cuda/sweep/sweep_kernels.hpp"

namespace kroncut::cuda {

/// The kernels of sweep_kernels.hpp on a stream, see runtime/device_code.hpp.
class SweepLaunch {
 public:
  explicit SweepLaunch(cudaStream_t stream) : stream_(stream) {}

  /// One team of `shape.threads` for each of `starts` slots in `task.active`; the columns are in shared
  /// memory.
  void sweep(const SweepTask& task, std::size_t starts, const TeamShape& shape);
  /// A team for every part of every slot, or one for every slot.
  void rebuild_parts(const SweepTask& task, std::size_t starts);
  void step_parts(const SweepTask& task, std::size_t starts, int place, bool rightward);
  void update_starts(const SweepTask& task, std::size_t starts, int place, bool rightward);
  void overlap_parts(const SweepTask& task, std::size_t starts);
  void judge_starts(const SweepTask& task, std::size_t starts);
  void images(const ImageTask& task, std::uint64_t count);

 private:
  cudaStream_t stream_;
};

}  // namespace kroncut::cuda
