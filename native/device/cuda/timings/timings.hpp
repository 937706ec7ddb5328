#pragma once

#include <cstddef>
#include <cstdio>

namespace kroncut::cuda {

/// How much a device is given to do; the defaults are for one with 16 GiB or more.
struct TimingSizes {
  int copy_bits = 28;     // doubles of an array that is copied
  int matrix = 8192;      // rows of a square matrix for BLAS
  int tile_bits = 22;     // values of a block of a product
  int product_bits = 30;  // outcomes of a whole product
  int state_bits = 27;    // amplitudes of a state
  int subcircuit_qubits = 16;
  int subcircuit_gates = 200;
  int starts = 1024;
  int iterations = 40;
  int repeats = 5;  // the fastest one counts
};

/// Prints a table of times of device 0, a row as soon as it is measured: what the device can do (copies,
/// BLAS), the kernels, and whole calls by the back end. Each row says what share of the limit it reaches that
/// copies and BLAS of the same table set, and what is wanted. Throws Error(device) where there is no device.
void print_timings(const TimingSizes& sizes, std::FILE* out);

}  // namespace kroncut::cuda
