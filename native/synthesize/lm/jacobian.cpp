#include "synthesize/lm/jacobian.hpp"

#include <algorithm>

#include "synthesize/columns/column_kernels.hpp"

namespace kroncut::synthesize {

std::unique_ptr<Jacobian> make_jacobian(const Plan& plan, const Target& target) {
  return target.kind == TargetKind::state ? make_state_jacobian(plan, target)
                                          : make_unitary_jacobian(plan, target);
}

void normal_equations(const double* chunks, std::size_t count, std::size_t rows, const double* right,
                      double* normal, double* gradient) {
  const ColumnKernels& kernels = column_kernels(simd_level());
  const std::size_t size = count * column_lanes;
  alignas(64) double sums[column_lanes * column_lanes];
  for (std::size_t a = 0; a < count; ++a) {
    const double* const left = chunks + a * column_lanes * rows;
    kernels.project(left, right, rows, gradient + a * column_lanes);
    for (std::size_t b = a; b < count; ++b) {
      kernels.gram(left, chunks + b * column_lanes * rows, rows, sums);
      for (std::size_t i = 0; i < column_lanes; ++i) {
        std::copy_n(sums + i * column_lanes, column_lanes,
                    normal + (a * column_lanes + i) * size + b * column_lanes);
      }
    }
  }
}

}  // namespace kroncut::synthesize
