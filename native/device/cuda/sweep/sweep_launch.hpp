#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "device/cuda/sweep/sweep_kernels.hpp"

namespace kroncut::cuda {

/// The kernels of sweep_kernels.hpp on a stream, see runtime/device_code.hpp.
class SweepLaunch {
 public:
  explicit SweepLaunch(cudaStream_t stream) : stream_(stream) {}

  /// Lets `sweep` take so much shared memory on the current device, where a kernel has 48 KiB without being
  /// asked. The limit belongs to the kernel, not to a launch: it is set before the first one, and stays.
  static void allow_shared(std::size_t bytes);

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
