#pragma once

#include <cstddef>
#include <random>
#include <vector>

#include "core/simd.hpp"

/// What tests of several kernels draw from.
namespace kroncut {

/// Every instruction set that can be run here, the narrowest first.
inline std::vector<SimdLevel> simd_levels() {
  std::vector<SimdLevel> all{SimdLevel::portable};
  if (simd_level() != SimdLevel::portable) all.push_back(SimdLevel::avx2);
  if (simd_level() == SimdLevel::avx512) all.push_back(SimdLevel::avx512);
  return all;
}

/// Values between -1 and 1.
inline std::vector<double> uniform_values(std::size_t size, std::mt19937_64& random) {
  std::uniform_real_distribution<double> uniform(-1.0, 1.0);
  std::vector<double> values(size);
  for (double& value : values) value = uniform(random);
  return values;
}

}  // namespace kroncut
