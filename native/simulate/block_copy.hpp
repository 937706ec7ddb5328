#pragma once

#include <cstddef>
#include <cstring>

#if defined(__x86_64__)
#include <emmintrin.h>
#endif

namespace kroncut {

/// Asks for the cache lines of [from, from + bytes).
inline void prefetch(const void* from, std::size_t bytes) noexcept {
  constexpr std::size_t line = 64;
  for (std::size_t at = 0; at < bytes; at += line) __builtin_prefetch(static_cast<const char*>(from) + at);
}

/// Copies whole cache lines past the caches; call `finish_streaming` before another thread may read them. The
/// pieces of a block lie a power of two apart, so they push each other out of the cache: writing them the
/// usual way would read every line a second time.
inline void stream_copy(void* to, const void* from, std::size_t bytes) noexcept {
#if defined(__x86_64__)
  auto* target = static_cast<__m128i*>(to);
  const auto* source = static_cast<const __m128i*>(from);
  for (std::size_t k = 0; k < bytes / sizeof(__m128i); k += 4) {
    const __m128i a = _mm_load_si128(source + k);
    const __m128i b = _mm_load_si128(source + k + 1);
    const __m128i c = _mm_load_si128(source + k + 2);
    const __m128i d = _mm_load_si128(source + k + 3);
    _mm_stream_si128(target + k, a);
    _mm_stream_si128(target + k + 1, b);
    _mm_stream_si128(target + k + 2, c);
    _mm_stream_si128(target + k + 3, d);
  }
#else
  std::memcpy(to, from, bytes);
#endif
}

inline void finish_streaming() noexcept {
#if defined(__x86_64__)
  _mm_sfence();
#endif
}

}  // namespace kroncut
