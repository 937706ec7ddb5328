#pragma once

#include <cstdint>

#include "core/host_device.hpp"

namespace kroncut::cuda {

/// A tile of a product of tall and flat matrices (bond product at most 64, where BLAS fails): a thread block
/// of 256 makes 64 x 64 values, each thread 4 x 4 of them, and writes each where its outcome belongs.
constexpr int product_side_bits = 6;
constexpr int product_side = 1 << product_side_bits;
constexpr int product_depth = 16;
constexpr int product_threads = 256;
constexpr int product_left_stride = product_side + 1;  // padded: a column is read without bank conflicts
constexpr int product_left_size = product_depth * product_left_stride;
constexpr int product_right_size = product_depth * product_side;

/// left [rows][inner] and right [inner][columns], row-major, the rows of `right` being `right_stride` apart;
/// the value of (row, column) goes to out[row_position[row] | column_position[column]].
struct ProductTile {
  const double* left = nullptr;
  const double* right = nullptr;
  double* out = nullptr;
  int row_bits = 0;     // rows = 2^row_bits
  int column_bits = 0;  // columns = 2^column_bits
  std::uint64_t inner = 0;
  std::uint64_t right_stride = 0;
  const std::uint32_t* row_position = nullptr;
  const std::uint32_t* column_position = nullptr;
};

KRONCUT_HD std::uint64_t tile_rows(const ProductTile& tile) { return std::uint64_t{1} << tile.row_bits; }
KRONCUT_HD std::uint64_t tile_columns(const ProductTile& tile) {
  return std::uint64_t{1} << tile.column_bits;
}

/// Thread blocks of a tile, as a power of two; those along the columns come first.
KRONCUT_HD int block_bits_across(const ProductTile& tile) {
  return tile.column_bits > product_side_bits ? tile.column_bits - product_side_bits : 0;
}
KRONCUT_HD std::uint64_t tile_blocks(const ProductTile& tile) {
  const int down = tile.row_bits > product_side_bits ? tile.row_bits - product_side_bits : 0;
  return std::uint64_t{1} << (block_bits_across(tile) + down);
}
KRONCUT_HD std::uint64_t first_row(const ProductTile& tile, std::uint64_t block) {
  return (block >> block_bits_across(tile)) << product_side_bits;
}
KRONCUT_HD std::uint64_t first_column(const ProductTile& tile, std::uint64_t block) {
  return (block & ((std::uint64_t{1} << block_bits_across(tile)) - 1)) << product_side_bits;
}

/// One thread's share of loading `product_depth` bonds from `bond` up into shared memory, zero where there is
/// nothing: left_shared[depth][side + 1], right_shared[depth][side].
KRONCUT_HD void product_load(const ProductTile& tile, std::uint64_t block, std::uint64_t bond, int thread,
                             double* left_shared, double* right_shared) {
  const std::uint64_t row_begin = first_row(tile, block);
  const std::uint64_t column_begin = first_column(tile, block);
  const std::uint64_t rows = tile_rows(tile);
  const std::uint64_t columns = tile_columns(tile);
  for (int e = thread; e < product_side * product_depth; e += product_threads) {
    const int k = e % product_depth;
    const int r = e / product_depth;
    const std::uint64_t row = row_begin + static_cast<std::uint64_t>(r);
    const std::uint64_t inner = bond + static_cast<std::uint64_t>(k);
    left_shared[k * product_left_stride + r] =
        row < rows && inner < tile.inner ? tile.left[row * tile.inner + inner] : 0.0;
  }
  for (int e = thread; e < product_side * product_depth; e += product_threads) {
    const int c = e % product_side;
    const int k = e / product_side;
    const std::uint64_t column = column_begin + static_cast<std::uint64_t>(c);
    const std::uint64_t inner = bond + static_cast<std::uint64_t>(k);
    right_shared[k * product_side + c] =
        column < columns && inner < tile.inner ? tile.right[inner * tile.right_stride + column] : 0.0;
  }
}

/// Adds `depth` bonds to a thread's 4 x 4 sums: rows ty + 16 i, columns tx + 16 j, so that neighbouring
/// threads write neighbouring columns.
KRONCUT_HD void product_accumulate(int depth, int thread, const double* left_shared,
                                   const double* right_shared, double* sums) {
  const int tx = thread % 16;
  const int ty = thread / 16;
  for (int k = 0; k < depth; ++k) {
    double left[4];
    double right[4];
    for (int i = 0; i < 4; ++i) left[i] = left_shared[k * product_left_stride + ty + 16 * i];
    for (int j = 0; j < 4; ++j) right[j] = right_shared[k * product_side + tx + 16 * j];
    for (int i = 0; i < 4; ++i) {
      for (int j = 0; j < 4; ++j) sums[4 * i + j] += left[i] * right[j];
    }
  }
}

/// Writes a thread's sums.
KRONCUT_HD void product_store(const ProductTile& tile, std::uint64_t block, int thread, const double* sums) {
  const std::uint64_t row = first_row(tile, block) + static_cast<std::uint64_t>(thread / 16);
  const std::uint64_t column = first_column(tile, block) + static_cast<std::uint64_t>(thread % 16);
  for (int i = 0; i < 4; ++i) {
    const std::uint64_t r = row + 16 * static_cast<std::uint64_t>(i);
    if (r >= tile_rows(tile)) continue;
    for (int j = 0; j < 4; ++j) {
      const std::uint64_t c = column + 16 * static_cast<std::uint64_t>(j);
      if (c < tile_columns(tile)) tile.out[tile.row_position[r] | tile.column_position[c]] = sums[4 * i + j];
    }
  }
}

/// The other way, after BLAS: value e of a dense [rows][columns] tile goes where its outcome belongs.
KRONCUT_HD void scatter_value(const ProductTile& tile, const double* dense, std::uint64_t e) {
  const std::uint64_t row = e >> tile.column_bits;
  const std::uint64_t column = e & (tile_columns(tile) - 1);
  tile.out[tile.row_position[row] | tile.column_position[column]] = dense[e];
}

}  // namespace kroncut::cuda
