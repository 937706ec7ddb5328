/// Sampling from a contraction tree; the rest of `TensorTree` is in tensor_tree.cpp.
#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <numeric>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "contract/product/stream_product.hpp"
#include "contract/tree/tensor_tree.hpp"
#include "core/error.hpp"
#include "core/parallel.hpp"

namespace kroncut {
namespace {

/// Likelihoods that a batch holds at once.
constexpr std::size_t most_likelihoods = std::size_t{1} << 22;
/// Tensors with fewer outcomes are not worth a matrix product.
constexpr std::size_t least_columns = 64;

/// A number in [0, 1) that is a function of some whole numbers: 52 bits of a chain of mixers (splitmix64,
/// Steele, Lea and Flood 2014).
double uniform(std::initializer_list<std::uint64_t> parts) {
  std::uint64_t state = 0;
  for (const std::uint64_t part : parts) {
    state += part + 0x9e3779b97f4a7c15;
    state = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9;
    state = (state ^ (state >> 27)) * 0x94d049bb133111eb;
    state ^= state >> 31;
  }
  return static_cast<double>(state >> 12) * 0x1p-52;
}

/// A distribution, not normalised, that indices are drawn from; values below zero count as zero. What is
/// summed is kept in blocks, so that the next index takes a look at the blocks and at one of them.
class Distribution {
 public:
  explicit Distribution(std::span<const double> values) : values_(values) {
    for (std::size_t first = 0; first < values.size(); first += block) {
      double sum = 0;
      for (const double value : part(first)) sum += std::max(0.0, value);
      sums_.push_back(sum);
      total_ += sum;
    }
  }

  /// The index that u in [0, 1) falls on. The last one with a positive value where rounding leads beyond it,
  /// 0 where there is none.
  [[nodiscard]] std::size_t choose(double u) const {
    double rest = u * total_;
    std::size_t last = 0;
    for (std::size_t k = 0; k < sums_.size(); ++k) {
      if (sums_[k] <= 0) continue;
      last = k * block;
      if (rest >= sums_[k] && k + 1 < sums_.size()) {
        rest -= sums_[k];
        continue;
      }
      for (std::size_t i = last; i < last + part(k * block).size(); ++i) {
        if (values_[i] <= 0) continue;
        rest -= values_[i];
        if (rest < 0) return i;
      }
    }
    for (std::size_t i = last + part(last).size(); i > last; --i) {
      if (values_[i - 1] > 0) return i - 1;
    }
    return 0;
  }

 private:
  static constexpr std::size_t block = 64;

  [[nodiscard]] std::span<const double> part(std::size_t first) const {
    return values_.subspan(first, std::min(block, values_.size() - first));
  }

  std::span<const double> values_;
  std::vector<double> sums_;
  double total_ = 0;
};

/// For what lies around a tensor, several times ([times][size]), how likely its outcomes are: likelihood
/// [times][outcomes].
void find_likelihoods(const Tensor& tensor, std::span<const double> around, std::size_t size,
                      std::span<double> likelihood) {
  const std::size_t outcomes = tensor.outcome_size();
  const std::size_t times = around.size() / size;
  if (outcomes >= least_columns) {
    Control steps;  // whose progress is not that of the samples
    multiply(times, outcomes, size, around.data(), tensor.values, likelihood.data(), 1, steps);
    return;
  }
  std::fill_n(likelihood.begin(), times * outcomes, 0.0);
  for (std::size_t i = 0; i < around.size(); ++i) {
    const double* const values = tensor.values + i % size * outcomes;
    double* const sums = likelihood.data() + i / size * outcomes;
    for (std::size_t x = 0; x < outcomes; ++x) sums[x] += around[i] * values[x];
  }
}

}  // namespace

/// Draws the samples of a batch.
class TensorTree::Sampler {
 public:
  using Values = std::vector<double>;

  /// `summed[node]`: the node with the outcomes of its leaves summed away.
  Sampler(const TensorTree& tree, const std::vector<Values>& summed, std::uint64_t seed, std::uint64_t first,
          std::size_t rows, std::uint64_t* drawn)
      : tree_(tree), summed_(summed), seed_(seed), first_(first), rows_(rows), drawn_(drawn) {}

  /// `outside`: [rows][size], all that is not below the node, scaled so that what is below sums to 1. Gives
  /// the node with its drawn outcomes, scaled in the same way.
  Values visit(std::size_t number, const Values& outside, Control& control) const {
    const Node& node = tree_.nodes_[number];
    if (node.leaf) return draw(number, outside, control);
    const std::size_t left_size = node.p * node.shared;
    const std::size_t right_size = node.q * node.shared;
    Values left;
    {
      Values around(rows_ * left_size);
      const Values& other = summed_[node.right];
      Values term(node.q * node.shared);
      for (std::size_t i = 0; i < right_size; ++i) term[i] = other[node.right_place[i]];
      for (std::size_t row = 0; row < rows_; ++row) {
        const double* const from = outside.data() + row * node.size;
        double* const to = around.data() + row * left_size;
        for (std::size_t p = 0; p < node.p; ++p) {
          for (std::size_t w = 0; w < node.shared; ++w) {
            double sum = 0;
            for (std::size_t q = 0; q < node.q; ++q) sum += from[p * node.q + q] * term[q * node.shared + w];
            to[node.left_place[p * node.shared + w]] = sum;
          }
        }
      }
      left = arranged(visit(node.left, around, control), node.left_place);
    }
    Values around(rows_ * right_size);
    for (std::size_t row = 0; row < rows_; ++row) {
      const double* const from = outside.data() + row * node.size;
      const double* const drawn = left.data() + row * left_size;
      double* const to = around.data() + row * right_size;
      for (std::size_t q = 0; q < node.q; ++q) {
        for (std::size_t w = 0; w < node.shared; ++w) {
          double sum = 0;
          for (std::size_t p = 0; p < node.p; ++p) sum += from[p * node.q + q] * drawn[p * node.shared + w];
          to[node.right_place[q * node.shared + w]] = sum;
        }
      }
    }
    const Values right = arranged(visit(node.right, around, control), node.right_place);
    Values result(rows_ * node.size);
    for (std::size_t row = 0; row < rows_; ++row) {
      const double* const a = left.data() + row * left_size;
      const double* const b = right.data() + row * right_size;
      double* const to = result.data() + row * node.size;
      for (std::size_t p = 0; p < node.p; ++p) {
        for (std::size_t q = 0; q < node.q; ++q) {
          double sum = 0;
          for (std::size_t w = 0; w < node.shared; ++w)
            sum += a[p * node.shared + w] * b[q * node.shared + w];
          to[p * node.q + q] = sum;
        }
      }
    }
    return result;
  }

 private:
  Values draw(std::size_t number, const Values& outside, Control& control) const;

  Values arranged(Values values, const std::vector<std::uint32_t>& place) const {
    Values entry(place.size());
    for (std::size_t first = 0; first < values.size(); first += place.size()) {
      std::copy_n(values.data() + first, place.size(), entry.begin());
      for (std::size_t i = 0; i < place.size(); ++i) values[first + i] = entry[place[i]];
    }
    return values;
  }

  const TensorTree& tree_;
  const std::vector<Values>& summed_;
  std::uint64_t seed_;
  std::uint64_t first_;
  std::size_t rows_;
  std::uint64_t* drawn_;
};

TensorTree::Sampler::Values TensorTree::Sampler::draw(std::size_t number, const Values& outside,
                                                      Control& control) const {
  control.check();
  const Tensor& tensor = *tree_.leaves_[number].front();
  const std::size_t size = tree_.nodes_[number].size;
  const std::size_t outcomes = tensor.outcome_size();
  // Samples that agree so far share the distribution of what is drawn next.
  std::unordered_map<std::string_view, std::size_t> known;
  std::vector<std::size_t> entry(rows_);
  Values different;
  for (std::size_t row = 0; row < rows_; ++row) {
    const double* const around = outside.data() + row * size;
    const std::string_view bytes(reinterpret_cast<const char*>(around), size * sizeof(double));
    const auto [found, is_new] = known.try_emplace(bytes, known.size());
    entry[row] = found->second;
    if (is_new) different.insert(different.end(), around, around + size);
  }
  std::vector<std::vector<std::size_t>> rows_of(known.size());
  for (std::size_t row = 0; row < rows_; ++row) rows_of[entry[row]].push_back(row);
  Values result(rows_ * size);
  const std::size_t together = std::clamp<std::size_t>(most_likelihoods / outcomes, 1, known.size());
  Values likelihood(together * outcomes);
  for (std::size_t first = 0; first < known.size(); first += together) {
    const std::size_t here = std::min(together, known.size() - first);
    find_likelihoods(tensor, {different.data() + first * size, here * size}, size, likelihood);
    for (std::size_t k = 0; k < here; ++k) {
      control.check();
      const std::span<const double> values =
          std::span<const double>(likelihood).subspan(k * outcomes, outcomes);
      const Distribution distribution(values);
      for (const std::size_t row : rows_of[first + k]) {
        const double u = uniform({seed_, first_ + row, number});
        const std::size_t x = outcomes == 1 ? 0 : distribution.choose(u);
        drawn_[row * tree_.leaf_count() + number] = x;
        // Scaled to sum to 1 again: the probability of a whole outcome may be below what a double can hold.
        const double weight = outcomes == 1 || values[x] == 0 ? 1 : values[x];
        for (std::size_t i = 0; i < size; ++i) {
          result[row * size + i] = tensor.values[i * outcomes + x] / weight;
        }
      }
    }
  }
  return result;
}

std::vector<std::uint64_t> TensorTree::draw(std::uint64_t seed, std::uint64_t begin, std::uint64_t end,
                                            int threads, Control& control) const {
  if (begin > end) throw Error(ErrorCode::input, "samples begin after they end");
  std::vector<Sampler::Values> summed(nodes_.size());
  parallel_for(leaves_.size(), threads, [&](std::size_t leaf, int) {
    const Tensor& tensor = *leaves_[leaf].front();
    const std::size_t outcomes = tensor.outcome_size();
    summed[leaf].resize(nodes_[leaf].size);
    for (std::size_t i = 0; i < nodes_[leaf].size; ++i) {
      double sum = 0;
      for (std::size_t x = 0; x < outcomes; ++x) sum += tensor.values[i * outcomes + x];
      summed[leaf][i] = sum;
    }
  });
  for (std::size_t number = leaves_.size(); number < nodes_.size(); ++number) {
    const Node& node = nodes_[number];
    Sampler::Values& values = summed[number];
    values.resize(node.size);
    for (std::size_t p = 0; p < node.p; ++p) {
      for (std::size_t q = 0; q < node.q; ++q) {
        for (std::size_t w = 0; w < node.shared; ++w) {
          values[p * node.q + q] += summed[node.left][node.left_place[p * node.shared + w]] *
                                    summed[node.right][node.right_place[q * node.shared + w]];
        }
      }
    }
  }
  // The sum of all probabilities: every value of every tensor is in it.
  if (!summed.empty() && !std::isfinite(std::accumulate(summed.back().begin(), summed.back().end(), 0.0))) {
    throw Error(ErrorCode::internal, "there is nothing to draw: a tensor holds numbers that are not finite");
  }
  const auto count = static_cast<std::size_t>(end - begin);
  std::vector<std::uint64_t> result(count * leaf_count());
  const auto share = std::max<std::size_t>(1, count / (4 * static_cast<std::size_t>(std::max(1, threads))));
  const std::size_t rows = std::min(rows_together(count), share);
  control.expect(count);
  parallel_for((count + rows - 1) / rows, threads, [&](std::size_t task, int) {
    const std::size_t first = task * rows;
    const std::size_t here = std::min(rows, count - first);
    const Sampler sampler(*this, summed, seed, begin + first, here, result.data() + first * leaf_count());
    sampler.visit(nodes_.size() - 1, Sampler::Values(here, 1.0), control);
    control.advance(here);
  });
  return result;
}

}  // namespace kroncut
