#include "simulate/draw.hpp"

#include <bit>
#include <cmath>

namespace kroncut {
namespace {

/// log n!: exact sums for small n, else Stirling's series.
double log_factorial(double n) noexcept {
  constexpr double small = 16;
  if (n < small) {
    double sum = 0;
    for (double k = 2; k <= n; ++k) sum += std::log(k);
    return sum;
  }
  constexpr double half_log_two_pi = 0.91893853320467274178;
  const double x = n + 1;
  return (x - 0.5) * std::log(x) - x + half_log_two_pi + 1 / (12 * x) - 1 / (360 * x * x * x) +
         1 / (1260 * x * x * x * x * x);
}

std::uint64_t by_waits(RandomStream& random, std::uint64_t trials, double probability) noexcept {
  const double scale = std::log1p(-probability);
  std::uint64_t count = 0;
  double at = 0;
  for (;;) {
    at += std::floor(std::log1p(-random.uniform()) / scale) + 1;
    if (!(at <= static_cast<double>(trials))) return count;
    ++count;
  }
}

std::uint64_t by_rejection(RandomStream& random, std::uint64_t trials, double probability) noexcept {
  const auto n = static_cast<double>(trials);
  const double spread = std::sqrt(n * probability * (1 - probability));
  const double b = 1.15 + 2.53 * spread;
  const double a = -0.0873 + 0.0248 * b + 0.01 * probability;
  const double center = n * probability + 0.5;
  const double alpha = (2.83 + 5.1 / b) * spread;
  const double odds = std::log(probability / (1 - probability));
  const double mode = std::floor((n + 1) * probability);
  const double height = log_factorial(mode) + log_factorial(n - mode);
  for (;;) {
    const double u = random.uniform() - 0.5;
    const double v = random.uniform();
    const double us = 0.5 - std::abs(u);
    const double count = std::floor((2 * a / us + b) * u + center);
    if (!(count >= 0 && count <= n)) continue;
    if (us >= 0.07 && v <= 0.92 - 4.2 / b) return static_cast<std::uint64_t>(count);
    const double level = std::log(v * alpha / (a / (us * us) + b));
    if (level <= height - log_factorial(count) - log_factorial(n - count) + (count - mode) * odds) {
      return static_cast<std::uint64_t>(count);
    }
  }
}

}  // namespace

RandomStream::RandomStream(std::uint64_t seed) noexcept {
  for (std::uint64_t& word : state_) {
    seed += 0x9e3779b97f4a7c15;
    std::uint64_t mixed = (seed ^ (seed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    word = mixed ^ (mixed >> 31);
  }
}

std::uint64_t RandomStream::bits() noexcept {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

std::uint64_t RandomStream::binomial(std::uint64_t trials, double probability) noexcept {
  if (!(probability > 0) || trials == 0) return 0;
  if (probability >= 1) return trials;
  if (probability > 0.5) return trials - binomial(trials, 1 - probability);
  constexpr double rejection_from = 10;
  return static_cast<double>(trials) * probability < rejection_from
             ? by_waits(*this, trials, probability)
             : by_rejection(*this, trials, probability);
}

}  // namespace kroncut
