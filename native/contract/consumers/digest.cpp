#include "contract/consumers/digest.hpp"

#include <algorithm>
#include <bit>

#include "contract/consumers/logarithm.hpp"
#include "contract/consumers/logarithm_avx512.hpp"
#include "contract/consumers/scan.hpp"

namespace kroncut {
namespace {

/// Half of the eight running sums of a chunk.
using Vector [[gnu::vector_size(32)]] = double;
using Mask [[gnu::vector_size(32)]] = std::int64_t;
using Unaligned [[gnu::vector_size(32), gnu::aligned(8), gnu::may_alias]] = double;
constexpr std::size_t half_lanes = 4;
constexpr std::size_t most_chunks = digest_block / sum_chunk;

/// Running sums of entropies.
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

/// Adds the entropies of whole chunks to `digest`.
[[gnu::always_inline]] inline void entropies_loop(const double* values, const double* logarithms,
                                                  std::size_t chunks, Digest& digest) {
  double entropy[most_chunks];
  double collision[most_chunks];
  double negative[most_chunks];
  Mask negatives = {};
  for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
    Running low;
    Running high;
    for (std::size_t i = chunk * sum_chunk; i < (chunk + 1) * sum_chunk; i += 2 * half_lanes) {
      low.add(values + i, logarithms + i);
      high.add(values + i + half_lanes, logarithms + i + half_lanes);
    }
    entropy[chunk] = add_lanes(low.entropy, high.entropy);
    collision[chunk] = add_lanes(low.collision, high.collision);
    negative[chunk] = add_lanes(low.negative, high.negative);
    negatives += low.negatives + high.negatives;
  }
  digest.entropy = pair_up(entropy, chunks);
  digest.collision = pair_up(collision, chunks);
  digest.negative_sum = pair_up(negative, chunks);
  for (std::size_t lane = 0; lane < half_lanes; ++lane) {
    digest.negatives += static_cast<std::uint64_t>(negatives[lane]);
  }
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] void entropies_avx2(const double* values, const double* logarithms,
                                            std::size_t chunks, Digest& digest) {
  entropies_loop(values, logarithms, chunks, digest);
}
#endif

/// Entropies of fewer values than a chunk has.
void short_entropies(std::span<const double> values, const double* logarithms, Digest& digest) {
  double terms[3][sum_chunk];
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double q = values[i];
    terms[0][i] = q * logarithms[i];
    terms[1][i] = q * q;
    terms[2][i] = q < 0 ? q : 0;
    digest.negatives += static_cast<std::uint64_t>(q < 0);
  }
  digest.entropy = pairwise_sum({terms[0], values.size()});
  digest.collision = pairwise_sum({terms[1], values.size()});
  digest.negative_sum = pairwise_sum({terms[2], values.size()});
}

Digest plain_digest(std::span<const double> values, bool entropies, SimdLevel level) {
  Digest digest;
  const Scans& scan = scans(level);
  scan.range(values.data(), values.size(), &digest.low, &digest.high);
  if (values.size() < sum_chunk) {
    digest.sum = pairwise_sum(values);
  } else {
    double sums[most_chunks];
    scan.chunk_sums(values.data(), values.size() / sum_chunk, sums);
    digest.sum = pair_up(sums, values.size() / sum_chunk);
  }
  // Runs of zeros are common where few outcomes are possible.
  if (!entropies || (digest.low == 0 && digest.high == 0 && digest.sum == 0)) return digest;
  double logarithms[digest_block];
  if (digest.high > 0) {
    minus_logarithms(values.data(), values.size(), logarithms, level);
  } else {
    std::fill(logarithms, logarithms + values.size(), 0.0);
  }
  if (values.size() < sum_chunk) {
    short_entropies(values, logarithms, digest);
    return digest;
  }
  const std::size_t chunks = values.size() / sum_chunk;
#if defined(__x86_64__)
  if (level != SimdLevel::portable) {
    entropies_avx2(values.data(), logarithms, chunks, digest);
    return digest;
  }
#endif
  entropies_loop(values.data(), logarithms, chunks, digest);
  return digest;
}

#if defined(__x86_64__)

/// With a mask of all lanes: GCC 12 warns of its own header behind the intrinsics without masks.
constexpr __mmask8 all = 0xff;
/// Chunks whose running sums are added together.
constexpr std::size_t group_chunks = 8;
constexpr std::size_t group = group_chunks * sum_chunk;

/// The sum of eight chunks from their running sums: within a chunk as `pairwise_sum` adds, then neighbours.
[[gnu::always_inline, gnu::target("avx512f,avx512dq")]] inline double add_group(const __m512d* lanes) {
  __m512d quarters[4];
  for (std::size_t i = 0; i < 4; ++i) {
    const __m512d a = lanes[2 * i];
    const __m512d b = lanes[2 * i + 1];
    quarters[i] = _mm512_add_pd(_mm512_maskz_shuffle_f64x2(all, a, b, 0x44),
                                _mm512_maskz_shuffle_f64x2(all, a, b, 0xee));
  }
  __m512d halves[2];
  for (std::size_t i = 0; i < 2; ++i) {
    const __m512d a = quarters[2 * i];
    const __m512d b = quarters[2 * i + 1];
    halves[i] = _mm512_add_pd(_mm512_maskz_shuffle_f64x2(all, a, b, 0x88),
                              _mm512_maskz_shuffle_f64x2(all, a, b, 0xdd));
  }
  alignas(64) double sums[8];  // of chunks 0, 4, 1, 5, 2, 6, 3, 7
  _mm512_store_pd(sums, _mm512_add_pd(_mm512_maskz_unpacklo_pd(all, halves[0], halves[1]),
                                      _mm512_maskz_unpackhi_pd(all, halves[0], halves[1])));
  return ((sums[0] + sums[2]) + (sums[4] + sums[6])) + ((sums[1] + sums[3]) + (sums[5] + sums[7]));
}

/// One pass over whole chunks.
template <bool entropies>
[[gnu::target("avx512f,avx512dq")]] Digest digest_avx512(const double* values, std::size_t size) {
  const avx512::LogarithmTables tables = avx512::logarithm_tables();
  const __m512d zero = _mm512_setzero_pd();
  __m512d low = _mm512_loadu_pd(values);
  __m512d high = low;
  Digest digest;
  constexpr std::size_t most_groups = (digest_block + group - 1) / group;
  double sums[most_groups];
  double entropy_sums[most_groups];
  double collision_sums[most_groups];
  double negative_sums[most_groups];
  const std::size_t groups = (size + group - 1) / group;
  for (std::size_t g = 0; g < groups; ++g) {
    __m512d sum[group_chunks];
    __m512d entropy[group_chunks];
    __m512d collision[group_chunks];
    __m512d negative[group_chunks];
    const std::size_t chunks = std::min(group_chunks, (size - g * group) / sum_chunk);
    for (std::size_t chunk = chunks; chunk < group_chunks; ++chunk) {
      sum[chunk] = entropy[chunk] = collision[chunk] = negative[chunk] = zero;
    }
    for (std::size_t chunk = 0; chunk < chunks; ++chunk, values += sum_chunk) {
      __m512d running = zero;
      __m512d running_entropy = zero;
      __m512d running_collision = zero;
      __m512d running_negative = zero;
      for (std::size_t i = 0; i < sum_chunk; i += 8) {
        const __m512d q = _mm512_loadu_pd(values + i);
        running = _mm512_add_pd(running, q);
        low = _mm512_maskz_min_pd(all, low, q);
        high = _mm512_maskz_max_pd(all, high, q);
        if constexpr (entropies) {
          const __mmask8 positive = _mm512_cmp_pd_mask(q, zero, _CMP_GT_OQ);
          if (positive != 0) {
            running_entropy =
                _mm512_mask3_fnmadd_pd(q, avx512::logarithm(q, tables), running_entropy, positive);
          }
          running_collision = _mm512_fmadd_pd(q, q, running_collision);
          const __mmask8 below = _mm512_cmp_pd_mask(q, zero, _CMP_LT_OQ);
          running_negative = _mm512_mask_add_pd(running_negative, below, running_negative, q);
          digest.negatives += static_cast<std::uint64_t>(std::popcount(static_cast<unsigned>(below)));
        }
      }
      sum[chunk] = running;
      if constexpr (entropies) {
        entropy[chunk] = running_entropy;
        collision[chunk] = running_collision;
        negative[chunk] = running_negative;
      }
    }
    sums[g] = add_group(sum);
    if constexpr (entropies) {
      entropy_sums[g] = add_group(entropy);
      collision_sums[g] = add_group(collision);
      negative_sums[g] = add_group(negative);
    }
  }
  alignas(64) double lows[8];
  alignas(64) double highs[8];
  _mm512_store_pd(lows, low);
  _mm512_store_pd(highs, high);
  digest.low = *std::min_element(lows, lows + 8);
  digest.high = *std::max_element(highs, highs + 8);
  digest.sum = pair_up(sums, groups);
  if constexpr (entropies) {
    digest.entropy = pair_up(entropy_sums, groups);
    digest.collision = pair_up(collision_sums, groups);
    digest.negative_sum = pair_up(negative_sums, groups);
  }
  return digest;
}

#endif

}  // namespace

double pair_up(double* sums, std::size_t count) {
  for (; count > 1; count /= 2) {
    for (std::size_t i = 0; i < count / 2; ++i) sums[i] = sums[2 * i] + sums[2 * i + 1];
  }
  return sums[0];
}

Digest digest(std::span<const double> values, bool entropies, SimdLevel level) {
#if defined(__x86_64__)
  if (level == SimdLevel::avx512 && values.size() >= sum_chunk) {
    return entropies ? digest_avx512<true>(values.data(), values.size())
                     : digest_avx512<false>(values.data(), values.size());
  }
#endif
  return plain_digest(values, entropies, level);
}

}  // namespace kroncut
