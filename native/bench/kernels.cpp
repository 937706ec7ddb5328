#include "bench/kernels.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <mutex>
#include <vector>

#include "bench/limits.hpp"
#include "bench/parameters.hpp"
#include "bench/simulation.hpp"
#include "bench/synthesis.hpp"
#include "contract/consumers/consumers.hpp"
#include "contract/consumers/entropy.hpp"
#include "contract/product/naive_kronecker.hpp"
#include "contract/product/stream_product.hpp"
#include "core/aligned.hpp"
#include "core/bits.hpp"
#include "core/control.hpp"
#include "core/error.hpp"
#include "core/parallel.hpp"

namespace kroncut {
namespace {

/// Arrays that outlive a run, by name. One benchmark runs at a time.
struct Buffers {
  std::mutex mutex;
  std::map<std::string, AlignedArray<double>> arrays;
};

Buffers& buffers() {
  static Buffers* const instance = new Buffers;
  return *instance;
}

/// A kept array of at least `size` values; new ones hold numbers between -0.5 and 0.5 that follow no pattern.
double* array(const std::string& name, std::size_t size, int threads) {
  AlignedArray<double>& kept = buffers().arrays[name];
  if (kept.size() >= size) return kept.data();
  kept = AlignedArray<double>();
  kept = AlignedArray<double>(size);
  constexpr std::size_t part = std::size_t{1} << 15;
  parallel_for((size + part - 1) / part, threads, [&](std::size_t task, int) {
    std::uint64_t state = task + 1;
    for (std::size_t i = task * part; i < std::min(size, (task + 1) * part); ++i) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      kept[i] = static_cast<double>(state >> 11) * 0x1p-53 - 0.5;
    }
  });
  return kept.data();
}

/// Stores the answer in one array, as fast as the kernel can write.
class ArrayConsumer final : public Consumer {
 public:
  explicit ArrayConsumer(double* out) : out_(out) {}
  void consume(std::uint64_t begin, std::span<const double> values, int) override {
    std::copy(values.begin(), values.end(), out_ + begin);
  }
  double* destination(std::uint64_t begin, std::uint64_t) override { return out_ + begin; }

 private:
  double* out_;
};

/// The operands of `product` and `naive-kronecker`, both with 2^n results.
struct ProductSize {
  unsigned n;
  unsigned rows;
  std::size_t k;

  [[nodiscard]] double results() const { return std::ldexp(1.0, static_cast<int>(n)); }
  [[nodiscard]] double flops() const { return 2.0 * results() * static_cast<double>(k); }
};

ProductSize read_size(const KernelParameters& parameters) {
  const auto n = static_cast<unsigned>(read_parameter(parameters, "n", 24, 1, 34));
  const auto rows = static_cast<unsigned>(read_parameter(parameters, "rows", n / 2, 0, n));
  return {n, rows, read_parameter(parameters, "k", 16, 1, 1 << 16)};
}

KernelTiming run_product(const KernelParameters& parameters, int threads) {
  const ProductSize size = read_size(parameters);
  const bool interleaved = read_parameter(parameters, "interleaved", 0, 0, 1) == 1;
  // 1: moments and the ten largest values; 2: entropies too.
  const auto consume = read_parameter(parameters, "consume", 0, 0, 2);
  const std::uint64_t all = low_mask(size.n);
  Product product;
  product.inner = size.k;
  product.column_mask = low_mask(size.n - size.rows);
  if (interleaved) {
    product.column_mask = 0;
    // Spread the columns evenly, starting with bit 0.
    for (unsigned column = 0; column < size.n - size.rows; ++column) {
      product.column_mask |= std::uint64_t{1} << (column * size.n / (size.n - size.rows));
    }
  }
  product.row_mask = all & ~product.column_mask;
  product.left = array("left", size.k << size.rows, threads);
  product.right = array("right", size.k << (size.n - size.rows), threads);
  Control control;
  const std::uint64_t end = all + 1;
  if (consume > 0) {
    TopConsumer top(10, threads);
    MomentsConsumer moments(0, end, end, threads);
    EntropyConsumer entropies(nullptr, 0, 0, end, end, threads);
    std::vector<Consumer*> consumers{&top, &moments};
    if (consume == 2) consumers.push_back(&entropies);
    FanOut fan_out(consumers);
    const double start = now();
    stream_product(product, 0, end, fan_out, threads, control);
    return {now() - start, 8.0 * size.results(), size.flops()};
  }
  ArrayConsumer store(array("out", end, threads));
  const double start = now();
  stream_product(product, 0, end, store, threads, control);
  return {now() - start, 8.0 * size.results(), size.flops()};
}

KernelTiming run_naive_kronecker(const KernelParameters& parameters, int threads) {
  const ProductSize size = read_size(parameters);
  const double* const left = array("left", size.k << size.rows, threads);
  const double* const right = array("right", size.k << (size.n - size.rows), threads);
  double* const out = array("out", std::size_t{1} << size.n, threads);
  Control control;
  const double start = now();
  naive_kronecker(std::size_t{1} << size.rows, std::size_t{1} << (size.n - size.rows), size.k, left, right,
                  out, threads, control);
  return {now() - start, 8.0 * size.results() * (2.0 * static_cast<double>(size.k) + 1), size.flops()};
}

}  // namespace

KernelTiming benchmark_kernel(const std::string& name, const KernelParameters& parameters, int threads) {
  const std::lock_guard lock(buffers().mutex);
  if (name == "fma-peak") return measure_multiply_add(threads);
  if (name == "product") return run_product(parameters, threads);
  if (name == "gate") return run_gate(parameters, threads);
  if (name == "gate-run") return run_gate_run(parameters, threads);
  if (name == "isometry") return run_isometry(parameters, threads);
  if (name == "qfactor") return run_qfactor(parameters, threads);
  if (name == "lm-step") return run_lm_step(parameters);
  if (name == "naive-kronecker") return run_naive_kronecker(parameters, threads);
  const bool write = name == "write-bandwidth";
  const bool triad = name == "copy-bandwidth";
  if (!write && !triad && name != "inplace-bandwidth") {
    throw Error(ErrorCode::usage, "no such benchmark: " + name);
  }
  const std::size_t size = std::size_t{1} << read_parameter(parameters, "n", 24, 3, 34);
  double* const out = array("out", size, threads);
  if (write) return measure_write(out, size, threads);
  if (triad) {
    return measure_triad(array("triad-a", size, threads), array("triad-b", size, threads), out, size,
                         threads);
  }
  return measure_in_place(out, size, threads);
}

void release_benchmark_buffers() {
  const std::lock_guard lock(buffers().mutex);
  buffers().arrays.clear();
  release_benchmark_state();
}

}  // namespace kroncut
