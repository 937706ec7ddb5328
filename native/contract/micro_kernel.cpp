#include "contract/micro_kernel.hpp"

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

__attribute__((target("avx2,fma"))) void run_avx2(const MicroTile& tile) {
  constexpr std::size_t rows = 4;
  constexpr std::size_t columns = 8;
  for (std::size_t panel = 0; panel < tile.panels; ++panel) {
    __m256d sum[rows][2];
    const double* const partial = tile.partial == nullptr ? nullptr : tile.partial + panel * rows * columns;
#pragma GCC unroll 4
    for (std::size_t i = 0; i < rows; ++i) {
      sum[i][0] = partial == nullptr ? _mm256_setzero_pd() : _mm256_loadu_pd(partial + i * columns);
      sum[i][1] = partial == nullptr ? _mm256_setzero_pd() : _mm256_loadu_pd(partial + i * columns + 4);
    }
    const double* s = tile.s;
    const double* v = tile.v + panel * tile.v_stride;
    for (std::size_t k = 0; k < tile.inner; ++k, s += rows, v += columns) {
      const __m256d v0 = _mm256_load_pd(v);
      const __m256d v1 = _mm256_load_pd(v + 4);
#pragma GCC unroll 4
      for (std::size_t i = 0; i < rows; ++i) {
        const __m256d x = _mm256_broadcast_sd(s + i);
        sum[i][0] = _mm256_fmadd_pd(x, v0, sum[i][0]);
        sum[i][1] = _mm256_fmadd_pd(x, v1, sum[i][1]);
      }
    }
    double* const out = tile.out + tile.panel_offsets[panel * columns];
#pragma GCC unroll 4
    for (std::size_t i = 0; i < rows; ++i) {
      double* const row = out + tile.row_offsets[i];
      if (tile.stream) {
        _mm256_stream_pd(row, sum[i][0]);
        _mm256_stream_pd(row + 4, sum[i][1]);
      } else {
        _mm256_storeu_pd(row, sum[i][0]);
        _mm256_storeu_pd(row + 4, sum[i][1]);
      }
    }
  }
}

__attribute__((target("avx512f,avx512dq"))) void run_avx512(const MicroTile& tile) {
  constexpr std::size_t rows = 8;
  constexpr std::size_t columns = 16;
  for (std::size_t panel = 0; panel < tile.panels; ++panel) {
    __m512d sum[rows][2];
    const double* const partial = tile.partial == nullptr ? nullptr : tile.partial + panel * rows * columns;
#pragma GCC unroll 8
    for (std::size_t i = 0; i < rows; ++i) {
      sum[i][0] = partial == nullptr ? _mm512_setzero_pd() : _mm512_loadu_pd(partial + i * columns);
      sum[i][1] = partial == nullptr ? _mm512_setzero_pd() : _mm512_loadu_pd(partial + i * columns + 8);
    }
    const double* s = tile.s;
    const double* v = tile.v + panel * tile.v_stride;
    for (std::size_t k = 0; k < tile.inner; ++k, s += rows, v += columns) {
      const __m512d v0 = _mm512_load_pd(v);
      const __m512d v1 = _mm512_load_pd(v + 8);
#pragma GCC unroll 8
      for (std::size_t i = 0; i < rows; ++i) {
        const __m512d x = _mm512_set1_pd(s[i]);
        sum[i][0] = _mm512_fmadd_pd(x, v0, sum[i][0]);
        sum[i][1] = _mm512_fmadd_pd(x, v1, sum[i][1]);
      }
    }
    double* const out = tile.out + tile.panel_offsets[panel * columns];
#pragma GCC unroll 8
    for (std::size_t i = 0; i < rows; ++i) {
      double* const row = out + tile.row_offsets[i];
      if (tile.stream) {
        _mm512_stream_pd(row, sum[i][0]);
        _mm512_stream_pd(row + 8, sum[i][1]);
      } else {
        _mm512_storeu_pd(row, sum[i][0]);
        _mm512_storeu_pd(row + 8, sum[i][1]);
      }
    }
  }
}

#endif

}  // namespace

const MicroKernel& micro_kernel(SimdLevel level) noexcept {
  static constexpr MicroKernel portable{4, 4, run_portable};
#if defined(__x86_64__)
  static constexpr MicroKernel avx2{4, 8, run_avx2};
  static constexpr MicroKernel avx512{8, 16, run_avx512};
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

void pack_panels(const double* source, std::size_t item_stride, std::size_t inner_stride, std::size_t items,
                 std::size_t inner, std::size_t width, double* packed) noexcept {
  for (std::size_t first = 0; first < items; first += width, packed += inner * width) {
    const std::size_t count = std::min(width, items - first);
    const double* const panel = source + first * item_stride;
    if (count < width) std::memset(packed, 0, inner * width * sizeof(double));
    if (item_stride == 1) {
      for (std::size_t k = 0; k < inner; ++k) {
        std::memcpy(packed + k * width, panel + k * inner_stride, count * sizeof(double));
      }
    } else {
      for (std::size_t i = 0; i < count; ++i) {
        const double* const item = panel + i * item_stride;
        for (std::size_t k = 0; k < inner; ++k) packed[k * width + i] = item[k * inner_stride];
      }
    }
  }
}

}  // namespace kroncut
