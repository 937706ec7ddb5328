#pragma once

#if defined(__x86_64__)
#include <immintrin.h>

#include <cstdint>

/// Functions that are compiled for AVX-512 and put into their callers.
#define KRONCUT_AVX512 [[gnu::always_inline, gnu::target("avx512f,avx512dq")]] inline

namespace kroncut::avx512 {

/// Constants of `logarithm`, held in registers.
struct LogarithmTables {
  __m512d reciprocal[2];
  __m512d shift[2];
};

/// 1 / c for a c near the middle of each sixteenth of an octave (1 at both ends, so that logarithms are as
/// precise near 1 as elsewhere), and ln c, from the ninth on + ln 2. The c are those near the middle whose
/// logarithm lies closest to a number of double precision (Gal 1986, "accurate tables").
alignas(64) inline constexpr double reciprocals[16] = {1.0,
                                                       0x1.d405847b0e6a3p-1,
                                                       0x1.bace9004f8290p-1,
                                                       0x1.a411410e1a9b5p-1,
                                                       0x1.8f8f975638073p-1,
                                                       0x1.7cf2d63b55875p-1,
                                                       0x1.6c12e8332abf9p-1,
                                                       0x1.5c8ce6a69267ap-1,
                                                       0x1.4e66ede008d1bp+0,
                                                       0x1.414091b9d4ab2p+0,
                                                       0x1.3525fcf410d20p+0,
                                                       0x1.29de338d34e5fp+0,
                                                       0x1.1f6df63453e56p+0,
                                                       0x1.15b1c0604d460p+0,
                                                       0x1.0ca0e40bf7ef8p+0,
                                                       1.0};
alignas(64) inline constexpr double shifts[16] = {0.0,
                                                  0x1.6fdce6be291c8p-4,
                                                  0x1.2959d56c5d420p-3,
                                                  0x1.95518d22e5595p-3,
                                                  0x1.fbd1a03ccd6fap-3,
                                                  0x1.2ec18d3896bdep-2,
                                                  0x1.5d26aef43d8e6p-2,
                                                  0x1.89c553742a982p-2,
                                                  0x1.b4343f9b4b31fp-2,
                                                  0x1.dd48cfcc5f42ap-2,
                                                  0x1.024e3f7217de1p-1,
                                                  0x1.155654ae104c6p-1,
                                                  0x1.279a029fa9a44p-1,
                                                  0x1.393e5283d8d96p-1,
                                                  0x1.4a3cd37b98c87p-1,
                                                  0x1.62e42fefa39efp-1};

/// (ln(1 + r) - r) / r^2 for -1/32 <= r <= 1/16, with the least error of ln(1 + r) in relative terms; lowest
/// power first.
inline constexpr double logarithm_series[8] = {
    -0x1.0000000000283p-1, 0x1.555555555a02dp-2, -0x1.ffffffeef8c41p-3, 0x1.9999986615438p-3,
    -0x1.5555c421dbf5ep-3, 0x1.249ce92fa4357p-3, -0x1.feb9c455f0fa8p-4, 0x1.93620181a948cp-4};

KRONCUT_AVX512 LogarithmTables logarithm_tables() {
  return {{_mm512_load_pd(reciprocals), _mm512_load_pd(reciprocals + 8)},
          {_mm512_load_pd(shifts), _mm512_load_pd(shifts + 8)}};
}

/// ln x of finite x > 0; other lanes hold anything. x = 2^e m with m in [3/4, 3/2), and ln m = ln c + ln(1 +
/// r) with r = m / c - 1, c by the four highest bits of the fraction; where m < 1, e is one too small and the
/// table has ln 2 more.
KRONCUT_AVX512 __m512d logarithm(__m512d x, const LogarithmTables& tables) {
  // GCC 12 warns of its own header behind the intrinsics without masks.
  constexpr __mmask8 all = 0xff;
  const __m512d one = _mm512_set1_pd(1.0);
  const __m512d exponent = _mm512_maskz_getexp_pd(all, x);
  const __m512d m = _mm512_maskz_getmant_pd(all, x, _MM_MANT_NORM_p75_1p5, _MM_MANT_SIGN_zero);
  const __m512i place = _mm512_maskz_srli_epi64(all, _mm512_castpd_si512(m), 48);
  const __m512d reciprocal = _mm512_permutex2var_pd(tables.reciprocal[0], place, tables.reciprocal[1]);
  const __m512d shift = _mm512_permutex2var_pd(tables.shift[0], place, tables.shift[1]);
  const __m512d r = _mm512_fmsub_pd(m, reciprocal, one);
  const __m512d r2 = _mm512_mul_pd(r, r);
  // Pairs of powers first: shorter chains of dependent operations.
  const __m512d low =
      _mm512_fmadd_pd(_mm512_set1_pd(logarithm_series[1]), r, _mm512_set1_pd(logarithm_series[0]));
  const __m512d middle =
      _mm512_fmadd_pd(_mm512_set1_pd(logarithm_series[3]), r, _mm512_set1_pd(logarithm_series[2]));
  const __m512d high =
      _mm512_fmadd_pd(_mm512_set1_pd(logarithm_series[5]), r, _mm512_set1_pd(logarithm_series[4]));
  const __m512d highest =
      _mm512_fmadd_pd(_mm512_set1_pd(logarithm_series[7]), r, _mm512_set1_pd(logarithm_series[6]));
  __m512d series = _mm512_fmadd_pd(highest, r2, high);
  series = _mm512_fmadd_pd(series, r2, middle);
  series = _mm512_fmadd_pd(series, r2, low);
  const __m512d whole = _mm512_fmadd_pd(exponent, _mm512_set1_pd(0x1.62e42fefa39efp-1), shift);
  return _mm512_add_pd(whole, _mm512_fmadd_pd(r2, series, r));
}

}  // namespace kroncut::avx512
#endif
