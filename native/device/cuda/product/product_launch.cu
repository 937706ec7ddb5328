#include "device/cuda/product/product_launch.hpp"
#include "device/cuda/runtime/grid.cuh"

namespace kroncut::cuda {
namespace {

__global__ void __launch_bounds__(product_threads) product_kernel(ProductTile tile) {
  __shared__ double left_shared[product_left_size];
  __shared__ double right_shared[product_right_size];
  const int thread = static_cast<int>(threadIdx.x);
  const std::uint64_t blocks = tile_blocks(tile);
  for (std::uint64_t block = blockIdx.x; block < blocks; block += gridDim.x) {
    double sums[16] = {};
    for (std::uint64_t bond = 0; bond < tile.inner; bond += product_depth) {
      product_load(tile, block, bond, thread, left_shared, right_shared);
      __syncthreads();
      const std::uint64_t left = tile.inner - bond;
      const int depth = left < product_depth ? static_cast<int>(left) : product_depth;
      product_accumulate(depth, thread, left_shared, right_shared, sums);
      __syncthreads();
    }
    product_store(tile, block, thread, sums);
  }
}

__global__ void scatter_kernel(ProductTile tile, const double* dense, std::uint64_t count) {
  for (std::uint64_t e = first_index(); e < count; e += index_stride()) scatter_value(tile, dense, e);
}

}  // namespace

void ProductLaunch::product(const ProductTile& tile) {
  const std::uint64_t blocks = tile_blocks(tile);
  const auto grid = static_cast<unsigned>(blocks < most_blocks ? blocks : most_blocks);
  product_kernel<<<grid, product_threads, 0, stream_>>>(tile);
  check(cudaGetLastError(), "multiplying a tile");
}

void ProductLaunch::scatter_values(const ProductTile& tile, const double* dense) {
  const std::uint64_t count = tile_rows(tile) * tile_columns(tile);
  scatter_kernel<<<grid_size(count), threads_per_block, 0, stream_>>>(tile, dense, count);
  check(cudaGetLastError(), "ordering a tile");
}

}  // namespace kroncut::cuda
