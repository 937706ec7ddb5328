#pragma once

#include "device/cuda/tensor/state_kernels.hpp"
#include "simulate/program.hpp"

namespace kroncut::cuda {

/// Lowers a gate to the cheapest of the device's forms: nothing, a diagonal on the part of the state where it
/// differs from one, a (controlled) one-target gate, or the general two-target gate. Qubit q is bit q +
/// `low_bits` of the state's index.
template <class T>
GateTask<T> make_gate_task(const GateOperation& gate, int low_bits);

}  // namespace kroncut::cuda
