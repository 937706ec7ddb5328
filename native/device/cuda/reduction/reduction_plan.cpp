#include "device/cuda/reduction/reduction_plan.hpp"

#include <algorithm>
#include <bit>

#include "core/error.hpp"

namespace kroncut::cuda {
namespace {

/// Room for candidates: 1 MiB.
constexpr std::uint64_t most_candidates = std::uint64_t{1} << 16;
/// Pieces of a block to choose candidates by, and the least that a piece is then.
constexpr std::uint64_t top_pieces = 256;
constexpr std::uint64_t least_top_piece = 64;
static_assert(std::size_t{1} << largest_unit_bits == digest_block);

}  // namespace

ReductionPlan plan_reduction(const Reductions& wanted, int tile_bits, std::uint64_t run) {
  const std::uint64_t block = std::uint64_t{1} << tile_bits;
  std::uint64_t piece = std::min({run, wanted.largest_piece, block});
  // The more pieces there are, the fewer candidates: a list that is no longer has a bound from the start.
  if (!wanted.tops.empty()) piece = std::min(piece, std::max(block / top_pieces, least_top_piece));
  ReductionPlan plan;
  plan.piece_bits = std::min(std::countr_zero(piece), largest_unit_bits + largest_join_bits);
  plan.unit_bits = std::min(plan.piece_bits, largest_unit_bits);
  plan.kinds = wanted.digests ? found_kinds(wanted.entropies) : 0;
  plan.units = block >> plan.unit_bits;
  plan.pieces = block >> plan.piece_bits;
  static_assert(most_candidates >> (largest_unit_bits + largest_join_bits) != 0);
  plan.candidates = static_cast<std::uint32_t>(std::min(block, most_candidates));
  return plan;
}

Digest piece_digest(const ReductionPlan& plan, const double* found, std::uint64_t piece) {
  const auto of = [&](FoundKind kind) {
    return found[static_cast<std::uint64_t>(kind) * plan.pieces + piece];
  };
  Digest digest;
  digest.sum = of(found_sum);
  digest.low = of(found_low);
  digest.high = of(found_high);
  if (plan.kinds == plain_found_kinds) return digest;
  digest.entropy = of(found_entropy);
  digest.collision = of(found_collision);
  digest.negative_sum = of(found_negative_sum);
  digest.negatives = static_cast<std::uint64_t>(of(found_negatives));
  return digest;
}

PairDigest piece_pair(const ReductionPlan& plan, const double* found, std::uint64_t piece) {
  const auto of = [&](PairKind kind) {
    return found[static_cast<std::uint64_t>(kind) * plan.pieces + piece];
  };
  PairDigest pair;
  pair.squared_error = of(pair_squared_error);
  pair.squared_given = of(pair_squared_given);
  pair.chi_squared = of(pair_chi_squared);
  pair.fidelity = of(pair_fidelity);
  pair.cross_entropy = of(pair_cross_entropy);
  pair.missing_weight = of(pair_missing_weight);
  pair.missing = static_cast<std::uint64_t>(of(pair_missing));
  pair.max_abs_error = of(pair_max_abs_error);
  return pair;
}

void offer_best(TopConsumer& top, std::vector<TopPiece> pieces, std::uint64_t piece_size,
                const Select& select) {
  const auto wants = [&](const TopPiece& piece) { return top.wants(piece.begin, piece.high, 0); };
  std::erase_if(pieces, [&](const TopPiece& piece) { return !wants(piece); });
  std::sort(pieces.begin(), pieces.end(), [](const TopPiece& a, const TopPiece& b) {
    return better({a.begin, a.high}, {b.begin, b.high});
  });
  std::optional<TopEntry> bound;
  if (pieces.size() >= top.count()) {
    pieces.resize(top.count());
    if (!pieces.empty()) bound = TopEntry{pieces.back().begin + piece_size - 1, pieces.back().high};
  }
  // Without a bound the first piece alone fills the list, or most of it.
  std::size_t share = bound || top.least(0) ? pieces.size() : 1;
  // Pieces behind one that is not wanted are worse.
  for (std::size_t first = 0; first < pieces.size() && wants(pieces[first]);) {
    if (const auto least = top.least(0); least && (!bound || better(*least, *bound))) bound = least;
    share = std::min(share, pieces.size() - first);
    const auto found = select({pieces.data() + first, share}, bound ? &*bound : nullptr);
    if (!found) {
      if (share == 1) throw Error(ErrorCode::internal, "a piece has more candidates than values");
      share = (share + 1) / 2;
      continue;
    }
    for (const TopEntry& entry : *found) top.offer(entry, 0);
    first += share;
    share *= 2;
  }
}

}  // namespace kroncut::cuda
