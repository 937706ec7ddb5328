#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "device/cuda/reduction/reduction_kernels.hpp"

namespace kroncut::cuda {

/// The kernels of reduction_kernels.hpp on a stream, see runtime/device_code.hpp.
class ReductionLaunch {
 public:
  explicit ReductionLaunch(cudaStream_t stream) : stream_(stream) {}

  void digest(const DigestTask& task);
  void compare(const PairTask& task);
  void join_units(const JoinTask& task, int kinds);
  void select(const SelectTask& task);

 private:
  cudaStream_t stream_;
};

}  // namespace kroncut::cuda
