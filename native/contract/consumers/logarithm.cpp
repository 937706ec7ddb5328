#include "contract/consumers/logarithm.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

#include "contract/consumers/logarithm_avx512.hpp"

namespace kroncut {
namespace {

template <std::size_t lanes>
struct Pack {
  using Vector [[gnu::vector_size(8 * lanes)]] = double;
  using Words [[gnu::vector_size(8 * lanes)]] = std::uint64_t;
  using Mask [[gnu::vector_size(8 * lanes)]] = std::int64_t;
  using Unaligned [[gnu::vector_size(8 * lanes), gnu::aligned(8), gnu::may_alias]] = double;
};

/// ln 2 in two parts: the first ends in zeros, so that its product with an exponent is exact.
constexpr double ln2_high = 0x1.62e42fefa38p-1;
constexpr double ln2_low = 0x1.ef35793c7673p-45;
constexpr std::uint64_t root_half = std::bit_cast<std::uint64_t>(0.70710678118654752440);
/// Exponents of the bias that makes every number's exponent positive, and of 2^52.
constexpr std::uint64_t bias = std::uint64_t{1100} << 52;
constexpr double two_to_52_value = 4503599627370496.0;
constexpr std::uint64_t two_to_52 = std::bit_cast<std::uint64_t>(two_to_52_value);
constexpr double least_normal = 0x1p-1022;

/// (2 artanh f - 2 f) / f^3 as a polynomial in f^2, by interpolation at the Chebyshev nodes of
/// |f| < 3 - 2 sqrt 2; lowest power first.
constexpr double series[7] = {0x1.5555555555558p-1, 0x1.99999999952e2p-2, 0x1.2492492df148dp-2,
                              0x1.c71c62e5800a1p-3, 0x1.7462b4ab2ef6bp-3, 0x1.39fe606542ddep-3,
                              0x1.2b584aae78a57p-3};

/// x = 2^e m with m in [sqrt(1/2), sqrt 2); ln m = 2 artanh f with f = (m - 1) / (m + 1).
template <std::size_t lanes>
[[gnu::always_inline]] inline void minus_logarithm(const double* from, double* to) {
  using Vector = typename Pack<lanes>::Vector;
  using Words = typename Pack<lanes>::Words;
  using Mask = typename Pack<lanes>::Mask;
  using Unaligned = typename Pack<lanes>::Unaligned;
  const Vector x = *reinterpret_cast<const Unaligned*>(from);
  const Vector zero = {};
  const Mask positive = x > zero;
  const Mask tiny = x < zero + least_normal;
  const Vector scaled = tiny ? x * 0x1p54 : x;
  Words bits;
  std::memcpy(&bits, &scaled, sizeof bits);
  const Words exponent = (bits - root_half + bias) >> 52;
  const Words fraction_bits = bits - ((exponent << 52) - bias);
  Vector m;
  std::memcpy(&m, &fraction_bits, sizeof m);
  const Words exponent_bits = exponent | two_to_52;
  Vector e;
  std::memcpy(&e, &exponent_bits, sizeof e);
  e -= tiny ? zero + (two_to_52_value + 1154.0) : zero + (two_to_52_value + 1100.0);
  const Vector g = m - 1.0;
  const Vector f = g / (g + 2.0);
  const Vector f2 = f * f;
  Vector sum = f2 * series[6] + series[5];
  for (int power = 4; power >= 0; --power) sum = sum * f2 + series[power];
  // 2 f = g - g f, so that g, which is exact, carries the sum: ln m = g - f (g - f^2 sum).
  const Vector rest = f * (g - f2 * sum) - e * ln2_low;
  const Vector result = -(e * ln2_high + (g - rest));
  *reinterpret_cast<Unaligned*>(to) = positive ? result : zero;
}

template <std::size_t lanes>
[[gnu::always_inline]] inline void loop(const double* values, std::size_t size, double* out) {
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes) minus_logarithm<lanes>(values + i, out + i);
  if (i == size) return;
  double buffer[lanes] = {};
  std::copy(values + i, values + size, buffer);
  minus_logarithm<lanes>(buffer, buffer);
  std::copy(buffer, buffer + (size - i), out + i);
}

#if defined(__x86_64__)
[[gnu::target("avx2,fma")]] void loop_avx2(const double* values, std::size_t size, double* out) {
  loop<4>(values, size, out);
}
[[gnu::target("avx512f,avx512dq")]] void loop_avx512(const double* values, std::size_t size, double* out) {
  const avx512::LogarithmTables tables = avx512::logarithm_tables();
  const __m512d zero = _mm512_setzero_pd();
  for (std::size_t i = 0; i < size; i += 8) {
    const auto here = static_cast<__mmask8>(size - i < 8 ? (1U << (size - i)) - 1 : 0xffU);
    const __m512d x = _mm512_maskz_loadu_pd(here, values + i);
    const __mmask8 positive = _mm512_cmp_pd_mask(x, zero, _CMP_GT_OQ);
    const __m512d minus = _mm512_maskz_sub_pd(positive, zero, avx512::logarithm(x, tables));
    _mm512_mask_storeu_pd(out + i, here, minus);
  }
}
#endif

}  // namespace

void minus_logarithms(const double* values, std::size_t size, double* out, SimdLevel level) {
#if defined(__x86_64__)
  if (level == SimdLevel::avx512) return loop_avx512(values, size, out);
  if (level == SimdLevel::avx2) return loop_avx2(values, size, out);
#else
  static_cast<void>(level);
#endif
  loop<2>(values, size, out);
}

}  // namespace kroncut
