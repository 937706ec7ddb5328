#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "contract/consumers/digest.hpp"
#include "contract/network/tensor.hpp"
#include "contract/product/product.hpp"
#include "contract/product/reductions.hpp"
#include "core/npy.hpp"

namespace kroncut {

/// A consumer that looks at short blocks of a run, with what one pass over each found.
class Scanner : public Consumer {
 public:
  /// The blocks of a run come one after another, from one worker. `run`: values of the run.
  virtual void scan(std::uint64_t begin, std::span<const double> block, const Digest& found, std::size_t run,
                    int worker) = 0;
  /// What `scan` does of a block where the digest alone is enough; `size`: values of the block.
  virtual void take(std::uint64_t begin, std::size_t size, const Digest& found, std::size_t run, int worker) {
    static_cast<void>(begin), static_cast<void>(size), static_cast<void>(found);
    static_cast<void>(run), static_cast<void>(worker);
  }
  [[nodiscard]] virtual bool needs_entropies() const noexcept { return false; }
  /// Blocks have at most so many values; a power of two.
  [[nodiscard]] virtual std::uint64_t largest_block() const noexcept { return digest_block; }
  void consume(std::uint64_t begin, std::span<const double> values, int worker) override;
  [[nodiscard]] Scanner* scanner() noexcept override { return this; }
};

/// Hands every run to several consumers, one after the other, while it is in the cache. Throws
/// Error(internal) naming the outcome where a value is not finite.
class FanOut final : public Consumer {
 public:
  explicit FanOut(const std::vector<Consumer*>& consumers);
  void consume(std::uint64_t begin, std::span<const double> values, int worker) override;
  void ask(Reductions& wanted) override;
  [[nodiscard]] unsigned run_bits() const noexcept override { return run_bits_; }

 private:
  std::vector<Scanner*> scanners_;
  std::vector<Consumer*> others_;
  std::uint64_t block_ = digest_block;
  bool entropies_ = false;
  unsigned run_bits_ = 0;
};

/// Keeps the values of the range [begin, end).
class ValuesConsumer final : public Consumer {
 public:
  ValuesConsumer(std::uint64_t begin, std::uint64_t end) : begin_(begin), values_(end - begin) {}
  void consume(std::uint64_t begin, std::span<const double> values, int worker) override;
  [[nodiscard]] std::vector<double>& values() noexcept { return values_; }

 private:
  std::uint64_t begin_;
  std::vector<double> values_;
};

/// Writes the values into an array file, each at `offset` plus its outcome index. Short runs that follow each
/// other are gathered; `finish` writes what is left.
class FileConsumer final : public Consumer {
 public:
  FileConsumer(const NpyFile& file, int threads, std::uint64_t offset = 0);
  void consume(std::uint64_t begin, std::span<const double> values, int worker) override;
  /// 64 KiB, a sensible write.
  [[nodiscard]] unsigned run_bits() const noexcept override { return 13; }
  void finish();

 private:
  struct Pending {
    std::uint64_t begin = 0;
    std::vector<double> values;
  };
  void flush(Pending& pending) const;
  const NpyFile* file_;
  std::uint64_t offset_;
  std::vector<Pending> pending_;
};

struct TopEntry {
  std::uint64_t index;
  double value;
};

/// The order of top lists: by value, and of equal values the smaller index first.
[[nodiscard]] inline bool better(const TopEntry& a, const TopEntry& b) {
  return a.value > b.value || (a.value == b.value && a.index < b.index);
}

/// Finds the `count` largest values; of equal values the one with the smaller index counts as larger.
class TopConsumer final : public Scanner {
 public:
  TopConsumer(std::size_t count, int threads) : count_(count), heaps_(static_cast<std::size_t>(threads)) {}
  void scan(std::uint64_t begin, std::span<const double> block, const Digest& found, std::size_t run,
            int worker) override;
  void ask(Reductions& wanted) override;
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  /// Whether values from outcome `begin` on, the largest of which is `high`, can be among the best of a
  /// worker.
  [[nodiscard]] bool wants(std::uint64_t begin, double high, int worker) const;
  /// The worst of a worker's best, if it has found `count` already.
  [[nodiscard]] std::optional<TopEntry> least(int worker) const;
  /// A value that may be among the best.
  void offer(const TopEntry& entry, int worker);
  /// Largest first.
  [[nodiscard]] std::vector<TopEntry> finish() const;

 private:
  struct alignas(64) Heap {
    std::vector<TopEntry> entries;  // the smallest one in front
  };
  std::size_t count_;
  std::vector<Heap> heaps_;
};

/// Sums of many numbers that belong to parts of a range, added in an order that depends on nothing but the
/// index: pairwise within a slice. Slices and runs are aligned powers of two.
class SliceSums {
 public:
  SliceSums(std::uint64_t begin, std::uint64_t end, std::uint64_t slice_size);
  /// Length of the pieces whose sums are stored, for runs of a length; call it before `store`, from any
  /// thread.
  std::uint64_t piece_size(std::uint64_t run_size);
  void store(std::uint64_t begin, double sum) { sums_[(begin - begin_) / piece_] = sum; }
  /// Adds the sum of a block of a run, which is no longer than a slice; blocks that do not yet make up a
  /// piece wait in `pending`, of which a worker has one.
  void add(std::uint64_t begin, std::uint64_t size, std::uint64_t run_size, double sum,
           std::vector<double>& pending);
  [[nodiscard]] std::uint64_t slice_size() const noexcept { return slice_size_; }
  /// One sum per slice, ascending.
  [[nodiscard]] std::vector<double> finish() const;

 private:
  std::uint64_t begin_;
  std::uint64_t end_;
  std::uint64_t slice_size_;
  std::uint64_t piece_ = 1;
  std::once_flag once_;
  std::vector<double> sums_;
};

/// Sum per slice, smallest and largest value.
class MomentsConsumer final : public Scanner {
 public:
  MomentsConsumer(std::uint64_t begin, std::uint64_t end, std::uint64_t slice_size, int threads)
      : sums_(begin, end, slice_size), states_(static_cast<std::size_t>(threads)) {}
  void scan(std::uint64_t begin, std::span<const double> block, const Digest& found, std::size_t run,
            int worker) override {
    take(begin, block.size(), found, run, worker);
  }
  void take(std::uint64_t begin, std::size_t size, const Digest& found, std::size_t run, int worker) override;
  void ask(Reductions& wanted) override;
  [[nodiscard]] std::uint64_t largest_block() const noexcept override { return sums_.slice_size(); }
  [[nodiscard]] std::vector<double> slice_sums() const { return sums_.finish(); }
  [[nodiscard]] double min() const noexcept;
  [[nodiscard]] double max() const noexcept;

 private:
  struct alignas(64) State {
    bool any = false;
    double min = 0;
    double max = 0;
    std::vector<double> pending;
  };
  SliceSums sums_;
  std::vector<State> states_;
};

/// What `compare` finds, q being the answer and p the reference; sums per slice, ascending.
struct ComparisonResult {
  double max_abs_error = 0;
  std::vector<double> squared_error;
  std::vector<double> squared_reference;
  std::vector<double> chi_squared;    // (p - q)^2 / (p + q), where p + q > 0
  std::vector<double> fidelity;       // sqrt(p q), where both are positive
  std::vector<double> cross_entropy;  // -p ln q, where both are positive
  std::uint64_t missing = 0;          // entries with p > 0 and q <= 0
};

/// Compares the answer with a reference distribution of the same index.
class CompareConsumer final : public Consumer, public Paired {
 public:
  CompareConsumer(std::shared_ptr<const Tensor> reference, std::uint64_t begin, std::uint64_t end,
                  std::uint64_t slice_size, int threads);
  void consume(std::uint64_t begin, std::span<const double> values, int worker) override;
  void ask(Reductions& wanted) override;
  [[nodiscard]] const double* given(std::uint64_t begin) const override { return reference_->values + begin; }
  void take_pair(std::uint64_t begin, std::size_t size, const PairDigest& found) override;
  [[nodiscard]] ComparisonResult finish() const;

 private:
  struct alignas(64) State {
    double max_abs_error = 0;
    std::uint64_t missing = 0;
  };
  static constexpr std::size_t sum_count = 5;
  std::shared_ptr<const Tensor> reference_;
  std::vector<std::unique_ptr<SliceSums>> sums_;
  std::vector<State> states_;
};

}  // namespace kroncut
