#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "contract/product/product.hpp"

/// How tests hand values to consumers.
namespace kroncut {

/// Feeds values that belong to outcomes begin, begin + 1, ... in runs of one length, in a shuffled order, by
/// turns from two workers.
inline void feed(Consumer& consumer, std::uint64_t begin, const std::vector<double>& values, std::size_t run,
                 std::uint64_t seed) {
  std::vector<std::size_t> starts;
  for (std::size_t start = 0; start < values.size(); start += run) starts.push_back(start);
  std::mt19937_64 random(seed);
  if (seed != 0) std::shuffle(starts.begin(), starts.end(), random);
  for (const std::size_t start : starts) {
    consumer.consume(begin + start, {values.data() + start, run}, static_cast<int>(random() % 2));
  }
}

}  // namespace kroncut
