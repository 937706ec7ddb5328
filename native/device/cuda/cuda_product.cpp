#include "device/cuda/cuda_product.hpp"

#include <algorithm>
#include <limits>
#include <memory>

#include "device/cuda/launch.hpp"
#include "device/cuda/product_plan.hpp"
#include "device/cuda/transfer.hpp"

namespace kroncut::cuda {
namespace {

/// Device memory for the operands of one block of a product.
constexpr std::uint64_t operand_budget = std::uint64_t{1} << 30;
/// Device memory for the three tiles of a matrix product, in doubles: 1 GiB.
constexpr int multiply_budget_bits = 27;

/// c = a . b for dense row-major matrices on the device. BLAS counts by columns, and a row-major matrix read
/// by columns is its transpose: so it is asked for c^T = b^T . a^T.
void multiply_on_device(cublasHandle_t handle, std::size_t rows, std::size_t columns, std::size_t inner,
                        const double* a, const double* b, double* c) {
  const double one = 1;
  const double zero = 0;
  const auto m = static_cast<std::int64_t>(columns);
  const auto n = static_cast<std::int64_t>(rows);
  const auto k = static_cast<std::int64_t>(inner);
  check(cublasDgemm_64(handle, CUBLAS_OP_N, CUBLAS_OP_N, m, n, k, &one, b, m, a, k, &zero, c, m),
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

/// Memory of the blocks of a streamed product.
struct ProductBuffers {
  ProductBuffers(const Product& product, int tile_bits)
      : plan(plan_product(product, tile_bits)),
        row_position(plan.rows),
        column_position(plan.columns),
        left(plan.rows * product.inner),
        right(product.inner * plan.columns),
        dense(product.inner > own_kernel_inner ? plan.rows * plan.columns : 0),
        transfer(plan.rows * plan.columns) {}
  ProductPlan plan;
  DeviceArray<std::uint32_t> row_position;
  DeviceArray<std::uint32_t> column_position;
  DeviceArray<double> left;
  DeviceArray<double> right;
  DeviceArray<double> dense;  // what BLAS makes, before it is ordered
  Transfer transfer;
};

void upload(const DeviceArray<std::uint32_t>& to, const std::vector<std::uint32_t>& from,
            cudaStream_t stream) {
  check(cudaMemcpyAsync(to.get(), from.data(), from.size() * sizeof(std::uint32_t), cudaMemcpyHostToDevice,
                        stream),
        "copying positions to the device");
}

/// Puts blocks on the compute stream, uploading an operand only when it differs from the block before.
class BlockComputer {
 public:
  BlockComputer(BlasPool& blas, const Product& product, ProductBuffers& buffers)
      : product_(product),
        buffers_(buffers),
        stream_(buffers.transfer.compute_stream()),
        launch_(stream_),
        blas_(product.inner > own_kernel_inner ? std::make_unique<BlasPool::Loan>(blas, stream_) : nullptr) {
    upload(buffers.row_position, buffers.plan.row_position, stream_);
    upload(buffers.column_position, buffers.plan.column_position, stream_);
  }

  std::size_t compute(const ProductBlock& block, double* out) {
    const ProductPlan& plan = buffers_.plan;
    if (block.row != row_) {
      copy_rows(buffers_.left.get(), product_.inner, product_.left + block.row * product_.inner,
                product_.inner, product_.inner, plan.rows, cudaMemcpyHostToDevice, stream_);
      row_ = block.row;
    }
    if (block.column != column_) {
      copy_rows(buffers_.right.get(), plan.columns, product_.right + block.column, plan.all_columns,
                plan.columns, product_.inner, cudaMemcpyHostToDevice, stream_);
      column_ = block.column;
    }
    ProductTile tile;
    tile.left = buffers_.left.get();
    tile.right = buffers_.right.get();
    tile.out = out;
    tile.row_bits = plan.row_bits;
    tile.column_bits = plan.column_bits;
    tile.inner = product_.inner;
    tile.row_position = buffers_.row_position.get();
    tile.column_position = buffers_.column_position.get();
    if (blas_) {
      multiply_on_device(blas_->get(), plan.rows, plan.columns, product_.inner, tile.left, tile.right,
                         buffers_.dense.get());
      launch_.scatter_values(tile, buffers_.dense.get());
    } else {
      launch_.product(tile);
    }
    return plan.rows * plan.columns;
  }

 private:
  static constexpr std::uint64_t none = std::numeric_limits<std::uint64_t>::max();
  const Product& product_;
  ProductBuffers& buffers_;
  cudaStream_t stream_;
  StreamLaunch launch_;
  std::unique_ptr<BlasPool::Loan> blas_;
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
      multiply_on_device(handle.get(), height, width, inner, tiles->a.get(), tiles->b.get(), tiles->c.get());
      copy_rows(c + row * columns + column, columns, tiles->c.get(), width, width, height,
                cudaMemcpyDeviceToHost, stream);
      tiles->stream.wait();
      control.advance(height * width);
    }
  }
}

void stream_product(BlasPool& blas, const Product& product, std::uint64_t begin, std::uint64_t end,
                    Consumer& consumer, int threads, Control& control) {
  if (begin >= end) return;
  const auto buffers = halve_until_it_fits(choose_tile_bits(product, operand_budget), [&](int tile_bits) {
    return std::make_unique<ProductBuffers>(product, tile_bits);
  });
  const ProductPlan& plan = buffers->plan;
  const std::vector<ProductBlock> blocks = product_blocks(product, plan, begin, end);
  const std::uint64_t run = run_length(plan, begin, end);
  control.expect(end - begin);
  BlockComputer computer(blas, product, *buffers);
  buffers->transfer.run(
      blocks.size(),
      [&](std::size_t item, double* out) {
        control.check();
        return computer.compute(blocks[item], out);
      },
      [&](std::size_t item, const double* values) {
        const std::uint64_t consumed = consume_block(blocks[item], {values, plan.rows * plan.columns}, begin,
                                                     end, run, threads, consumer);
        control.advance(consumed);
      });
}

}  // namespace kroncut::cuda
