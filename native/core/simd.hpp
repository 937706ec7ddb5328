#pragma once

#include <string_view>

namespace kroncut {

/// Widest instruction set that both this build and this processor have. KRONCUT_SIMD=avx2|portable lowers it
/// (tests run every level).
enum class SimdLevel { portable, avx2, avx512 };

SimdLevel simd_level() noexcept;
std::string_view simd_level_name(SimdLevel level) noexcept;

}  // namespace kroncut
