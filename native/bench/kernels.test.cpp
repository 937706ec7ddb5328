#include "bench/kernels.hpp"

#include <string>

#include "contract/product/naive_kronecker.hpp"
#include "contract/product/stream_product.hpp"
#include "core/error.hpp"
#include "core/testing.hpp"

#include <cmath>
#include <random>
#include <vector>

namespace kroncut {
namespace {

void check_work(const std::string& name, const KernelParameters& parameters, double bytes, double flops) {
  for (const int threads : {1, 2}) {
    const KernelTiming timing = benchmark_kernel(name, parameters, threads);
    KRONCUT_CHECK(timing.seconds > 0);
    KRONCUT_CHECK(timing.bytes == bytes);
    if (flops >= 0) KRONCUT_CHECK(timing.flops == flops);
  }
}

}  // namespace

KRONCUT_TEST(benchmarks_state_the_work_they_do) {
  check_work("write-bandwidth", {{"n", 10}}, 8192, 0);
  check_work("copy-bandwidth", {{"n", 10}}, 3 * 8192, 2048);
  check_work("inplace-bandwidth", {{"n", 10}}, 2 * 8192, 1024);
  KRONCUT_CHECK(benchmark_kernel("fma-peak", {}, 1).flops > 1e6);
  for (const double consume : {0.0, 1.0}) {
    for (const double interleaved : {0.0, 1.0}) {
      check_work("product", {{"n", 11}, {"k", 5}, {"consume", consume}, {"interleaved", interleaved}},
                 8.0 * 2048, 2.0 * 5 * 2048);
    }
  }
  check_work("product", {{"n", 6}, {"k", 3}, {"rows", 0}}, 8.0 * 64, 2.0 * 3 * 64);
  check_work("naive-kronecker", {{"n", 8}, {"k", 4}}, 8.0 * 256 * 9, 2.0 * 4 * 256);
  check_work("gate", {{"n", 8}, {"first", 3}}, 32.0 * 256, 14.0 * 256);
  check_work("gate", {{"n", 8}, {"first", 3}, {"second", 7}}, 32.0 * 256, 30.0 * 256);
  check_work("gate-run", {{"n", 8}, {"gates", 4}}, 32.0 * 256, 4 * 14.0 * 256);
  check_work("isometry", {{"n", 4}, {"inputs", 1}, {"outputs", 1}, {"gates", 6}}, 8.0 * 16 * 8, -1);
  check_work("qfactor", {{"n", 3}, {"gates", 2}, {"starts", 9}, {"iterations", 2}}, 64.0 * 64 * 7 * 18,
             56.0 * 64 * 7 * 18);
  check_work("lm-step", {{"n", 3}, {"gates", 2}, {"iterations", 2}}, 8.0 * 64 * 17 * 2, 64.0 * 17 * 18 * 2);
  release_benchmark_buffers();
}

KRONCUT_TEST(benchmarks_refuse_unknown_names_and_bad_parameters) {
  KRONCUT_CHECK_THROWS(benchmark_kernel("poetry", {}, 1), ErrorCode::usage);
  KRONCUT_CHECK_THROWS(benchmark_kernel("product", {{"n", 0.5}}, 1), ErrorCode::usage);
  KRONCUT_CHECK_THROWS(benchmark_kernel("product", {{"n", 99}}, 1), ErrorCode::usage);
  KRONCUT_CHECK_THROWS(benchmark_kernel("gate", {{"n", 5}, {"first", 2}, {"second", 2}}, 1),
                       ErrorCode::usage);
  KRONCUT_CHECK_THROWS(benchmark_kernel("gate", {{"n", 5}, {"first", 5}}, 1), ErrorCode::usage);
}

KRONCUT_TEST(naive_kronecker_gives_the_product) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> uniform(-1.0, 1.0);
  constexpr std::size_t rows = 33;
  constexpr std::size_t columns = 65;
  constexpr std::size_t inner = 7;
  std::vector<double> left(rows * inner);
  std::vector<double> right(inner * columns);
  for (double& value : left) value = uniform(random);
  for (double& value : right) value = uniform(random);
  std::vector<double> naive(rows * columns, 9.0);
  std::vector<double> product(rows * columns);
  Control control;
  naive_kronecker(rows, columns, inner, left.data(), right.data(), naive.data(), 2, control);
  multiply(rows, columns, inner, left.data(), right.data(), product.data(), 2, control);
  for (std::size_t i = 0; i < naive.size(); ++i) KRONCUT_CHECK_NEAR(naive[i], product[i], 1e-13);
}

}  // namespace kroncut
