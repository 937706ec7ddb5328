#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "contract/reductions.hpp"
#include "device/cuda/cuda_support.hpp"
#include "device/cuda/given_blocks.hpp"
#include "device/cuda/product_plan.hpp"
#include "device/cuda/reduction_plan.hpp"

namespace kroncut::cuda {

/// Blocks of the answer that stay on the device, two by turns, and what consumers want to know of them.
class BlockReducer : NotCopied {
 public:
  /// For blocks of 2^tile_bits values of the range [begin, end). Throws Error(memory).
  /// `threads` copy given distributions.
  BlockReducer(const Reductions& wanted, const ProductPlan& plan, std::uint64_t begin, std::uint64_t end,
               int threads);

  /// Numbers that a block is reduced to.
  [[nodiscard]] std::size_t found_size() const {
    return plan_.found_size() + given_.size() * plan_.pair_size();
  }
  /// Where a block is to be made; the one before last is overwritten.
  [[nodiscard]] double* block(std::size_t item) const { return blocks_[item % 2].get(); }
  /// Puts the reduction of a block on the stream that makes it.
  void reduce(std::size_t item, const ProductBlock& block, double* found, cudaStream_t stream) const;
  /// Tells the consumers what was found in the part of a block that lies in the range; returns its length.
  /// The block must still be there: candidates are fetched from it, and values that are not finite.
  std::uint64_t consume(std::size_t item, const ProductBlock& block, const double* found);

 private:
  /// The part of a block that lies in the range.
  [[nodiscard]] std::uint64_t first(const ProductBlock& block) const;
  [[nodiscard]] std::uint64_t last(const ProductBlock& block) const;
  void join(const JoinRule& rule, int kinds, double* found, cudaStream_t stream) const;
  /// Refuses the values of a piece whose sum is not finite, if they are not.
  void check_piece(std::size_t item, std::uint64_t piece, std::uint64_t outcome) const;
  std::optional<std::span<const TopEntry>> select(std::size_t item, std::uint64_t outcome,
                                                  std::span<const TopPiece> pieces, const TopEntry* bound);

  const Reductions& wanted_;
  std::uint64_t begin_;
  std::uint64_t end_;
  int threads_;
  ReductionPlan plan_;
  DeviceArray<double> blocks_[2];
  DeviceArray<double> units_;  // empty where a piece is a unit
  std::vector<std::unique_ptr<GivenBlocks>> given_;
  // Of top lists:
  DeviceArray<std::uint32_t> pieces_;  // the first one is the number of candidates
  DeviceArray<Candidate> candidates_;
  PinnedArray<std::uint32_t> host_pieces_;
  PinnedArray<Candidate> host_candidates_;
  std::vector<TopEntry> entries_;
  Stream stream_;
};

}  // namespace kroncut::cuda
