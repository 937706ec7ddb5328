#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/testing.hpp"
#include "device/backend.hpp"
#include "device/cuda/simulated/random_programs.hpp"
#include "device/cuda/simulated/reduction_checks.hpp"
#include "device/cuda/simulated/synthesis_problems.hpp"
#include "device/cuda/simulated/test_values.hpp"

/// The CUDA back end against the CPU back end, where there is a device; elsewhere, that its absence is told.
/// Those with `small` in their names go through all kernels in little time: they run under compute-sanitizer,
/// too.
namespace kroncut::cuda {
namespace {

/// The back end of the first device, or null after printing why there is none.
std::shared_ptr<Backend> first_device() {
  std::string reason;
  if (list_cuda_devices(reason).empty()) {
    std::printf("skip: %s\n", reason.c_str());
    return nullptr;
  }
  return make_cuda_backend(0);
}

KRONCUT_TEST(cuda_devices_are_listed_or_their_absence_explained) {
  std::string reason;
  const auto devices = list_cuda_devices(reason);
  KRONCUT_CHECK(devices.empty() != reason.empty());
  for (const auto& device : devices) {
    std::printf("%s: %s\n", device.name.c_str(), device.description.c_str());
    KRONCUT_CHECK(device.total_bytes >= device.free_bytes && device.free_bytes > 0);
  }
  if (devices.empty()) KRONCUT_CHECK_THROWS(make_cuda_backend(0), ErrorCode::device);
  KRONCUT_CHECK_THROWS(make_cuda_backend(1000), ErrorCode::device);
}

void check_tensors(int rounds, int end) {
  const auto cuda = first_device();
  if (!cuda) return;
  Random random(21);
  for (int round = 0; round < rounds; ++round) {
    const auto drawn = random_subcircuit_case(random, end);
    const auto& expected = drawn.expected;
    Control control;
    for (const auto precision : {Precision::double_precision, Precision::single_precision}) {
      std::vector<double> actual(expected.size(), 7);
      cuda->subcircuit_tensor(drawn.program, precision, 2, actual, control);
      const double tolerance = precision == Precision::double_precision ? 1e-13 : 2e-5;
      KRONCUT_CHECK_NEAR(difference(actual, expected), 0, tolerance);
    }
  }
}

KRONCUT_TEST(cuda_small_subcircuit_tensors_match_the_cpu) { check_tensors(4, 7); }
KRONCUT_TEST(cuda_subcircuit_tensors_match_the_cpu) { check_tensors(40, 13); }

KRONCUT_TEST(cuda_probabilities_match_the_cpu) {
  const auto cuda = first_device();
  if (!cuda) return;
  Random random(22);
  // The last one is copied in several chunks.
  for (const auto& [qubits, outcomes] :
       {std::array{1, 1}, std::array{12, 0}, std::array{16, 5}, std::array{24, 24}}) {
    const auto program = random_subcircuit(random, qubits, 0, 0, outcomes);
    Control control;
    std::vector<double> expected(std::size_t{1} << outcomes);
    make_cpu_backend()->probabilities(program.circuit, program.outcomes, Precision::double_precision, 2,
                                      expected, control);
    std::vector<double> actual(expected.size(), 7);
    cuda->probabilities(program.circuit, program.outcomes, Precision::double_precision, 2, actual, control);
    KRONCUT_CHECK_NEAR(difference(actual, expected), 0, 1e-13);
  }
}

KRONCUT_TEST(cuda_small_matrix_products_match_the_cpu) {
  const auto cuda = first_device();
  if (!cuda) return;
  Random random(23);
  for (const auto& [rows, columns, inner] :
       {std::array<std::size_t, 3>{1, 1, 1}, std::array<std::size_t, 3>{3, 200, 70},
        std::array<std::size_t, 3>{129, 5, 300}, std::array<std::size_t, 3>{64, 256, 16},
        std::array<std::size_t, 3>{5, 7, 0}}) {
    const auto a = random_values(random, rows * inner);
    const auto b = random_values(random, inner * columns);
    std::vector<double> expected(rows * columns);
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t k = 0; k < inner; ++k) {
        for (std::size_t column = 0; column < columns; ++column) {
          expected[row * columns + column] += a[row * inner + k] * b[k * columns + column];
        }
      }
    }
    std::vector<double> actual(expected.size(), 7);
    Control control;
    cuda->multiply(rows, columns, inner, a.data(), b.data(), actual.data(), 2, control);
    KRONCUT_CHECK_NEAR(difference(actual, expected), 0, 1e-12);
  }
}

/// A number of outcome bits, and a bond product.
using Shape = std::array<int, 2>;

void check_streamed(std::span<const Shape> shapes) {
  const auto cuda = first_device();
  if (!cuda) return;
  const auto cpu = make_cpu_backend();
  Random random(24);
  for (const auto& [bits, inner] : shapes) {
    const std::uint64_t size = std::uint64_t{1} << bits;
    const auto drawn = random_product(random, bits, static_cast<std::size_t>(inner));
    const Product& product = drawn.product;
    Control control;
    Collector expected(size);
    cpu->stream_product(product, 0, size, expected, 2, control);
    Collector actual(size);
    cuda->stream_product(product, 0, size / 2, actual, 2, control);
    cuda->stream_product(product, size / 2, size, actual, 2, control);
    KRONCUT_CHECK(
        std::all_of(actual.counts.begin(), actual.counts.end(), [](int count) { return count == 1; }));
    KRONCUT_CHECK_NEAR(difference(actual.values, expected.values), 0, 1e-12);
  }
}

KRONCUT_TEST(cuda_small_streamed_products_match_the_cpu) {
  check_streamed(std::array{Shape{4, 3}, Shape{9, 16}, Shape{9, 100}});
}
KRONCUT_TEST(cuda_streamed_products_match_the_cpu) {
  check_streamed(std::array{Shape{14, 16}, Shape{14, 64}, Shape{14, 100}, Shape{24, 4}});
}

/// The same, and bits of a slice.
using Sliced = std::array<int, 3>;

void check_reductions(std::span<const Sliced> shapes) {
  const auto cuda = first_device();
  if (!cuda) return;
  Random random(26);
  for (const auto& [bits, inner, slice_bits] : shapes) {
    for (const bool whole : {false, true}) {
      const auto made = random_product(random, bits, static_cast<std::size_t>(inner), whole);
      const auto given = random_given(random, bits);
      // Long lists take the processor long.
      for (const std::size_t count : {std::size_t{1}, std::size_t{10}, std::size_t{100000}}) {
        if ((bits == 24 || bits < 12) && count != 10) continue;
        check_reductions_against_cpu(*cuda, made, std::uint64_t{1} << slice_bits, count, whole ? 0 : 1e-13,
                                     given);
      }
    }
  }
}

KRONCUT_TEST(cuda_small_reductions_match_the_cpu) {
  check_reductions(std::array{Sliced{4, 3, 1}, Sliced{10, 8, 8}});
}
// Short and long slices; several blocks; products by BLAS.
KRONCUT_TEST(cuda_reductions_match_the_cpu) {
  check_reductions(std::array{Sliced{14, 16, 5}, Sliced{16, 8, 13}, Sliced{16, 100, 14}, Sliced{24, 4, 16},
                              Sliced{24, 2, 22}});
}

KRONCUT_TEST(cuda_small_starts_end_as_on_the_cpu) {
  const auto cuda = first_device();
  if (!cuda) return;
  using synthesize::Method;
  using synthesize::TargetKind;
  check_starts_against_cpu(*cuda, Method::qfactor, 3, TargetKind::unitary, 2, 3);
  check_starts_against_cpu(*cuda, Method::qfactor_sample, 3, TargetKind::unitary, 2, 3);
  check_starts_against_cpu(*cuda, Method::qfactor, 7, TargetKind::unitary, 1, 1);
}
KRONCUT_TEST(cuda_starts_end_as_on_the_cpu) {
  const auto cuda = first_device();
  if (!cuda) return;
  using synthesize::Method;
  using synthesize::TargetKind;
  // In shared memory to 6 qubits, by several teams beyond; few iterations, for rounding grows with them.
  for (const int qubits : {3, 4, 5, 6, 7, 8}) {
    check_starts_against_cpu(*cuda, Method::qfactor, qubits, TargetKind::unitary, 40, 30);
    check_starts_against_cpu(*cuda, Method::qfactor_sample, qubits, TargetKind::unitary, 40, 30);
  }
  check_starts_against_cpu(*cuda, Method::qfactor, 10, TargetKind::state, 40, 30);
}

KRONCUT_TEST(cuda_calls_can_be_cancelled_and_refuse_what_does_not_fit) {
  const auto cuda = first_device();
  if (!cuda) return;
  Random random(25);
  Control control;
  control.cancel();
  const auto program = random_subcircuit(random, 4, 0, 0, 4);
  std::vector<double> out(16);
  KRONCUT_CHECK_THROWS(cuda->subcircuit_tensor(program, Precision::double_precision, 1, out, control),
                       ErrorCode::cancelled);
  Control other;
  const auto wide = random_subcircuit(random, 44, 0, 0, 4);
  KRONCUT_CHECK_THROWS(cuda->subcircuit_tensor(wide, Precision::double_precision, 1, out, other),
                       ErrorCode::memory);
}

}  // namespace
}  // namespace kroncut::cuda
