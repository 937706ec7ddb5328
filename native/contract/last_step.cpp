#include "contract/last_step.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "contract/bits.hpp"
#include "contract/permute.hpp"
#include "core/error.hpp"

namespace kroncut {
namespace {

std::map<int, unsigned> positions_of(std::span<const int> order) {
  std::map<int, unsigned> positions;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (!positions.emplace(order[i], static_cast<unsigned>(i)).second) {
      throw Error(ErrorCode::input,
                  "outcome bit " + std::to_string(order[i]) + " is named twice in the order of the answer");
    }
  }
  return positions;
}

/// Mask of the answer's index bits that a tensor provides.
std::uint64_t mask_of(const Tensor& tensor, const std::map<int, unsigned>& positions) {
  std::uint64_t mask = 0;
  for (const int bit : tensor.bits) {
    const auto found = positions.find(bit);
    if (found == positions.end()) {
      throw Error(ErrorCode::input, "outcome bit " + std::to_string(bit) +
                                        " of a tensor is not in the order of the answer; reduce it first");
    }
    const std::uint64_t one = std::uint64_t{1} << found->second;
    if ((mask & one) != 0) {
      throw Error(ErrorCode::input, "outcome bit " + std::to_string(bit) + " appears twice in one tensor");
    }
    mask |= one;
  }
  return mask;
}

void check_bonds(const Tensor& tensor, const Tensor& other) {
  std::set<int> labels;
  for (const Bond& bond : tensor.bonds) {
    const auto found = std::find_if(other.bonds.begin(), other.bonds.end(),
                                    [&](const Bond& candidate) { return candidate.label == bond.label; });
    if (!labels.insert(bond.label).second || found == other.bonds.end() || found->extent != bond.extent) {
      throw Error(ErrorCode::input,
                  "bond " + std::to_string(bond.label) +
                      " must appear once in either tensor of the last product, with one extent");
    }
  }
}

/// Axes of a tensor: its bonds, then its bits, highest first.
std::vector<std::size_t> extents_of(const Tensor& tensor) {
  std::vector<std::size_t> extents;
  for (const Bond& bond : tensor.bonds) extents.push_back(bond.extent);
  extents.resize(extents.size() + tensor.bits.size(), 2);
  return extents;
}

/// Axis numbers of a tensor's bits, the one of the highest index bit of the answer first.
std::vector<std::size_t> bit_axes(const Tensor& tensor, const std::map<int, unsigned>& positions) {
  std::vector<std::size_t> bits(tensor.bits.size());
  for (std::size_t i = 0; i < bits.size(); ++i) bits[i] = i;
  std::sort(bits.begin(), bits.end(), [&](std::size_t a, std::size_t b) {
    return positions.at(tensor.bits[a]) > positions.at(tensor.bits[b]);
  });
  const std::size_t last = tensor.bonds.size() + tensor.bits.size() - 1;
  for (std::size_t& bit : bits) bit = last - bit;
  return bits;
}

bool any_nonzero(const double* values, std::size_t size) {
  return std::any_of(values, values + size, [](double value) { return value != 0.0; });
}

/// Joint bond indices, counted in the order of `columns`, at which neither tensor has a row of zeros.
std::vector<std::size_t> useful_indices(const Tensor& columns, const Tensor& rows) {
  std::vector<std::size_t> strides(columns.bonds.size());
  for (std::size_t i = 0; i < strides.size(); ++i) {
    std::size_t stride = 1;
    for (std::size_t j = rows.bonds.size(); j-- > 0 && rows.bonds[j].label != columns.bonds[i].label;) {
      stride *= rows.bonds[j].extent;
    }
    strides[i] = stride;
  }
  std::vector<std::size_t> useful;
  for (std::size_t index = 0; index < columns.bond_size(); ++index) {
    std::size_t other = 0;
    std::size_t rest = index;
    for (std::size_t i = strides.size(); i-- > 0;) {
      other += rest % columns.bonds[i].extent * strides[i];
      rest /= columns.bonds[i].extent;
    }
    if (any_nonzero(columns.values + index * columns.outcome_size(), columns.outcome_size()) &&
        any_nonzero(rows.values + other * rows.outcome_size(), rows.outcome_size())) {
      useful.push_back(index);
    }
  }
  return useful;
}

}  // namespace

PreparedProduct prepare_product(const std::shared_ptr<const Tensor>& first,
                                const std::shared_ptr<const Tensor>& second, std::span<const int> order,
                                int threads, Control& control) {
  if (order.size() > 62) {
    throw Error(ErrorCode::input, "an answer of " + std::to_string(order.size()) +
                                      " outcome bits is too long to be streamed; at most 62 are possible");
  }
  check_bonds(*first, *second);
  check_bonds(*second, *first);
  const auto positions = positions_of(order);
  const std::uint64_t first_mask = mask_of(*first, positions);
  const std::uint64_t second_mask = mask_of(*second, positions);
  const std::uint64_t wanted = low_mask(static_cast<unsigned>(order.size()));
  if ((first_mask & second_mask) != 0 || (first_mask | second_mask) != wanted) {
    const std::uint64_t shared = first_mask & second_mask;
    const std::uint64_t bad = shared != 0 ? shared : wanted & ~(first_mask | second_mask);
    throw Error(ErrorCode::input,
                "outcome bit " + std::to_string(order[static_cast<std::size_t>(std::countr_zero(bad))]) +
                    (shared != 0 ? " belongs to both tensors" : " belongs to neither tensor"));
  }
  const bool swap = (first_mask & 1) != 0;
  const std::shared_ptr<const Tensor> rows = swap ? second : first;
  const std::shared_ptr<const Tensor> columns = swap ? first : second;

  PreparedProduct prepared;
  prepared.bits = static_cast<unsigned>(order.size());
  prepared.product.row_mask = swap ? second_mask : first_mask;
  prepared.product.column_mask = swap ? first_mask : second_mask;
  const std::size_t inner = columns->bond_size();
  const std::size_t row_count = rows->outcome_size();
  const std::size_t column_count = columns->outcome_size();

  std::vector<std::size_t> right_order(columns->bonds.size());
  for (std::size_t i = 0; i < right_order.size(); ++i) right_order[i] = i;
  const auto column_axes = bit_axes(*columns, positions);
  right_order.insert(right_order.end(), column_axes.begin(), column_axes.end());
  std::vector<std::size_t> left_order = bit_axes(*rows, positions);
  for (const Bond& bond : columns->bonds) {
    const auto found = std::find_if(rows->bonds.begin(), rows->bonds.end(),
                                    [&](const Bond& candidate) { return candidate.label == bond.label; });
    left_order.push_back(static_cast<std::size_t>(found - rows->bonds.begin()));
  }
  prepared.left = AlignedArray<double>(row_count * inner);
  permute_axes(rows->values, extents_of(*rows), left_order, prepared.left.data(), threads, control);
  const auto right_extents = extents_of(*columns);
  const bool in_place = is_identity_permutation(right_extents, right_order);
  const double* right = columns->values;
  if (!in_place) {
    prepared.right = AlignedArray<double>(inner * column_count);
    permute_axes(columns->values, right_extents, right_order, prepared.right.data(), threads, control);
    right = prepared.right.data();
  }

  std::vector<std::size_t> useful = useful_indices(*columns, *rows);
  if (useful.empty()) useful.push_back(0);
  if (useful.size() < inner) {
    if (in_place) prepared.right = AlignedArray<double>(useful.size() * column_count);
    for (std::size_t i = 0; i < useful.size(); ++i) {
      std::memmove(prepared.right.data() + i * column_count, right + useful[i] * column_count,
                   column_count * sizeof(double));
    }
    right = prepared.right.data();
    double* const left = prepared.left.data();
    for (std::size_t row = 0; row < row_count; ++row) {
      for (std::size_t i = 0; i < useful.size(); ++i) {
        left[row * useful.size() + i] = left[row * inner + useful[i]];
      }
    }
  }
  prepared.product.inner = useful.size();
  prepared.product.left = prepared.left.data();
  prepared.product.right = right;
  prepared.tensor = columns;
  return prepared;
}

}  // namespace kroncut
