#pragma once

#include <cstdint>

#include "device/cuda/runtime/cuda_support.hpp"

namespace kroncut::cuda {

constexpr unsigned threads_per_block = 256;
/// Enough blocks to fill any device many times over; larger index ranges are walked in strides.
constexpr std::uint64_t most_blocks = std::uint64_t{1} << 20;

inline unsigned grid_size(std::uint64_t count) {
  const std::uint64_t blocks = (count + threads_per_block - 1) / threads_per_block;
  return static_cast<unsigned>(blocks < most_blocks ? blocks : most_blocks);
}

__device__ inline std::uint64_t first_index() {
  return static_cast<std::uint64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
}
__device__ inline std::uint64_t index_stride() { return static_cast<std::uint64_t>(gridDim.x) * blockDim.x; }

}  // namespace kroncut::cuda
