#include "device/cuda/reduction/reduction_launch.hpp"
#include "device/cuda/runtime/grid.cuh"
#include "device/cuda/runtime/team.cuh"

namespace kroncut::cuda {
namespace {

__global__ void __launch_bounds__(reduction_threads) digest_kernel(DigestTask task) {
  __shared__ LaneScratch scratch;
  for (std::uint64_t unit = blockIdx.x; unit < task.units; unit += gridDim.x) {
    digest_unit(BlockTeam{}, task, unit, scratch);
  }
}

__global__ void __launch_bounds__(reduction_threads) compare_kernel(PairTask task) {
  __shared__ LaneScratch scratch;
  for (std::uint64_t unit = blockIdx.x; unit < task.units; unit += gridDim.x) {
    compare_unit(BlockTeam{}, task, unit, scratch);
  }
}

__global__ void join_kernel(JoinTask task, std::uint64_t count) {
  for (std::uint64_t e = first_index(); e < count; e += index_stride()) join_units(task, e);
}

__global__ void select_kernel(SelectTask task, std::uint64_t count) {
  for (std::uint64_t e = first_index(); e < count; e += index_stride()) select_value(task, e);
}

unsigned teams(std::uint64_t units) {
  return static_cast<unsigned>(units < most_blocks ? units : most_blocks);
}

}  // namespace

void ReductionLaunch::digest(const DigestTask& task) {
  digest_kernel<<<teams(task.units), reduction_threads, 0, stream_>>>(task);
  check(cudaGetLastError(), "reducing a block");
}

void ReductionLaunch::compare(const PairTask& task) {
  compare_kernel<<<teams(task.units), reduction_threads, 0, stream_>>>(task);
  check(cudaGetLastError(), "comparing a block");
}

void ReductionLaunch::join_units(const JoinTask& task, int kinds) {
  const std::uint64_t count = task.pieces * static_cast<std::uint64_t>(kinds);
  join_kernel<<<grid_size(count), threads_per_block, 0, stream_>>>(task, count);
  check(cudaGetLastError(), "reducing a block");
}

void ReductionLaunch::select(const SelectTask& task) {
  const std::uint64_t count = task.piece_count << task.piece_bits;
  select_kernel<<<grid_size(count), threads_per_block, 0, stream_>>>(task, count);
  check(cudaGetLastError(), "selecting the largest values");
}

}  // namespace kroncut::cuda
