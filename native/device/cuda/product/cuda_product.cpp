#include "device/cuda/product/cuda_product.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <memory>

#include "device/cuda/product/block_reducer.hpp"
#include "device/cuda/product/product_launch.hpp"
#include "device/cuda/product/product_plan.hpp"
#include "device/cuda/runtime/transfer.hpp"

namespace kroncut::cuda {
namespace {

/// Device memory for the operands of one block of a product.
constexpr std::uint64_t operand_budget = std::uint64_t{1} << 30;
/// Device memory for operands that are sent whole: that much, and no more than a part of what is free, since
/// other ranks and BLAS need some.
constexpr std::uint64_t whole_operand_budget = std::uint64_t{1} << 32;
constexpr std::uint64_t whole_operand_part = 4;
/// Device memory for the three tiles of a matrix product, in doubles: 1 GiB.
constexpr int multiply_budget_bits = 27;

/// c = a . b for row-major matrices on the device, the rows of b being `b_stride` apart. BLAS counts by
/// columns, and a row-major matrix read by columns is its transpose: so it is asked for c^T = b^T . a^T.
void multiply_on_device(cublasHandle_t handle, std::size_t rows, std::size_t columns, std::size_t inner,
                        const double* a, const double* b, std::size_t b_stride, double* c) {
  const double one = 1;
  const double zero = 0;
  const auto m = static_cast<std::int64_t>(columns);
  const auto n = static_cast<std::int64_t>(rows);
  const auto k = static_cast<std::int64_t>(inner);
  const auto stride = static_cast<std::int64_t>(b_stride);
  check(cublasDgemm_64(handle, CUBLAS_OP_N, CUBLAS_OP_N, m, n, k, &one, b, stride, a, k, &zero, c, m),
        "multiplying matrices");
}

/// Tiles of a matrix product: `rows` x `columns` of c with all of `inner`.
struct MultiplyTiles {
  MultiplyTiles(std::size_t all_rows, std::size_t all_columns, std::size_t inner, int budget_bits)
      : rows(all_rows), columns(all_columns) {
    const std::size_t budget = std::size_t{1} << budget_bits;
    while ((rows > 1 || columns > 1) && rows * columns + (rows + columns) * inner > budget) {
      std::size_t& larger = rows > columns ? rows : columns;
      larger = (larger + 1) / 2;
    }
    a = DeviceArray<double>(rows * inner);
    b = DeviceArray<double>(inner * columns);
    c = DeviceArray<double>(rows * columns);
  }
  std::size_t rows;
  std::size_t columns;
  DeviceArray<double> a;
  DeviceArray<double> b;
  DeviceArray<double> c;
  Stream stream;
};

/// The range of a streamed product, in blocks, and device memory for their operands: both whole, or those of
/// one block.
struct BlockOperands {
  BlockOperands(const Product& product, int tile_bits, std::uint64_t begin, std::uint64_t end,
                std::uint64_t whole_budget)
      : plan(plan_product(product, tile_bits)),
        blocks(product_blocks(product, plan, begin, end)),
        row_position(plan.rows),
        column_position(plan.columns),
        dense(product.inner > own_kernel_inner ? plan.rows * plan.columns : 0),
        whole(sends_operands_whole(product, plan, blocks, whole_budget)),
        left(product.inner * (whole ? std::uint64_t{1} << std::popcount(product.row_mask) : plan.rows)),
        right(product.inner * (whole ? plan.all_columns : plan.columns)) {}
  ProductPlan plan;
  std::vector<ProductBlock> blocks;
  DeviceArray<std::uint32_t> row_position;
  DeviceArray<std::uint32_t> column_position;
  DeviceArray<double> dense;  // what BLAS makes, before it is ordered
  bool whole;
  DeviceArray<double> left;
  DeviceArray<double> right;
};

/// Blocks of the answer, and what comes to the host of them.
struct StreamedBlocks {
  StreamedBlocks(PinnedPool& pinned, const Reductions& wanted, const Product& product, int tile_bits,
                 std::uint64_t begin, std::uint64_t end, std::uint64_t whole_budget, int threads)
      : operands(product, tile_bits, begin, end, whole_budget),
        reducer(pinned, wanted, operands.plan, begin, end, threads),
        transfer(pinned, reducer.size(), reducer.sent_size()) {}
  BlockOperands operands;
  BlockReducer reducer;
  Transfer transfer;
};

/// With whole operands where they fit, with smaller blocks where memory is short.
std::unique_ptr<StreamedBlocks> make_blocks(PinnedPool& pinned, const Reductions& wanted,
                                            const Product& product, std::uint64_t begin, std::uint64_t end,
                                            int threads) {
  std::size_t free = 0;
  std::size_t total = 0;
  check(cudaMemGetInfo(&free, &total), "asking for the device's free memory");
  const std::uint64_t budget = std::min<std::uint64_t>(whole_operand_budget, free / whole_operand_part);
  return halve_until_it_fits(choose_tile_bits(product, operand_budget), [&](int tile_bits) {
    const auto make = [&](std::uint64_t whole_budget) {
      return std::make_unique<StreamedBlocks>(pinned, wanted, product, tile_bits, begin, end, whole_budget,
                                              threads);
    };
    try {
      return make(budget);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::memory) throw;
      return make(0);
    }
  });
}

void upload(const DeviceArray<std::uint32_t>& to, const std::vector<std::uint32_t>& from,
            cudaStream_t stream) {
  check(cudaMemcpyAsync(to.get(), from.data(), from.size() * sizeof(std::uint32_t), cudaMemcpyHostToDevice,
                        stream),
        "copying positions to the device");
}

/// Puts blocks on the compute stream, uploading an operand only when it differs from the block before.
class BlockComputer {
 public:
  BlockComputer(BlasPool& blas, const Product& product, const BlockOperands& buffers, cudaStream_t stream)
      : product_(product),
        buffers_(buffers),
        stream_(stream),
        launch_(stream_),
        blas_(product.inner > own_kernel_inner ? std::make_unique<BlasPool::Loan>(blas, stream_) : nullptr) {
    upload(buffers.row_position, buffers.plan.row_position, stream_);
    upload(buffers.column_position, buffers.plan.column_position, stream_);
    if (!buffers.whole) return;
    send_rows(0, buffers.left.size() / product.inner);
    send_columns(0, buffers.plan.all_columns);
  }

  void compute(const ProductBlock& block, double* out) {
    const ProductPlan& plan = buffers_.plan;
    ProductTile tile;
    tile.left = buffers_.left.get();
    tile.right = buffers_.right.get();
    tile.right_stride = buffers_.whole ? plan.all_columns : plan.columns;
    if (buffers_.whole) {
      tile.left += block.row * product_.inner;
      tile.right += block.column;
    } else {
      if (block.row != row_) send_rows(block.row, plan.rows);
      if (block.column != column_) send_columns(block.column, plan.columns);
      row_ = block.row;
      column_ = block.column;
    }
    tile.out = out;
    tile.row_bits = plan.row_bits;
    tile.column_bits = plan.column_bits;
    tile.inner = product_.inner;
    tile.row_position = buffers_.row_position.get();
    tile.column_position = buffers_.column_position.get();
    if (blas_) {
      multiply_on_device(blas_->get(), plan.rows, plan.columns, product_.inner, tile.left, tile.right,
                         tile.right_stride, buffers_.dense.get());
      launch_.scatter_values(tile, buffers_.dense.get());
    } else {
      launch_.product(tile);
    }
  }

 private:
  /// Some rows of the left operand, or columns of the right one, to where the device keeps them.
  void send_rows(std::uint64_t first, std::uint64_t count) const {
    copy_rows(buffers_.left.get(), product_.inner, product_.left + first * product_.inner, product_.inner,
              product_.inner, count, cudaMemcpyHostToDevice, stream_);
  }
  void send_columns(std::uint64_t first, std::uint64_t count) const {
    copy_rows(buffers_.right.get(), count, product_.right + first, buffers_.plan.all_columns, count,
              product_.inner, cudaMemcpyHostToDevice, stream_);
  }

  static constexpr std::uint64_t none = std::numeric_limits<std::uint64_t>::max();
  const Product& product_;
  const BlockOperands& buffers_;
  cudaStream_t stream_;
  ProductLaunch launch_;
  std::unique_ptr<BlasPool::Loan> blas_;
  /// Of the operands of a block that are there.
  std::uint64_t row_ = none;
  std::uint64_t column_ = none;
};

}  // namespace

void multiply(BlasPool& blas, std::size_t rows, std::size_t columns, std::size_t inner, const double* a,
              const double* b, double* c, Control& control) {
  if (rows == 0 || columns == 0) return;
  if (inner == 0) {
    std::fill(c, c + rows * columns, 0.0);
    return;
  }
  const auto tiles = halve_until_it_fits(multiply_budget_bits, [&](int bits) {
    return std::make_unique<MultiplyTiles>(rows, columns, inner, bits);
  });
  const cudaStream_t stream = tiles->stream.get();
  const BlasPool::Loan handle(blas, stream);
  control.expect(rows * columns);
  for (std::size_t row = 0; row < rows; row += tiles->rows) {
    const std::size_t height = std::min(tiles->rows, rows - row);
    copy_rows(tiles->a.get(), inner, a + row * inner, inner, inner, height, cudaMemcpyHostToDevice, stream);
    for (std::size_t column = 0; column < columns; column += tiles->columns) {
      control.check();
      const std::size_t width = std::min(tiles->columns, columns - column);
      if (row == 0 || tiles->columns < columns) {
        copy_rows(tiles->b.get(), width, b + column, columns, width, inner, cudaMemcpyHostToDevice, stream);
      }
      multiply_on_device(handle.get(), height, width, inner, tiles->a.get(), tiles->b.get(), width,
                         tiles->c.get());
      copy_rows(c + row * columns + column, columns, tiles->c.get(), width, width, height,
                cudaMemcpyDeviceToHost, stream);
      tiles->stream.wait();
      control.advance(height * width);
    }
  }
}

void stream_product(BlasPool& blas, PinnedPool& pinned, const Product& product, std::uint64_t begin,
                    std::uint64_t end, Consumer& consumer, int threads, Control& control) {
  if (begin >= end) return;
  control.expect(end - begin);
  Reductions wanted;
  consumer.ask(wanted);
  const auto streamed = make_blocks(pinned, wanted, product, begin, end, threads);
  const std::vector<ProductBlock>& blocks = streamed->operands.blocks;
  BlockReducer& reducer = streamed->reducer;
  Transfer& transfer = streamed->transfer;
  const cudaStream_t stream = transfer.compute_stream();
  BlockComputer computer(blas, product, streamed->operands, stream);
  transfer.run(
      blocks.size(),
      [&](std::size_t item, double* device) {
        control.check();
        computer.compute(blocks[item], device + reducer.block_begin());
        reducer.reduce(item, blocks[item], device, stream);
        return reducer.sent_size();
      },
      [&](std::size_t item, const double* host) {
        control.advance(reducer.consume(blocks[item], transfer.device(item), host));
      });
}

}  // namespace kroncut::cuda
