#include "device/cuda/runtime/grid.cuh"
#include "device/cuda/runtime/team.cuh"
#include "device/cuda/sweep/sweep_launch.hpp"

namespace kroncut::cuda {
namespace {

constexpr int most_threads = 256;
/// Bounds the registers of a thread to 128, half of what the compiler would take, so that twice as many
/// threads are on a multiprocessor; docs/gpu.md has the figures.
constexpr int most_sweep_threads = 512;
constexpr int update_threads = 64;

/// Block x of a grid is part x % parts of the start in place x / parts.
__device__ std::uint32_t slot_of(const SweepTask& task) {
  return task.active[blockIdx.x / static_cast<unsigned>(task.parts)];
}
__device__ int part_of(const SweepTask& task) {
  return static_cast<int>(blockIdx.x % static_cast<unsigned>(task.parts));
}

__global__ void __launch_bounds__(most_sweep_threads) sweep_kernel(SweepTask task) {
  extern __shared__ Number memory[];
  static_assert(sizeof(SweepScratch) % sizeof(Number) == 0);
  run_start(BlockTeam{}, task, task.active[blockIdx.x], memory + sizeof(SweepScratch) / sizeof(Number),
            *reinterpret_cast<SweepScratch*>(memory));
}

__global__ void __launch_bounds__(most_threads) rebuild_kernel(SweepTask task) {
  rebuild_part(BlockTeam{}, task, slot_of(task), part_of(task));
}

__global__ void __launch_bounds__(most_threads) step_kernel(SweepTask task, int place, bool rightward) {
  __shared__ SweepScratch scratch;
  step_part(BlockTeam{}, task, slot_of(task), part_of(task), place, rightward, scratch);
}

__global__ void __launch_bounds__(update_threads) update_kernel(SweepTask task, int place, bool rightward) {
  __shared__ SweepScratch scratch;
  update_start(BlockTeam{}, task, task.active[blockIdx.x], place, rightward, scratch);
}

__global__ void __launch_bounds__(most_threads) overlap_kernel(SweepTask task) {
  __shared__ SweepScratch scratch;
  overlap_part(BlockTeam{}, task, slot_of(task), part_of(task), scratch);
}

__global__ void __launch_bounds__(most_threads) judge_kernel(SweepTask task) {
  __shared__ SweepScratch scratch;
  judge_start(BlockTeam{}, task, task.active[blockIdx.x], scratch);
}

__global__ void image_kernel(ImageTask task, std::uint64_t count) {
  for (std::uint64_t i = first_index(); i < count; i += index_stride()) image_element(task, i);
}

unsigned teams(const SweepTask& task, std::size_t starts) {
  return static_cast<unsigned>(starts * static_cast<std::size_t>(task.parts));
}

}  // namespace

void SweepLaunch::allow_shared(std::size_t bytes) {
  check(cudaFuncSetAttribute(sweep_kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                             static_cast<int>(bytes)),
        "asking for shared memory");
}

void SweepLaunch::sweep(const SweepTask& task, std::size_t starts, const TeamShape& shape) {
  sweep_kernel<<<static_cast<unsigned>(starts), static_cast<unsigned>(shape.threads), shape.shared_bytes,
                 stream_>>>(task);
  check(cudaGetLastError(), "sweeping over gates");
}

void SweepLaunch::rebuild_parts(const SweepTask& task, std::size_t starts) {
  rebuild_kernel<<<teams(task, starts), most_threads, 0, stream_>>>(task);
  check(cudaGetLastError(), "applying all gates");
}

void SweepLaunch::step_parts(const SweepTask& task, std::size_t starts, int place, bool rightward) {
  step_kernel<<<teams(task, starts), most_threads, 0, stream_>>>(task, place, rightward);
  check(cudaGetLastError(), "finding the environment of a gate");
}

void SweepLaunch::update_starts(const SweepTask& task, std::size_t starts, int place, bool rightward) {
  update_kernel<<<static_cast<unsigned>(starts), update_threads, 0, stream_>>>(task, place, rightward);
  check(cudaGetLastError(), "improving a gate");
}

void SweepLaunch::overlap_parts(const SweepTask& task, std::size_t starts) {
  overlap_kernel<<<teams(task, starts), most_threads, 0, stream_>>>(task);
  check(cudaGetLastError(), "finding the cost");
}

void SweepLaunch::judge_starts(const SweepTask& task, std::size_t starts) {
  judge_kernel<<<static_cast<unsigned>(starts), most_threads, 0, stream_>>>(task);
  check(cudaGetLastError(), "judging the cost");
}

void SweepLaunch::images(const ImageTask& task, std::uint64_t count) {
  image_kernel<<<grid_size(count), threads_per_block, 0, stream_>>>(task, count);
  check(cudaGetLastError(), "applying the target to states");
}

}  // namespace kroncut::cuda
