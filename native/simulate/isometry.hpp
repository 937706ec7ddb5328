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

/// CPU kernel behind Backend::reduced_tensors. The states are evolved once; then every string S gives the
/// Gram matrix <psi_b|S|psi_a> of the columns a, b of the isometry, one for each value of the legs, whose
/// Pauli components are the reduced tensor: its matrix is Tr over the other qubits of S times the state.
/// Memory is that of the states, of `out` and of what the threads have in hand, whatever the outcomes. Throws
/// as above.
void reduced_tensors(const SubcircuitProgram& program, std::span<const PauliString> strings,
                     Precision precision, int threads, std::span<double> out, Control& control,
                     SimdLevel level = simd_level());

/// CPU kernel behind Backend::probabilities.
void outcome_probabilities(const GateProgram& program, std::span<const int> outcomes, Precision precision,
                           int threads, std::span<double> out, Control& control);

/// Numbers in a subcircuit's tensor: 4^legs * 2^outcomes. Throws Error(memory) beyond 2^48.
[[nodiscard]] std::uint64_t tensor_size(const SubcircuitProgram& program);

/// Bytes that `isometry_tensor` allocates beside `out`, or with `strings` of them `reduced_tensors`.
[[nodiscard]] std::uint64_t isometry_memory(const SubcircuitProgram& program, Precision precision,
                                            int threads, std::size_t strings = 0);

}  // namespace kroncut
