#include "contract/consumers/consumers.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "contract/consumers/scan.hpp"
#include "core/error.hpp"

namespace kroncut {
namespace {

/// Values that are scanned at once before looking closer.
constexpr std::size_t chunk = 256;
constexpr double infinity = std::numeric_limits<double>::infinity();
/// Runs at least this long are written without gathering.
constexpr std::size_t direct_write = std::size_t{1} << 13;
/// Gathered values are written at this length: 1 MiB.
constexpr std::size_t gathered_write = std::size_t{1} << 17;

}  // namespace

void refuse_what_is_not_finite(std::uint64_t begin, std::span<const double> values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) {
      throw Error(ErrorCode::internal, "the value of outcome " + std::to_string(begin + i) + " is " +
                                           std::to_string(values[i]) +
                                           "; a tensor holds numbers that are not finite");
    }
  }
}

void Scanner::consume(std::uint64_t begin, std::span<const double> values, int worker) {
  const std::size_t block = std::min<std::uint64_t>({values.size(), digest_block, largest_block()});
  for (std::size_t first = 0; first < values.size(); first += block) {
    const auto part = values.subspan(first, block);
    scan(begin + first, part, digest(part, needs_entropies()), values.size(), worker);
  }
}

FanOut::FanOut(const std::vector<Consumer*>& consumers) {
  for (Consumer* const consumer : consumers) {
    run_bits_ = std::max(run_bits_, consumer->run_bits());
    Scanner* const scanner = consumer->scanner();
    if (scanner == nullptr) {
      others_.push_back(consumer);
      continue;
    }
    scanners_.push_back(scanner);
    block_ = std::min(block_, scanner->largest_block());
    entropies_ = entropies_ || scanner->needs_entropies();
  }
}

void FanOut::consume(std::uint64_t begin, std::span<const double> values, int worker) {
  const std::size_t block = std::min<std::uint64_t>(values.size(), block_);
  for (std::size_t first = 0; first < values.size(); first += block) {
    const auto part = values.subspan(first, block);
    const Digest found = digest(part, entropies_);
    if (!std::isfinite(found.sum)) refuse_what_is_not_finite(begin + first, part);
    for (Scanner* const scanner : scanners_) {
      scanner->scan(begin + first, part, found, values.size(), worker);
    }
  }
  for (Consumer* const consumer : others_) consumer->consume(begin, values, worker);
}

void FanOut::ask(Reductions& wanted) {
  wanted.digests = true;
  for (Scanner* const scanner : scanners_) scanner->ask(wanted);
  for (Consumer* const consumer : others_) consumer->ask(wanted);
}

void ValuesConsumer::consume(std::uint64_t begin, std::span<const double> values, int) {
  std::copy(values.begin(), values.end(), values_.begin() + static_cast<std::ptrdiff_t>(begin - begin_));
}

FileConsumer::FileConsumer(const NpyFile& file, int threads, std::uint64_t offset)
    : file_(&file), offset_(offset), pending_(static_cast<std::size_t>(threads)) {}

void FileConsumer::flush(Pending& pending) const {
  if (pending.values.empty()) return;
  file_->write(offset_ + pending.begin, std::span<const double>(pending.values));
  pending.values.clear();
}

void FileConsumer::consume(std::uint64_t begin, std::span<const double> values, int worker) {
  if (values.size() >= direct_write) {
    file_->write(offset_ + begin, values);
    return;
  }
  Pending& pending = pending_[static_cast<std::size_t>(worker)];
  if (pending.begin + pending.values.size() != begin || pending.values.size() >= gathered_write)
    flush(pending);
  if (pending.values.empty()) pending.begin = begin;
  pending.values.insert(pending.values.end(), values.begin(), values.end());
}

void FileConsumer::finish() {
  for (Pending& pending : pending_) flush(pending);
}

void TopConsumer::scan(std::uint64_t begin, std::span<const double> values, const Digest& found, std::size_t,
                       int worker) {
  if (!wants(begin, found.high, worker)) return;
  const auto& heap = heaps_[static_cast<std::size_t>(worker)].entries;
  for (std::size_t first = 0; first < values.size(); first += chunk) {
    const std::size_t last = std::min(values.size(), first + chunk);
    if (heap.size() == count_) {
      // Of equal values only those before the smallest entry matter.
      const TopEntry& least = heap.front();
      const double threshold =
          begin + first > least.index ? std::nextafter(least.value, infinity) : least.value;
      if (!scans().reaches(values.data() + first, last - first, threshold)) continue;
    }
    for (std::size_t i = first; i < last; ++i) offer({begin + i, values[i]}, worker);
  }
}

void TopConsumer::ask(Reductions& wanted) {
  wanted.digests = true;
  if (count_ > 0) wanted.tops.push_back(this);
}

bool TopConsumer::wants(std::uint64_t begin, double high, int worker) const {
  const auto worst = least(worker);
  // Of equal values only those before the worst entry matter.
  return count_ > 0 && (!worst || high > worst->value || (high == worst->value && begin <= worst->index));
}

std::optional<TopEntry> TopConsumer::least(int worker) const {
  const auto& heap = heaps_[static_cast<std::size_t>(worker)].entries;
  if (heap.empty() || heap.size() < count_) return std::nullopt;
  return heap.front();
}

void TopConsumer::offer(const TopEntry& entry, int worker) {
  if (count_ == 0) return;
  auto& heap = heaps_[static_cast<std::size_t>(worker)].entries;
  if (heap.size() < count_) {
    heap.push_back(entry);
    std::push_heap(heap.begin(), heap.end(), better);
  } else if (better(entry, heap.front())) {
    std::pop_heap(heap.begin(), heap.end(), better);
    heap.back() = entry;
    std::push_heap(heap.begin(), heap.end(), better);
  }
}

std::vector<TopEntry> TopConsumer::finish() const {
  std::vector<TopEntry> all;
  for (const Heap& heap : heaps_) all.insert(all.end(), heap.entries.begin(), heap.entries.end());
  std::sort(all.begin(), all.end(), better);
  if (all.size() > count_) all.resize(count_);
  return all;
}

SliceSums::SliceSums(std::uint64_t begin, std::uint64_t end, std::uint64_t slice_size)
    : begin_(begin), end_(end), slice_size_(slice_size) {}

std::uint64_t SliceSums::piece_size(std::uint64_t run_size) {
  std::call_once(once_, [&] {
    piece_ = std::min(run_size, slice_size_);
    sums_.assign((end_ - begin_) / piece_, 0.0);
  });
  return piece_;
}

std::vector<double> SliceSums::finish() const {
  std::vector<double> sums = sums_;
  for (std::uint64_t piece = piece_; piece < slice_size_; piece *= 2) {
    for (std::size_t i = 0; i < sums.size() / 2; ++i) sums[i] = sums[2 * i] + sums[2 * i + 1];
    sums.resize(sums.size() / 2);
  }
  return sums;
}

void SliceSums::add(std::uint64_t begin, std::uint64_t size, std::uint64_t run_size, double sum,
                    std::vector<double>& pending) {
  const std::uint64_t piece = piece_size(run_size);
  const std::uint64_t end = begin + size;
  if (size == piece) {
    store(begin, sum);
    return;
  }
  pending.push_back(sum);
  if (end % piece != 0) return;
  store(end - piece, pair_up(pending.data(), pending.size()));
  pending.clear();
}

void MomentsConsumer::ask(Reductions& wanted) {
  wanted.digests = true;
  wanted.scanners.push_back(this);
  wanted.largest_piece = std::min(wanted.largest_piece, sums_.slice_size());
}

void MomentsConsumer::take(std::uint64_t begin, std::size_t size, const Digest& found, std::size_t run,
                           int worker) {
  State& state = states_[static_cast<std::size_t>(worker)];
  sums_.add(begin, size, run, found.sum, state.pending);
  state.min = state.any ? std::min(state.min, found.low) : found.low;
  state.max = state.any ? std::max(state.max, found.high) : found.high;
  state.any = true;
}

double MomentsConsumer::min() const noexcept {
  bool any = false;
  double result = 0;
  for (const State& state : states_) {
    if (!state.any) continue;
    result = any ? std::min(result, state.min) : state.min;
    any = true;
  }
  return result;
}

double MomentsConsumer::max() const noexcept {
  bool any = false;
  double result = 0;
  for (const State& state : states_) {
    if (!state.any) continue;
    result = any ? std::max(result, state.max) : state.max;
    any = true;
  }
  return result;
}

CompareConsumer::CompareConsumer(std::shared_ptr<const Tensor> reference, std::uint64_t begin,
                                 std::uint64_t end, std::uint64_t slice_size, int threads)
    : reference_(std::move(reference)), states_(static_cast<std::size_t>(threads)) {
  if (!reference_->bonds.empty() || reference_->size() < end) {
    throw Error(ErrorCode::input,
                "the reference to compare with must be a tensor without bonds and with the "
                "outcome bits of the answer");
  }
  for (std::size_t i = 0; i < sum_count; ++i) {
    sums_.push_back(std::make_unique<SliceSums>(begin, end, slice_size));
  }
}

void CompareConsumer::consume(std::uint64_t begin, std::span<const double> values, int worker) {
  State& state = states_[static_cast<std::size_t>(worker)];
  std::uint64_t piece = 0;
  for (auto& sums : sums_) piece = sums->piece_size(values.size());
  // Terms are formed in parts that stay in the first-level cache, and added in the tree of pairwise_sum.
  constexpr std::size_t part_size = 512;
  double terms[sum_count][part_size];
  std::vector<std::vector<double>> partial(sum_count);
  for (std::size_t first = 0; first < values.size(); first += piece) {
    const std::size_t part = std::min<std::size_t>(piece, part_size);
    for (auto& list : partial) list.clear();
    for (std::size_t from = first; from < first + piece; from += part) {
      const double* const q = values.data() + from;
      const double* const p = reference_->values + begin + from;
      for (std::size_t i = 0; i < part; ++i) {
        const double error = p[i] - q[i];
        const double sum = p[i] + q[i];
        const bool both = p[i] > 0 && q[i] > 0;
        state.max_abs_error = std::max(state.max_abs_error, std::abs(error));
        state.missing += static_cast<std::uint64_t>(p[i] > 0 && q[i] <= 0);
        terms[0][i] = error * error;
        terms[1][i] = p[i] * p[i];
        terms[2][i] = sum > 0 ? error * error / sum : 0;
        terms[3][i] = both ? std::sqrt(p[i] * q[i]) : 0;
        terms[4][i] = both ? -p[i] * std::log(q[i]) : 0;
      }
      for (std::size_t kind = 0; kind < sum_count; ++kind) {
        partial[kind].push_back(pairwise_sum({terms[kind], part}));
      }
    }
    for (std::size_t kind = 0; kind < sum_count; ++kind) {
      auto& list = partial[kind];
      while (list.size() > 1) {
        for (std::size_t i = 0; i < list.size() / 2; ++i) list[i] = list[2 * i] + list[2 * i + 1];
        list.resize(list.size() / 2);
      }
      sums_[kind]->store(begin + first, list[0]);
    }
  }
}

void CompareConsumer::ask(Reductions& wanted) {
  wanted.digests = true;
  wanted.pairs.push_back(this);
  wanted.largest_piece = std::min(wanted.largest_piece, sums_[0]->slice_size());
}

void CompareConsumer::take_pair(std::uint64_t begin, std::size_t size, const PairDigest& found) {
  const double terms[sum_count] = {found.squared_error, found.squared_given, found.chi_squared,
                                   found.fidelity, found.cross_entropy};
  for (std::size_t kind = 0; kind < sum_count; ++kind) {
    sums_[kind]->piece_size(size);
    sums_[kind]->store(begin, terms[kind]);
  }
  State& state = states_[0];
  state.max_abs_error = std::max(state.max_abs_error, found.max_abs_error);
  state.missing += found.missing;
}

ComparisonResult CompareConsumer::finish() const {
  ComparisonResult result;
  for (const State& state : states_) {
    result.max_abs_error = std::max(result.max_abs_error, state.max_abs_error);
    result.missing += state.missing;
  }
  result.squared_error = sums_[0]->finish();
  result.squared_reference = sums_[1]->finish();
  result.chi_squared = sums_[2]->finish();
  result.fidelity = sums_[3]->finish();
  result.cross_entropy = sums_[4]->finish();
  return result;
}

}  // namespace kroncut
