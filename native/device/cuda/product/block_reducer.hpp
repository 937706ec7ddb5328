#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "contract/product/reductions.hpp"
#include "device/cuda/product/product_plan.hpp"
#include "device/cuda/reduction/given_blocks.hpp"
#include "device/cuda/reduction/reduction_plan.hpp"
#include "device/cuda/runtime/cuda_support.hpp"

namespace kroncut::cuda {

/// What consumers want to know of blocks of the answer. A block lies on the device behind room for what is
/// found in it, and travels with that only where there are watchers.
class BlockReducer : NotCopied {
 public:
  /// For the blocks of the range [begin, end); `threads` of the host work for watchers and given
  /// distributions. Throws Error(memory).
  BlockReducer(PinnedPool& pinned, const Reductions& wanted, const ProductPlan& plan, std::uint64_t begin,
               std::uint64_t end, int threads);

  /// Numbers that are found in a block, and where it lies behind them, at a multiple of 64 bytes.
  [[nodiscard]] std::size_t found_size() const {
    return plan_.found_size() + given_.size() * plan_.pair_size();
  }
  [[nodiscard]] std::size_t block_begin() const { return (found_size() + 7) / 8 * 8; }
  /// Numbers in all, and those that travel.
  [[nodiscard]] std::size_t size() const { return block_begin() + (plan_.pieces << plan_.piece_bits); }
  [[nodiscard]] std::size_t sent_size() const { return wanted_.watchers.empty() ? found_size() : size(); }
  /// Puts the reduction of a block on the stream that makes it.
  void reduce(std::size_t item, const ProductBlock& block, double* device, cudaStream_t stream) const;
  /// Tells the consumers what was found in the part of a block that lies in the range; returns its length.
  /// `host`: what travelled. Candidates are fetched from the device, and values that are not finite.
  std::uint64_t consume(const ProductBlock& block, const double* device, const double* host);

 private:
  /// The part of a block that lies in the range.
  [[nodiscard]] std::uint64_t first(const ProductBlock& block) const;
  [[nodiscard]] std::uint64_t last(const ProductBlock& block) const;
  void join(const JoinRule& rule, int kinds, double* found, cudaStream_t stream) const;
  void consume_found(const ProductBlock& block, const double* values, const double* found);
  /// Refuses the values of a piece whose sum is not finite, if they are not.
  void check_piece(const double* values, std::uint64_t outcome) const;
  std::optional<std::span<const TopEntry>> select(const double* values, std::uint64_t outcome,
                                                  std::span<const TopPiece> pieces, const TopEntry* bound);

  const Reductions& wanted_;
  std::uint64_t begin_;
  std::uint64_t end_;
  int threads_;
  std::uint64_t run_;
  ReductionPlan plan_;
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
