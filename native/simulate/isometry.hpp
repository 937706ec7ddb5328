#pragma once

#include <cstdint>
#include <span>

#include "core/control.hpp"
#include "core/simd.hpp"
#include "simulate/program.hpp"

namespace kroncut {

/// CPU kernel behind Backend::subcircuit_tensor; see there for shapes and conventions. The 2^inputs basis
/// states of the inputs are evolved together as one state of inputs + qubits bits; then the Pauli components
/// of |psi_x><psi_x| on the cut legs are formed for every outcome x. Every value is the same for any number
/// of threads. Throws Error(input) for a malformed program, Error(memory) with the figure where the machine
/// has less memory than `isometry_memory`, Error(cancelled).
void isometry_tensor(const SubcircuitProgram& program, Precision precision, int threads,
                     std::span<double> out, Control& control, SimdLevel level = simd_level());

/// CPU kernel behind Backend::probabilities.
void outcome_probabilities(const GateProgram& program, std::span<const int> outcomes, Precision precision,
                           int threads, std::span<double> out, Control& control);

/// Numbers in a subcircuit's tensor: 4^legs * 2^outcomes. Throws Error(memory) beyond 2^48.
[[nodiscard]] std::uint64_t tensor_size(const SubcircuitProgram& program);

/// Bytes that `isometry_tensor` allocates beside `out`.
[[nodiscard]] std::uint64_t isometry_memory(const SubcircuitProgram& program, Precision precision,
                                            int threads);

}  // namespace kroncut
