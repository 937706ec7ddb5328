#pragma once

#include <atomic>
#include <cstdint>

#include "core/error.hpp"

namespace kroncut {

/// Progress and cancellation of one long call. Any thread may read or cancel; kernels call `advance` now and
/// then, which also throws Error(cancelled) once `cancel` was called.
class Control {
 public:
  void cancel() noexcept { cancelled_.store(true, std::memory_order_relaxed); }
  [[nodiscard]] bool cancelled() const noexcept { return cancelled_.load(std::memory_order_relaxed); }

  /// Adds to the amount of work expected (any unit, the same as `advance` uses).
  void expect(std::uint64_t amount) noexcept { total_.fetch_add(amount, std::memory_order_relaxed); }
  /// Reports finished work.
  void advance(std::uint64_t amount) {
    done_.fetch_add(amount, std::memory_order_relaxed);
    check();
  }
  /// Throws Error(cancelled) if the call was cancelled.
  void check() const {
    if (cancelled()) throw Error(ErrorCode::cancelled, "the operation was cancelled");
  }

  [[nodiscard]] std::uint64_t done() const noexcept { return done_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t total() const noexcept { return total_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> cancelled_{false};
  std::atomic<std::uint64_t> done_{0};
  std::atomic<std::uint64_t> total_{0};
};

}  // namespace kroncut
