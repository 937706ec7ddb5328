#include "device/cuda/block_reducer.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "device/cuda/launch.hpp"

namespace kroncut::cuda {

BlockReducer::BlockReducer(const Reductions& wanted, const ProductPlan& plan, std::uint64_t begin,
                           std::uint64_t end)
    : wanted_(wanted),
      begin_(begin),
      end_(end),
      plan_(plan_reduction(wanted, plan.tile_bits, run_length(plan, begin, end))),
      blocks_{DeviceArray<double>(plan.rows * plan.columns), DeviceArray<double>(plan.rows * plan.columns)},
      units_(plan_.units == plan_.pieces ? 0 : static_cast<std::size_t>(plan_.kinds) * plan_.units),
      pieces_(wanted.tops.empty() ? 1 : 1 + plan_.pieces),
      candidates_(wanted.tops.empty() ? 1 : plan_.candidates),
      host_pieces_(pieces_.size()),
      host_candidates_(candidates_.size()) {}

void BlockReducer::reduce(std::size_t item, double* found, cudaStream_t stream) const {
  const bool joins = units_.size() > 0;
  StreamLaunch launch(stream);
  DigestTask digest;
  digest.values = block(item);
  digest.found = joins ? units_.get() : found;
  digest.units = plan_.units;
  digest.unit_bits = plan_.unit_bits;
  digest.entropies = wanted_.entropies;
  launch.digest(digest);
  if (!joins) return;
  JoinTask join;
  join.units = units_.get();
  join.found = found;
  join.pieces = plan_.pieces;
  join.join_bits = plan_.piece_bits - plan_.unit_bits;
  join.rule = digest_rule();
  launch.join_units(join, plan_.kinds);
}

std::uint64_t BlockReducer::consume(std::size_t item, const ProductBlock& block, const double* found) {
  const std::uint64_t size = plan_.piece_size();
  const std::uint64_t from = std::max(begin_, block.outcome);
  const std::uint64_t to = std::min(end_, block.outcome + (plan_.pieces << plan_.piece_bits));
  std::vector<TopPiece> pieces;
  for (std::uint64_t outcome = from; outcome < to; outcome += size) {
    const std::uint64_t piece = (outcome - block.outcome) >> plan_.piece_bits;
    const Digest digest = piece_digest(plan_, found, piece);
    if (!std::isfinite(digest.sum)) check_piece(item, piece, outcome);
    for (Scanner* const scanner : wanted_.scanners) scanner->take(outcome, size, digest, size, 0);
    pieces.push_back({static_cast<std::uint32_t>(piece), outcome, digest.high});
  }
  for (TopConsumer* const top : wanted_.tops) {
    offer_best(*top, pieces, size, [&](std::span<const TopPiece> chosen, const TopEntry* bound) {
      return select(item, block.outcome, chosen, bound);
    });
  }
  return to - from;
}

void BlockReducer::check_piece(std::size_t item, std::uint64_t piece, std::uint64_t outcome) const {
  std::vector<double> values(plan_.piece_size());
  check(cudaMemcpyAsync(values.data(), block(item) + (piece << plan_.piece_bits),
                        values.size() * sizeof(double), cudaMemcpyDeviceToHost, stream_.get()),
        "copying values to the host");
  stream_.wait();
  refuse_what_is_not_finite(outcome, values);
}

std::optional<std::span<const TopEntry>> BlockReducer::select(std::size_t item, std::uint64_t outcome,
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
  task.values = block(item);
  task.pieces = pieces_.get() + 1;
  task.piece_count = pieces.size();
  task.piece_bits = plan_.piece_bits;
  task.least = bound == nullptr ? -std::numeric_limits<double>::infinity() : bound->value;
  task.ties = bound == nullptr || bound->index < outcome ? 0 : bound->index - outcome + 1;
  task.capacity = plan_.candidates;
  task.count = pieces_.get();
  task.candidates = candidates_.get();
  StreamLaunch(stream_.get()).select(task);
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
