#include "contract/tree/tensor_tree.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

#include "contract/tree/tensor_tree_wide.hpp"
#include "core/error.hpp"
#include "core/parallel.hpp"

namespace kroncut {
namespace {

/// Values of a node that are held at once for all rows of a batch.
constexpr std::size_t batch_values = std::size_t{1} << 22;
constexpr std::size_t most_rows = 1024;
/// From this size of a node on, what rows share is worth more than rows side by side.
constexpr std::size_t wide_node = std::size_t{1} << 14;

const Bond* find_bond(const std::vector<Bond>& bonds, int label) {
  const auto found =
      std::find_if(bonds.begin(), bonds.end(), [&](const Bond& bond) { return bond.label == label; });
  return found == bonds.end() ? nullptr : &*found;
}

std::size_t size_of(const std::vector<Bond>& bonds) {
  std::size_t size = 1;
  for (const Bond& bond : bonds) size *= bond.extent;
  return size;
}

/// For each index over the bonds `wanted`, row-major, that over the same bonds in the order `own`.
std::vector<std::uint32_t> places(const std::vector<Bond>& own, const std::vector<Bond>& wanted) {
  std::vector<std::size_t> strides(wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    strides[i] = 1;
    for (std::size_t j = own.size(); j-- > 0 && own[j].label != wanted[i].label;) strides[i] *= own[j].extent;
  }
  std::vector<std::uint32_t> result(size_of(own));
  std::vector<std::size_t> digits(wanted.size(), 0);
  std::size_t place = 0;
  for (std::uint32_t& entry : result) {
    entry = static_cast<std::uint32_t>(place);
    for (std::size_t i = wanted.size(); i-- > 0;) {
      place += strides[i];
      if (++digits[i] < wanted[i].extent) break;
      place -= digits[i] * strides[i];
      digits[i] = 0;
    }
  }
  return result;
}

}  // namespace

TensorTree::TensorTree(std::vector<std::vector<TensorPtr>> leaves, std::span<const Join> joins)
    : leaves_(std::move(leaves)) {
  for (const auto& tensors : leaves_) {
    if (tensors.empty()) throw Error(ErrorCode::input, "every leaf of a contraction tree needs a tensor");
    Node& node = nodes_.emplace_back();
    node.bonds = tensors.front()->bonds;
    node.size = size_of(node.bonds);
    for (const TensorPtr& tensor : tensors) {
      const bool same =
          std::equal(tensor->bonds.begin(), tensor->bonds.end(), node.bonds.begin(), node.bonds.end(),
                     [](const Bond& a, const Bond& b) { return a.label == b.label && a.extent == b.extent; });
      if (!same) throw Error(ErrorCode::input, "the tensors of a leaf must have the same bonds");
    }
  }
  std::vector<bool> used(leaves_.size() + joins.size(), false);
  for (const auto& [left, right] : joins) {
    if (left >= nodes_.size() || right >= nodes_.size() || left == right || used[left] || used[right]) {
      throw Error(ErrorCode::input, "the joins of a contraction tree must name nodes before them, each once");
    }
    used[left] = used[right] = true;
    join(left, right);
  }
  if (leaves_.empty() || joins.size() + 1 != leaves_.size() || !nodes_.back().bonds.empty()) {
    throw Error(ErrorCode::input, "a contraction tree must join all its leaves, and all their bonds");
  }
}

void TensorTree::join(std::size_t left, std::size_t right) {
  Node node;
  node.leaf = false;
  node.left = left;
  node.right = right;
  const auto& left_bonds = nodes_[left].bonds;
  const auto& right_bonds = nodes_[right].bonds;
  std::vector<Bond> shared;
  for (const Bond& bond : left_bonds) {
    const Bond* const other = find_bond(right_bonds, bond.label);
    if (other != nullptr && other->extent != bond.extent) {
      throw Error(ErrorCode::input, "bond " + std::to_string(bond.label) + " has two extents");
    }
    (other == nullptr ? node.bonds : shared).push_back(bond);
  }
  std::vector<Bond> left_order = node.bonds;
  std::vector<Bond> right_order;
  for (const Bond& bond : right_bonds) {
    if (find_bond(shared, bond.label) == nullptr) right_order.push_back(bond);
  }
  node.p = size_of(left_order);
  node.q = size_of(right_order);
  node.shared = size_of(shared);
  node.size = node.p * node.q;
  node.bonds.insert(node.bonds.end(), right_order.begin(), right_order.end());
  left_order.insert(left_order.end(), shared.begin(), shared.end());
  right_order.insert(right_order.end(), shared.begin(), shared.end());
  node.left_place = places(left_bonds, left_order);
  node.right_place = places(right_bonds, right_order);
  nodes_.push_back(std::move(node));
}

std::size_t TensorTree::largest_node() const noexcept {
  std::size_t largest = 1;
  for (const Node& node : nodes_) largest = std::max(largest, node.size);
  return largest;
}

void TensorTree::require_outcome(std::size_t leaf, std::uint32_t choice, std::uint64_t outcome) const {
  const auto& tensors = leaves_[leaf];
  if (choice < tensors.size() && outcome < tensors[choice]->outcome_size()) return;
  throw Error(ErrorCode::input, "leaf " + std::to_string(leaf) + " of a contraction tree has no outcome " +
                                    std::to_string(outcome) + " of tensor " + std::to_string(choice));
}

std::size_t TensorTree::rows_together(std::size_t count) const {
  return std::clamp<std::size_t>(batch_values / largest_node(), 1,
                                 std::min(most_rows, std::max<std::size_t>(1, count)));
}

/// What a node is for each row of a batch: rows that agree below the node have one entry.
struct TensorTree::Table {
  std::vector<std::uint32_t> entry_of;  // by row
  std::vector<double> entries;          // each `size` values
};

/// Rows that are contracted together.
class TensorTree::Batch {
 public:
  Batch(const TensorTree& tree, std::span<const std::uint32_t> choices,
        std::span<const std::uint64_t> outcomes)
      : tree_(tree), choices_(choices), outcomes_(outcomes), rows_(choices.size() / tree.leaf_count()) {}

  [[nodiscard]] Table table(std::size_t number) const {
    const Node& node = tree_.nodes_[number];
    if (node.leaf) return leaf(number);
    const Table left = arranged(table(node.left), node.left_place);
    const Table right = arranged(table(node.right), node.right_place);
    Table result;
    result.entry_of.resize(rows_);
    std::unordered_map<std::uint64_t, std::uint32_t> known;
    for (std::size_t row = 0; row < rows_; ++row) {
      const std::uint64_t key = std::uint64_t{left.entry_of[row]} << 32 | right.entry_of[row];
      const auto [found, is_new] = known.try_emplace(key, static_cast<std::uint32_t>(known.size()));
      result.entry_of[row] = found->second;
      if (!is_new) continue;
      const double* const a = left.entries.data() + left.entry_of[row] * node.p * node.shared;
      const double* const b = right.entries.data() + right.entry_of[row] * node.q * node.shared;
      for (std::size_t p = 0; p < node.p; ++p) {
        for (std::size_t q = 0; q < node.q; ++q) {
          double sum = 0;
          for (std::size_t w = 0; w < node.shared; ++w)
            sum += a[p * node.shared + w] * b[q * node.shared + w];
          result.entries.push_back(sum);
        }
      }
    }
    return result;
  }

 private:
  [[nodiscard]] Table leaf(std::size_t number) const {
    Table result;
    result.entry_of.resize(rows_);
    std::unordered_map<std::uint64_t, std::unordered_map<std::uint32_t, std::uint32_t>> known;
    std::uint32_t count = 0;
    for (std::size_t row = 0; row < rows_; ++row) {
      const std::uint32_t choice = choices_[row * tree_.leaf_count() + number];
      const std::uint64_t outcome = outcomes_[row * tree_.leaf_count() + number];
      const auto& tensors = tree_.leaves_[number];
      tree_.require_outcome(number, choice, outcome);
      const auto [found, is_new] = known[outcome].try_emplace(choice, count);
      result.entry_of[row] = found->second;
      if (!is_new) continue;
      ++count;
      const Tensor& tensor = *tensors[choice];
      const std::size_t stride = tensor.outcome_size();
      for (std::size_t i = 0; i < tree_.nodes_[number].size; ++i) {
        result.entries.push_back(tensor.values[i * stride + outcome]);
      }
    }
    return result;
  }

  static Table arranged(Table table, const std::vector<std::uint32_t>& place) {
    std::vector<double> entry(place.size());
    for (std::size_t first = 0; first < table.entries.size(); first += place.size()) {
      double* const values = table.entries.data() + first;
      std::copy(values, values + place.size(), entry.begin());
      for (std::size_t i = 0; i < place.size(); ++i) values[i] = entry[place[i]];
    }
    return table;
  }

  const TensorTree& tree_;
  std::span<const std::uint32_t> choices_;
  std::span<const std::uint64_t> outcomes_;
  std::size_t rows_;
};

std::vector<double> TensorTree::values(std::span<const std::uint32_t> choices,
                                       std::span<const std::uint64_t> outcomes, int threads,
                                       Control& control) const {
  if (choices.size() != outcomes.size() || choices.size() % leaf_count() != 0) {
    throw Error(ErrorCode::input, "a contraction tree needs a choice and an outcome for every leaf of a row");
  }
  if (largest_node() >= wide_node) return WideTree(*this, threads, control).values(choices, outcomes);
  const std::size_t count = choices.size() / leaf_count();
  std::vector<double> result(count);
  const std::size_t rows = rows_together(count);
  control.expect(count);
  parallel_for((count + rows - 1) / rows, threads, [&](std::size_t task, int) {
    control.check();
    const std::size_t first = task * rows;
    const std::size_t here = std::min(rows, count - first);
    const std::size_t leaves = leaf_count();
    const Batch batch(*this, choices.subspan(first * leaves, here * leaves),
                      outcomes.subspan(first * leaves, here * leaves));
    const Table table = batch.table(nodes_.size() - 1);
    for (std::size_t row = 0; row < here; ++row) result[first + row] = table.entries[table.entry_of[row]];
    control.advance(here);
  });
  return result;
}

}  // namespace kroncut
