#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "contract/consumers/consumers.hpp"

namespace kroncut {

/// Sums over an answer q, per slice, ascending. The weights p of the cross entropy are a given distribution.
struct EntropyResult {
  std::vector<double> entropy;         // -q ln q, where q > 0 (nats)
  std::vector<double> collision;       // q^2
  std::vector<double> negative_sum;    // q, where q < 0
  std::uint64_t negatives = 0;         // entries with q < 0
  std::vector<double> cross_entropy;   // -p ln q, where both are positive (nats); empty without weights
  std::vector<double> missing_weight;  // p, where p > 0 and q <= 0; empty without weights
  std::uint64_t missing = 0;           // entries with p > 0 and q <= 0
};

/// Shannon entropy and collision probability of the answer, and its cross entropy with a given distribution,
/// which need not fit into memory. Values below zero count as zero in both entropies.
class EntropyConsumer final : public Scanner, public Paired {
 public:
  /// `weights`: a tensor without bonds, or null; outcome i has its weight at `offset` + i.
  EntropyConsumer(std::shared_ptr<const Tensor> weights, std::uint64_t offset, std::uint64_t begin,
                  std::uint64_t end, std::uint64_t slice_size, int threads);
  void scan(std::uint64_t begin, std::span<const double> block, const Digest& found, std::size_t run,
            int worker) override;
  void take(std::uint64_t begin, std::size_t size, const Digest& found, std::size_t run, int worker) override;
  void ask(Reductions& wanted) override;
  [[nodiscard]] const double* given(std::uint64_t begin) const override {
    return weights_->values + offset_ + begin;
  }
  void take_pair(std::uint64_t begin, std::size_t size, const PairDigest& found) override;
  [[nodiscard]] bool needs_entropies() const noexcept override { return true; }
  [[nodiscard]] std::uint64_t largest_block() const noexcept override { return sums_[0]->slice_size(); }
  [[nodiscard]] EntropyResult finish() const;

 private:
  /// Throws Error(input) where a weight is not finite.
  void check_weights(std::uint64_t begin, std::size_t size) const;
  struct alignas(64) State {
    std::uint64_t negatives = 0;
    std::uint64_t missing = 0;
    std::vector<std::vector<double>> pending;  // by kind
  };
  std::shared_ptr<const Tensor> weights_;
  std::uint64_t offset_;
  std::vector<std::unique_ptr<SliceSums>> sums_;
  std::vector<State> states_;
};

}  // namespace kroncut
