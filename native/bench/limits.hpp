#pragma once

#include <cstddef>

#include "bench/kernels.hpp"

namespace kroncut {

/// What the machine can do, each in one timed run over arrays of `size` doubles.
KernelTiming measure_write(double* out, std::size_t size, int threads);
KernelTiming measure_triad(const double* a, const double* b, double* out, std::size_t size, int threads);
KernelTiming measure_in_place(double* values, std::size_t size, int threads);
/// Multiply-adds on registers alone, all threads at once.
KernelTiming measure_multiply_add(int threads);

/// Seconds of a steady clock.
double now() noexcept;

}  // namespace kroncut
