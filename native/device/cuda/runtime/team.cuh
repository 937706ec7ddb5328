#pragma once

#include "core/host_device.hpp"

/// The threads of a block, and those of its first warp, as teams, which kernel bodies are templates over:
/// tests run these by teams on the processor. `each(count, body)` runs body(i) for every i < count with a
/// barrier behind, `warp(body)` hands the first warp of a block to body, with a barrier behind. The functions
/// are empty where nvcc compiles them for the host, which never runs them.
namespace kroncut::cuda {

struct WarpTeam {
  template <class Body>
  KRONCUT_HD void each(int count, const Body& body) const {
#if defined(__CUDA_ARCH__)
    for (int i = static_cast<int>(threadIdx.x); i < count; i += 32) body(i);
    __syncwarp();
#else
    static_cast<void>(count);
    static_cast<void>(body);
#endif
  }
};

struct BlockTeam {
  template <class Body>
  KRONCUT_HD void each(int count, const Body& body) const {
#if defined(__CUDA_ARCH__)
    for (int i = static_cast<int>(threadIdx.x); i < count; i += static_cast<int>(blockDim.x)) body(i);
    __syncthreads();
#else
    static_cast<void>(count);
    static_cast<void>(body);
#endif
  }
  template <class Body>
  KRONCUT_HD void warp(const Body& body) const {
#if defined(__CUDA_ARCH__)
    if (threadIdx.x < 32) body(WarpTeam{});
    __syncthreads();
#else
    static_cast<void>(body);
#endif
  }
};

}  // namespace kroncut::cuda
