#include "synthesize/columns/lm_kernels.hpp"

namespace kroncut::synthesize {

const LmKernels& lm_kernels([[maybe_unused]] SimdLevel level) noexcept {
#if defined(__x86_64__)
  if (level == SimdLevel::avx512) return avx512::lm_kernel_set;
  if (level == SimdLevel::avx2) return avx2::lm_kernel_set;
#endif
  return portable::lm_kernel_set;
}

}  // namespace kroncut::synthesize
