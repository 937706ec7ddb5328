#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "contract/product/reductions.hpp"

namespace kroncut {

/// The last step of a contraction: p = left . right, left being [rows][inner] and right [inner][columns],
/// both row-major, rows and columns powers of two. Row r and column c make outcome index deposit(r, row_mask)
/// | deposit(c, column_mask); the two masks are disjoint and cover the low bits without gap. Bit 0 of the
/// index lies in `column_mask` (unless there are no columns), so that neighbours in the answer are neighbours
/// in `right`.
struct Product {
  const double* left = nullptr;
  const double* right = nullptr;
  std::size_t inner = 1;
  std::uint64_t row_mask = 0;
  std::uint64_t column_mask = 0;
};

/// Takes finished runs of the answer. `consume` is called from several threads at once, each run exactly
/// once; `begin` is the outcome index of values[0]; runs are aligned powers of two, of the same length within
/// a call of `stream_product`. `values` is only valid during the call. `worker` is in [0, threads).
class Consumer {
 public:
  virtual ~Consumer() = default;
  virtual void consume(std::uint64_t begin, std::span<const double> values, int worker) = 0;
  /// This, where it goes by digests of short blocks.
  [[nodiscard]] virtual Scanner* scanner() noexcept { return nullptr; }
  /// log2 of the shortest runs that it takes well, where the answer is as long.
  [[nodiscard]] virtual unsigned run_bits() const noexcept { return 9; }
  /// Adds what it would take in place of the values, or itself where it needs them.
  virtual void ask(Reductions& wanted) { wanted.watchers.push_back(this); }
  /// For a consumer that does nothing but store: the address for the value of outcome `begin`, the others up
  /// to `end` following it. A kernel that asks and gets an address writes all values there and never calls
  /// `consume`.
  [[nodiscard]] virtual double* destination(std::uint64_t begin, std::uint64_t end) {
    static_cast<void>(begin);
    static_cast<void>(end);
    return nullptr;
  }
};

}  // namespace kroncut
