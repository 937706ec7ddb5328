#pragma once

#include <vector>

#include "device/cuda/product/product_kernels.hpp"
#include "device/cuda/reduction/reduction_kernels.hpp"
#include "device/cuda/simulated/host_team.hpp"
#include "device/cuda/tensor/pauli_kernels.hpp"

namespace kroncut::cuda {

/// The kernels on the processor, one index after another: what TensorLaunch, ProductLaunch and
/// ReductionLaunch are on a device. For tests.
class HostLaunch {
 public:
  template <class T>
  void set_basis_inputs(const BitList& inputs, Complex<T>* state) {
    for (std::uint64_t i = 0; i < std::uint64_t{1} << inputs.count; ++i) set_basis_input(inputs, state, i);
  }

  template <class T>
  void gate(const GateTask<T>& task, Complex<T>* state, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) apply_gate(task, state, i);
  }

  template <class T>
  void pair_product(const TensorTask& task, const Complex<T>* state, double* work) {
    for (std::uint64_t e = 0; e < work_size(task); ++e) cuda::pair_product(task, state, work, e);
  }

  void add_parts(const TensorTask& task, double* work) {
    for (std::uint64_t e = 0; e < result_size(task); ++e) cuda::add_parts(task, work, e);
  }

  void walsh(int bits, int position, double* values, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      if (bits == 1) walsh_step<1>(position, values, i);
      if (bits == 2) walsh_step<2>(position, values, i);
      if (bits == 3) walsh_step<3>(position, values, i);
    }
  }

  void pauli_component(const TensorTask& task, const double* work, double* result) {
    for (std::uint64_t e = 0; e < result_size(task); ++e) cuda::pauli_component(task, work, result, e);
  }

  /// Thread blocks one after another; between two barriers of the kernel, threads one after another.
  void product(const ProductTile& tile) {
    std::vector<double> left(product_left_size);
    std::vector<double> right(product_right_size);
    for (std::uint64_t block = 0; block < tile_blocks(tile); ++block) {
      std::vector<double> sums(16 * product_threads);
      for (std::uint64_t bond = 0; bond < tile.inner; bond += product_depth) {
        for (int thread = 0; thread < product_threads; ++thread) {
          product_load(tile, block, bond, thread, left.data(), right.data());
        }
        const std::uint64_t rest = tile.inner - bond;
        const int depth = rest < product_depth ? static_cast<int>(rest) : product_depth;
        for (int thread = 0; thread < product_threads; ++thread) {
          product_accumulate(depth, thread, left.data(), right.data(), sums.data() + 16 * thread);
        }
      }
      for (int thread = 0; thread < product_threads; ++thread) {
        product_store(tile, block, thread, sums.data() + 16 * thread);
      }
    }
  }

  void scatter_values(const ProductTile& tile, const double* dense) {
    for (std::uint64_t e = 0; e < tile_rows(tile) * tile_columns(tile); ++e) scatter_value(tile, dense, e);
  }

  void digest(const DigestTask& task) {
    LaneScratch scratch;
    for (std::uint64_t unit = 0; unit < task.units; ++unit) digest_unit(HostTeam(), task, unit, scratch);
  }

  void compare(const PairTask& task) {
    LaneScratch scratch;
    for (std::uint64_t unit = 0; unit < task.units; ++unit) compare_unit(HostTeam(), task, unit, scratch);
  }

  void join_units(const JoinTask& task, int kinds) {
    for (std::uint64_t e = 0; e < task.pieces * static_cast<std::uint64_t>(kinds); ++e)
      cuda::join_units(task, e);
  }

  /// Backwards, for any order will do.
  void select(const SelectTask& task) {
    for (std::uint64_t e = task.piece_count << task.piece_bits; e-- > 0;) select_value(task, e);
  }
};

}  // namespace kroncut::cuda
