#include "contract/product/tile_engine.hpp"

#include <algorithm>
#include <cstring>

#include "core/aligned.hpp"

namespace kroncut {
namespace {

std::size_t round_up(std::size_t value, std::size_t unit) { return (value + unit - 1) / unit * unit; }

struct Workspace {
  AlignedArray<double> packed_s;
  AlignedArray<double> packed_v;
  AlignedArray<double> partial;
  AlignedArray<double> scratch;
};

Workspace& workspace() {
  static thread_local Workspace local;
  return local;
}

double* reserve(AlignedArray<double>& buffer, std::size_t size) {
  if (buffer.size() < size) {
    buffer = AlignedArray<double>();
    buffer = AlignedArray<double>(size);
  }
  return buffer.data();
}

/// Asks for the part of the scalar side that will be packed next.
void prefetch(const Operand& side, std::size_t items, std::size_t inner) {
  if (side.inner_stride != 1) return;
  constexpr std::size_t line = 8;
  for (std::size_t i = 0; i < items; ++i) {
    for (std::size_t k = 0; k < inner; k += line) __builtin_prefetch(side.data + i * side.item_stride + k);
  }
}

}  // namespace

struct TileEngine::Part {
  std::size_t v_first;
  std::size_t v_count;
  std::size_t inner_first;
  std::size_t inner_count;
  bool first;  // of the blocks of `inner`
  bool last;
};

std::size_t TileEngine::vector_block(std::size_t inner, std::size_t columns) noexcept {
  const std::size_t depth = std::max<std::size_t>(1, std::min(inner, max_inner_block));
  return std::max(columns, packed_vector_side / depth / columns * columns);
}

void TileEngine::run(const Tile& tile, bool same_v) {
  const std::size_t columns = kernel_->columns;
  const std::size_t block = std::min(vector_block(tile.inner, columns), round_up(tile.v_count, columns));
  const std::size_t depth = std::min(tile.inner, max_inner_block);
  const bool single = tile.inner <= max_inner_block && tile.v_count <= block;
  reserve(workspace().packed_v, block * std::max<std::size_t>(1, depth));
  reserve(workspace().packed_s, kernel_->rows * std::max<std::size_t>(1, depth));
  const bool keep = single && same_v && v_is_packed_;
  v_is_packed_ = false;
  for (std::size_t v_first = 0; v_first < tile.v_count; v_first += block) {
    const std::size_t v_count = std::min(block, tile.v_count - v_first);
    std::size_t k = 0;
    do {
      const std::size_t k_count = std::min(depth, tile.inner - k);
      if (!keep) {
        pack_panels(kernel_->level, tile.v.data + v_first * tile.v.item_stride + k * tile.v.inner_stride,
                    tile.v.item_stride, tile.v.inner_stride, v_count, k_count, columns,
                    workspace().packed_v.data());
      }
      run_part(tile, {v_first, v_count, k, k_count, k == 0, k + k_count == tile.inner});
      k += k_count;
    } while (k < tile.inner);
  }
  v_is_packed_ = single;
}

void TileEngine::run_part(const Tile& tile, const Part& part) {
  Workspace& buffers = workspace();
  const std::size_t rows = kernel_->rows;
  const std::size_t columns = kernel_->columns;
  const std::size_t micro_tile = rows * columns;
  const std::size_t panels = (part.v_count + columns - 1) / columns;
  const std::size_t row_panels = (tile.s_count + rows - 1) / rows;
  if (!(part.first && part.last)) reserve(buffers.partial, row_panels * panels * micro_tile);
  if (dense_rows_.empty()) {
    for (std::size_t i = 0; i < rows; ++i) dense_rows_.push_back(i * columns);
  }
  while (dense_panels_.size() < panels * columns) {
    dense_panels_.push_back(dense_panels_.size() / columns * micro_tile);
  }
  for (std::size_t row_panel = 0; row_panel < row_panels; ++row_panel) {
    const std::size_t s_first = row_panel * rows;
    const std::size_t s_count = std::min(rows, tile.s_count - s_first);
    const Operand side{tile.s.data + s_first * tile.s.item_stride + part.inner_first * tile.s.inner_stride,
                       tile.s.item_stride, tile.s.inner_stride};
    pack_panels(kernel_->level, side.data, side.item_stride, side.inner_stride, s_count, part.inner_count,
                rows, buffers.packed_s.data());
    if (s_first + rows < tile.s_count) {
      const std::size_t next = std::min(rows, tile.s_count - s_first - rows);
      prefetch({side.data + rows * side.item_stride, side.item_stride, side.inner_stride}, next,
               part.inner_count);
    }
    double* const partial =
        part.first && part.last ? nullptr : buffers.partial.data() + row_panel * panels * micro_tile;
    MicroTile micro;
    micro.inner = part.inner_count;
    micro.s = buffers.packed_s.data();
    micro.v = buffers.packed_v.data();
    micro.v_stride = part.inner_count * columns;
    micro.panels = panels;
    micro.partial = part.first ? nullptr : partial;
    if (part.last && tile.v_contiguous && s_count == rows && part.v_count % columns == 0) {
      micro.out = tile.out;
      micro.row_offsets = tile.s_offsets + s_first;
      micro.panel_offsets = tile.v_offsets + part.v_first;
      micro.stream = tile.stream;
      kernel_->run(micro);
      continue;
    }
    micro.out = part.last ? reserve(buffers.scratch, panels * micro_tile) : partial;
    micro.row_offsets = dense_rows_.data();
    micro.panel_offsets = dense_panels_.data();
    kernel_->run(micro);
    if (!part.last) continue;
    for (std::size_t i = 0; i < s_count; ++i) {
      double* const out = tile.out + tile.s_offsets[s_first + i];
      for (std::size_t j = 0; j < part.v_count; j += columns) {
        const double* const values = micro.out + (j / columns * rows + i) * columns;
        const std::size_t* const offsets = tile.v_offsets + part.v_first + j;
        const std::size_t count = std::min(columns, part.v_count - j);
        if (tile.v_contiguous) {
          std::memcpy(out + offsets[0], values, count * sizeof(double));
        } else {
          for (std::size_t c = 0; c < count; ++c) out[offsets[c]] = values[c];
        }
      }
    }
  }
}

}  // namespace kroncut
