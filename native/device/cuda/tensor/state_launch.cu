#include "device/cuda/runtime/grid.cuh"
#include "device/cuda/tensor/tensor_launch.hpp"

namespace kroncut::cuda {
namespace {

template <class T>
__global__ void basis_kernel(BitList inputs, Complex<T>* state, std::uint64_t count) {
  for (std::uint64_t i = first_index(); i < count; i += index_stride()) set_basis_input(inputs, state, i);
}

template <class T>
__global__ void gate_kernel(GateTask<T> task, Complex<T>* state, std::uint64_t count) {
  for (std::uint64_t i = first_index(); i < count; i += index_stride()) apply_gate(task, state, i);
}

}  // namespace

template <class T>
void TensorLaunch::set_basis_inputs(const BitList& inputs, Complex<T>* state) {
  const std::uint64_t count = std::uint64_t{1} << inputs.count;
  basis_kernel<<<grid_size(count), threads_per_block, 0, stream_>>>(inputs, state, count);
  check(cudaGetLastError(), "setting the first states");
}

template <class T>
void TensorLaunch::gate(const GateTask<T>& task, Complex<T>* state, std::uint64_t count) {
  if (count == 0) return;
  gate_kernel<<<grid_size(count), threads_per_block, 0, stream_>>>(task, state, count);
  check(cudaGetLastError(), "applying a gate");
}

template void TensorLaunch::set_basis_inputs(const BitList&, Complex<float>*);
template void TensorLaunch::set_basis_inputs(const BitList&, Complex<double>*);
template void TensorLaunch::gate(const GateTask<float>&, Complex<float>*, std::uint64_t);
template void TensorLaunch::gate(const GateTask<double>&, Complex<double>*, std::uint64_t);

}  // namespace kroncut::cuda
