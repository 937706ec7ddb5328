#pragma once

#include "bench/kernels.hpp"

namespace kroncut {

/// The benchmarks of native/simulate, see `benchmark_kernel`. `bytes` of a gate is one reading and writing of
/// the state, and so it is for a run of gates, which a cache-blocked kernel does in one pass.
KernelTiming run_gate(const KernelParameters& parameters, int threads);
KernelTiming run_gate_run(const KernelParameters& parameters, int threads);
KernelTiming run_isometry(const KernelParameters& parameters, int threads);

void release_benchmark_state();

}  // namespace kroncut
