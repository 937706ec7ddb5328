#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "device/cuda/tensor/gate_task.hpp"
#include "device/cuda/tensor/pauli_kernels.hpp"

namespace kroncut::cuda {

/// The kernels of state_kernels.hpp and pauli_kernels.hpp on a stream, see runtime/device_code.hpp.
class TensorLaunch {
 public:
  explicit TensorLaunch(cudaStream_t stream) : stream_(stream) {}

  template <class T>
  void set_basis_inputs(const BitList& inputs, Complex<T>* state);
  template <class T>
  void gate(const GateTask<T>& task, Complex<T>* state, std::uint64_t count);
  template <class T>
  void pair_product(const TensorTask& task, const Complex<T>* state, double* work);
  void add_parts(const TensorTask& task, double* work);
  void walsh(int bits, int position, double* values, std::uint64_t count);
  void pauli_component(const TensorTask& task, const double* work, double* result);

 private:
  cudaStream_t stream_;
};

}  // namespace kroncut::cuda
