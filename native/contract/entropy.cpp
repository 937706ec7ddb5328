#include "contract/entropy.hpp"

#include <algorithm>
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

/// Half of the eight running sums of a chunk.
using Vector [[gnu::vector_size(32)]] = double;
using Mask [[gnu::vector_size(32)]] = std::int64_t;
using Unaligned [[gnu::vector_size(32), gnu::aligned(8), gnu::may_alias]] = double;
constexpr std::size_t half_lanes = 4;

/// Running sums of the terms that need no weights.
struct Running {
  Vector entropy = {};
  Vector collision = {};
  Vector negative = {};
  Mask negatives = {};

  [[gnu::always_inline]] void add(const double* value, const double* logarithm) {
    const Vector q = *reinterpret_cast<const Unaligned*>(value);
    const Vector zero = {};
    entropy += q * *reinterpret_cast<const Unaligned*>(logarithm);
    collision += q * q;
    negative += q < zero ? q : zero;
    negatives -= q < zero;
  }
};

/// The eight running sums of a chunk, added as `pairwise_sum` adds them.
[[gnu::always_inline]] inline double add_lanes(const Vector& low, const Vector& high) {
  const Vector sum = low + high;
  return (sum[0] + sum[2]) + (sum[1] + sum[3]);
}

/// Sums of the terms that need no weights over whole chunks, as `pairwise_sum` forms them; gives the number
/// of negative values. sums: [kind][chunk].
[[gnu::always_inline]] inline std::uint64_t plain_sums_loop(const double* values, const double* logarithms,
                                                            std::size_t chunks, double* sums) {
  Mask negatives = {};
  for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
    Running low;
    Running high;
    for (std::size_t i = chunk * sum_chunk; i < (chunk + 1) * sum_chunk; i += 2 * half_lanes) {
      low.add(values + i, logarithms + i);
      high.add(values + i + half_lanes, logarithms + i + half_lanes);
    }
    sums[entropy * chunks + chunk] = add_lanes(low.entropy, high.entropy);
    sums[collision * chunks + chunk] = add_lanes(low.collision, high.collision);
    sums[negative_sum * chunks + chunk] = add_lanes(low.negative, high.negative);
    negatives += low.negatives + high.negatives;
  }
  std::int64_t count = 0;
  for (std::size_t lane = 0; lane < half_lanes; ++lane) count += negatives[lane];
  return static_cast<std::uint64_t>(count);
}

#if defined(__x86_64__)
// AVX-512 implies fused multiplication and addition, which would round otherwise than short runs do.
[[gnu::target("avx2")]] std::uint64_t plain_sums_avx2(const double* values, const double* logarithms,
                                                      std::size_t chunks, double* sums) {
  return plain_sums_loop(values, logarithms, chunks, sums);
}
#endif

std::uint64_t plain_sums(const double* values, const double* logarithms, std::size_t chunks, double* sums) {
#if defined(__x86_64__)
  if (simd_level() != SimdLevel::portable) return plain_sums_avx2(values, logarithms, chunks, sums);
#endif
  return plain_sums_loop(values, logarithms, chunks, sums);
}

/// Adds neighbours until one number is left; `count` is a power of two.
double pair_up(double* sums, std::size_t count) {
  for (; count > 1; count /= 2) {
    for (std::size_t i = 0; i < count / 2; ++i) sums[i] = sums[2 * i] + sums[2 * i + 1];
  }
  return sums[0];
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

void EntropyConsumer::add_part(const double* values, const double* weights, std::size_t size, double* sums,
                               State& state) const {
  // Parts of zeros, or without a positive value, are common where few outcomes are possible.
  double low = 0;
  double high = 0;
  scans().range(values, size, &low, &high);
  if (low == 0 && high == 0 && weights == nullptr) {
    std::fill(sums, sums + plain_kinds, 0.0);
    return;
  }
  double logarithms[part_size];
  if (high > 0) {
    minus_logarithms(values, size, logarithms);
  } else {
    std::fill(logarithms, logarithms + size, 0.0);
  }
  if (size >= sum_chunk) {
    double chunk_sums[plain_kinds * part_size / sum_chunk];
    const std::size_t chunks = size / sum_chunk;
    state.negatives += plain_sums(values, logarithms, chunks, chunk_sums);
    for (std::size_t kind = 0; kind < plain_kinds; ++kind) {
      sums[kind] = pair_up(chunk_sums + kind * chunks, chunks);
    }
  } else {
    double terms[plain_kinds][sum_chunk];
    for (std::size_t i = 0; i < size; ++i) {
      const double q = values[i];
      terms[entropy][i] = q * logarithms[i];
      terms[collision][i] = q * q;
      terms[negative_sum][i] = q < 0 ? q : 0;
      state.negatives += static_cast<std::uint64_t>(q < 0);
    }
    for (std::size_t kind = 0; kind < plain_kinds; ++kind) sums[kind] = pairwise_sum({terms[kind], size});
  }
  if (weights == nullptr) return;
  double terms[2][part_size];
  for (std::size_t i = 0; i < size; ++i) {
    const double p = std::max(weights[i], 0.0);
    const bool missing = values[i] <= 0;
    terms[0][i] = p * logarithms[i];
    terms[1][i] = missing ? p : 0;
    state.missing += static_cast<std::uint64_t>(missing && p > 0);
  }
  sums[cross_entropy] = pairwise_sum({terms[0], size});
  sums[missing_weight] = pairwise_sum({terms[1], size});
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
  const std::size_t parts = piece / part;
  std::vector<double> lists(all_kinds * parts);
  for (std::size_t first = 0; first < values.size(); first += piece) {
    for (std::size_t i = 0; i < parts; ++i) {
      const std::size_t from = first + i * part;
      double sums[all_kinds];
      add_part(values.data() + from, weights == nullptr ? nullptr : weights + from, part, sums, state);
      for (std::size_t kind = 0; kind < sums_.size(); ++kind) lists[kind * parts + i] = sums[kind];
    }
    for (std::size_t kind = 0; kind < sums_.size(); ++kind) {
      // Sums of parts are paired as `SliceSums` pairs sums of pieces.
      sums_[kind]->store(begin + first, pair_up(lists.data() + kind * parts, parts));
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
