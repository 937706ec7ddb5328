#include "contract/entropy.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "contract/logarithm.hpp"
#include "contract/scan.hpp"
#include "core/error.hpp"

namespace kroncut {
namespace {

/// Kinds of sums; the last two need weights.
enum Kind : std::size_t { entropy, collision, negative_sum, cross_entropy, missing_weight };
constexpr std::size_t plain_kinds = 3;
constexpr std::size_t all_kinds = 5;
/// Values whose terms are formed at once, so that they stay in the first-level cache.
constexpr std::size_t part_size = 512;

/// The terms that need no weights, by kind; gives the number of negative values.
[[gnu::always_inline]] inline std::uint64_t plain_terms_loop(const double* values, const double* logarithms,
                                                             std::size_t size, double* terms) {
  std::uint64_t negatives = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const double q = values[i];
    terms[entropy * part_size + i] = q * logarithms[i];
    terms[collision * part_size + i] = q * q;
    terms[negative_sum * part_size + i] = q < 0 ? q : 0;
    negatives += static_cast<std::uint64_t>(q < 0);
  }
  return negatives;
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] std::uint64_t plain_terms_avx2(const double* values, const double* logarithms,
                                                       std::size_t size, double* terms) {
  return plain_terms_loop(values, logarithms, size, terms);
}
#endif

std::uint64_t plain_terms(const double* values, const double* logarithms, std::size_t size, double* terms) {
#if defined(__x86_64__)
  if (simd_level() != SimdLevel::portable) return plain_terms_avx2(values, logarithms, size, terms);
#endif
  return plain_terms_loop(values, logarithms, size, terms);
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
}

void EntropyConsumer::make_terms(const double* values, const double* weights, std::size_t size, double* terms,
                                 State& state) const {
  double logarithms[part_size];
  minus_logarithms(values, size, logarithms);
  state.negatives += plain_terms(values, logarithms, size, terms);
  if (weights == nullptr) return;
  for (std::size_t i = 0; i < size; ++i) {
    const double p = std::max(weights[i], 0.0);
    const bool missing = values[i] <= 0;
    terms[cross_entropy * part_size + i] = p * logarithms[i];
    terms[missing_weight * part_size + i] = missing ? p : 0;
    state.missing += static_cast<std::uint64_t>(missing && p > 0);
  }
}

void EntropyConsumer::consume(std::uint64_t begin, std::span<const double> values, int worker) {
  State& state = states_[static_cast<std::size_t>(worker)];
  const double* const weights = weights_ ? weights_->values + offset_ + begin : nullptr;
  if (weights != nullptr && !scans().finite(weights, values.size())) {
    throw Error(ErrorCode::input,
                "the distribution of a cross entropy holds a value that is not finite, among outcomes " +
                    std::to_string(offset_ + begin) + " to " +
                    std::to_string(offset_ + begin + values.size() - 1));
  }
  std::uint64_t piece = 0;
  for (auto& sums : sums_) piece = sums->piece_size(values.size());
  const std::size_t part = std::min<std::size_t>(piece, part_size);
  double terms[all_kinds * part_size];
  std::vector<double> partial(piece / part);
  std::vector<std::vector<double>> lists(sums_.size(), partial);
  for (std::size_t first = 0; first < values.size(); first += piece) {
    for (std::size_t i = 0; i < piece / part; ++i) {
      const std::size_t from = first + i * part;
      make_terms(values.data() + from, weights == nullptr ? nullptr : weights + from, part, terms, state);
      for (std::size_t kind = 0; kind < sums_.size(); ++kind) {
        lists[kind][i] = pairwise_sum({terms + kind * part_size, part});
      }
    }
    for (std::size_t kind = 0; kind < sums_.size(); ++kind) {
      // Sums of parts are paired as `SliceSums` pairs sums of pieces.
      auto& list = lists[kind];
      for (std::size_t count = list.size(); count > 1; count /= 2) {
        for (std::size_t i = 0; i < count / 2; ++i) list[i] = list[2 * i] + list[2 * i + 1];
      }
      sums_[kind]->store(begin + first, list[0]);
    }
  }
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
