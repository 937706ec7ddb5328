#include "device/cuda/product/product_plan.hpp"

#include <algorithm>
#include <bit>

#include "core/bits.hpp"
#include "core/parallel.hpp"

namespace kroncut::cuda {
namespace {

constexpr int largest_tile_bits = 22;              // 32 MiB of answer per block
constexpr std::uint64_t largest_run = 1ULL << 16;  // half a MiB: one run stays in a core's cache

int total_bits(const Product& product) { return std::popcount(product.row_mask | product.column_mask); }

std::vector<std::uint32_t> positions(std::uint64_t mask) {
  std::vector<std::uint32_t> result(std::size_t{1} << std::popcount(mask));
  for (std::size_t index = 0; index < result.size(); ++index) {
    result[index] = static_cast<std::uint32_t>(deposit(index, mask));
  }
  return result;
}

}  // namespace

int choose_tile_bits(const Product& product, std::uint64_t operand_bytes) {
  int bits = std::min(total_bits(product), largest_tile_bits);
  for (; bits > 0; --bits) {
    const std::uint64_t rows = std::uint64_t{1} << std::popcount(product.row_mask & low_mask(bits));
    const std::uint64_t columns = std::uint64_t{1} << std::popcount(product.column_mask & low_mask(bits));
    if ((rows + columns) * sizeof(double) <= operand_bytes / std::max<std::size_t>(product.inner, 1)) break;
  }
  return bits;
}

ProductPlan plan_product(const Product& product, int tile_bits) {
  ProductPlan plan;
  plan.tile_bits = tile_bits;
  plan.row_position = positions(product.row_mask & low_mask(tile_bits));
  plan.column_position = positions(product.column_mask & low_mask(tile_bits));
  plan.row_bits = std::popcount(product.row_mask & low_mask(tile_bits));
  plan.column_bits = tile_bits - plan.row_bits;
  plan.rows = plan.row_position.size();
  plan.columns = plan.column_position.size();
  plan.all_columns = std::uint64_t{1} << std::popcount(product.column_mask);
  return plan;
}

std::vector<ProductBlock> product_blocks(const Product& product, const ProductPlan& plan, std::uint64_t begin,
                                         std::uint64_t end) {
  std::vector<ProductBlock> blocks;
  if (begin >= end) return blocks;
  const std::uint64_t first = begin >> plan.tile_bits;
  const std::uint64_t last = (end - 1) >> plan.tile_bits;
  blocks.reserve(last - first + 1);
  for (std::uint64_t block = first; block <= last; ++block) {
    const std::uint64_t outcome = block << plan.tile_bits;
    blocks.push_back({outcome, extract(outcome, product.row_mask), extract(outcome, product.column_mask)});
  }
  const bool keep_columns = plan.columns >= plan.rows;
  std::sort(blocks.begin(), blocks.end(), [&](const ProductBlock& a, const ProductBlock& b) {
    if (keep_columns) return a.column != b.column ? a.column < b.column : a.row < b.row;
    return a.row != b.row ? a.row < b.row : a.column < b.column;
  });
  return blocks;
}

bool sends_operands_whole(const Product& product, const ProductPlan& plan,
                          std::span<const ProductBlock> blocks, std::uint64_t most_bytes) {
  const std::uint64_t all_rows = std::uint64_t{1} << std::popcount(product.row_mask);
  const std::uint64_t whole = (all_rows + plan.all_columns) * product.inner;
  if (whole > most_bytes / sizeof(double)) return false;
  std::uint64_t parts = 0;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (i == 0 || blocks[i].row != blocks[i - 1].row) parts += plan.rows * product.inner;
    if (i == 0 || blocks[i].column != blocks[i - 1].column) parts += plan.columns * product.inner;
  }
  return whole < parts;
}

std::uint64_t run_length(const ProductPlan& plan, std::uint64_t begin, std::uint64_t end) {
  const std::uint64_t both = begin | end;
  const std::uint64_t alignment = both & (~both + 1);  // lowest set bit
  return std::min({alignment, largest_run, std::uint64_t{1} << plan.tile_bits});
}

std::uint64_t consume_block(const ProductBlock& block, std::span<const double> values, std::uint64_t begin,
                            std::uint64_t end, std::uint64_t run, int threads,
                            std::span<Consumer* const> consumers) {
  const std::uint64_t from = std::max(begin, block.outcome);
  const std::uint64_t to = std::min(end, block.outcome + values.size());
  parallel_for((to - from) / run, threads, [&](std::size_t index, int worker) {
    const std::uint64_t outcome = from + index * run;
    const auto part = values.subspan(outcome - block.outcome, run);
    for (Consumer* const consumer : consumers) consumer->consume(outcome, part, worker);
  });
  return to - from;
}

}  // namespace kroncut::cuda
