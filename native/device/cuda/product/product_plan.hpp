#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "contract/product/product.hpp"

namespace kroncut::cuda {

/// Bond products up to this use the project's own kernel, larger ones BLAS.
constexpr std::size_t own_kernel_inner = 64;

/// An aligned block of 2^tile_bits outcomes, which is a rectangle of the product: contiguous rows times
/// contiguous columns.
struct ProductBlock {
  std::uint64_t outcome = 0;  // first outcome
  std::uint64_t row = 0;      // first row
  std::uint64_t column = 0;   // first column
};

/// How a product is cut into blocks.
struct ProductPlan {
  int tile_bits = 0;
  int row_bits = 0;           // of a block
  int column_bits = 0;        // of a block
  std::uint64_t rows = 1;     // 2^row_bits
  std::uint64_t columns = 1;  // 2^column_bits
  std::uint64_t all_columns = 1;
  std::vector<std::uint32_t> row_position;     // where a row lies in a block's outcomes
  std::vector<std::uint32_t> column_position;  // where a column lies; or-ed with the row's

  /// Bytes of device memory for the operands of one block.
  [[nodiscard]] std::uint64_t operand_bytes(std::size_t inner) const {
    return (rows + columns) * inner * sizeof(double);
  }
};

/// Largest block whose operands take at most `operand_bytes`; a function of the product alone, so that all
/// ranks and ranges sum in the same order.
int choose_tile_bits(const Product& product, std::uint64_t operand_bytes);

/// The plan with blocks of 2^tile_bits outcomes.
ProductPlan plan_product(const Product& product, int tile_bits);

/// Blocks that meet [begin, end). The operand that takes more memory stays the same for as long as possible.
std::vector<ProductBlock> product_blocks(const Product& product, const ProductPlan& plan, std::uint64_t begin,
                                         std::uint64_t end);

/// Whether both operands are better sent to the device whole, once, than a part of one with every block: that
/// takes no more than `most_bytes`, and less than the parts would.
bool sends_operands_whole(const Product& product, const ProductPlan& plan,
                          std::span<const ProductBlock> blocks, std::uint64_t most_bytes);

/// Length of the runs handed to consumers: a power of two that divides `begin`, `end` and the block.
std::uint64_t run_length(const ProductPlan& plan, std::uint64_t begin, std::uint64_t end);

/// Hands the part of a block that lies in [begin, end) to all consumers, in runs, from `threads` threads;
/// returns its length.
std::uint64_t consume_block(const ProductBlock& block, std::span<const double> values, std::uint64_t begin,
                            std::uint64_t end, std::uint64_t run, int threads,
                            std::span<Consumer* const> consumers);

}  // namespace kroncut::cuda
