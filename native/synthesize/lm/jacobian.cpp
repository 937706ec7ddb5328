#include "synthesize/lm/jacobian.hpp"

#include <algorithm>

#include "synthesize/columns/lm_kernels.hpp"

namespace kroncut::synthesize {

std::unique_ptr<Jacobian> make_jacobian(const Plan& plan, const Target& target) {
  return target.kind == TargetKind::state ? make_state_jacobian(plan, target)
                                          : make_unitary_jacobian(plan, target);
}

void normal_equations(const double* chunks, std::size_t count, std::size_t rows, const double* right,
                      double* normal, double* gradient) {
  const LmKernels& kernels = lm_kernels(simd_level());
  const std::size_t size = count * lm_lanes;
  alignas(64) double sums[lm_lanes * lm_lanes];
  for (std::size_t a = 0; a < count; ++a) {
    const double* const left = chunks + a * lm_lanes * rows;
    kernels.project(left, right, rows, gradient + a * lm_lanes);
    for (std::size_t b = a; b < count; ++b) {
      kernels.gram(left, chunks + b * lm_lanes * rows, rows, sums);
      for (std::size_t i = 0; i < lm_lanes; ++i) {
        std::copy_n(sums + i * lm_lanes, lm_lanes, normal + (a * lm_lanes + i) * size + b * lm_lanes);
      }
    }
  }
}

}  // namespace kroncut::synthesize
