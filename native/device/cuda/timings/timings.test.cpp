#include "core/testing.hpp"

/// The program of timings on a device made of host memory: that it does what its rows say.
#if defined(KRONCUT_CUDA_VERSION)

#include <array>
#include <string>

#include "device/cuda/simulated/simulated_device.hpp"
#include "device/cuda/timings/timings.hpp"

namespace kroncut::cuda {
namespace {

KRONCUT_TEST(simulated_timings_have_all_rows) {
  TimingSizes sizes;
  sizes.copy_bits = 10;
  sizes.matrix = 8;
  sizes.tile_bits = 8;
  sizes.product_bits = 10;
  sizes.state_bits = 6;
  sizes.subcircuit_qubits = 6;
  sizes.subcircuit_gates = 12;
  sizes.starts = 2;
  sizes.iterations = 2;
  sizes.repeats = 1;
  std::string text;
  {
    const MachineScope scope(std::size_t{1} << 30);
    std::FILE* const file = std::tmpfile();
    print_timings(sizes, file);
    std::rewind(file);
    std::array<char, 512> line{};
    while (std::fgets(line.data(), static_cast<int>(line.size()), file) != nullptr) text += line.data();
    std::fclose(file);
  }
  for (const char* const row :
       {"| copy on the device |", "| cuBLAS DGEMM, 8 rows |",
        "| product kernel, bond product 64, one block |", "| two-qubit gate, 2^6 amplitudes, single |",
        "| 2^10 outcomes, bond product 256, moments |",
        "| tensor of a subcircuit of 6 qubits, 12 gates, double |", "| QFactor, 8 qubits, 2 starts |"}) {
    KRONCUT_CHECK(text.find(row) != std::string::npos);
  }
}

}  // namespace
}  // namespace kroncut::cuda

#else

#include <cstdio>

KRONCUT_TEST(simulated_timings_need_the_cuda_headers) {
  std::printf("skip: this build has no CUDA code\n");
  KRONCUT_CHECK(true);
}

#endif
