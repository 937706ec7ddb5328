#include "core/simd.hpp"

#include <cstdlib>

namespace kroncut {
namespace {

SimdLevel detect() noexcept {
  SimdLevel level = SimdLevel::portable;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) level = SimdLevel::avx2;
  if (level == SimdLevel::avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")) {
    level = SimdLevel::avx512;
  }
#endif
  const char* const limit = std::getenv("KRONCUT_SIMD");
  const std::string_view wanted = limit == nullptr ? std::string_view() : std::string_view(limit);
  if (wanted == "portable") return SimdLevel::portable;
  if (wanted == "avx2" && level == SimdLevel::avx512) return SimdLevel::avx2;
  return level;
}

}  // namespace

SimdLevel simd_level() noexcept {
  static const SimdLevel level = detect();
  return level;
}

std::string_view simd_level_name(SimdLevel level) noexcept {
  switch (level) {
    case SimdLevel::portable:
      return "portable";
    case SimdLevel::avx2:
      return "avx2";
    case SimdLevel::avx512:
      return "avx512";
  }
  return "portable";
}

}  // namespace kroncut
