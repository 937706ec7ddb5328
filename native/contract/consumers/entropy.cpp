#include "contract/consumers/entropy.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "contract/consumers/logarithm.hpp"
#include "contract/consumers/scan.hpp"
#include "core/error.hpp"

namespace kroncut {
namespace {

/// Kinds of sums; the last two need weights.
enum Kind : std::size_t { entropy, collision, negative_sum, cross_entropy, missing_weight };
constexpr std::size_t plain_kinds = 3;
constexpr std::size_t all_kinds = 5;

/// -p ln q where both are positive, and p where q is not, summed over a block.
struct Weighed {
  double cross_entropy = 0;
  double missing_weight = 0;
  std::uint64_t missing = 0;
};

Weighed weigh(std::span<const double> values, const double* weights, double high) {
  double logarithms[digest_block];
  double terms[2][digest_block];
  if (high > 0) {
    minus_logarithms(values.data(), values.size(), logarithms);
  } else {
    std::fill(logarithms, logarithms + values.size(), 0.0);
  }
  Weighed result;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double p = std::max(weights[i], 0.0);
    const bool missing = values[i] <= 0;
    terms[0][i] = p * logarithms[i];
    terms[1][i] = missing ? p : 0;
    result.missing += static_cast<std::uint64_t>(missing && p > 0);
  }
  result.cross_entropy = pairwise_sum({terms[0], values.size()});
  result.missing_weight = pairwise_sum({terms[1], values.size()});
  return result;
}

}  // namespace

EntropyConsumer::EntropyConsumer(std::shared_ptr<const Tensor> weights, std::uint64_t offset,
                                 std::uint64_t begin, std::uint64_t end, std::uint64_t slice_size,
                                 int threads)
    : weights_(std::move(weights)), offset_(offset), states_(static_cast<std::size_t>(threads)) {
  if (weights_ &&
      (!weights_->bonds.empty() || weights_->size() < offset || weights_->size() - offset < end)) {
    throw Error(
        ErrorCode::input,
        "the distribution of a cross entropy must be a tensor without bonds and with the outcome bits "
        "of the answer");
  }
  for (std::size_t i = 0; i < (weights_ ? all_kinds : plain_kinds); ++i) {
    sums_.push_back(std::make_unique<SliceSums>(begin, end, slice_size));
  }
  for (State& state : states_) state.pending.resize(sums_.size());
}

void EntropyConsumer::ask(Reductions& wanted) {
  wanted.digests = true;
  wanted.scanners.push_back(this);
  if (weights_) wanted.pairs.push_back(this);
  wanted.entropies = true;
  wanted.largest_piece = std::min(wanted.largest_piece, largest_block());
}

void EntropyConsumer::take(std::uint64_t begin, std::size_t size, const Digest& found, std::size_t run,
                           int worker) {
  State& state = states_[static_cast<std::size_t>(worker)];
  const auto add = [&](Kind kind, double sum) {
    sums_[kind]->add(begin, size, run, sum, state.pending[kind]);
  };
  add(entropy, found.entropy);
  add(collision, found.collision);
  add(negative_sum, found.negative_sum);
  state.negatives += found.negatives;
}

void EntropyConsumer::scan(std::uint64_t begin, std::span<const double> block, const Digest& found,
                           std::size_t run, int worker) {
  take(begin, block.size(), found, run, worker);
  if (!weights_) return;
  State& state = states_[static_cast<std::size_t>(worker)];
  const auto add = [&](Kind kind, double sum) {
    sums_[kind]->add(begin, block.size(), run, sum, state.pending[kind]);
  };
  check_weights(begin, block.size());
  const Weighed weighed = weigh(block, given(begin), found.high);
  add(cross_entropy, weighed.cross_entropy);
  add(missing_weight, weighed.missing_weight);
  state.missing += weighed.missing;
}

void EntropyConsumer::take_pair(std::uint64_t begin, std::size_t size, const PairDigest& found) {
  // Squares of finite numbers may have a sum that is not.
  if (!std::isfinite(found.squared_given)) check_weights(begin, size);
  State& state = states_[0];
  sums_[cross_entropy]->add(begin, size, size, found.cross_entropy, state.pending[cross_entropy]);
  sums_[missing_weight]->add(begin, size, size, found.missing_weight, state.pending[missing_weight]);
  state.missing += found.missing;
}

void EntropyConsumer::check_weights(std::uint64_t begin, std::size_t size) const {
  if (scans().finite(given(begin), size)) return;
  throw Error(ErrorCode::input,
              "the distribution of a cross entropy holds a value that is not finite, among outcomes " +
                  std::to_string(offset_ + begin) + " to " + std::to_string(offset_ + begin + size - 1));
}

EntropyResult EntropyConsumer::finish() const {
  EntropyResult result;
  for (const State& state : states_) {
    result.negatives += state.negatives;
    result.missing += state.missing;
  }
  result.entropy = sums_[entropy]->finish();
  result.collision = sums_[collision]->finish();
  result.negative_sum = sums_[negative_sum]->finish();
  if (weights_) {
    result.cross_entropy = sums_[cross_entropy]->finish();
    result.missing_weight = sums_[missing_weight]->finish();
  }
  return result;
}

}  // namespace kroncut
