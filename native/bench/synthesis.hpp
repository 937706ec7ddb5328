#pragma once

#include "bench/kernels.hpp"

namespace kroncut {

/// The benchmarks of native/synthesize, see `benchmark_kernel`.
KernelTiming run_qfactor(const KernelParameters& parameters, int threads);
KernelTiming run_lm_step(const KernelParameters& parameters);

}  // namespace kroncut
