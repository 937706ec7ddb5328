#include "simulate/kernel.hpp"

namespace kroncut {

template <>
KernelSet<float> kernel_set<float>([[maybe_unused]] SimdLevel level) noexcept {
#if defined(__x86_64__)
  if (level == SimdLevel::avx512) return avx512::kernels_float();
  if (level == SimdLevel::avx2) return avx2::kernels_float();
#endif
  return portable::kernels_float();
}

template <>
KernelSet<double> kernel_set<double>([[maybe_unused]] SimdLevel level) noexcept {
#if defined(__x86_64__)
  if (level == SimdLevel::avx512) return avx512::kernels_double();
  if (level == SimdLevel::avx2) return avx2::kernels_double();
#endif
  return portable::kernels_double();
}

PauliKernel pauli_kernel([[maybe_unused]] SimdLevel level) noexcept {
#if defined(__x86_64__)
  if (level == SimdLevel::avx512) return avx512::pauli;
  if (level == SimdLevel::avx2) return avx2::pauli;
#endif
  return portable::pauli;
}

}  // namespace kroncut
