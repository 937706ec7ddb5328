#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

#include "device/cuda/product/product_kernels.hpp"

namespace kroncut::cuda {

/// The kernels of product_kernels.hpp on a stream, see runtime/device_code.hpp.
class ProductLaunch {
 public:
  explicit ProductLaunch(cudaStream_t stream) : stream_(stream) {}

  void product(const ProductTile& tile);
  void scatter_values(const ProductTile& tile, const double* dense);

 private:
  cudaStream_t stream_;
};

}  // namespace kroncut::cuda
