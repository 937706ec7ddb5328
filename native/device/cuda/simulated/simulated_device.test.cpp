#include "core/testing.hpp"

/// The code around the kernels, tested on a device made of host memory.
#if defined(KRONCUT_CUDA_VERSION)

#include <algorithm>
#include <bit>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "device/backend.hpp"
#include "device/cuda/simulated/random_programs.hpp"
#include "device/cuda/simulated/simulated_device.hpp"
#include "device/cuda/simulated/test_values.hpp"

namespace kroncut::cuda {
namespace {

KRONCUT_TEST(simulated_device_is_listed_and_opened) {
  const MachineScope scope(std::size_t{1} << 30);
  std::string reason;
  KRONCUT_CHECK(list_cuda_devices(reason).size() == 1 && reason.empty());
  KRONCUT_CHECK(make_cuda_backend(0)->info().description == "simulated, compute capability 9.0");
  KRONCUT_CHECK(make_cuda_backend(0) == make_cuda_backend(0));
  KRONCUT_CHECK_THROWS(make_cuda_backend(1), ErrorCode::device);
  machine.major = 7;
  KRONCUT_CHECK(list_cuda_devices(reason).empty() && reason.find("7.0, but this build") != std::string::npos);
  KRONCUT_CHECK_THROWS(make_cuda_backend(0), ErrorCode::device);
  machine.devices = 0;
  KRONCUT_CHECK(list_cuda_devices(reason).empty() &&
                reason.find("CUDA_VISIBLE_DEVICES") != std::string::npos);
  KRONCUT_CHECK_THROWS(make_cuda_backend(0), ErrorCode::device);
}

KRONCUT_TEST(simulated_tensors_match_the_cpu_with_any_memory) {
  Random random(31);
  for (int round = 0; round < 30; ++round) {
    const auto [qubits, inputs, outputs, outcomes, program, expected] = random_subcircuit_case(random, 8);
    Control control;
    const std::size_t state = sizeof(Complex<double>) << (qubits + inputs);
    // From ample to barely enough: the state, and work and result buffers for one outcome.
    const std::size_t traced = static_cast<std::size_t>(qubits - outputs - outcomes);
    const std::size_t least = sizeof(double) << (2 * static_cast<std::size_t>(inputs + outputs));
    for (const std::size_t capacity : {std::size_t{1} << 30, state + (least << traced) + 2 * least}) {
      const MachineScope scope(capacity);
      std::vector<double> actual(expected.size(), 7);
      Control own;
      make_cuda_backend(0)->subcircuit_tensor(program, Precision::double_precision, 2, actual, own);
      KRONCUT_CHECK_NEAR(difference(actual, expected), 0, 1e-13);
      KRONCUT_CHECK(own.done() == own.total());
      make_cuda_backend(0)->subcircuit_tensor(program, Precision::single_precision, 2, actual, own);
      KRONCUT_CHECK_NEAR(difference(actual, expected), 0, 2e-5);
    }
    const MachineScope scope(state - 1);
    std::vector<double> out(expected.size());
    KRONCUT_CHECK_THROWS(
        make_cuda_backend(0)->subcircuit_tensor(program, Precision::double_precision, 2, out, control),
        ErrorCode::memory);
  }
}

KRONCUT_TEST(simulated_probabilities_travel_in_chunks) {
  Random random(32);
  const auto program = random_subcircuit(random, 10, 0, 0, 8);
  std::vector<double> expected(256);
  Control control;
  make_cpu_backend()->probabilities(program.circuit, program.outcomes, Precision::double_precision, 1,
                                    expected, control);
  for (const std::size_t values : {2000, 1000, 60, 12}) {
    const MachineScope scope((sizeof(Complex<double>) << 10) + values * sizeof(double));
    std::vector<double> actual(256, 7);
    make_cuda_backend(0)->probabilities(program.circuit, program.outcomes, Precision::double_precision, 2,
                                        actual, control);
    KRONCUT_CHECK_NEAR(difference(actual, expected), 0, 1e-14);
  }
}

KRONCUT_TEST(simulated_matrix_products_match_in_any_tiling) {
  Random random(33);
  for (int round = 0; round < 40; ++round) {
    const auto rows = static_cast<std::size_t>(1 + pick(random, 40));
    const auto columns = static_cast<std::size_t>(1 + pick(random, 40));
    const auto inner = static_cast<std::size_t>(pick(random, 30));
    const auto a = random_values(random, rows * inner);
    const auto b = random_values(random, inner * columns);
    std::vector<double> expected(rows * columns);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      for (std::size_t k = 0; k < inner; ++k)
        expected[i] += a[i / columns * inner + k] * b[k * columns + i % columns];
    }
    for (const std::size_t values : {std::size_t{100000}, std::size_t{400}, 2 * inner + 1}) {
      const MachineScope scope(values * sizeof(double));
      std::vector<double> actual(expected.size(), 7);
      Control control;
      make_cuda_backend(0)->multiply(rows, columns, inner, a.data(), b.data(), actual.data(), 1, control);
      KRONCUT_CHECK_NEAR(difference(actual, expected), 0, 1e-13);
      KRONCUT_CHECK(control.done() == control.total());
    }
  }
}

KRONCUT_TEST(simulated_streams_match_the_cpu_in_any_tiling) {
  Random random(34);
  for (int round = 0; round < 30; ++round) {
    const int bits = 3 + pick(random, 9);
    const std::uint64_t size = std::uint64_t{1} << bits;
    const int inner = round % 3 == 0 ? 65 + pick(random, 20) : 1 + pick(random, 20);
    const auto drawn = random_product(random, bits, static_cast<std::size_t>(inner));
    const Product& product = drawn.product;
    Control control;
    Collector expected(size);
    make_cpu_backend()->stream_product(product, 0, size, expected, 1, control);
    const std::uint64_t begin = static_cast<std::uint64_t>(pick(random, 7)) * size / 8;
    const std::uint64_t end =
        begin +
        size / 8 * static_cast<std::uint64_t>(1 + pick(random, static_cast<int>(8 - 8 * begin / size)));
    for (const std::size_t values :
         {std::size_t{1} << 20, std::size_t{60} * product.inner, 2 * product.inner + 4}) {
      const MachineScope scope(values * sizeof(double));
      Collector actual(size);
      Control own;
      make_cuda_backend(0)->stream_product(product, begin, end, actual, 2, own);
      KRONCUT_CHECK(own.done() == own.total() && own.total() == end - begin);
      for (std::uint64_t i = 0; i < size; ++i) {
        KRONCUT_CHECK(actual.counts[i] == (begin <= i && i < end ? 1 : 0));
        if (begin <= i && i < end) KRONCUT_CHECK_NEAR(actual.values[i], expected.values[i], 1e-13);
      }
    }
  }
}

KRONCUT_TEST(simulated_pinned_memory_is_kept_between_calls) {
  Random random(36);
  const MachineScope scope(std::size_t{1} << 26);
  const auto program = random_subcircuit(random, 8, 1, 1, 5);
  const auto drawn = random_product(random, 10, 8);
  std::vector<double> tensor(std::size_t{1} << 9);
  Control control;
  const auto call = [&] {
    make_cuda_backend(0)->subcircuit_tensor(program, Precision::double_precision, 1, tensor, control);
    Collector collector(1024);
    make_cuda_backend(0)->stream_product(drawn.product, 0, 1024, collector, 1, control);
  };
  call();
  const std::size_t once = machine.pinnings;
  for (int again = 0; again < 3; ++again) call();
  KRONCUT_CHECK(machine.pinnings == once);
}

KRONCUT_TEST(simulated_sizes_that_no_memory_holds_are_refused) {
  const MachineScope scope(std::size_t{1} << 20);
  constexpr std::size_t wraps = std::size_t{1} << 61;  // times eight bytes: nothing
  KRONCUT_CHECK_THROWS(DeviceArray<double>(wraps), ErrorCode::memory);
  PinnedPool pool;
  KRONCUT_CHECK_THROWS(PinnedArray<double>(pool, wraps), ErrorCode::memory);
}

KRONCUT_TEST(simulated_kernels_ask_for_shared_memory_once) {
  const MachineScope scope(std::size_t{1} << 20);
  static_cast<void>(make_cuda_backend(0));
  KRONCUT_CHECK(allowed_shared == machine.shared_memory);
  KRONCUT_CHECK_THROWS(SweepLaunch::allow_shared(machine.shared_memory + 1), ErrorCode::device);
  KRONCUT_CHECK(allowed_shared == machine.shared_memory);
}

class Refusing final : public Consumer {
 public:
  void consume(std::uint64_t, std::span<const double>, int) override {
    throw Error(ErrorCode::disk, "the disk is full");
  }
};

KRONCUT_TEST(simulated_calls_clean_up_after_an_error) {
  Random random(35);
  const MachineScope scope(std::size_t{6000});
  const std::vector<double> values = random_values(random, 64 * 70);
  const Product product{values.data(), values.data(), 70, 0b111111000000, 0b000000111111};
  Control control;
  Refusing refusing;
  KRONCUT_CHECK_THROWS(make_cuda_backend(0)->stream_product(product, 0, 4096, refusing, 2, control),
                       ErrorCode::disk);
  Collector collector(4096);
  control.cancel();
  KRONCUT_CHECK_THROWS(make_cuda_backend(0)->stream_product(product, 0, 4096, collector, 2, control),
                       ErrorCode::cancelled);
  Control fresh;
  const MachineScope too_small(100);
  KRONCUT_CHECK_THROWS(make_cuda_backend(0)->stream_product(product, 0, 4096, collector, 2, fresh),
                       ErrorCode::memory);
}

}  // namespace
}  // namespace kroncut::cuda

#else

#include <cstdio>

KRONCUT_TEST(simulated_device_needs_the_cuda_headers) {
  std::printf("skip: this build has no CUDA code\n");
  KRONCUT_CHECK(true);
}

#endif
