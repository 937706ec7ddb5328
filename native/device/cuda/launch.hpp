#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "device/cuda/product/product_kernels.hpp"
#include "device/cuda/reduction/reduction_kernels.hpp"
#include "device/cuda/sweep/sweep_kernels.hpp"
#include "device/cuda/tensor/gate_task.hpp"
#include "device/cuda/tensor/pauli_kernels.hpp"

/// The kernels, as ordinary functions that put work on a stream: the only way from the host code to the .cu
/// files. They throw Error(device) where a launch is refused.
namespace kroncut::cuda {

/// Runs kernel bodies on a stream; see the functions of the same names in *_kernels.hpp.
class StreamLaunch {
 public:
  explicit StreamLaunch(cudaStream_t stream) : stream_(stream) {}

  template <class T>
  void set_basis_inputs(const BitList& inputs, Complex<T>* state);
  template <class T>
  void gate(const GateTask<T>& task, Complex<T>* state, std::uint64_t count);
  template <class T>
  void pair_product(const TensorTask& task, const Complex<T>* state, double* work);
  void add_parts(const TensorTask& task, double* work);
  void walsh(int bits, int position, double* values, std::uint64_t count);
  void pauli_component(const TensorTask& task, const double* work, double* result);
  void product(const ProductTile& tile);
  void scatter_values(const ProductTile& tile, const double* dense);
  void digest(const DigestTask& task);
  void compare(const PairTask& task);
  void join_units(const JoinTask& task, int kinds);
  void select(const SelectTask& task);

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

/// Throws Error(device) where this build has no code for the current device.
void check_kernels();

/// Lowest compute capability this build has code for, 80 for 8.0.
int lowest_compute_capability();

}  // namespace kroncut::cuda
