#include "contract/product/last_step.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "contract/network/network.hpp"
#include "contract/network/permute.hpp"
#include "core/bits.hpp"
#include "core/error.hpp"
#include "core/parallel.hpp"

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

/// A joint bond index of the last product, as either tensor counts it.
struct BondIndex {
  std::size_t column = 0;
  std::size_t row = 0;
};

/// All joint bond indices in the order of `columns`.
std::vector<BondIndex> bond_indices(const Tensor& columns, const Tensor& rows) {
  std::vector<std::size_t> strides(columns.bonds.size());
  for (std::size_t i = 0; i < strides.size(); ++i) {
    std::size_t stride = 1;
    for (std::size_t j = rows.bonds.size(); j-- > 0 && rows.bonds[j].label != columns.bonds[i].label;) {
      stride *= rows.bonds[j].extent;
    }
    strides[i] = stride;
  }
  std::vector<BondIndex> indices(columns.bond_size());
  for (std::size_t index = 0; index < indices.size(); ++index) {
    std::size_t other = 0;
    std::size_t rest = index;
    for (std::size_t i = strides.size(); i-- > 0;) {
      other += rest % columns.bonds[i].extent * strides[i];
      rest /= columns.bonds[i].extent;
    }
    indices[index] = {index, other};
  }
  return indices;
}

/// Those at which neither tensor has zeros alone; at least one.
std::vector<BondIndex> useful_indices(const Tensor& columns, const Tensor& rows, int threads) {
  const std::vector<BondIndex> all = bond_indices(columns, rows);
  std::vector<char> useful(all.size());
  parallel_for(all.size(), threads, [&](std::size_t i, int) {
    const std::size_t length = columns.outcome_size();
    const std::size_t other = rows.outcome_size();
    const bool both = any_nonzero(columns.values + all[i].column * length, length) &&
                      any_nonzero(rows.values + all[i].row * other, other);
    useful[i] = both ? 1 : 0;
  });
  std::vector<BondIndex> kept;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (useful[i] != 0) kept.push_back(all[i]);
  }
  if (kept.empty()) kept.push_back(all.front());
  return kept;
}

/// The tensor with a single bond, whose components are those at the given indices of its bonds.
template <typename Index>
Tensor with_components(const Tensor& tensor, std::size_t count, int threads, Index index) {
  NewTensor made = allocate_tensor({{0, count}}, tensor.bits);
  const std::size_t length = tensor.outcome_size();
  parallel_for(count, threads, [&](std::size_t i, int) {
    std::memcpy(made.values + i * length, tensor.values + index(i) * length, length * sizeof(double));
  });
  return made.tensor;
}

/// Puts the values of both tensors in the order in which the product reads them, copying only where that is
/// necessary. `columns` must stay.
void arrange(PreparedProduct& prepared, const Tensor& columns, const Tensor& rows,
             const std::map<int, unsigned>& positions, int threads, Control& control) {
  const std::size_t inner = columns.bond_size();
  std::vector<std::size_t> right_order(columns.bonds.size());
  for (std::size_t i = 0; i < right_order.size(); ++i) right_order[i] = i;
  const auto column_axes = bit_axes(columns, positions);
  right_order.insert(right_order.end(), column_axes.begin(), column_axes.end());
  std::vector<std::size_t> left_order = bit_axes(rows, positions);
  for (const Bond& bond : columns.bonds) {
    const auto found = std::find_if(rows.bonds.begin(), rows.bonds.end(),
                                    [&](const Bond& candidate) { return candidate.label == bond.label; });
    left_order.push_back(static_cast<std::size_t>(found - rows.bonds.begin()));
  }
  prepared.left = AlignedArray<double>(rows.outcome_size() * inner);
  permute_axes(rows.values, extents_of(rows), left_order, prepared.left.data(), threads, control);
  const auto right_extents = extents_of(columns);
  const double* right = columns.values;
  if (!is_identity_permutation(right_extents, right_order)) {
    prepared.right = AlignedArray<double>(inner * columns.outcome_size());
    permute_axes(columns.values, right_extents, right_order, prepared.right.data(), threads, control);
    right = prepared.right.data();
  }
  prepared.product.inner = inner;
  prepared.product.left = prepared.left.data();
  prepared.product.right = right;
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
  prepared.tensor = columns;
  const std::vector<BondIndex> useful = useful_indices(*columns, *rows, threads);
  if (useful.size() < columns->bond_size()) {
    const Tensor few_columns =
        with_components(*columns, useful.size(), threads, [&](std::size_t i) { return useful[i].column; });
    const Tensor few_rows =
        with_components(*rows, useful.size(), threads, [&](std::size_t i) { return useful[i].row; });
    prepared.tensor = std::make_shared<const Tensor>(few_columns);
    arrange(prepared, *prepared.tensor, few_rows, positions, threads, control);
  } else {
    arrange(prepared, *columns, *rows, positions, threads, control);
  }
  return prepared;
}

}  // namespace kroncut
