#pragma once

#include <algorithm>
#include <cmath>
#include <mutex>
#include <vector>

#include "contract/product/product.hpp"
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
  std::vector<double> values(count);
  for (double& value : values) value = uniform(random, -1, 1);
  return values;
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
