#include "synthesize/columns/column_kernels.hpp"

namespace kroncut::synthesize {

const ColumnKernels& column_kernels([[maybe_unused]] SimdLevel level) noexcept {
#if defined(__x86_64__)
  if (level == SimdLevel::avx512) return avx512::column_kernel_set;
  if (level == SimdLevel::avx2) return avx2::column_kernel_set;
#endif
  return portable::column_kernel_set;
}

}  // namespace kroncut::synthesize
