#pragma once

#include <cstddef>

#include "core/simd.hpp"

namespace kroncut {

/// Work for one call of a micro-kernel: one packed panel of the scalar side, s[inner][rows], times `panels`
/// packed panels of the vector side, v[panel][inner][columns]. Each element is one chain of multiply-adds in
/// the order of `inner`, so its value depends neither on where a tile begins nor on how `inner` is blocked.
struct MicroTile {
  std::size_t inner = 0;
  const double* s = nullptr;
  const double* v = nullptr;
  std::size_t v_stride = 0;  // doubles from one panel to the next
  std::size_t panels = 0;
  /// Sums of the earlier part of `inner`, [panel][rows][columns], or null for zeros.
  const double* partial = nullptr;
  /// Row i of panel j goes to out + row_offsets[i] + panel_offsets[j * columns], `columns` contiguous
  /// doubles.
  double* out = nullptr;
  const std::size_t* row_offsets = nullptr;
  const std::size_t* panel_offsets = nullptr;
  /// Non-temporal stores; every row of `columns` doubles is then aligned to 64 bytes.
  bool stream = false;
};

/// The register tile of one instruction set.
struct MicroKernel {
  SimdLevel level = SimdLevel::portable;
  std::size_t rows = 0;
  std::size_t columns = 0;
  void (*run)(const MicroTile& tile) = nullptr;
};

/// The widest tile that any level uses, for buffers.
constexpr std::size_t max_micro_tile = 8 * 16;

/// The kernel of a level. The vector levels use fused multiply-adds, the portable one what the compiler's
/// target has, so results may differ between levels in the last digit, and never within one.
const MicroKernel& micro_kernel(SimdLevel level) noexcept;

/// Makes earlier non-temporal stores visible to other threads.
void finish_streaming() noexcept;

/// Packs `items` vectors of length `inner`, element (i, k) at source[i * item_stride + k * inner_stride],
/// into panels [ceil(items / width)][inner][width], padded with zeros; `width` is a multiple of four.
void pack_panels(SimdLevel level, const double* source, std::size_t item_stride, std::size_t inner_stride,
                 std::size_t items, std::size_t inner, std::size_t width, double* packed) noexcept;

}  // namespace kroncut
