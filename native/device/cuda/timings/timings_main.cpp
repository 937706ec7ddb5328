#include <cstdio>
#include <exception>

#include "device/cuda/timings/timings.hpp"

/// Prints the table of native/device/cuda/timings/timings.hpp for device 0.
int main() {
  try {
    kroncut::cuda::print_timings({}, stdout);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
