#pragma once

#include <cstddef>

#include "core/simd.hpp"

namespace kroncut {

/// out[i] = -ln(values[i]) where values[i] > 0, else 0. Values are finite. Within 6e-16 of the true value in
/// relative terms; the last bit may differ from level to level, but not from place to place or call to call.
void minus_logarithms(const double* values, std::size_t size, double* out, SimdLevel level = simd_level());

}  // namespace kroncut
