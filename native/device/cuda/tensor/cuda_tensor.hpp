#pragma once

#include <span>

#include "core/control.hpp"
#include "device/cuda/runtime/cuda_support.hpp"
#include "simulate/program.hpp"

namespace kroncut::cuda {

/// Backend::subcircuit_tensor on the current device.
void subcircuit_tensor(PinnedPool& pinned, const SubcircuitProgram& program, Precision precision, int threads,
                       std::span<double> out, Control& control);

}  // namespace kroncut::cuda
