#include "device/cuda/runtime/grid.cuh"
#include "device/cuda/tensor/tensor_launch.hpp"

namespace kroncut::cuda {
namespace {

template <class T>
__global__ void pair_product_kernel(TensorTask task, const Complex<T>* state, double* work) {
  const std::uint64_t count = work_size(task);
  for (std::uint64_t e = first_index(); e < count; e += index_stride()) {
    kroncut::cuda::pair_product(task, state, work, e);
  }
}

__global__ void add_parts_kernel(TensorTask task, double* work) {
  const std::uint64_t count = result_size(task);
  for (std::uint64_t e = first_index(); e < count; e += index_stride()) {
    kroncut::cuda::add_parts(task, work, e);
  }
}

template <int bits>
__global__ void walsh_kernel(int position, double* values, std::uint64_t count) {
  for (std::uint64_t i = first_index(); i < count; i += index_stride()) walsh_step<bits>(position, values, i);
}

__global__ void pauli_component_kernel(TensorTask task, const double* work, double* result) {
  const std::uint64_t count = result_size(task);
  for (std::uint64_t e = first_index(); e < count; e += index_stride()) {
    kroncut::cuda::pauli_component(task, work, result, e);
  }
}

}  // namespace

template <class T>
void TensorLaunch::pair_product(const TensorTask& task, const Complex<T>* state, double* work) {
  pair_product_kernel<<<grid_size(work_size(task)), threads_per_block, 0, stream_>>>(task, state, work);
  check(cudaGetLastError(), "multiplying amplitudes");
}

void TensorLaunch::add_parts(const TensorTask& task, double* work) {
  add_parts_kernel<<<grid_size(result_size(task)), threads_per_block, 0, stream_>>>(task, work);
  check(cudaGetLastError(), "summing over traced qubits");
}

void TensorLaunch::walsh(int bits, int position, double* values, std::uint64_t count) {
  const unsigned grid = grid_size(count);
  if (bits == 1) walsh_kernel<1><<<grid, threads_per_block, 0, stream_>>>(position, values, count);
  if (bits == 2) walsh_kernel<2><<<grid, threads_per_block, 0, stream_>>>(position, values, count);
  if (bits == 3) walsh_kernel<3><<<grid, threads_per_block, 0, stream_>>>(position, values, count);
  check(cudaGetLastError(), "transforming to Pauli components");
}

void TensorLaunch::pauli_component(const TensorTask& task, const double* work, double* result) {
  pauli_component_kernel<<<grid_size(result_size(task)), threads_per_block, 0, stream_>>>(task, work, result);
  check(cudaGetLastError(), "ordering Pauli components");
}

template void TensorLaunch::pair_product(const TensorTask&, const Complex<float>*, double*);
template void TensorLaunch::pair_product(const TensorTask&, const Complex<double>*, double*);

}  // namespace kroncut::cuda
