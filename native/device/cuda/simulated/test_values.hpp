#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <mutex>
#include <vector>

#include "contract/product/product.hpp"
#include "core/control.hpp"
#include "core/test_values.hpp"
#include "device/backend.hpp"
#include "device/cuda/simulated/random_programs.hpp"

/// Random values, their comparison and a consumer, for the tests of this folder.
namespace kroncut::cuda {

inline double difference(const std::vector<double>& a, const std::vector<double>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double distance = std::abs(a[i] - b[i]);
    if (!(distance <= largest)) largest = distance;  // keeps NaN
  }
  return largest;
}

inline std::vector<double> random_values(Random& random, std::size_t count) {
  return uniform_values(count, random);
}

/// A random subcircuit, and its tensor as the CPU computes it.
struct SubcircuitCase {
  int qubits = 0;
  int inputs = 0;
  int outputs = 0;
  int outcomes = 0;
  SubcircuitProgram program;
  std::vector<double> expected;
};

/// Of two qubits to one less than `end`.
inline SubcircuitCase random_subcircuit_case(Random& random, int end) {
  SubcircuitCase drawn;
  drawn.qubits = 2 + pick(random, end - 2);
  drawn.inputs = pick(random, 3);
  drawn.outputs = pick(random, 3);
  drawn.outcomes = pick(random, drawn.qubits - drawn.outputs + 1);
  drawn.program = random_subcircuit(random, drawn.qubits, drawn.inputs, drawn.outputs, drawn.outcomes);
  drawn.expected.resize(std::size_t{1} << (2 * (drawn.inputs + drawn.outputs) + drawn.outcomes));
  Control control;
  make_cpu_backend()->subcircuit_tensor(drawn.program, Precision::double_precision, 2, drawn.expected,
                                        control);
  return drawn;
}

/// Two operands, and their product over some bits: which of them number columns is random, the lowest does.
struct RandomProduct {
  std::vector<double> left;
  std::vector<double> right;
  Product product;
};

inline RandomProduct random_product(Random& random, int bits, std::size_t inner) {
  const std::uint64_t size = std::uint64_t{1} << bits;
  RandomProduct drawn;
  Product& product = drawn.product;
  product.inner = inner;
  product.column_mask = (random() & (size - 1)) | 1;
  product.row_mask = (size - 1) & ~product.column_mask;
  drawn.left = random_values(random, inner << std::popcount(product.row_mask));
  drawn.right = random_values(random, inner << std::popcount(product.column_mask));
  product.left = drawn.left.data();
  product.right = drawn.right.data();
  return drawn;
}

/// Keeps what it is given, and counts how often.
class Collector final : public Consumer {
 public:
  explicit Collector(std::size_t size) : values(size, 7), counts(size, 0) {}
  void consume(std::uint64_t begin, std::span<const double> run, int) override {
    const std::lock_guard lock(mutex_);
    std::copy(run.begin(), run.end(), values.begin() + static_cast<std::ptrdiff_t>(begin));
    for (std::size_t i = 0; i < run.size(); ++i) ++counts[begin + i];
  }
  std::vector<double> values;
  std::vector<int> counts;

 private:
  std::mutex mutex_;
};

}  // namespace kroncut::cuda
