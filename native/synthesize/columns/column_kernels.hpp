#pragma once

#include <cstddef>

#include "core/simd.hpp"

namespace kroncut::synthesize {

/// Eight columns, of a Jacobian or states, side by side: row r of a chunk is entries [8 r, 8 r + 8).
inline constexpr int column_lanes = 8;

/// Where the 4^k entries of one group of rows stand: group g starts at starts[g], member m is offsets[m] rows
/// further on.
struct RowGroups {
  const std::size_t* starts;
  std::size_t count;
  const std::size_t* offsets;
  int members;
};

/// Kernels for one instruction set: gates on columns, their products, and the equations of
/// Levenberg-Marquardt. All arrays are aligned to 64 bytes.
struct ColumnKernels {
  /// x <- R x on the three non-identity members of every group, R 3 x 3 row-major.
  void (*rotate_three)(double* chunk, const RowGroups& groups, const double* matrix);
  /// x <- R x on members 1 .. members-1 of every group, R (members-1)^2 row-major.
  void (*rotate_many)(double* chunk, const RowGroups& groups, const double* matrix);
  /// Member source[m] times sign[m] goes to member m.
  void (*permute)(double* chunk, const RowGroups& groups, const int* source, const double* sign);
  /// For each of `count` pairs of members: they change places, both times the pair's sign.
  void (*swap_signed)(double* chunk, const RowGroups& groups, const int* pairs, const double* signs,
                      std::size_t count);
  /// Complex 2 x 2 on pairs of rows: a chunk of complex columns has rows (re, im) alternating; offsets in
  /// rows.
  void (*apply_complex)(double* chunk, const RowGroups& groups, const double* matrix);
  /// Members `first` and `second` of every group of complex rows change places.
  void (*swap_complex)(double* chunk, const RowGroups& groups, int first, int second);
  /// environment[b, a] += sum over groups and columns of front[(b, r)] conj(back[(a, r)]), interleaved, for
  /// chunks as those of apply_complex.
  void (*correlate)(const double* front, const double* back, const RowGroups& groups, double* environment);
  /// sums[8 i + j] = column i of a . column j of b.
  void (*gram)(const double* a, const double* b, std::size_t rows, double* sums);
  /// sums[i] = column i of a . vector.
  void (*project)(const double* a, const double* vector, std::size_t rows, double* sums);
  /// Upper Cholesky factor in place of an n x n matrix with row stride n, n a multiple of 8; the lower
  /// triangle is overwritten too. Returns false if it is not positive definite.
  bool (*cholesky)(double* matrix, std::size_t n);
  /// Solves R^T R x = b in place.
  void (*solve)(const double* factor, std::size_t n, double* vector);
  /// Rows of a matrix: for every group of 2^k rows (members; offsets and starts in doubles), real parts and
  /// imaginary parts `imaginary` doubles further on, each `length` (a multiple of 8) long: rows <- gate rows.
  void (*gate_rows)(double* matrix, const RowGroups& groups, std::size_t imaginary, std::size_t length,
                    const double* gate);
};

const ColumnKernels& column_kernels(SimdLevel level) noexcept;

namespace portable {
extern const ColumnKernels column_kernel_set;
}
namespace avx2 {
extern const ColumnKernels column_kernel_set;
}
namespace avx512 {
extern const ColumnKernels column_kernel_set;
}

}  // namespace kroncut::synthesize
