#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "contract/consumers/consumers.hpp"
#include "contract/product/reductions.hpp"
#include "device/cuda/reduction/reduction_kernels.hpp"

namespace kroncut::cuda {

/// How a block of 2^tile_bits values is reduced: units are digested, and joined to pieces.
struct ReductionPlan {
  int unit_bits = 0;
  int piece_bits = 0;
  int kinds = 0;  // none where nobody asks
  std::uint64_t units = 1;
  std::uint64_t pieces = 1;
  /// Candidates of a top list that are taken at once: no fewer than a piece has.
  std::uint32_t candidates = 0;

  [[nodiscard]] std::uint64_t piece_size() const { return std::uint64_t{1} << piece_bits; }
  /// Numbers that a block is reduced to by itself, and beside a given distribution.
  [[nodiscard]] std::size_t found_size() const { return static_cast<std::size_t>(kinds) * pieces; }
  [[nodiscard]] std::size_t pair_size() const { return std::size_t{pair_kinds} * pieces; }
};

/// `run`: a power of two that divides the block and the range's ends.
ReductionPlan plan_reduction(const Reductions& wanted, int tile_bits, std::uint64_t run);

/// The digest of a piece from what was found in a block, found[kinds][pieces].
Digest piece_digest(const ReductionPlan& plan, const double* found, std::uint64_t piece);

/// The same beside a given distribution, found[pair_kinds][pieces].
PairDigest piece_pair(const ReductionPlan& plan, const double* found, std::uint64_t piece);

/// A piece of a block, to a top list.
struct TopPiece {
  std::uint32_t number = 0;
  std::uint64_t begin = 0;  // outcome
  double high = 0;
};

/// All values of some pieces that are no worse than `bound` (with the order of top lists; all values where it
/// is missing), in any order; nothing where these are more than fit.
using Select =
    std::function<std::optional<std::span<const TopEntry>>(std::span<const TopPiece>, const TopEntry* bound)>;

/// Offers a top list all values of a block's pieces that can be among its best. A list of k entries needs no
/// other pieces than the best k, going by their largest values, for each of these holds a value that is
/// better than all of the others. Where candidates do not fit, fewer pieces are taken at once, the best ones
/// first, so that the bound rises before the others; one piece always fits.
void offer_best(TopConsumer& top, std::vector<TopPiece> pieces, std::uint64_t piece_size,
                const Select& select);

}  // namespace kroncut::cuda
