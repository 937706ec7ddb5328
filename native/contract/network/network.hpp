#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "contract/network/tensor.hpp"
#include "core/control.hpp"

namespace kroncut {

/// What a query does with one outcome bit of a tensor: keep it, sum over it, fix it, or sum weighed by
/// (-1)^bit.
enum class BitAction { keep, sum, fix0, fix1, weigh };

/// c = a . b of a back end, bound to its threads and control; see Backend::multiply.
using Multiply = std::function<void(std::size_t rows, std::size_t columns, std::size_t inner, const double* a,
                                    const double* b, double* c)>;

/// A tensor with memory of its own, values not yet set, and where to set them.
struct NewTensor {
  Tensor tensor;
  double* values = nullptr;
};
NewTensor allocate_tensor(std::vector<Bond> bonds, std::vector<int> bits);

/// Opens a tensor file (.npy): its leading axes are the bonds with labels `labels`, its last axis holds the
/// outcomes whose bits are `bits`. float64 files stay mapped, float32 files are converted. Throws
/// Error(input), naming the file, where the shape does not fit. With `several` an axis before the bonds
/// numbers tensors of one shape; without, there is one.
std::vector<Tensor> open_tensors(const std::string& file, std::span<const int> labels,
                                 std::span<const int> bits, bool several);
inline Tensor open_tensor(const std::string& file, std::span<const int> labels, std::span<const int> bits) {
  return std::move(open_tensors(file, labels, bits, false).front());
}

/// Sums over the bonds that both tensors have. What stays: the other bonds, then all bits, those of `left`
/// first. Throws Error(input) where a bond has two extents, appears twice in one tensor (reduce traces it),
/// or where both tensors have one outcome bit.
Tensor contract(const Tensor& left, const Tensor& right, const Multiply& multiply, int threads,
                Control& control);

/// Applies one action per outcome bit; bits that are not kept disappear. Bonds whose label appears twice
/// (both ends of the cut lie in this tensor) are traced. The order of summation is fixed.
Tensor reduce(const Tensor& tensor, std::span<const BitAction> actions, int threads, Control& control);

}  // namespace kroncut
