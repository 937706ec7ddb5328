#pragma once

#include <cstdint>
#include <span>

#include "core/control.hpp"
#include "simulate/noisy_program.hpp"

namespace kroncut {

/// The exact frequencies of all subexperiments of a program with noise, from density matrices. `out` has an
/// axis of the rows of each end (those of its first setting, of its second, ...), the first the slowest, and
/// 2^outcomes values behind them. The density matrix of n qubits is a state of 2n bits, kets below, bras
/// above; what several settings share in time is simulated once. Every value is the same for any number of
/// threads. Throws Error(input) for a malformed program, Error(memory), Error(cancelled).
void density_frequencies(const NoisyProgram& program, int threads, std::span<double> out, Control& control);

/// Numbers in the result. Throws Error(memory) beyond 2^40.
[[nodiscard]] std::uint64_t frequencies_size(const NoisyProgram& program);

/// Bytes that `density_frequencies` allocates beside `out`.
[[nodiscard]] std::uint64_t density_memory(const NoisyProgram& program, int threads);

}  // namespace kroncut
