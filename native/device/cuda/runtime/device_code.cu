#include "device/cuda/runtime/cuda_support.hpp"
#include "device/cuda/runtime/device_code.hpp"

namespace kroncut::cuda {
namespace {

/// All kernels are compiled for the same devices, so any of them tells.
__global__ void probe_kernel() {}

}  // namespace

void check_kernels() {
  cudaFuncAttributes attributes{};
  check(cudaFuncGetAttributes(&attributes, probe_kernel), "looking for code for this device");
}

int lowest_compute_capability() {
  // Ascending, 800 for 8.0.
  constexpr int architectures[] = {__CUDA_ARCH_LIST__};
  return architectures[0] / 10;
}

}  // namespace kroncut::cuda
