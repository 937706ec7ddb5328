#include "contract/network/network.hpp"

#include <algorithm>
#include <cstdint>
#include <set>

#include "contract/network/permute.hpp"
#include "core/aligned.hpp"
#include "core/error.hpp"
#include "core/npy.hpp"
#include "core/parallel.hpp"

namespace kroncut {
namespace {

std::size_t product_of(const std::vector<Bond>& bonds) {
  std::size_t size = 1;
  for (const Bond& bond : bonds) size *= bond.extent;
  return size;
}

void refuse_repeated_bonds(const Tensor& tensor) {
  std::set<int> labels;
  for (const Bond& bond : tensor.bonds) {
    if (!labels.insert(bond.label).second) {
      throw Error(ErrorCode::input, "bond " + std::to_string(bond.label) +
                                        " appears twice in one tensor; reduce the tensor before contracting");
    }
  }
}

/// Positions of the bonds of `tensor` that `other` has too, in the order of `by`, and of the rest.
struct Split {
  std::vector<std::size_t> shared;
  std::vector<std::size_t> open;
};

Split split_bonds(const Tensor& tensor, const Tensor& other, const Tensor& by) {
  const auto find = [](const Tensor& in, int label) {
    return std::find_if(in.bonds.begin(), in.bonds.end(),
                        [&](const Bond& bond) { return bond.label == label; });
  };
  Split split;
  for (const Bond& bond : by.bonds) {
    const auto mine = find(tensor, bond.label);
    const auto theirs = find(other, bond.label);
    if (mine == tensor.bonds.end() || theirs == other.bonds.end()) continue;
    if (mine->extent != theirs->extent) {
      throw Error(ErrorCode::input, "bond " + std::to_string(bond.label) + " has extent " +
                                        std::to_string(mine->extent) + " in one tensor and " +
                                        std::to_string(theirs->extent) + " in the other");
    }
    split.shared.push_back(static_cast<std::size_t>(mine - tensor.bonds.begin()));
  }
  for (std::size_t i = 0; i < tensor.bonds.size(); ++i) {
    if (std::find(split.shared.begin(), split.shared.end(), i) == split.shared.end()) split.open.push_back(i);
  }
  return split;
}

/// A tensor's values with its axes (bonds, then one axis of all outcomes) in another order, copied only where
/// that is necessary.
class Reordered {
 public:
  Reordered(const Tensor& tensor, const std::vector<std::size_t>& order, int threads, Control& control) {
    std::vector<std::size_t> extents;
    for (const Bond& bond : tensor.bonds) extents.push_back(bond.extent);
    extents.push_back(tensor.outcome_size());
    values_ = tensor.values;
    if (is_identity_permutation(extents, order)) return;
    copy_ = AlignedArray<double>(tensor.size());
    permute_axes(tensor.values, extents, order, copy_.data(), threads, control);
    values_ = copy_.data();
  }
  [[nodiscard]] const double* values() const noexcept { return values_; }

 private:
  AlignedArray<double> copy_;
  const double* values_ = nullptr;
};

}  // namespace

NewTensor allocate_tensor(std::vector<Bond> bonds, std::vector<int> bits) {
  NewTensor made;
  made.tensor.bonds = std::move(bonds);
  made.tensor.bits = std::move(bits);
  auto memory = std::make_shared<AlignedArray<double>>(made.tensor.size());
  made.values = memory->data();
  made.tensor.values = memory->data();
  made.tensor.owner = std::move(memory);
  return made;
}

std::vector<Tensor> open_tensors(const std::string& file, std::span<const int> labels,
                                 std::span<const int> bits, bool several) {
  const auto mapped = MappedNpy::open(file);
  const auto& shape = mapped->header().shape;
  const std::size_t first = several ? 1 : 0;
  const std::size_t axes = first + labels.size() + 1;
  if (shape.size() != axes || bits.size() > 62 || shape.back() != std::size_t{1} << bits.size()) {
    throw Error(ErrorCode::input, file + ": " + (several ? "tensors" : "a tensor") + " of " +
                                      std::to_string(labels.size()) + " bonds and " +
                                      std::to_string(bits.size()) + " outcome bits should have " +
                                      std::to_string(axes) + " axes, the last one holding 2^bits values");
  }
  Tensor tensor;
  tensor.bits.assign(bits.begin(), bits.end());
  for (std::size_t i = 0; i < labels.size(); ++i) tensor.bonds.push_back({labels[i], shape[first + i]});
  std::vector<Tensor> tensors(several ? shape[0] : 1, tensor);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (mapped->header().type == NpyType::float64) {
      tensors[i].values = mapped->float64().data() + i * tensor.size();
      tensors[i].owner = mapped;
      continue;
    }
    NewTensor made = allocate_tensor(tensor.bonds, tensor.bits);
    const auto source = mapped->float32().subspan(i * tensor.size(), tensor.size());
    std::copy(source.begin(), source.end(), made.values);
    tensors[i] = std::move(made.tensor);
  }
  return tensors;
}

Tensor contract(const Tensor& left, const Tensor& right, const Multiply& multiply, int threads,
                Control& control) {
  refuse_repeated_bonds(left);
  refuse_repeated_bonds(right);
  for (const int bit : right.bits) {
    if (std::find(left.bits.begin(), left.bits.end(), bit) != left.bits.end()) {
      throw Error(ErrorCode::input, "outcome bit " + std::to_string(bit) + " belongs to both tensors");
    }
  }
  const Split of_left = split_bonds(left, right, left);
  const Split of_right = split_bonds(right, left, left);
  std::vector<Bond> bonds;
  std::vector<Bond> right_open;
  for (const std::size_t i : of_left.open) bonds.push_back(left.bonds[i]);
  for (const std::size_t i : of_right.open) right_open.push_back(right.bonds[i]);
  const std::size_t left_open_size = product_of(bonds);
  const std::size_t right_open_size = product_of(right_open);
  bonds.insert(bonds.end(), right_open.begin(), right_open.end());
  std::vector<int> bits = left.bits;
  bits.insert(bits.end(), right.bits.begin(), right.bits.end());

  // Rows are (open bonds, outcomes) of `right` and columns those of `left`, whose outcomes are the low bits.
  std::vector<std::size_t> right_order = of_right.open;
  right_order.push_back(right.bonds.size());
  right_order.insert(right_order.end(), of_right.shared.begin(), of_right.shared.end());
  std::vector<std::size_t> left_order = of_left.shared;
  left_order.insert(left_order.end(), of_left.open.begin(), of_left.open.end());
  left_order.push_back(left.bonds.size());
  const Reordered a(right, right_order, threads, control);
  const Reordered b(left, left_order, threads, control);
  const std::size_t inner = left.bond_size() / left_open_size;
  const std::size_t rows = right_open_size * right.outcome_size();
  const std::size_t columns = left_open_size * left.outcome_size();

  NewTensor made = allocate_tensor(std::move(bonds), std::move(bits));
  const std::vector<std::size_t> extents{right_open_size, right.outcome_size(), left_open_size,
                                         left.outcome_size()};
  const std::vector<std::size_t> order{2, 0, 1, 3};
  if (is_identity_permutation(extents, order)) {
    multiply(rows, columns, inner, a.values(), b.values(), made.values);
  } else {
    AlignedArray<double> raw(rows * columns);
    multiply(rows, columns, inner, a.values(), b.values(), raw.data());
    permute_axes(raw.data(), extents, order, made.values, threads, control);
  }
  return made.tensor;
}

}  // namespace kroncut
