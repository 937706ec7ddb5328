#include "device/cuda/product/block_reducer.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "device/cuda/reduction/reduction_launch.hpp"

namespace kroncut::cuda {

BlockReducer::BlockReducer(PinnedPool& pinned, const Reductions& wanted, const ProductPlan& plan,
                           std::uint64_t begin, std::uint64_t end, int threads)
    : wanted_(wanted),
      begin_(begin),
      end_(end),
      threads_(threads),
      run_(run_length(plan, begin, end)),
      plan_(plan_reduction(wanted, plan.tile_bits, run_)),
      units_(plan_.units == plan_.pieces || !wanted.digests ? 0 : std::size_t{most_lane_kinds} * plan_.units),
      pieces_(wanted.tops.empty() ? 0 : 1 + plan_.pieces),
      candidates_(wanted.tops.empty() ? 0 : plan_.candidates),
      host_pieces_(pinned, pieces_.size() + 1),
      host_candidates_(pinned, candidates_.size() + 1) {
  for (const Paired* const pair : wanted.pairs) {
    given_.push_back(std::make_unique<GivenBlocks>(pinned, *pair, plan.rows * plan.columns));
  }
}

std::uint64_t BlockReducer::first(const ProductBlock& block) const { return std::max(begin_, block.outcome); }

std::uint64_t BlockReducer::last(const ProductBlock& block) const {
  return std::min(end_, block.outcome + (plan_.pieces << plan_.piece_bits));
}

void BlockReducer::join(const JoinRule& rule, int kinds, double* found, cudaStream_t stream) const {
  if (units_.size() == 0) return;
  JoinTask task;
  task.units = units_.get();
  task.found = found;
  task.pieces = plan_.pieces;
  task.join_bits = plan_.piece_bits - plan_.unit_bits;
  task.rule = rule;
  ReductionLaunch(stream).join_units(task, kinds);
}

void BlockReducer::reduce(std::size_t item, const ProductBlock& block, double* device,
                          cudaStream_t stream) const {
  if (!wanted_.digests) return;
  const bool joins = units_.size() > 0;
  double* found = device;
  DigestTask digest;
  digest.values = device + block_begin();
  digest.found = joins ? units_.get() : found;
  digest.units = plan_.units;
  digest.unit_bits = plan_.unit_bits;
  digest.entropies = wanted_.entropies;
  ReductionLaunch(stream).digest(digest);
  join(digest_rule(), plan_.kinds, found, stream);
  found += plan_.found_size();
  for (const auto& given : given_) {
    given->send(item, first(block), last(block), first(block) - block.outcome, threads_, stream);
    PairTask pair;
    pair.values = digest.values;
    pair.given = given->block(item);
    pair.found = joins ? units_.get() : found;
    pair.units = plan_.units;
    pair.unit_bits = plan_.unit_bits;
    ReductionLaunch(stream).compare(pair);
    join(pair_rule(), pair_kinds, found, stream);
    found += plan_.pair_size();
  }
}

std::uint64_t BlockReducer::consume(const ProductBlock& block, const double* device, const double* host) {
  if (wanted_.digests) consume_found(block, device + block_begin(), host);
  if (!wanted_.watchers.empty()) {
    consume_block(block, {host + block_begin(), plan_.pieces << plan_.piece_bits}, begin_, end_, run_,
                  threads_, wanted_.watchers);
  }
  return last(block) - first(block);
}

void BlockReducer::consume_found(const ProductBlock& block, const double* values, const double* found) {
  const std::uint64_t size = plan_.piece_size();
  std::vector<TopPiece> pieces;
  for (std::uint64_t outcome = first(block); outcome < last(block); outcome += size) {
    const std::uint64_t piece = (outcome - block.outcome) >> plan_.piece_bits;
    const Digest digest = piece_digest(plan_, found, piece);
    if (!std::isfinite(digest.sum)) check_piece(values + (piece << plan_.piece_bits), outcome);
    for (Scanner* const scanner : wanted_.scanners) scanner->take(outcome, size, digest, size, 0);
    const double* pairs = found + plan_.found_size();
    for (Paired* const pair : wanted_.pairs) {
      pair->take_pair(outcome, size, piece_pair(plan_, pairs, piece));
      pairs += plan_.pair_size();
    }
    pieces.push_back({static_cast<std::uint32_t>(piece), outcome, digest.high});
  }
  for (TopConsumer* const top : wanted_.tops) {
    offer_best(*top, pieces, size, [&](std::span<const TopPiece> chosen, const TopEntry* bound) {
      return select(values, block.outcome, chosen, bound);
    });
  }
}

void BlockReducer::check_piece(const double* values, std::uint64_t outcome) const {
  std::vector<double> piece(plan_.piece_size());
  check(cudaMemcpyAsync(piece.data(), values, piece.size() * sizeof(double), cudaMemcpyDeviceToHost,
                        stream_.get()),
        "copying values to the host");
  stream_.wait();
  refuse_what_is_not_finite(outcome, piece);
}

std::optional<std::span<const TopEntry>> BlockReducer::select(const double* values, std::uint64_t outcome,
                                                              std::span<const TopPiece> pieces,
                                                              const TopEntry* bound) {
  // The count, zero, goes down in front of the list of pieces.
  host_pieces_.get()[0] = 0;
  for (std::size_t i = 0; i < pieces.size(); ++i) host_pieces_.get()[i + 1] = pieces[i].number;
  const std::string what = "selecting the largest values";
  check(cudaMemcpyAsync(pieces_.get(), host_pieces_.get(), (pieces.size() + 1) * sizeof(std::uint32_t),
                        cudaMemcpyHostToDevice, stream_.get()),
        what);
  SelectTask task;
  task.values = values;
  task.pieces = pieces_.get() + 1;
  task.piece_count = pieces.size();
  task.piece_bits = plan_.piece_bits;
  task.least = bound == nullptr ? -std::numeric_limits<double>::infinity() : bound->value;
  task.ties = bound == nullptr || bound->index < outcome ? 0 : bound->index - outcome + 1;
  task.capacity = plan_.candidates;
  task.count = pieces_.get();
  task.candidates = candidates_.get();
  ReductionLaunch(stream_.get()).select(task);
  check(cudaMemcpyAsync(host_pieces_.get(), pieces_.get(), sizeof(std::uint32_t), cudaMemcpyDeviceToHost,
                        stream_.get()),
        what);
  stream_.wait();
  const std::uint32_t count = host_pieces_.get()[0];
  if (count > plan_.candidates) return std::nullopt;
  if (count > 0) {
    check(cudaMemcpyAsync(host_candidates_.get(), candidates_.get(), count * sizeof(Candidate),
                          cudaMemcpyDeviceToHost, stream_.get()),
          what);
    stream_.wait();
  }
  entries_.clear();
  for (const Candidate& candidate : std::span(host_candidates_.get(), count)) {
    entries_.push_back({outcome + candidate.offset, candidate.value});
  }
  return entries_;
}

}  // namespace kroncut::cuda
