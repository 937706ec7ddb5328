#include <algorithm>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "contract/network/dot.hpp"
#include "contract/tree/tensor_tree_wide.hpp"
#include "core/aligned.hpp"
#include "core/error.hpp"
#include "core/parallel.hpp"

namespace kroncut {
namespace {

/// Values that joins hold for all rows of a batch.
constexpr std::size_t wide_batch_values = std::size_t{1} << 26;
/// Multiply-adds that are worth another thread.
constexpr std::size_t piece = std::size_t{1} << 15;

/// Values that are arranged at once where a sum is long: those of all entries stay in a thread's cache.
constexpr std::size_t arranged_values = std::size_t{1} << 12;
constexpr std::size_t most_arranged = 256;
/// Values of the sums of single blocks.
constexpr std::size_t most_partial = std::size_t{1} << 22;

bool is_identity(const std::vector<std::uint32_t>& place) {
  for (std::size_t i = 0; i < place.size(); ++i) {
    if (place[i] != i) return false;
  }
  return true;
}

/// A sum as `multiply_long` adds it, so that what a value is asked with makes no difference.
double stretched_dot(const double* a, const double* b, std::size_t length) {
  double sum = 0;
  for (std::size_t w = 0; w < length; w += arranged_values) {
    sum += dot(a + w, b + w, std::min(arranged_values, length - w));
  }
  return sum;
}

/// Numbers pairs as they come.
class Numbers {
 public:
  std::uint32_t of(std::uint64_t first, std::uint64_t second) {
    auto& own = known_[first];
    const auto [found, is_new] = own.try_emplace(second, static_cast<std::uint32_t>(pairs_.size()));
    if (is_new) pairs_.emplace_back(first, second);
    return found->second;
  }
  [[nodiscard]] const std::vector<std::pair<std::uint64_t, std::uint64_t>>& pairs() const { return pairs_; }

 private:
  std::unordered_map<std::uint64_t, std::unordered_map<std::uint64_t, std::uint32_t>> known_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> pairs_;
};

}  // namespace

/// What a node is for the rows: those that agree below it have one entry.
struct WideTree::Entries {
  std::vector<std::uint32_t> entry_of;  // by row
  std::vector<const double*> values;
  std::vector<AlignedArray<double>> owned;

  void add(std::size_t size) {
    owned.emplace_back(size);
    values.push_back(owned.back().data());
  }
};

/// An operand of a join, in the order that its product wants.
class WideTree::Operand {
 public:
  Operand(const Entries& entries, const std::vector<std::uint32_t>& place)
      : entries_(entries), place_(place), plain_(is_identity(place)) {}

  /// Keeps all entries, for use in any order.
  void keep(int threads) {
    for (std::size_t i = 0; !plain_ && i < entries_.values.size(); ++i) {
      kept_.emplace_back(place_.size());
      arrange(i, kept_.back().data(), threads);
    }
  }

  /// One entry; where they are not kept, until the next one is asked for.
  const double* at(std::size_t entry, int threads) {
    if (plain_) return entries_.values[entry];
    if (!kept_.empty()) return kept_[entry].data();
    if (scratch_.size() == 0) scratch_ = AlignedArray<double>(place_.size());
    arrange(entry, scratch_.data(), threads);
    return scratch_.data();
  }

  [[nodiscard]] std::size_t size() const { return entries_.values.size() * place_.size(); }

 private:
  void arrange(std::size_t entry, double* to, int threads) const {
    const double* const from = entries_.values[entry];
    parallel_for((place_.size() + piece - 1) / piece, threads, [&](std::size_t part, int) {
      const std::size_t end = std::min(place_.size(), (part + 1) * piece);
      for (std::size_t i = part * piece; i < end; ++i) to[i] = from[place_[i]];
    });
  }

  const Entries& entries_;
  const std::vector<std::uint32_t>& place_;
  bool plain_;
  std::vector<AlignedArray<double>> kept_;
  AlignedArray<double> scratch_;
};

std::vector<double> WideTree::values(std::span<const std::uint32_t> choices,
                                     std::span<const std::uint64_t> outcomes) const {
  const std::size_t leaves = tree_.leaf_count();
  const std::size_t count = choices.size() / leaves;
  std::vector<double> result;
  control_.expect(count);
  while (result.size() < count) {
    const std::size_t first = result.size() * leaves;
    const std::size_t rows = rows_that_fit(choices.subspan(first), outcomes.subspan(first));
    const Entries root = entries(tree_.nodes_.size() - 1, choices.subspan(first, rows * leaves),
                                 outcomes.subspan(first, rows * leaves));
    for (const std::uint32_t entry : root.entry_of) result.push_back(root.values[entry][0]);
    control_.advance(rows);
  }
  return result;
}

std::size_t WideTree::rows_that_fit(std::span<const std::uint32_t> choices,
                                    std::span<const std::uint64_t> outcomes) const {
  const std::size_t leaves = tree_.leaf_count();
  std::vector<Numbers> numbers(tree_.nodes_.size());
  std::vector<std::uint32_t> entry(tree_.nodes_.size());
  std::size_t held = 0;
  for (std::size_t row = 0; row < choices.size() / leaves; ++row) {
    for (std::size_t i = 0; i < tree_.nodes_.size(); ++i) {
      const TensorTree::Node& node = tree_.nodes_[i];
      const std::size_t before = numbers[i].pairs().size();
      entry[i] = node.leaf ? numbers[i].of(choices[row * leaves + i], outcomes[row * leaves + i])
                           : numbers[i].of(entry[node.left], entry[node.right]);
      if (!node.leaf && numbers[i].pairs().size() > before) held += node.size;
    }
    if (row > 0 && held > wide_batch_values) return row;
  }
  return choices.size() / leaves;
}

WideTree::Entries WideTree::entries(std::size_t number, std::span<const std::uint32_t> choices,
                                    std::span<const std::uint64_t> outcomes) const {
  const TensorTree::Node& node = tree_.nodes_[number];
  if (node.leaf) return leaf(number, choices, outcomes);
  const Entries left = entries(node.left, choices, outcomes);
  const Entries right = entries(node.right, choices, outcomes);
  Entries result;
  Numbers numbers;
  for (std::size_t row = 0; row < left.entry_of.size(); ++row) {
    result.entry_of.push_back(numbers.of(left.entry_of[row], right.entry_of[row]));
  }
  for (std::size_t i = 0; i < numbers.pairs().size(); ++i) result.add(node.size);
  if (multiply_long(node, left, right, numbers.pairs(), result)) return result;
  Operand a(left, node.left_place);
  Operand b(right, node.right_place);
  // One entry of the larger operand after another, beside all of the smaller one.
  const bool by_left = a.size() >= b.size();
  (by_left ? b : a).keep(threads_);
  std::vector<std::size_t> order(numbers.pairs().size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto outer = [&](std::size_t i) {
    return by_left ? numbers.pairs()[i].first : numbers.pairs()[i].second;
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t i, std::size_t j) { return outer(i) < outer(j); });
  for (std::size_t begin = 0; begin < order.size();) {
    control_.check();
    std::vector<Product> products;
    const std::size_t first = begin;
    const double* const own = (by_left ? a : b).at(outer(order[first]), threads_);
    for (; begin < order.size() && outer(order[begin]) == outer(order[first]); ++begin) {
      const auto& [left_entry, right_entry] = numbers.pairs()[order[begin]];
      products.push_back({by_left ? own : a.at(left_entry, threads_),
                          by_left ? b.at(right_entry, threads_) : own, result.owned[order[begin]].data()});
    }
    multiply(node, products);
  }
  return result;
}

WideTree::Entries WideTree::leaf(std::size_t number, std::span<const std::uint32_t> choices,
                                 std::span<const std::uint64_t> outcomes) const {
  const std::size_t leaves = tree_.leaf_count();
  const auto& tensors = tree_.leaves_[number];
  Entries result;
  Numbers numbers;
  for (std::size_t row = 0; row < choices.size() / leaves; ++row) {
    const std::uint32_t choice = choices[row * leaves + number];
    const std::uint64_t outcome = outcomes[row * leaves + number];
    tree_.require_outcome(number, choice, outcome);
    const std::size_t before = numbers.pairs().size();
    result.entry_of.push_back(numbers.of(choice, outcome));
    if (numbers.pairs().size() == before) continue;
    const Tensor& tensor = *tensors[choice];
    const std::size_t stride = tensor.outcome_size();
    if (stride == 1) {
      result.values.push_back(tensor.values);
      continue;
    }
    result.add(tree_.nodes_[number].size);
    double* const to = result.owned.back().data();
    for (std::size_t i = 0; i < tree_.nodes_[number].size; ++i) to[i] = tensor.values[i * stride + outcome];
  }
  return result;
}

bool WideTree::multiply_long(const TensorTree::Node& node, const Entries& left, const Entries& right,
                             const std::vector<std::pair<std::uint64_t, std::uint64_t>>& pairs,
                             Entries& result) const {
  const std::size_t outputs = node.p * node.q;
  const std::size_t blocks = (node.shared + piece - 1) / piece;
  const std::size_t left_rows = left.values.size() * node.p;
  const std::size_t rows = left_rows + right.values.size() * node.q;
  const std::size_t sums = pairs.size() * outputs;
  if (blocks < 2 || rows > most_arranged || sums > most_partial / blocks) return false;
  std::vector<double> partial(blocks * sums);
  std::vector<AlignedArray<double>> arranged(static_cast<std::size_t>(threads_));
  parallel_for(blocks, threads_, [&](std::size_t block, int thread) {
    control_.check();
    auto& own = arranged[static_cast<std::size_t>(thread)];
    if (own.size() == 0) own = AlignedArray<double>(rows * arranged_values);
    const std::size_t end = std::min(node.shared, (block + 1) * piece);
    for (std::size_t w = block * piece; w < end; w += arranged_values) {
      const std::size_t length = std::min(arranged_values, end - w);
      const auto arrange = [&](const Entries& entries, const std::vector<std::uint32_t>& place,
                               std::size_t count, double* to) {
        for (const double* const from : entries.values) {
          for (std::size_t i = 0; i < count; ++i, to += arranged_values) {
            const std::uint32_t* const at = place.data() + i * node.shared + w;
            for (std::size_t k = 0; k < length; ++k) to[k] = from[at[k]];
          }
        }
      };
      double* const b = own.data() + left_rows * arranged_values;
      arrange(left, node.left_place, node.p, own.data());
      arrange(right, node.right_place, node.q, b);
      double* to = partial.data() + block * sums;
      for (const auto& [left_entry, right_entry] : pairs) {
        for (std::size_t i = 0; i < outputs; ++i) {
          *to++ += dot(own.data() + (left_entry * node.p + i / node.q) * arranged_values,
                       b + (right_entry * node.q + i % node.q) * arranged_values, length);
        }
      }
    }
  });
  for (std::size_t i = 0; i < sums; ++i) {
    double sum = 0;
    for (std::size_t block = 0; block < blocks; ++block) sum += partial[block * sums + i];
    result.owned[i / outputs].data()[i % outputs] = sum;
  }
  return true;
}

void WideTree::multiply(const TensorTree::Node& node, const std::vector<Product>& products) const {
  const std::size_t outputs = node.p * node.q;
  const std::size_t blocks = (node.shared + piece - 1) / piece;
  const std::size_t block = std::min(node.shared, piece);
  // Where a sum is long its blocks are added apart, otherwise some outputs are one task.
  const std::size_t rows = blocks > 1 ? outputs : std::max<std::size_t>(1, piece / block);
  const std::size_t chunks = (outputs + rows - 1) / rows;
  std::vector<double> partial(blocks > 1 ? products.size() * blocks * outputs : 0);
  parallel_for(products.size() * chunks * blocks, threads_, [&](std::size_t task, int) {
    control_.check();
    const Product& product = products[task / blocks / chunks];
    const std::size_t w = task % blocks * block;
    const std::size_t length = std::min(block, node.shared - w);
    const std::size_t first = task / blocks % chunks * rows;
    double* const to = blocks > 1 ? partial.data() + task * outputs : product.to;
    for (std::size_t i = first; i < std::min(outputs, first + rows); ++i) {
      to[i] = stretched_dot(product.left + i / node.q * node.shared + w,
                            product.right + i % node.q * node.shared + w, length);
    }
  });
  for (std::size_t k = 0; blocks > 1 && k < products.size(); ++k) {
    for (std::size_t i = 0; i < outputs; ++i) {
      double sum = 0;
      for (std::size_t j = 0; j < blocks; ++j) sum += partial[(k * blocks + j) * outputs + i];
      products[k].to[i] = sum;
    }
  }
}

}  // namespace kroncut
