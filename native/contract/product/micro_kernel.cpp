#include "contract/product/micro_kernel.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace kroncut {
namespace {

void run_portable(const MicroTile& tile) {
  constexpr std::size_t rows = 4;
  constexpr std::size_t columns = 4;
  for (std::size_t panel = 0; panel < tile.panels; ++panel) {
    double sum[rows][columns] = {};
    if (tile.partial != nullptr) std::memcpy(sum, tile.partial + panel * rows * columns, sizeof(sum));
    const double* s = tile.s;
    const double* v = tile.v + panel * tile.v_stride;
    for (std::size_t k = 0; k < tile.inner; ++k, s += rows, v += columns) {
      for (std::size_t i = 0; i < rows; ++i) {
        for (std::size_t j = 0; j < columns; ++j) sum[i][j] += s[i] * v[j];
      }
    }
    double* const out = tile.out + tile.panel_offsets[panel * columns];
    for (std::size_t i = 0; i < rows; ++i) std::memcpy(out + tile.row_offsets[i], sum[i], sizeof(sum[i]));
  }
}

#if defined(__x86_64__)

#define KRONCUT_RUN run_avx2
#define KRONCUT_TARGET __attribute__((target("avx2,fma")))
#define KRONCUT_VECTOR __m256d
#define KRONCUT_PD(operation) _mm256_##operation##_pd
#define KRONCUT_ROWS 4
#include "contract/product/micro_kernel_vector.inc.hpp"

#define KRONCUT_RUN run_avx512
#define KRONCUT_TARGET __attribute__((target("avx512f,avx512dq")))
#define KRONCUT_VECTOR __m512d
#define KRONCUT_PD(operation) _mm512_##operation##_pd
#define KRONCUT_ROWS 8
#include "contract/product/micro_kernel_vector.inc.hpp"

/// Transposes items of contiguous elements, 4 x 4 at a time; `width` and `items` are multiples of four.
__attribute__((target("avx2,fma"))) void transpose_avx2(const double* source, std::size_t item_stride,
                                                        std::size_t items, std::size_t inner,
                                                        std::size_t width, double* packed) {
  for (std::size_t i = 0; i < items; i += 4) {
    const double* const row0 = source + i * item_stride;
    const double* const row1 = row0 + item_stride;
    const double* const row2 = row1 + item_stride;
    const double* const row3 = row2 + item_stride;
    double* out = packed + i;
    std::size_t k = 0;
    for (; k + 4 <= inner; k += 4, out += 4 * width) {
      const __m256d a = _mm256_loadu_pd(row0 + k);
      const __m256d b = _mm256_loadu_pd(row1 + k);
      const __m256d c = _mm256_loadu_pd(row2 + k);
      const __m256d d = _mm256_loadu_pd(row3 + k);
      const __m256d ab_even = _mm256_unpacklo_pd(a, b);
      const __m256d ab_odd = _mm256_unpackhi_pd(a, b);
      const __m256d cd_even = _mm256_unpacklo_pd(c, d);
      const __m256d cd_odd = _mm256_unpackhi_pd(c, d);
      _mm256_store_pd(out, _mm256_permute2f128_pd(ab_even, cd_even, 0x20));
      _mm256_store_pd(out + width, _mm256_permute2f128_pd(ab_odd, cd_odd, 0x20));
      _mm256_store_pd(out + 2 * width, _mm256_permute2f128_pd(ab_even, cd_even, 0x31));
      _mm256_store_pd(out + 3 * width, _mm256_permute2f128_pd(ab_odd, cd_odd, 0x31));
    }
    for (; k < inner; ++k, out += width) {
      out[0] = row0[k];
      out[1] = row1[k];
      out[2] = row2[k];
      out[3] = row3[k];
    }
  }
}

#endif

}  // namespace

const MicroKernel& micro_kernel(SimdLevel level) noexcept {
  static constexpr MicroKernel portable{SimdLevel::portable, 4, 4, run_portable};
#if defined(__x86_64__)
  static constexpr MicroKernel avx2{SimdLevel::avx2, 4, 8, run_avx2};
  static constexpr MicroKernel avx512{SimdLevel::avx512, 8, 16, run_avx512};
  if (level == SimdLevel::avx512) return avx512;
  if (level == SimdLevel::avx2) return avx2;
#else
  static_cast<void>(level);
#endif
  return portable;
}

void finish_streaming() noexcept {
#if defined(__x86_64__)
  _mm_sfence();
#else
  std::atomic_thread_fence(std::memory_order_seq_cst);
#endif
}

void pack_panels(SimdLevel level, const double* source, std::size_t item_stride, std::size_t inner_stride,
                 std::size_t items, std::size_t inner, std::size_t width, double* packed) noexcept {
  const std::size_t panel_size = inner * width;
  if (items % width != 0) {
    std::memset(packed + items / width * panel_size, 0, panel_size * sizeof(double));
  }
  if (item_stride == 1) {
    // Row by row of the source: long reads, which the processor fetches ahead.
    for (std::size_t k = 0; k < inner; ++k) {
      const double* const row = source + k * inner_stride;
      double* out = packed + k * width;
      for (std::size_t first = 0; first < items; first += width, out += panel_size) {
        if (items - first >= width && width == 16) {
          std::memcpy(out, row + first, 16 * sizeof(double));
        } else {
          std::memcpy(out, row + first, std::min(width, items - first) * sizeof(double));
        }
      }
    }
    return;
  }
  for (std::size_t first = 0; first < items; first += width, packed += panel_size) {
    const std::size_t count = std::min(width, items - first);
    const double* const panel = source + first * item_stride;
#if defined(__x86_64__)
    if (level != SimdLevel::portable && inner_stride == 1 && count % 4 == 0) {
      transpose_avx2(panel, item_stride, count, inner, width, packed);
      continue;
    }
#else
    static_cast<void>(level);
#endif
    for (std::size_t i = 0; i < count; ++i) {
      const double* const item = panel + i * item_stride;
      for (std::size_t k = 0; k < inner; ++k) packed[k * width + i] = item[k * inner_stride];
    }
  }
}

}  // namespace kroncut
