#include <array>
#include <bit>
#include <mutex>
#include <set>
#include <vector>

#include "core/testing.hpp"
#include "device/cuda/product/product_plan.hpp"
#include "device/cuda/simulated/host_launch.hpp"
#include "device/cuda/simulated/random_programs.hpp"

namespace kroncut::cuda {
namespace {

/// Checks the rules of runs and collects them.
class Collector final : public Consumer {
 public:
  explicit Collector(std::size_t size) : values(size, nan), taken(size, 0) {}
  void consume(std::uint64_t begin, std::span<const double> run, int) override {
    const std::lock_guard lock(mutex_);
    lengths.insert(run.size());
    aligned = aligned && std::has_single_bit(run.size()) && begin % run.size() == 0;
    for (std::size_t i = 0; i < run.size(); ++i) {
      values[begin + i] = run[i];
      ++taken[begin + i];
    }
  }
  static constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> values;
  std::vector<int> taken;
  std::set<std::size_t> lengths;
  bool aligned = true;

 private:
  std::mutex mutex_;
};

struct Operands {
  Product product;
  std::vector<double> left;
  std::vector<double> right;
};

Operands random_operands(Random& random, int bits, std::size_t inner, std::uint64_t column_mask) {
  Operands result;
  result.product.inner = inner;
  result.product.column_mask = column_mask;
  result.product.row_mask = ((std::uint64_t{1} << bits) - 1) & ~column_mask;
  result.left.resize(inner << std::popcount(result.product.row_mask));
  result.right.resize(inner << std::popcount(column_mask));
  for (double& value : result.left) value = uniform(random, -1, 1);
  for (double& value : result.right) value = uniform(random, -1, 1);
  result.product.left = result.left.data();
  result.product.right = result.right.data();
  return result;
}

double reference_value(const Product& product, std::uint64_t outcome) {
  const std::uint64_t columns = std::uint64_t{1} << std::popcount(product.column_mask);
  std::uint64_t row = 0;
  std::uint64_t column = 0;
  int row_bit = 0;
  int column_bit = 0;
  for (int bit = 0; bit < 64; ++bit) {
    const std::uint64_t value = (outcome >> bit) & 1;
    if (((product.row_mask >> bit) & 1) != 0) row |= value << row_bit++;
    if (((product.column_mask >> bit) & 1) != 0) column |= value << column_bit++;
  }
  double sum = 0;
  for (std::size_t k = 0; k < product.inner; ++k) {
    sum += product.left[row * product.inner + k] * product.right[k * columns + column];
  }
  return sum;
}

/// What the device does with a range: blocks in their order, operand rows and columns copied to dense tiles,
/// the kernel, runs to the consumer.
void run_blocks(const Product& product, int tile_bits, std::uint64_t begin, std::uint64_t end, bool by_blas,
                Consumer& consumer) {
  const ProductPlan plan = plan_product(product, tile_bits);
  const std::uint64_t run = run_length(plan, begin, end);
  std::uint64_t consumed = 0;
  for (const auto& block : product_blocks(product, plan, begin, end)) {
    const std::vector<double> left(product.left + block.row * product.inner,
                                   product.left + (block.row + plan.rows) * product.inner);
    std::vector<double> right;
    for (std::size_t k = 0; k < product.inner; ++k) {
      const double* const row = product.right + k * plan.all_columns + block.column;
      right.insert(right.end(), row, row + plan.columns);
    }
    std::vector<double> out(plan.rows * plan.columns, Collector::nan);
    ProductTile tile;
    tile.left = left.data();
    tile.right = right.data();
    tile.out = out.data();
    tile.row_bits = plan.row_bits;
    tile.column_bits = plan.column_bits;
    tile.inner = product.inner;
    tile.right_stride = plan.columns;
    tile.row_position = plan.row_position.data();
    tile.column_position = plan.column_position.data();
    if (by_blas) {
      std::vector<double> dense(out.size());
      for (std::size_t row = 0; row < plan.rows; ++row) {
        for (std::size_t column = 0; column < plan.columns; ++column) {
          for (std::size_t k = 0; k < product.inner; ++k) {
            dense[row * plan.columns + column] +=
                left[row * product.inner + k] * right[k * plan.columns + column];
          }
        }
      }
      HostLaunch().scatter_values(tile, dense.data());
    } else {
      HostLaunch().product(tile);
    }
    consumed += consume_block(block, out, begin, end, run, 2, std::array{&consumer});
  }
  KRONCUT_CHECK(consumed == end - begin);
}

KRONCUT_TEST(cuda_product_blocks_make_every_outcome_once) {
  Random random(11);
  for (int round = 0; round < 40; ++round) {
    const int bits = 1 + pick(random, 11);
    const std::uint64_t size = std::uint64_t{1} << bits;
    const std::size_t inner = static_cast<std::size_t>(1 + pick(random, 40));
    const std::uint64_t column_mask =
        round == 0 ? size - 1
                   : static_cast<std::uint64_t>(pick(random, static_cast<int>(size))) | (round % 8 != 1);
    const auto operands = random_operands(random, bits, inner, column_mask);
    const int tile_bits = pick(random, bits + 1);
    const std::uint64_t unit = std::uint64_t{1} << pick(random, bits + 1);
    const std::uint64_t begin =
        static_cast<std::uint64_t>(pick(random, static_cast<int>(size / unit))) * unit;
    const std::uint64_t end =
        begin +
        (1 + static_cast<std::uint64_t>(pick(random, static_cast<int>((size - begin) / unit)))) * unit;
    Collector collector(size);
    run_blocks(operands.product, tile_bits, begin, end, round % 3 == 0, collector);
    KRONCUT_CHECK(collector.aligned);
    KRONCUT_CHECK(collector.lengths.size() == 1);
    for (std::uint64_t outcome = 0; outcome < size; ++outcome) {
      const bool inside = begin <= outcome && outcome < end;
      KRONCUT_CHECK(collector.taken[outcome] == (inside ? 1 : 0));
      if (inside) {
        KRONCUT_CHECK_NEAR(collector.values[outcome], reference_value(operands.product, outcome), 1e-13);
      }
    }
  }
}

KRONCUT_TEST(cuda_product_kernel_handles_every_shape_of_tile) {
  Random random(12);
  for (const auto& [row_bits, column_bits, inner] :
       {std::array{0, 9, 64}, std::array{9, 0, 3}, std::array{7, 7, 17}, std::array{3, 8, 16},
        std::array{8, 2, 33}, std::array{6, 6, 4}, std::array{0, 0, 5}}) {
    const int bits = row_bits + column_bits;
    const auto operands =
        random_operands(random, bits, static_cast<std::size_t>(inner), (std::uint64_t{1} << column_bits) - 1);
    Collector collector(std::size_t{1} << bits);
    run_blocks(operands.product, bits, 0, std::uint64_t{1} << bits, false, collector);
    for (std::uint64_t outcome = 0; outcome < std::uint64_t{1} << bits; ++outcome) {
      KRONCUT_CHECK_NEAR(collector.values[outcome], reference_value(operands.product, outcome), 1e-13);
    }
  }
}

KRONCUT_TEST(cuda_product_values_do_not_depend_on_the_range) {
  Random random(13);
  const auto operands = random_operands(random, 10, 30, 0b1010110101);
  Collector whole(1024);
  run_blocks(operands.product, 7, 0, 1024, false, whole);
  Collector parts(1024);
  for (const auto& [begin, end] : {std::array{0, 48}, std::array{48, 352}, std::array{352, 1024}}) {
    run_blocks(operands.product, 7, static_cast<std::uint64_t>(begin), static_cast<std::uint64_t>(end), false,
               parts);
  }
  KRONCUT_CHECK(whole.values == parts.values);
}

KRONCUT_TEST(cuda_product_tiles_keep_their_operands_within_the_budget) {
  for (const std::size_t inner : {std::size_t{1}, std::size_t{16}, std::size_t{1024}, std::size_t{1} << 20}) {
    for (const std::uint64_t column_mask : {0xffffffffffULL, 0x5555555555ULL, 0x1ULL, 0xfULL << 36 | 1}) {
      Product product;
      product.inner = inner;
      product.column_mask = column_mask;
      product.row_mask = 0xffffffffffULL & ~column_mask;
      const std::uint64_t budget = std::uint64_t{1} << 26;
      const int bits = choose_tile_bits(product, budget);
      KRONCUT_CHECK(plan_product(product, bits).operand_bytes(inner) <= budget);
      KRONCUT_CHECK(bits == 22 || plan_product(product, bits + 1).operand_bytes(inner) > budget);
    }
  }
}

KRONCUT_TEST(cuda_product_operands_are_sent_whole_where_that_is_less) {
  Product product;
  product.inner = 3;
  product.row_mask = 0b1111100000;
  product.column_mask = 0b0000011111;
  const ProductPlan plan = plan_product(product, 7);  // four rows, all columns
  const auto all = product_blocks(product, plan, 0, 1024);
  const std::uint64_t whole = 64 * 3 * sizeof(double);
  // The columns stay, and every row comes once: no more than the operands are.
  KRONCUT_CHECK(!sends_operands_whole(product, plan, all, whole));
  // Blocks of one row and half of the columns: rows come twice.
  const ProductPlan halves = plan_product(product, 4);
  const auto many = product_blocks(product, halves, 0, 1024);
  KRONCUT_CHECK(sends_operands_whole(product, halves, many, whole));
  KRONCUT_CHECK(!sends_operands_whole(product, halves, many, whole - 1));
  KRONCUT_CHECK(!sends_operands_whole(product, halves, product_blocks(product, halves, 0, 32), whole));
}

KRONCUT_TEST(cuda_product_blocks_keep_the_larger_operand) {
  Product product;
  product.row_mask = 0b1111100000;
  product.column_mask = 0b0000011111;
  // Blocks of 2^4: one row, 16 columns. The two column tiles are walked one after the other.
  const auto blocks = product_blocks(product, plan_product(product, 4), 0, 1024);
  KRONCUT_CHECK(blocks.size() == 64);
  int changes = 0;
  for (std::size_t i = 1; i < blocks.size(); ++i) changes += blocks[i].column != blocks[i - 1].column ? 1 : 0;
  KRONCUT_CHECK(changes == 1);
}

}  // namespace
}  // namespace kroncut::cuda
