#pragma once

#include <cstddef>

#include "core/simd.hpp"
#include "synthesize/columns/column_kernels.hpp"

namespace kroncut::synthesize {

/// QFactor runs eight starts side by side: number k of an array of complex numbers is eight real parts at 16
/// k and eight imaginary parts behind them.
inline constexpr int qfactor_lanes = 8;
inline constexpr int lane_numbers = 2 * qfactor_lanes;

/// Kernels of QFactor for one instruction set. A matrix is 2^n x 2^n, row-major; `groups` are the groups of
/// row numbers (and of column numbers) that a gate of dimension d = groups.members mixes. All arrays are
/// aligned to 64 bytes.
struct QfactorKernels {
  /// E[b, a] = sum over r of M[(b, r), (a, r)]: d x d.
  void (*environment)(const double* matrix, std::size_t size, const RowGroups& groups, double* environment);
  /// M <- A M B with d x d matrices A and B.
  void (*sandwich)(double* matrix, std::size_t size, const RowGroups& groups, const double* left,
                   const double* right);
  /// result = a b, d x d.
  void (*multiply)(int d, const double* a, const double* b, double* result);
  void (*adjoint)(int d, const double* a, double* result);
  /// U = Q^dagger with the unitary polar factor Q of E, so that Re Tr(E U) is largest; d is 2 or 4. E is
  /// changed. Where E is singular or nearly so, the old U decides: E + 1e-9 |E| U^dagger is taken, which has
  /// the same fixed points.
  void (*polar)(int d, double* environment, double* gate);
  /// Entries first[i] and second[i] change places.
  void (*swap_entries)(double* matrix, const std::size_t* first, const std::size_t* second,
                       std::size_t count);
};

const QfactorKernels& qfactor_kernels(SimdLevel level) noexcept;

/// The same as `polar` for one d x d matrix (row-major, interleaved), any d up to 8.
void polar_one(int d, double* environment, double* gate);

namespace portable {
extern const QfactorKernels qfactor_kernel_set;
}
namespace avx2 {
extern const QfactorKernels qfactor_kernel_set;
}
namespace avx512 {
extern const QfactorKernels qfactor_kernel_set;
}

}  // namespace kroncut::synthesize
