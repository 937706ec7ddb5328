#pragma once

#include "contract/product/product.hpp"
#include "core/control.hpp"
#include "device/cuda/runtime/cuda_device.hpp"

namespace kroncut::cuda {

/// Backend::multiply on the current device, by cuBLAS.
void multiply(BlasPool& blas, std::size_t rows, std::size_t columns, std::size_t inner, const double* a,
              const double* b, double* c, Control& control);

/// Backend::stream_product on the current device. Blocks stay there and are reduced; only where a
/// consumer needs the values (`Consumer::ask`) they travel, while the next one is made.
void stream_product(BlasPool& blas, PinnedPool& pinned, const Product& product, std::uint64_t begin,
                    std::uint64_t end, Consumer& consumer, int threads, Control& control);

}  // namespace kroncut::cuda
