#pragma once

#include <memory>
#include <span>

#include "contract/network/tensor.hpp"
#include "contract/product/product.hpp"
#include "core/aligned.hpp"
#include "core/control.hpp"

namespace kroncut {

/// A Product with the memory it points into.
struct PreparedProduct {
  Product product;
  unsigned bits = 0;  // of the answer's index
  AlignedArray<double> left;
  AlignedArray<double> right;
  std::shared_ptr<const Tensor> tensor;  // whose values `product.right` may be
};

/// Turns two tensors that share all their bonds into the matrices of the last step. Bit i of the answer's
/// index is outcome bit order[i]; the tensor that has order[0] becomes the columns. Either may be without
/// bits or without bonds. Values of the joint bond index for which a whole row of either tensor is zero are
/// left out, which changes no sum. Throws Error(input) for a bond that only one tensor has or that appears
/// twice, and where the bits of both tensors are not those of `order`, each once.
PreparedProduct prepare_product(const std::shared_ptr<const Tensor>& first,
                                const std::shared_ptr<const Tensor>& second, std::span<const int> order,
                                int threads, Control& control);

}  // namespace kroncut
