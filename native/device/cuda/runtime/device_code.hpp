#pragma once

/// What of this build runs on a device. Kernels are reached by classes that put work on a stream, such as
/// TensorLaunch: the only way from the host code to the .cu files. Their functions have the names of the
/// kernel bodies, and throw Error(device) where a launch is refused.
namespace kroncut::cuda {

/// Throws Error(device) where this build has no code for the current device.
void check_kernels();

/// Lowest compute capability this build has code for, 80 for 8.0.
int lowest_compute_capability();

}  // namespace kroncut::cuda
