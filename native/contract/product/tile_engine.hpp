#pragma once

#include <cstddef>
#include <vector>

#include "contract/product/micro_kernel.hpp"

namespace kroncut {

/// A matrix by strides: element (item, k) at data[item * item_stride + k * inner_stride].
struct Operand {
  const double* data = nullptr;
  std::size_t item_stride = 1;
  std::size_t inner_stride = 1;
};

/// One tile of s . v^T: element (i, j) goes to out[s_offsets[i] + v_offsets[j]].
struct Tile {
  Operand s;  // the side whose elements are broadcast
  Operand v;  // the side that fills vector registers
  std::size_t s_count = 0;
  std::size_t v_count = 0;
  std::size_t inner = 0;
  double* out = nullptr;
  const std::size_t* s_offsets = nullptr;
  const std::size_t* v_offsets = nullptr;
  /// v_offsets counts up by one within every group of `MicroKernel::columns` entries.
  bool v_contiguous = false;
  /// Non-temporal stores; needs v_contiguous and groups aligned to 64 bytes. Follow with finish_streaming().
  bool stream = false;
};

/// Computes tiles with one thread: packs the operands into cache-sized panels and runs the micro-kernel.
/// Keeps the packed vector side while it stays the same. The buffers belong to the calling thread and stay
/// for its next engine (about 2 MiB: fresh pages cost more than a small product), so a thread uses one engine
/// at a time.
class TileEngine {
 public:
  /// Longest part of `inner` that is packed at once.
  static constexpr std::size_t max_inner_block = 256;
  /// Doubles of the vector side that are packed at once: 1 MiB, streamed from the second-level cache.
  static constexpr std::size_t packed_vector_side = std::size_t{1} << 17;

  explicit TileEngine(const MicroKernel& kernel) : kernel_(&kernel) {}

  /// Computes a tile. `same_v`: the vector side (its data, not just its address) is that of the last call.
  void run(const Tile& tile, bool same_v);

  /// Columns that are packed at once for a given inner length.
  [[nodiscard]] static std::size_t vector_block(std::size_t inner, std::size_t columns) noexcept;

 private:
  struct Part;  // a block of the vector side and of `inner`
  void run_part(const Tile& tile, const Part& part);

  const MicroKernel* kernel_;
  std::vector<std::size_t> dense_rows_;
  std::vector<std::size_t> dense_panels_;
  bool v_is_packed_ = false;
};

}  // namespace kroncut
